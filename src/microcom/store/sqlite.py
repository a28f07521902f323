"""One SQLite file as a database: durable commits, one writer at a time, errors in words."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, Protocol

from microcom.errors import StoreError
from microcom.store.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from typing import TypeAlias

    Kind: TypeAlias = Callable[[sqlite3.Connection, str, "Clock"], "Database"]

BUSY_SECONDS = 20.0
Row = tuple[Any, ...]

_turns: dict[str, Turns] = {}
_all_turns = threading.Lock()


class Clock(Protocol):
    """Whatever tells the time."""

    def now(self) -> datetime:
        """Return the moment, in UTC."""
        ...


class Database:
    """A connection to one queue file, for one thread at a time.

    Every commit waits for the disk (``synchronous=FULL``): what a person was told, and each mark,
    survives a power cut.
    """

    def __init__(self, connection: sqlite3.Connection, path: str, clock: Clock) -> None:
        self._connection = connection
        self.path = path
        self._clock = clock
        self._turns = self.turns()
        self._shared: sqlite3.Connection | None = None
        """What is written over meanwhile, where several threads write in one transaction."""

    def turns(self) -> Turns | None:
        """Return how the threads of this process take turns at writing, None: as SQLite lets them.

        SQLite alone lets the others look again after ever longer naps.
        """
        with _all_turns:
            return _turns.setdefault(self.path, Turns())

    def now(self) -> int:
        """Return the database's own time, in microseconds since 1970."""
        moment = self._clock.now()
        return int(moment.timestamp()) * 1_000_000 + moment.microsecond

    def run(self, sql: str, /, **values: object) -> int:
        """Execute one statement and return how many rows it changed."""
        if self._is_inside():
            return self._executed(sql, values).rowcount
        with self.transaction():
            return self._executed(sql, values).rowcount

    def all(self, sql: str, /, **values: object) -> list[Row]:
        """Return every row of a query, or of a statement with RETURNING."""
        try:
            return self._executed(sql, values).fetchall()
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise in_words(error, self.path) from error

    def one(self, sql: str, /, **values: object) -> Row | None:
        """Return the first row of a query, or of a statement with RETURNING, or None."""
        rows = self.all(sql, **values)
        return rows[0] if rows else None

    def value(self, sql: str, /, **values: object) -> Any:  # noqa: ANN401 - what SQL gives
        """Return the first column of the first row, or None."""
        row = self.one(sql, **values)
        return None if row is None else row[0]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside together, or nothing; a transaction inside another joins it."""
        if self._is_inside():
            yield
        elif self._turns is None or self._turns.is_mine():
            with self._alone():
                yield
        else:
            with self._in_turn(self._turns):
                yield

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._begin()
        try:
            yield
            self._executed("COMMIT", {})
        except BaseException:
            self._undo()
            raise

    @contextmanager
    def _in_turn(self, turns: Turns) -> Iterator[None]:
        """Write over the connection of whoever began, one thread after the other."""
        try:
            with turns.part(self._connection) as shared:
                self._shared = shared
                try:
                    yield
                finally:
                    self._shared = None
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise in_words(error, self.path) from error

    def _begin(self) -> None:
        self._executed("BEGIN IMMEDIATE", {})

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let every query inside see the same moment, without keeping anybody from writing."""
        if self._is_inside():
            yield
            return
        self.all("BEGIN")
        try:
            yield
        finally:
            self._undo()

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Let everything inside happen, then take it back: what a dry run does."""
        with nullcontext() if self._turns is None else self._turns.alone():
            self._begin()
            try:
                yield
            finally:
                self._connection.rollback()

    def _executed(self, sql: str, values: Mapping[str, object]) -> sqlite3.Cursor:
        try:
            return (self._shared or self._connection).execute(sql, values)
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise in_words(error, self.path) from error

    def _undo(self) -> None:
        """Take a transaction back; where even that fails, SQLite does it at the next opening."""
        with suppress(sqlite3.Error):
            self._connection.rollback()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _is_inside(self) -> bool:
        if self._shared is not None:
            return True
        try:
            return self._connection.in_transaction
        except sqlite3.Error as error:
            raise in_words(error, self.path) from error


def attach(path: str, clock: Clock, kind: Kind | None = None) -> Database:
    """Return a connection to the file at ``path``, set up so that a commit is on disk.

    ``kind`` makes another kind of database of the connection: a simulation's, say.
    """
    try:
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise in_words(error, path) from error
    database = (kind or Database)(connection, path, clock)
    try:
        _write_ahead(database)
        database.all("PRAGMA synchronous=FULL")
        database.all("PRAGMA fullfsync=ON")  # macOS: fsync alone leaves data in the drive
        database.all("PRAGMA foreign_keys=ON")
    except StoreError:
        database.close()
        raise
    return database


def _write_ahead(database: Database) -> None:
    """Keep a write-ahead log; of several that open a new queue at once, one switches it on.

    Where two try, SQLite gives one of them up at once, without the busy timeout.
    """
    end = time.monotonic() + BUSY_SECONDS
    while database.value("PRAGMA journal_mode") != "wal":
        try:
            database.all("PRAGMA journal_mode=WAL")
        except StoreError as error:
            if error.code != "store.locked" or time.monotonic() > end:
                raise
            time.sleep(0.01)


def in_words(error: sqlite3.Error, path: str) -> StoreError:
    """Return our sentence for what SQLite said."""
    said = str(error)
    for phrase, code, words, hint in _SAYINGS:
        if phrase in said:
            return StoreError(f"The queue {path} {words}.", code=code, hint=hint)
    return StoreError(f"The queue {path} failed: {said}.", code="store.failed")


_SAYINGS = (
    ("locked", "store.locked", "is locked by another program", "Try again; nothing was lost."),
    (
        "disk is full",
        "store.full",
        "cannot grow: the disk is full",
        "Free some space and run again.",
    ),
    (
        "readonly",
        "store.readonly",
        "is read-only",
        "Give the user that runs microcom write access.",
    ),
    ("unable to open", "store.unreadable", "cannot be opened", "Check that its folder exists."),
    ("not a database", "store.foreign", "is not a microcom queue", "Move the file away."),
    ("malformed", "store.damaged", "is damaged", "Keep the file; restore from an export."),
    ("disk I/O", "store.disk", "cannot be read or written: disk error", "Check the disk."),
)
