"""A connection to one queue, whichever engine keeps it: what the rest of the store asks of it.

Statements are one text for both engines; each engine's file says what it makes of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

from microcom.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

Row = tuple[Any, ...]

ANY = ""
"""The scope of a transaction that writes nothing which two lanes share."""


class Clock(Protocol):
    """Whatever tells the time."""

    def now(self) -> datetime:
        """Return the moment, in UTC."""
        ...


class Database(ABC):
    """A connection to one queue, for one thread at a time.

    Every commit is durable when it returns, but for a light one. Raises StoreError, in words, for
    whatever the engine cannot do.
    """

    is_file = False
    """Whether the queue is a file, which can be copied and moved about like any other."""
    skip_locked = ""
    """What ends a query for one row that nobody else is about to change."""
    path: str
    """Where the queue is, as people are told: a file, or an address without its password."""
    expects: int | None = None
    """The schema that every transaction has to find, None while it is being made."""

    # --- statements ---------------------------------------------------------------------------

    @abstractmethod
    def run(self, sql: str, /, **values: object) -> int:
        """Execute one statement and return how many rows it changed."""

    @abstractmethod
    def all(self, sql: str, /, **values: object) -> list[Row]:
        """Return every row of a query, or of a statement with RETURNING."""

    def run_light(self, sql: str, /, **values: object) -> int:
        """Execute one statement that need not survive a power cut, and is whole by itself."""
        with self.light_transaction(ANY):
            return self.run(sql, **values)

    def one(self, sql: str, /, **values: object) -> Row | None:
        """Return the first row of a query, or of a statement with RETURNING, or None."""
        rows = self.all(sql, **values)
        return rows[0] if rows else None

    def value(self, sql: str, /, **values: object) -> Any:  # noqa: ANN401 - what SQL gives
        """Return the first column of the first row, or None."""
        row = self.one(sql, **values)
        return None if row is None else row[0]

    # --- transactions -------------------------------------------------------------------------

    @abstractmethod
    def transaction(self, lane: str | None = None) -> AbstractContextManager[None]:
        """Commit everything inside together, or nothing; a transaction inside another joins it.

        What is written meanwhile waits: everything, or with ``lane`` what is written for that
        lane, or with ANY nothing at all. Whoever reads, and writes what follows from it, needs
        what is read to hold still: one lane's own rows, or else the whole queue.
        """

    @abstractmethod
    def light_transaction(self, lane: str | None = None) -> AbstractContextManager[None]:
        """Do as :meth:`transaction` does, without waiting for the disk.

        Inside another transaction it joins that.
        """

    def soon_transaction(self, lane: str | None = None) -> AbstractContextManager[None]:
        """Do as :meth:`transaction` does, without waiting for the disk yet.

        What was written is on disk with the next transaction that waits and writes something, or
        after :meth:`to_disk`. A server waits at once.
        """
        return self.transaction(lane)

    @abstractmethod
    def to_disk(self) -> None:
        """Return once everything that was to be on disk soon is there."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[None]:
        """Let every query inside see the same moment, without keeping anybody from writing."""

    @abstractmethod
    def trial(self) -> AbstractContextManager[None]:
        """Let everything inside happen, then take it back: what a dry run does."""

    # --- the rest -----------------------------------------------------------------------------

    def server(self) -> str | None:
        """Return a name of the server's history, which ends where another takes over.

        None for a file, and where the server does not tell.
        """
        return None

    def over_new_connections(self, look: Callable[[], None]) -> None:
        """Let ``look`` come first whenever a lost connection was replaced; a file has none."""
        del look

    @abstractmethod
    def now(self) -> int:
        """Return the database's own time, in microseconds since 1970."""

    @property
    @abstractmethod
    def version(self) -> int:
        """Return the number of the schema's last step, 0 for an empty database."""

    @version.setter
    @abstractmethod
    def version(self, number: int) -> None: ...

    def _expect(self, version: int) -> None:
        """Raise StoreError ``store.newer`` where another program has changed the schema since."""
        if self.expects is not None and version != self.expects:
            raise newer(self.path, version, self.expects)

    @abstractmethod
    def prepare(self) -> None:
        """Make what the schema takes for granted, where its first table is about to be made."""

    @abstractmethod
    def adapted(self, statement: str) -> str:
        """Return a statement of the schema in this engine's own words."""

    @abstractmethod
    def damage(self) -> str | None:
        """Return what is wrong with what is kept, None where nothing is known to be."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the queue."""


def newer(path: str, found: int, known: int) -> StoreError:
    """Return the error for a queue that a newer program has written."""
    message = f"The queue {path} was written by a newer microcom (schema {found})."
    hint = f"This one knows schema {known}: upgrade microcom."
    return StoreError(message, code="store.newer", hint=hint)
