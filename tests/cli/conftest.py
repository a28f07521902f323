from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.house import House, Street, move_in


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
