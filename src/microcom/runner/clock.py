"""Time, through one door."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from microcom.core.schedule import from_micros

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock(Protocol):
    """Tells the time and lets it pass."""

    def now(self) -> datetime:
        """Return the moment, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...


class SystemClock:
    """The machine's own time, or that of the server which its queue is on."""

    is_the_machines = True
    """Where a queue is on a server, that one's time counts instead."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the moment, in UTC."""
        return datetime.now(UTC) + self._ahead

    def follow(self, micros: int) -> None:
        """Be set by another clock, which says so many microseconds since 1970 now."""
        self._ahead = from_micros(micros) - datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        time.sleep(seconds)


class QueueClock:
    """The time of the database that a queue is in: what leases and due times go by."""

    def __init__(self, micros: Callable[[], int]) -> None:
        self._micros = micros

    def now(self) -> datetime:
        """Return the moment, in UTC."""
        return from_micros(self._micros())

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        time.sleep(seconds)
