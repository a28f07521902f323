"""The only door to secrets: values by name, in the vault that this machine has chosen.

Which one it is stands in ``MICROCOM_VAULT`` (environment or machine.env); there is no fallback from
one to another. A sandbox has a vault of its own, worth nothing, and never opens a keyring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

REAL = "real"
KINDS = ("keyring", "file", "database")


class Vault(Protocol):
    """Keeps secrets by name, and seals what the journal must keep secret."""

    @property
    def name(self) -> str:
        """Return which kind of vault it is: ``keyring``, ``file``, ``sandbox``."""
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


def open_vault(
    world: str, environment: Mapping[str, str], *, folder: str, key_file: str, kind: str = ""
) -> Vault:
    """Return the vault of a world; nothing is read before it is asked for.

    ``folder`` and ``key_file`` are the file vault's. ``kind`` is another one than the chosen.
    """
    if world != REAL:
        from microcom.vault.sealed_files import of_sandbox

        return of_sandbox(folder, world)
    kind = kind or chosen(environment)
    if kind == "keyring":
        from microcom.vault.os_keyring import KeyringVault

        return KeyringVault()
    if kind == "file":
        from microcom.vault.key import find_key
        from microcom.vault.sealed_files import SealedFiles

        return SealedFiles(folder, lambda: find_key(environment, key_file))
    message = "The database vault comes with PostgreSQL, which this microcom does not have yet."
    raise UserError(message, code="vault.database", hint="Choose keyring or file.")


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
