"""How long X asks to wait: its three families of rate limit headers, and usage caps.

A family is ``-limit``, ``-remaining`` and ``-reset`` (seconds since 1970). The fifteen-minute
family may have plenty left while a 24-hour one is empty (github.com/plhery/node-twitter-api-v2,
issues 495 and 553). X sends no Retry-After.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from microcom.errors import OutOfCredit, PlatformError, RateLimited, Transient

if TYPE_CHECKING:
    from microcom.core.steps import Reply
    from microcom.platforms.x.envelope import Said

WINDOW, APP_DAY, USER_DAY = "x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour"
FAMILIES = (WINDOW, APP_DAY, USER_DAY)
UNSTATED = timedelta(minutes=15)
LONGEST = timedelta(hours=25)
"""No window is longer than a day; a reset beyond that is a slip."""

TOO_MANY = 429
RATE_LIMIT_CODE = 88
SEGMENTS = frozenset({"rate-limit-exceeded", "usage-capped"})


def is_limited(reply: Reply, said: Said | None) -> bool:
    """Say whether X asks to wait; a proxy's 429 has neither X's words nor its headers."""
    if said is not None and (said.segment in SEGMENTS or RATE_LIMIT_CODE in said.codes):
        return True
    if reply.status != TOO_MANY:
        return False
    return said is not None or any(f"{name}-limit" in reply.headers for name in FAMILIES)


def remains(reply: Reply, family: str) -> int | None:
    """Return how many calls a family of headers says are left, or None where it is silent."""
    return _number(reply.headers.get(f"{family}-remaining"))


def resets(reply: Reply, family: str) -> datetime | None:
    """Return when a family of headers says that all calls are there again, or None."""
    seconds = _number(reply.headers.get(f"{family}-reset"))
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def limited(reply: Reply, said: Said | None) -> PlatformError:
    """Return until when X asks to wait, or that a cap of the app is used up."""
    if said is not None and said.segment == "usage-capped":
        return _capped(reply, said)
    until = _until(reply)
    if until is None:
        return Transient("X asks to wait and does not say how long.", code="x.rate_limit")
    return RateLimited(f"X asks to wait until {until:%H:%M} UTC.", code="x.rate_limit", until=until)


def _capped(reply: Reply, said: Said) -> PlatformError:
    """Read a cap of the app: a daily one ends at midnight UTC, a monthly one with a payment."""
    if said.period.casefold() == "daily" and reply.at is not None:
        midnight = datetime.combine(reply.at.date() + timedelta(days=1), datetime.min.time(), UTC)
        message = "The app has used up what X allows it in a day."
        return RateLimited(message, code="x.usage_cap", until=midnight)
    message = "The app has used up what its package at X allows."
    return OutOfCredit(message, code="x.usage_cap", hint="Look at console.x.com.")


def _until(reply: Reply) -> datetime | None:
    """Return the last reset among the empty families, else the window's, else a quarter hour."""
    told = {name: reset for name in FAMILIES if (reset := resets(reply, name)) is not None}
    empty = [reset for name, reset in told.items() if remains(reply, name) == 0]
    until = max(empty) if empty else told.get(WINDOW)
    if reply.at is None:
        return until
    if until is None:
        return reply.at + UNSTATED
    return min(max(until, reply.at), reply.at + LONGEST)


def _number(value: str | None) -> int | None:
    """Return a header's number, or None where it is no sensible one (ten digits at most)."""
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None  # noqa: PLR2004
