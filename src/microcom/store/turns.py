"""Turns: the threads of one process write one after the other, and wait for the disk together.

A commit is there for everybody at once and waits for no disk. Whoever has to know that it is on
disk waits afterwards, while others write: the log is written in order, so that one wait serves
everything that was committed before it. Between processes SQLite's own lock decides.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Turns:
    """Who writes to one queue in this process, one at a time; ``with`` it one has the turn."""

    def __init__(self) -> None:
        self._turn = threading.RLock()
        self._waiting = threading.Lock()
        self._made = 0
        self._safe = 0

    def __enter__(self) -> None:
        self._turn.acquire()

    def __exit__(self, *_: object) -> None:
        self._turn.release()

    def committed(self) -> None:
        """Count a commit, while having the turn."""
        self._made += 1

    def to_disk(self, flush: Callable[[], None]) -> None:
        """Return once whatever was committed before is on disk: by another's wait, or by ``flush``.

        Raises what ``flush`` does; the next one waits again then.
        """
        mine = self._made
        with self._waiting:
            if self._safe < mine:
                made = self._made
                flush()
                self._safe = made
