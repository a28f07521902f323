"""A total deadline for everything a connection does.

A plain read timeout starts anew with every byte, so a reply that trickles never ends. Here the
remaining time of the whole call bounds each single connect, read and write.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ends: ContextVar[float] = ContextVar("_ends")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let every connection used inside fail once so many seconds have passed."""
    token = _ends.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends.reset(token)


def time_left(late: type[Exception], most: float | None = None) -> float | None:
    """Return the seconds that are left of the call, at most ``most``; raise ``late`` where none is.

    None where nothing bounds it.
    """
    ends = _ends.get(None)
    if ends is None:
        return most
    left = ends - time.monotonic()
    if left <= 0:
        message = "the time of the call is over"
        raise late(message)
    return left if most is None else min(most, left)
