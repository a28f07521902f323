"""What every vault does alike: keeps values by name, whole, and gives back nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import keyring
import pytest
from tests.keyrings.file_keyring import FileKeyring

from microcom.errors import UserError
from microcom.runner.clock import SystemClock
from microcom.store import open_store
from microcom.vault import Places, Vault, open_vault, probe

if TYPE_CHECKING:
    from pathlib import Path

    from microcom.vault.sealed_rows import Rows

KINDS = ("keyring", "file", "database", "database on a server", "sandbox", "sandbox on a server")


def vault_of(kind: str, folder: Path, rows: Rows) -> Vault:
    """Return a new vault of that kind, with a key of its own."""
    word, _, server = kind.partition(" ")
    key = folder / "vault.key"
    if not key.exists():
        key.write_bytes(secrets.token_bytes(32))
        key.chmod(0o600)
    world = "http://127.0.0.1:8000" if word == "sandbox" else "real"
    places = Places(str(folder / "vault"), str(key), rows, "a database", on_server=bool(server))
    return open_vault(world, {"MICROCOM_VAULT": word} if world == "real" else {}, places)


@pytest.fixture(params=KINDS)
def vault(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Vault]:
    """Return a vault of each kind, empty."""
    monkeypatch.setenv("MICROCOM_TEST_KEYRING", str(tmp_path / "ring"))
    before = keyring.get_keyring()
    keyring.set_keyring(FileKeyring())
    place = str(tmp_path / "queue.db")
    if request.param.endswith("server"):
        name = request.param.replace(" ", "_")
        place = request.getfixturevalue("server").queue(f"{name}_{secrets.token_hex(4)}")
    with closing(open_store(place, "real", SystemClock(), actor="t", create=True)) as store:
        yield vault_of(request.param, tmp_path, store.sealed)
    keyring.set_keyring(before)


@pytest.mark.parametrize("value", ["x", "", "é☕🫘", "a" * 60_000, "two\nlines", "100 %s :name"])
def test_a_value_comes_back(vault: Vault, value: str) -> None:
    """What is kept comes back as it was, until another value is kept or it is forgotten."""
    assert vault.read("token x 1 a") is None
    vault.write("token x 1 a", value)
    vault.write("token x 1 b", "another's")
    assert vault.read("token x 1 a") == value
    vault.write("token x 1 a", "second")
    assert vault.read("token x 1 a") == "second"
    vault.delete("token x 1 a")
    vault.delete("token x 1 a")
    assert vault.read("token x 1 a") is None
    assert vault.read("token x 1 b") == "another's"


def test_what_is_sealed_opens(vault: Vault) -> None:
    """Bytes that were sealed open under the same vault; others are refused."""
    sealed = vault.seal(b"upload \x00\xff")
    assert "upload" not in sealed
    assert vault.unseal(sealed) == b"upload \x00\xff"
    with pytest.raises(UserError) as caught:
        vault.unseal("nothing of ours")
    assert caught.value.code == "vault.key"


def test_a_probe_leaves_nothing(vault: Vault) -> None:
    """A probe works, and says where secrets are."""
    probe(vault)
    assert vault.name in {"keyring", "file", "database", "sandbox"}
    assert vault.where
