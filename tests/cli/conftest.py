from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from tests.cli.house import House, Street, move_away, move_in
from tests.keyrings.file_keyring import FileKeyring


@pytest.fixture(scope="session")
def street() -> Iterator[Street]:
    """Return a served address that tests move their sandboxes into."""
    street = Street()
    yield street
    street.close()


@pytest.fixture
def house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> House:
    """Return a machine without a sandbox."""
    move_in(tmp_path, monkeypatch)
    return House(tmp_path, capsys)


@pytest.fixture
def rehearsal(
    street: Street,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> House:
    """Return a machine pointed at a running sandbox."""
    move_in(tmp_path, monkeypatch, street.url)
    return House(tmp_path, capsys, street.renew())


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileKeyring]:
    """Return this machine's keyring, empty, outside the home."""
    monkeypatch.setenv("MICROCOM_TEST_KEYRING", str(tmp_path.parent / f"{tmp_path.name}.ring"))
    before = keyring.get_keyring()
    ring = FileKeyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@pytest.fixture
def export(rehearsal: House) -> Path:
    """Return an export of a queue with one post out, one due in an hour and one cancelled."""
    assert rehearsal.run("post", "Out", "--to", "acme-x").code == 0
    assert rehearsal.run("post", "Later", "--to", "lumen-x", "--at", "+1h").code == 0
    assert rehearsal.run("post", "Never", "--to", "lumen-x", "--at", "+2h").code == 0
    assert rehearsal.run("queue", "cancel", "3").code == 0
    path = rehearsal.home / "backup.zip"
    said = rehearsal.run("export", str(path))
    assert said.code == 0, said.err
    return path


@pytest.fixture
def elsewhere(rehearsal: House, export: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the person go on with another home, that is empty, and a queue file; return it."""
    del export
    return move_away(rehearsal, monkeypatch)
