"""X's limits on calls, by endpoint, and what its replies tell of them.

Per user in fifteen minutes, and posts per app in a day (docs.x.com, x-api/fundamentals/rate-limits,
2026-07-24). Writing endpoints may tell of a day of the user's or the app's as well, whose limits
are not documented.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from microcom.core.limit import Left, Limit
from microcom.platforms.x.resets import APP_DAY, USER_DAY, WINDOW, remains, resets

if TYPE_CHECKING:
    from microcom.core.steps import Call, Reply

QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
POSTS = "posts"
APP_POSTS = 10_000
ROWS: tuple[tuple[str, str, str, int], ...] = (
    ("POST", "/2/tweets", POSTS, 100),
    ("GET", "/2/users/me", "looks at the account", 75),
    ("GET", "/2/users/[^/]+/tweets", "looks at the timeline", 900),
    ("POST", "/2/media/upload", "uploads", 500),
    ("POST", "/2/media/upload/initialize", "uploads begun", 1875),
    ("POST", "/2/media/upload/[^/]+/append", "chunks", 1875),
    ("POST", "/2/media/upload/[^/]+/finalize", "uploads ended", 1875),
    ("GET", "/2/media/upload", "looks at uploads", 1000),
    ("POST", "/2/media/metadata", "descriptions", 500),
)
"""Method, path, what is counted, and how often a user may in fifteen minutes."""


OF_THE_ACCOUNT, OF_THE_APP = " of the account", " of the app"
"""What a day's limits of the same calls are told apart by."""


def limits(call: Call) -> Sequence[Limit]:
    """Return the limits that a call counts towards."""
    return _limits(call.method, call.url)


def left(call: Call, reply: Reply) -> Mapping[str, Left]:
    """Return what the three families of headers tell of a call's limits."""
    told = {limit.bucket: _told(reply, _family(limit)) for limit in limits(call)}
    return {bucket: left for bucket, left in told.items() if left is not None}


@lru_cache(maxsize=64)
def _limits(method: str, url: str) -> Sequence[Limit]:
    """Return the limits of a call; most calls are made again and again."""
    path = urlsplit(url).path
    for row_method, pattern, what, most in ROWS:
        if method == row_method and re.fullmatch(pattern, path):
            return _of(what, most, writes=method != "GET")
    return ()


def _of(what: str, most: int, *, writes: bool) -> tuple[Limit, ...]:
    window = Limit(what, most, QUARTER)
    if not writes:
        return (window,)
    of_app = APP_POSTS if what == POSTS else None
    return (
        window,
        Limit(what + OF_THE_ACCOUNT, None, DAY),
        Limit(what + OF_THE_APP, of_app, DAY, per_app=True),
    )


def _family(limit: Limit) -> str:
    if limit.span == QUARTER:
        return WINDOW
    return APP_DAY if limit.per_app else USER_DAY


def _told(reply: Reply, family: str) -> Left | None:
    remaining, reset = remains(reply, family), resets(reply, family)
    return None if remaining is None or reset is None else Left(remaining, reset)
