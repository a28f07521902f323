"""Logins on their way to another machine: with an export if asked for, and never in clear."""

from __future__ import annotations

import io
import shutil
import sys
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import move_away, queue_of
from tests.cli.test_adopt import let_time_pass

if TYPE_CHECKING:
    from tests.cli.house import House

PHRASE = "nine lives of a cat"


@pytest.fixture
def leaving(agency: House, browser: Callable[..., None]) -> House:
    """Return a machine with one account logged in and a post for later."""
    browser("acmecoffee")
    assert agency.run("login", "--timeout", "10", "acme-x").code == 0
    assert agency.run("post", "Later", "--to", "acme-x", "--at", "+1h").code == 0
    return agency


def is_logged_in(house: House) -> bool:
    """Say whether a post goes out over a login that was kept."""
    with queue_of(house) as store:
        facts = store.tokens.all()
    return bool(facts) and house.run("post", "There", "--to", "acme-x").code == 0


@pytest.mark.sqlite("about the vault")
def test_under_a_key(leaving: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is made in a file of its own; with it the login goes along, and is adopted."""
    path, key = leaving.home / "moving.zip", leaving.home / "moving.key"
    said = leaving.run("export", str(path), "--with-tokens", "--key", str(key))
    assert (said.code, "Made the key" in said.err) == (0, True), said.err
    assert key.stat().st_mode & 0o777 == 0o600
    home = move_away(leaving, monkeypatch)
    said = leaving.run("restore", str(path))
    assert (said.code, "are sealed under a key" in said.err) == (2, True)
    (home / "other.key").write_text("ab" * 32)
    (home / "other.key").chmod(0o600)
    said = leaving.run("restore", str(path), "--key", str(home / "other.key"))
    assert (said.code, "do not open under that key" in said.err) == (2, True)
    said = leaving.run("restore", str(path), "--key", str(key))
    assert (said.code, "log in again" in said.out) == (0, False), said.err
    said = leaving.run("post", "Too soon", "--to", "acme-x")
    assert said.code == 5
    assert leaving.run("store", "adopt").code in {0, 5}
    assert is_logged_in(leaving)


@pytest.mark.sqlite("about the vault")
def test_under_a_passphrase(leaving: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase is piped in, never an argument; the wrong one opens nothing."""
    path = leaving.home / "moving.zip"
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    said = leaving.run("export", str(path), "--with-tokens")
    assert (said.code, "at least 8 characters" in said.err) == (2, True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PHRASE}\n"))
    said = leaving.run("export", str(path), "--with-tokens")
    assert said.code == 0, said.err
    assert PHRASE not in said.out + said.err
    move_away(leaving, monkeypatch)
    monkeypatch.setattr(sys, "stdin", io.StringIO("nine lives of a dog\n"))
    said = leaving.run("restore", str(path))
    assert (said.code, "do not open under that passphrase" in said.err) == (2, True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PHRASE}\n"))
    assert leaving.run("restore", str(path)).code == 0
    assert leaving.run("store", "adopt").code in {0, 5}
    assert is_logged_in(leaving)


@pytest.mark.sqlite("about the vault")
def test_without(leaving: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """No token is in an export that was not asked for them, nor in clear in one that was."""
    with queue_of(leaving) as store:
        (facts,) = store.tokens.all()
    assert leaving.sandbox is not None
    vault = next(leaving.home.rglob("vault"))
    assert list(vault.iterdir())
    bare, sealed = leaving.home / "bare.zip", leaving.home / "sealed.zip"
    assert leaving.run("export", str(bare)).code == 0
    key = str(leaving.home / "k")
    assert leaving.run("export", str(sealed), "--with-tokens", "--key", key).code == 0
    for path in (bare, sealed):
        with zipfile.ZipFile(path) as archive:
            content = b"".join(archive.read(name) for name in archive.namelist())
        assert b"access-" not in content
        assert b"refresh-" not in content
    assert facts.slot
    move_away(leaving, monkeypatch)
    said = leaving.run("restore", str(bare))
    assert (said.code, "are not in this machine's vault: log in again" in said.out) == (0, True)
    assert leaving.run("restore", str(bare), "--check").code == 0


@pytest.mark.sqlite("about the vault")
def test_another_queue_logs_in(
    leaving: House, browser: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login into a second queue of the same vault says whose it is, and how to take it over."""
    vault = next(leaving.home.rglob("vault"))
    home = move_away(leaving, monkeypatch)
    (home / "accounts.yaml").write_text((leaving.home / "accounts.yaml").read_text())
    there = home / vault.relative_to(leaving.home)
    there.parent.mkdir(parents=True)
    shutil.copytree(vault, there)  # as two homes have one keyring
    browser("acmecoffee")
    said = leaving.run("login", "--timeout", "10", "acme-x")
    assert (said.code, "microcom store adopt --account acme-x" in said.err) == (0, True), said.err
    assert leaving.run("post", "Mine", "--to", "acme-x").code == 5
    assert leaving.published() == []
    said = leaving.run("store", "adopt")
    assert (said.code, "not seen yet" in said.out) == (5, True), said.out + said.err
    let_time_pass(leaving)
    assert leaving.run("run").code == 0
    assert leaving.published() == ["Mine"]
