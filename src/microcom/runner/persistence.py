"""Outliving a queue whose server is away for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from microcom.runner.clock import Clock

AWAY = frozenset({"store.lost", "store.unreachable", "store.crowded", "store.standby"})
"""How a store says that its server is away: it restarts, or another one takes over."""
TRIES = 30
NAP = 1.0


def is_away(error: StoreError) -> bool:
    """Say whether the queue's server is away, and may come back by itself."""
    return error.code in AWAY


def persistently(clock: Clock, write: Callable[[], None]) -> None:
    """Write what may be written twice, again while the server is away, for half a minute."""
    for _ in range(TRIES):
        try:
            return write()
        except StoreError as error:
            if not is_away(error):
                raise
        clock.sleep(NAP)
    return write()
