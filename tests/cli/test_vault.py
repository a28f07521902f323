from __future__ import annotations

import io
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import queue_of

if TYPE_CHECKING:
    from tests.cli.house import House
    from tests.keyrings.file_keyring import FileKeyring

APPS = """\
microcom: 1
project: studio
timezone: Europe/Paris
apps:
  x-north: {platform: x, client_id: north}
accounts:
  acme-x: {platform: x, handle: acmecoffee}
"""
SECRET = "canary-hush-5566"


@pytest.fixture
def keeper(house: House, ring: FileKeyring, monkeypatch: pytest.MonkeyPatch) -> House:
    """Return a machine whose keyring holds the secret of an app."""
    (house.home / "accounts.yaml").write_text(APPS)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SECRET}\n"))
    said = house.run("apps", "secret", "x-north")
    assert said.code == 0, said.err
    assert SECRET in str(ring.entries())
    return house


def test_a_secret_moves_to_sealed_files_and_back(keeper: House, ring: FileKeyring) -> None:
    """After a move the secret is in the other vault alone, and commands use that one."""
    assert keeper.run("vault", "init", "--file").code == 0
    assert "keyring" in keeper.run("vault", "status").out
    said = keeper.run("vault", "move", "--to", "file", "--dry-run")
    assert "would be moved" in said.out
    assert SECRET in str(ring.entries())
    said = keeper.run("vault", "move", "--to", "file")
    assert (said.code, said.out) == (0, "1 secret is in the file vault.\n")
    assert ring.entries() == {}
    assert "MICROCOM_VAULT=file" in (keeper.home / "machine.env").read_text()
    data = keeper.run("vault", "status", "--json").document["data"]
    assert (data["vault"], data["secrets"], data["works"]) == ("file", 1, True)
    assert keeper.run("vault", "verify").code == 0
    assert keeper.run("vault", "move", "--to", "file").code == 0
    files = [path for path in keeper.home.rglob("*") if path.is_file()]
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
    assert keeper.run("vault", "move", "--to", "keyring").code == 0
    assert SECRET in str(ring.entries())


def test_a_vault_from_the_beginning(house: House) -> None:
    """On a machine without a keyring the file vault is made, private, and used at once."""
    said = house.run("vault", "init", "--file")
    assert said.code == 0
    assert "keep a copy" in said.out
    key = house.home / "vault.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    assert "keep a copy" not in house.run("vault", "init", "--file").out
    assert key.read_bytes() == before
    assert before.decode().strip() not in said.out
    assert house.run("vault", "status").code == 0


def test_there_is_no_silent_fallback(keeper: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that uses another vault than the one with the secrets is told so."""
    keeper.run("vault", "init", "--file")
    monkeypatch.setenv("MICROCOM_VAULT", "file")
    monkeypatch.setattr(sys, "stdin", io.StringIO("another-secret\n"))
    said = keeper.run("apps", "secret", "x-north")
    assert said.code == 2
    assert "secrets are in the keyring vault" in said.err


def test_what_was_harmed_is_named(keeper: House) -> None:
    """Verify names each entry that does not open, and fails."""
    keeper.run("vault", "init", "--file")
    keeper.run("vault", "move", "--to", "file")
    for path in (keeper.home / "vault").glob("*.sealed"):
        if b"app x north" in path.read_bytes():
            path.write_bytes(path.read_bytes()[:-3])
    said = keeper.run("vault", "verify")
    assert said.code == 1
    assert "`app x north`" in said.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["init"], "vault.kind"),
        (["move", "--to", "drawer"], "vault.unknown"),
        (["move", "--to", "database"], "vault.database"),
        (["move", "--to", "file"], "vault.key"),
    ],
)
@pytest.mark.usefixtures("ring")
def test_bad_input(house: House, words: list[str], code: str) -> None:
    """Each mistake is a sentence with what to do."""
    said = house.run("vault", *words, "--json")
    assert said.code == 2
    (problem,) = said.document["problems"]
    assert problem["code"] == code
    assert problem["hint"]


def test_an_unknown_choice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that names no vault is refused with the choices, wherever a vault is opened."""
    monkeypatch.setenv("MICROCOM_VAULT", "drawer")
    said = house.run("vault", "status")
    assert (said.code, "keyring, file" in said.err) == (2, True)


def test_names_alone_stand_in_the_queue(keeper: House) -> None:
    """The queue knows what the vault holds by name."""
    with queue_of(keeper) as store:
        assert store.secrets.names() == ["app x north"]
        assert store.secrets.vault == "keyring"
