"""Asking a platform whose token this is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from microcom.core.login import Identity
from microcom.core.platform import Identifies
from microcom.core.steps import Call, Effect, Reply
from microcom.errors import PlatformError, UserError
from microcom.runner.conversation import NOTHING, walk
from microcom.runner.http import REAL, Http, NotConnectedError, SilenceError

if TYPE_CHECKING:
    from microcom.core.login import Credential
    from microcom.core.platform import Platform
    from microcom.core.steps import Item, Steps

T = TypeVar("T")


def identify(platform: Platform, http: Http, credential: Credential) -> tuple[Identity, timedelta]:
    """Return whose token this is, and how far the platform's clock is ahead of ours.

    Raises UserError when the platform cannot be asked or refuses the token.
    """
    if not isinstance(platform, Identifies):
        message = f"{platform.name} cannot say whose token this is."
        raise UserError(message, code="login.unknown")
    offsets = [timedelta()]

    def heard(reply: Reply) -> None:
        if reply.at is not None:
            offsets.append(reply.at - datetime.now(UTC))

    return asked(platform, platform.identify(), http, credential, heard), offsets[-1]


def asked(
    platform: Platform,
    steps: Steps[T],
    http: Http,
    credential: Credential,
    heard: Callable[[Reply], None] = lambda _: None,
) -> T:
    """Return what a conversation of READ calls comes to, outside of any delivery.

    ``heard`` is told each reply. Raises UserError as :func:`identify` does.
    """

    def answer(item: Item) -> Reply:
        if not isinstance(item, Call) or item.effect is not Effect.READ:
            return NOTHING
        reply = _ask(platform, http, item, credential)
        heard(reply)
        return reply

    try:
        return walk(steps, answer)
    except PlatformError as error:
        raise UserError(error.message, code=error.code, hint=error.hint) from error


def _ask(platform: Platform, http: Http, call: Call, credential: Credential) -> Reply:
    try:
        reply = http.send(call, credential)
    except (NotConnectedError, SilenceError) as error:
        sandboxed = credential.world != REAL
        hint = "Is the sandbox running? microcom sandbox" if sandboxed else None
        raise UserError(error.message, code=error.code, hint=hint) from error
    said = platform.explain(reply)
    if said is not None:
        raise said
    if not reply.ok:
        message = f"{platform.name} answered {reply.status} and no explanation."
        raise UserError(message, code="platform.unreadable", hint="Try again in a while.")
    return reply
