"""TikTok's limits on calls of one token in a minute; no reply tells of them.

developers.tiktok.com, Content Posting API and rate limits (2026-08-04). Whether the three kinds of
announcing a post share their six is not documented: here they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.limit import Limit
from microcom.platforms.tiktok.addresses import API

if TYPE_CHECKING:
    from microcom.core.steps import Call

ROWS: tuple[tuple[str, str, int], ...] = (
    ("/init/", "posts announced", 6),
    ("/creator_info/query/", "looks at what an account may", 20),
    ("/status/fetch/", "looks at posts", 30),
    ("/user/info/", "looks at the account", 600),
)
"""How a path ends, what is counted, and how often a token may in a minute."""


def limits(call: Call) -> Sequence[Limit]:
    """Return the limit that a call counts towards; chunks of a file count towards none."""
    if not call.url.startswith(API):
        return ()
    minute = timedelta(minutes=1)
    return tuple(
        Limit(what, most, minute, slides=True)
        for end, what, most in ROWS
        if call.address.endswith(end)
    )
