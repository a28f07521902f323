"""Which secrets there are, which vault holds them, and which one this machine has chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.cli.session import Session
    from microcom.vault import Vault

SETTING = "MICROCOM_VAULT"


def expect_real(session: Session) -> None:
    """Raise UserError ``vault.sandbox`` in a sandbox."""
    if not session.is_real:
        message = "A sandbox has a vault of its own, worth nothing."
        raise UserError(message, code="vault.sandbox", hint="Unset MICROCOM_SANDBOX.")


def names_of(session: Session) -> list[str]:
    """Return the names of the secrets that this user's queue knows; none without a queue."""
    try:
        return session.store.secrets.names()
    except UserError as error:
        if error.code != "store.none":
            raise
        return []


def several(names: Sequence[str]) -> str:
    """Return how many secrets there are, in words."""
    return "1 secret" if len(names) == 1 else f"{len(names)} secrets"


def held_by(session: Session) -> str | None:
    """Return which vault holds the secrets, None before there are any."""
    try:
        return session.store.secrets.vault
    except UserError as error:
        if error.code != "store.none":
            raise
        return None


def wanted_of(session: Session) -> set[str]:
    """Return the names of the entries that must be there; others a killed process may have noted.

    Of tokens that is what is in force; an entry that is no token's is always wanted.
    """
    names = names_of(session)
    if not names:
        return set()
    in_force = {facts.slot for facts in session.store.tokens.all()}
    return {name for name in names if name in in_force or not name.startswith("token ")}


def lost(vault: Vault, name: str) -> UserError:
    """Return the error for an entry that should be there."""
    message = f"The {vault.name} vault has lost `{name}`."
    anew = "Keep it anew (microcom apps secret)" if name.startswith("app ") else "Log in anew"
    return UserError(message, code="vault.lost", hint=f"{anew}, or bring the vault back.")


def choose(session: Session, kind: str) -> None:
    """Write into machine.env which vault this machine uses; keep what else stands there."""
    from microcom.intake.places import MACHINE_FILE, write_private

    path = Path(session.places.config, MACHINE_FILE)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if line.partition("=")[0].strip() != SETTING]
    text = "\n".join([*kept, f"{SETTING}={kind}", ""])
    if text != "\n".join([*lines, ""]):
        write_private(str(path), text.encode())
