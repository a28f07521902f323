"""Turns: the threads of one process write one after the other, and share the wait for the disk.

A commit waits for the disk far longer than it takes to write what it commits. Whoever comes out
while others are waiting leaves the commit to them, and returns once it is on disk: so one wait
serves all who came meanwhile. Between processes SQLite's own lock decides.

What need not survive a power cut is light: it waits for no disk, unless it happens to be written
together with what does.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Begin = Callable[[sqlite3.Connection], None]

PATIENCE = 0.05
"""Seconds after which one who left the commit to another looks whether that one is still there."""


class Batch:
    """What several threads write in one transaction, over the connection of the first.

    A ``light`` one ends with its first part, so that nothing else is ever written with it.
    """

    def __init__(self, connection: sqlite3.Connection, *, light: bool = False) -> None:
        self.connection = connection
        self.light = light
        self.parts = 0
        self.ended = threading.Event()
        self.error: sqlite3.Error | None = None


class Turns:
    """Who writes to one queue in this process, one at a time."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0
        self._open: Batch | None = None
        self._writer = 0

    @property
    def waiting(self) -> int:
        """Return how many wait for their turn."""
        return self._waiting

    def is_mine(self) -> bool:
        """Say whether the calling thread has the turn already, over another connection."""
        return self._writer == threading.get_ident()

    @contextmanager
    def part(
        self, own: sqlite3.Connection, begin: Begin, *, light: bool = False
    ) -> Iterator[sqlite3.Connection]:
        """Yield the connection to write over; what was written is committed when this returns.

        It is on disk then, unless it is ``light``: ``own`` is a connection that waits for no disk.
        ``begin`` begins a transaction over it where none is open that the part can join.
        What raises inside is taken back alone. Raises sqlite3.Error where nothing was written.
        """
        with self._taken():
            batch = self._begun(own, begin, light=light)
            try:
                yield batch.connection
                self._keep(batch)
            except BaseException:
                self._take_back(batch)
                raise
            finally:
                if batch.light or self._waiting == 0:
                    self._commit()
        self._wait_for(batch)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let the caller write over its own connection, in a transaction of its own."""
        with self._taken():
            self._commit()
            yield

    @contextmanager
    def announced(self) -> Iterator[None]:
        """Let others leave their commits to the caller, who is about to take the turn."""
        with self._count:
            self._waiting += 1
        try:
            yield
        finally:
            with self._count:
                self._waiting -= 1

    @contextmanager
    def _taken(self) -> Iterator[None]:
        with self.announced():
            self._turn.acquire()
        self._writer = threading.get_ident()
        try:
            yield
        finally:
            self._writer = 0
            self._turn.release()

    def _begun(self, own: sqlite3.Connection, begin: Begin, *, light: bool) -> Batch:
        """Return the open batch, or a new one; what is written next can be taken back alone."""
        if self._open is None:
            begin(own)
            self._open = Batch(own, light=light)
        else:
            self._open.connection.execute("SAVEPOINT part")
        return self._open

    def _keep(self, batch: Batch) -> None:
        if batch.parts:
            batch.connection.execute("RELEASE part")
        batch.parts += 1

    def _take_back(self, batch: Batch) -> None:
        """Take the last part back; where SQLite has taken back everything, all learn of it."""
        with suppress(sqlite3.Error):
            if batch.parts:
                batch.connection.execute("ROLLBACK TO part")
                batch.connection.execute("RELEASE part")
        if batch.parts == 0 or not batch.connection.in_transaction:
            with suppress(sqlite3.Error):
                batch.connection.rollback()
            self._open = None
            batch.error = sqlite3.OperationalError("another thread's failure took it back")
            batch.ended.set()

    def _commit(self) -> None:
        """End the open batch, if there is one; whoever has a part in it learns how that went."""
        batch, self._open = self._open, None
        if batch is None:
            return
        try:
            batch.connection.execute("COMMIT")
        except sqlite3.Error as error:
            batch.error = error
            with suppress(sqlite3.Error):
                batch.connection.rollback()
        finally:
            batch.ended.set()

    def _wait_for(self, batch: Batch) -> None:
        """Return when a batch is on disk; end it where those it was left to are gone."""
        while not batch.ended.wait(PATIENCE):
            if self._waiting == 0:
                with self._taken():
                    if self._open is batch:
                        self._commit()
        if batch.error is not None:
            raise sqlite3.OperationalError(*batch.error.args) from batch.error
