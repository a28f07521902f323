"""Pinterest's limits on calls of a user of an app, by category, and what its replies tell of them.

``x-ratelimit-limit: 100, 100;w=1, 1000;w=60`` names the limit that is nearest to its end, then each
with its window in seconds; ``-remaining`` and ``-reset`` (seconds from now) are of the nearest
(github.com/pinterest/pinterest-python-sdk/issues/128). Windows of one second are left alone: a
login makes one call at a time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.limit import Left, Limit
from microcom.platforms.pinterest.addresses import API

if TYPE_CHECKING:
    from microcom.core.steps import Call, Reply

MINUTE, DAY, ROUNDED = timedelta(minutes=1), timedelta(days=1), timedelta(seconds=1)
# developers.pinterest.com/docs/reference/rate-limits, standard access (figures by third parties).
WRITES = Limit("writes", 100, MINUTE)
READS = Limit("reads", 1000, MINUTE)
TRIAL = Limit("calls of the app", None, DAY, per_app=True)
"""Trial access has a limit of its own, which only replies tell."""
_WINDOW = re.compile(r"\s*(\d{1,9});w=(\d{1,6})\s*")


def limits(call: Call) -> Sequence[Limit]:
    """Return the limits that a call counts towards; uploads to a bucket count towards none."""
    if not call.url.startswith(API):
        return ()
    return (READS if call.method == "GET" else WRITES, TRIAL)


def left(call: Call, reply: Reply) -> Mapping[str, Left]:
    """Return what a reply tells of the window that is nearest to its end."""
    said = reply.headers.get
    remaining, reset = _number(said("x-ratelimit-remaining")), _number(said("x-ratelimit-reset"))
    if reply.at is None or remaining is None or reset is None:
        return {}
    span = _nearest(said("x-ratelimit-limit", ""), reset)
    until = reply.at + timedelta(seconds=reset) + ROUNDED
    return {one.bucket: Left(remaining, until) for one in limits(call) if one.span == span}


def _nearest(stated: str, reset: int) -> timedelta | None:
    """Return the window that the first number is the limit of, or None where none is named."""
    first, *others = stated.split(",")
    windows = [found.groups() for found in map(_WINDOW.fullmatch, others) if found]
    spans = [int(span) for most, span in windows if most == first.strip() and int(span) >= reset]
    return timedelta(seconds=min(spans)) if spans else None


def _number(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None  # noqa: PLR2004
