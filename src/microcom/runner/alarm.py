"""The dead-man timer: a process that stood still ends before it can send what was given up.

A process may be frozen between its mark and its request (SIGSTOP, a machine out of memory). When
it wakes, another may have looked, found nothing and sent the post itself. The kernel's timer goes
on while a process is stopped, and its signal ends the process before its next instruction. It does
not go on while a whole machine is suspended.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from microcom.core.settling import LAST_WORD

FIRST = 0.001
"""Seconds: the shortest time that a timer is set to, where 0 would switch it off."""


class Alarm(Protocol):
    """Whatever ends a process that does not end its call."""

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """Let the process end when what is inside takes longer."""
        ...


class NoAlarm:
    """Lets calls take as long as they do: for those who time nothing."""

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """Let it be."""
        del seconds
        return nullcontext()


class DeadMan:
    """The alarm of this process: every thread's calls share its one timer (SIGALRM).

    Where a system has no such timer (Windows), calls are bounded by their deadlines alone.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[int, float] = {}
        self._count = 0

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """End the process, by the kernel, when what is inside takes longer than its deadline.

        ``seconds`` is the deadline, which ends a call by itself; the kernel waits a little longer.
        """
        number = self._add(time.monotonic() + seconds + LAST_WORD.total_seconds())
        try:
            yield
        finally:
            self._remove(number)

    def _add(self, end: float) -> int:
        with self._lock:
            self._count += 1
            self._ends[self._count] = end
            self._set()
            return self._count

    def _remove(self, number: int) -> None:
        with self._lock:
            del self._ends[number]
            self._set()

    def _set(self) -> None:
        if not hasattr(signal, "setitimer"):
            return
        first = min(self._ends.values(), default=None)
        left = 0.0 if first is None else max(first - time.monotonic(), FIRST)
        signal.setitimer(signal.ITIMER_REAL, left)


DEAD_MAN = DeadMan()
"""The one of this process."""
