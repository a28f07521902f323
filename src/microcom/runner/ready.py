"""Whether an account has a login, and so a lane, before anything is queued for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from microcom.errors import UserError

if TYPE_CHECKING:
    from microcom.runner.http import Http
    from microcom.store import Store
    from microcom.store.accounts import Known
    from microcom.vault import Vault


def logged_in(store: Store, http: Callable[[], Http], vault: Vault, name: str) -> Known:
    """Return an account that has a login, and so a lane.

    In a sandbox a login is made on the spot. Raises UserError ``login.none`` for a real account
    that nobody has logged in.
    """
    known = store.accounts.find(name)
    if known is not None and known.lane is not None:
        return known
    if known is None or store.world == "real":
        message = f"Nobody has logged in to {name} yet."
        raise UserError(message, code="login.none", hint=f"microcom login {name} --token")
    from microcom.platforms import load
    from microcom.runner.welcome import identify

    door = http()
    try:
        identity, offset = identify(load(known.account.platform), door, vault.token(name))
    finally:
        door.close()
    store.accounts.identify(name, identity, offset)
    found = store.accounts.find(name)
    assert found is not None  # noqa: S101 - it was there a moment ago
    return found
