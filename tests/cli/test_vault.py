from __future__ import annotations

import io
import itertools
import stat
import sys
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.errors import KeyringLocked
from tests.cli.house import queue_of
from tests.keyrings.file_keyring import FileKeyring

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.house import House

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


class Tired(FileKeyring):
    """A keyring that does so much, and from then on nothing."""

    left = 0

    def get_password(self, service: str, username: str) -> str | None:
        """Return an entry."""
        self._tire()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep an entry."""
        self._tire()
        super().set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        """Forget an entry."""
        self._tire()
        super().delete_password(service, username)

    def _tire(self) -> None:
        self.left -= 1
        if self.left < 0:
            message = "tired"
            raise KeyringLocked(message)


@pytest.mark.usefixtures("ring")
def test_a_dry_move_without_a_key(house: House) -> None:
    """A move that could not be made is not announced."""
    said = house.run("vault", "move", "--to", "file", "--dry-run")
    assert said.code == 2
    assert "The file vault's key is not there" in said.err
    assert not (house.home / "vault").exists()


@pytest.mark.parametrize("to", ["file", "keyring"])
def test_a_move_that_breaks_off_anywhere(keeper: House, to: str) -> None:
    """Wherever a move ends early, the next one brings every secret whole to one place alone."""
    tired = Tired()
    keyring.set_keyring(tired)
    back = {"file": "keyring", "keyring": "file"}[to]
    assert keeper.run("vault", "init", "--file").code == 0
    for does in itertools.count():
        tired.left = 1000
        assert keeper.run("vault", "move", "--to", back).code == 0
        tired.left = does
        broke_off = keeper.run("vault", "move", "--to", to).code != 0
        tired.left = 1000
        assert keeper.run("vault", "move", "--to", to).code == 0
        assert keeper.run("vault", "verify").code == 0
        assert (SECRET in str(tired.entries())) is (to == "keyring")
        assert bool(_sealed(keeper)) is (to == "file")
        if not broke_off:
            break
    assert does > 3


def _sealed(house: House) -> list[Path]:
    """Return the files in the file vault that hold an app's secret."""
    files = (house.home / "vault").glob("*.sealed")
    return [path for path in files if b"app x north" in path.read_bytes()]


def test_an_entry_that_was_never_written(keeper: House) -> None:
    """What a killed process noted and never wrote is nobody's loss; a lost secret is."""
    with queue_of(keeper) as store:
        store.secrets.note("token x 1 north 7-dead", "keyring")
    assert keeper.run("vault", "verify").code == 0
    keeper.run("vault", "init", "--file")
    assert keeper.run("vault", "move", "--to", "file").code == 0
    for path in _sealed(keeper):
        path.unlink()
    said = keeper.run("vault", "move", "--to", "keyring")
    assert (said.code, "has lost `app x north`" in said.err) == (2, True)
    assert "microcom apps secret" in said.err


def test_a_vault_that_does_not_work(keeper: House) -> None:
    """Status says where secrets are also when the vault does not open, and why it does not."""
    keyring.set_keyring(Tired())
    said = keeper.run("vault", "status", "--json")
    assert said.code == 1
    data = said.document["data"]
    assert (data["vault"], data["secrets"], data["works"]) == ("keyring", 1, False)
    assert said.document["problems"][0]["code"] == "vault.locked"


def test_what_stands_in_machine_env_stays(house: House) -> None:
    """Choosing a vault changes one line of machine.env."""
    (house.home / "machine.env").write_text("# mine\nMICROCOM_VAULT=keyring\nMICROCOM_ACTOR=me\n")
    assert house.run("vault", "init", "--file", "--dry-run").code == 0
    assert "MICROCOM_VAULT=keyring" in (house.home / "machine.env").read_text()
    assert not (house.home / "vault.key").exists()
    assert house.run("vault", "init", "--file").code == 0
    lines = (house.home / "machine.env").read_text().splitlines()
    assert lines == ["# mine", "MICROCOM_ACTOR=me", "MICROCOM_VAULT=file"]


def test_a_key_that_comes_from_elsewhere(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key file that was named is made there; where the system brings the key none is made."""
    monkeypatch.setenv("MICROCOM_VAULT_KEY_FILE", str(tmp_path / "keys" / "mine"))
    said = house.run("vault", "init", "--file", "--json")
    assert said.document["data"]["key"] == str(tmp_path / "keys" / "mine")
    assert said.document["data"]["key_made"] is True
    monkeypatch.delenv("MICROCOM_VAULT_KEY_FILE")
    (tmp_path / "microcom-key").write_bytes((tmp_path / "keys" / "mine").read_bytes())
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    said = house.run("vault", "init", "--file")
    assert (said.code, "systemd credential" in said.out, "is new" in said.out) == (0, True, False)
    assert not (house.home / "vault.key").exists()


@pytest.mark.usefixtures("ring")
def test_a_sandbox_opens_no_keyring(rehearsal: House) -> None:
    """In a sandbox secrets are in its own files, and the keyring is not even asked."""
    keyring.set_keyring(Tired())
    data = rehearsal.run("vault", "status", "--json").document["data"]
    assert (data["vault"], data["works"]) == ("sandbox", True)
    said = rehearsal.run("vault", "move", "--to", "file")
    assert (said.code, "vault of its own" in said.err) == (2, True)


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
        (["init", "--file", "--database"], "vault.kind"),
        (["move", "--to", "database"], "vault.key"),
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


def test_a_move_into_the_database_that_breaks_off_anywhere(keeper: House) -> None:
    """Wherever a move ends early, the next one brings every secret whole to one place alone."""
    tired = Tired()
    keyring.set_keyring(tired)
    assert keeper.run("vault", "init", "--database").code == 0
    for does in itertools.count():
        tired.left = 1000
        assert keeper.run("vault", "move", "--to", "keyring").code == 0
        tired.left = does
        broke_off = keeper.run("vault", "move", "--to", "database").code != 0
        tired.left = 1000
        assert keeper.run("vault", "move", "--to", "database").code == 0
        assert keeper.run("vault", "verify").code == 0
        assert SECRET not in str(tired.entries())
        if not broke_off:
            break
    assert does > 3
    with queue_of(keeper) as store:
        assert store.sealed.find("app x north") is not None
    files = [path for path in keeper.home.rglob("*") if path.is_file()]
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
