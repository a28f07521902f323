"""The only door to secrets: values by name, in the vault that this machine has chosen.

Which one it is stands in ``MICROCOM_VAULT`` (environment or machine.env); there is no fallback from
one to another. A sandbox has a vault of its own, worth nothing, and never opens a keyring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microcom.vault.sealed_rows import Rows

REAL = "real"
KINDS = ("keyring", "file", "database")


class Vault(Protocol):
    """Keeps secrets by name, and seals what the journal must keep secret."""

    @property
    def name(self) -> str:
        """Return which kind of vault it is: ``keyring``, ``file``, ``database``, ``sandbox``."""
        ...

    @property
    def where(self) -> str:
        """Return where its secrets are, for people."""
        ...

    def read(self, name: str) -> str | None:
        """Return an entry, or None; raise UserError where it cannot be told."""
        ...

    def write(self, name: str, value: str) -> None:
        """Keep an entry, replacing the one before; it is safe when this returns."""
        ...

    def delete(self, name: str) -> None:
        """Forget an entry; that there is none is nothing wrong."""
        ...

    def seal(self, clear: bytes) -> str:
        """Return bytes encrypted under this vault's key."""
        ...

    def unseal(self, sealed: str) -> bytes:
        """Return what :meth:`seal` closed; raise UserError ``vault.key`` if it is not ours."""
        ...


def chosen(environment: Mapping[str, str]) -> str:
    """Return which vault a machine has chosen; raise UserError ``vault.unknown``."""
    kind = environment.get("MICROCOM_VAULT") or KINDS[0]
    if kind not in KINDS:
        message = f"MICROCOM_VAULT is {kind}, and there is no such vault."
        raise UserError(message, code="vault.unknown", hint=f"There are {', '.join(KINDS)}.")
    return kind


@dataclass(frozen=True, slots=True)
class Places:
    """Where a machine's vaults are: the file vault's folder, the usual key, the database's rows.

    ``database`` says which database that is, for people; ``on_server`` whether others share it.
    """

    folder: str
    key_file: str
    rows: Rows
    database: str
    on_server: bool


def open_vault(
    world: str, environment: Mapping[str, str], places: Places, *, kind: str = ""
) -> Vault:
    """Return the vault of a world; nothing is read before it is asked for.

    ``kind`` is another one than the chosen. A sandbox's is beside its queue, or in it where several
    machines rehearse on one.
    """
    if world != REAL:
        return _of_sandbox(world, places)
    kind = kind or chosen(environment)
    if kind == "keyring":
        from microcom.vault.os_keyring import KeyringVault

        return KeyringVault()
    from microcom.vault.key import find_key, source

    if kind == "file":
        from microcom.vault.sealed_files import SealedFiles

        return SealedFiles(places.folder, lambda: find_key(environment, places.key_file))
    from microcom.vault.box import Box
    from microcom.vault.sealed_rows import SealedRows

    box = Box(lambda: find_key(environment, places.key_file, "database"))
    key = source(environment, places.key_file)
    return SealedRows(places.rows, box, where=places.database, key=key)


def _of_sandbox(world: str, places: Places) -> Vault:
    """Return a sandbox's vault: its key is made of its name, so it hides nothing, on one road."""
    from hashlib import sha256

    def key() -> bytes:
        return sha256(world.encode()).digest()

    if places.on_server:
        from microcom.vault.box import Box
        from microcom.vault.sealed_rows import SealedRows

        where = places.database
        return SealedRows(places.rows, Box(key), where=where, key=world, name="sandbox")
    from microcom.vault.sealed_files import SealedFiles

    return SealedFiles(places.folder, key, "sandbox")


def probe(vault: Vault) -> None:
    """Write, read and delete an entry of our own; raise UserError where one of them fails."""
    import secrets

    name, value = f"probe {secrets.token_hex(4)}", secrets.token_hex(8)
    vault.write(name, value)
    try:
        found = vault.read(name)
    finally:
        vault.delete(name)
    if found != value:
        message = f"The {vault.name} vault did not give back what it was given."
        raise UserError(message, code="vault.lost", hint=f"Look at {vault.where}.")
