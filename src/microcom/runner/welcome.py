"""Learning whose login an account is, before anything is queued for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from microcom.core.login import Identity
from microcom.core.platform import Identifies
from microcom.core.steps import Call, Effect, Reply
from microcom.errors import PlatformError, UserError
from microcom.platforms import load
from microcom.runner.conversation import NOTHING, walk
from microcom.runner.http import Http, NotConnectedError, SilenceError

if TYPE_CHECKING:
    from microcom.core.platform import Platform
    from microcom.core.steps import Item
    from microcom.store import Store
    from microcom.store.accounts import Known
    from microcom.vault import Vault

SANDBOX_TOKEN = "sandbox:"  # noqa: S105 - what a sandbox takes for a token


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
    door = http()
    try:
        identity, offset = identify(load(known.account.platform), door, vault.token(name))
    finally:
        door.close()
    store.accounts.identify(name, identity, offset)
    found = store.accounts.find(name)
    assert found is not None  # noqa: S101 - it was there a moment ago
    return found


def identify(platform: Platform, http: Http, token: str) -> tuple[Identity, timedelta]:
    """Return whose token this is, and how far the platform's clock is ahead of ours.

    Raises UserError when the platform cannot be asked or refuses the token.
    """
    if not isinstance(platform, Identifies):
        message = f"{platform.name} cannot say whose token this is."
        raise UserError(message, code="login.unknown")
    offsets = [timedelta()]

    def answer(item: Item) -> Reply:
        if not isinstance(item, Call) or item.effect is not Effect.READ:
            return NOTHING
        reply = _ask(platform, http, item, token)
        if reply.at is not None:
            offsets.append(reply.at - datetime.now(UTC))
        return reply

    try:
        return walk(platform.identify(), answer), offsets[-1]
    except PlatformError as error:
        raise UserError(error.message, code=error.code, hint=error.hint) from error


def _ask(platform: Platform, http: Http, call: Call, token: str) -> Reply:
    try:
        reply = http.send(call, token)
    except (NotConnectedError, SilenceError) as error:
        sandboxed = token.startswith(SANDBOX_TOKEN)
        hint = "Is the sandbox running? microcom sandbox" if sandboxed else None
        raise UserError(error.message, code=error.code, hint=hint) from error
    said = platform.explain(reply)
    if said is not None:
        raise said
    if not reply.ok:
        message = f"{platform.name} answered {reply.status} and no explanation."
        raise UserError(message, code="platform.unreadable", hint="Try again in a while.")
    return reply
