"""Whether an account has a login, and so a lane, before anything is queued for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from microcom.errors import PlatformError, UserError

if TYPE_CHECKING:
    from microcom.core.login import Credential
    from microcom.runner.access import Access
    from microcom.runner.http import Http
    from microcom.store import Store
    from microcom.store.accounts import Known


def logged_in(store: Store, http: Callable[[], Http], name: str) -> Known:
    """Return an account that has a login, and so a lane.

    In a sandbox a login is made on the spot. Raises UserError ``login.none`` for a real account
    that nobody has logged in.
    """
    known = store.accounts.find(name)
    if known is not None and known.lane is not None:
        return known
    if known is None or store.world == "real":
        message = f"Nobody has logged in to {name} yet."
        raise UserError(message, code="login.none", hint=f"microcom login {name}")
    from microcom.platforms import load
    from microcom.runner.keys import rehearsed
    from microcom.runner.welcome import identify

    platform, door = load(known.account.platform), http()
    try:
        identity, offset = identify(platform, door, rehearsed(store.world, platform, name))
    finally:
        door.close()
    store.accounts.identify(name, identity, offset)
    found = store.accounts.find(name)
    assert found is not None  # noqa: S101 - it was there a moment ago
    return found


def let_in(access: Access, known: Known) -> Credential:
    """Return what lets an account's calls in, for a command of a person.

    Raises UserError where a person has to log in first, or a renewal has to wait.
    """
    try:
        return access.of(known)
    except PlatformError as error:
        raise UserError(error.message, code=error.code, hint=error.hint) from error
