"""One SQLite file as a database: durable commits, one writer at a time, errors in words."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from microcom.errors import StoreError
from microcom.store.busy import patiently
from microcom.store.database import Database
from microcom.store.times import micros
from microcom.store.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import TypeAlias

    from microcom.store.database import Clock, Row

    Kind: TypeAlias = Callable[[sqlite3.Connection, str, Clock], "SqliteDatabase"]

BUSY_SECONDS = 20.0
WORDS = {
    "int": "INTEGER",
    "serial": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "end": "STRICT",
    "packed": "STRICT, WITHOUT ROWID",
}
"""What stands in the schema for what the engines call differently."""

_JOINED = nullcontext()
"""A transaction inside another: whoever began that one ends it."""

_turns: dict[str, Turns] = {}
_all_turns = threading.Lock()


class SqliteDatabase(Database):
    """A connection to one queue file, for one thread at a time.

    A commit waits for the disk (``synchronous=FULL``): what a person was told, and each mark,
    survives a power cut. A light one does not, nor does one that is to be there soon. The log is
    written in order: with a commit that is on disk everything is that was committed before it.
    """

    is_file = True

    def __init__(self, connection: sqlite3.Connection, path: str, clock: Clock) -> None:
        self._connection = connection
        self.path = path
        self._clock = clock
        self._turns = self.turns()
        self._shared: sqlite3.Connection | None = None
        """What is written over meanwhile: one's own connection, or another thread's."""
        self._is_light = False
        self._owes = False
        """Whether something was committed that has to be on disk soon, and may not be yet."""

    def turns(self) -> Turns | None:
        """Return how the threads of this process take turns at writing, None: as SQLite lets them.

        SQLite alone lets the others look again after ever longer naps.
        """
        with _all_turns:
            return _turns.setdefault(self.path, Turns())

    def now(self) -> int:
        """Return the database's own time, in microseconds since 1970."""
        return micros(self._clock.now())

    def run(self, sql: str, /, **values: object) -> int:
        """Execute one statement and return how many rows it changed."""
        if self._is_inside():
            return self._executed(sql, values).rowcount
        with self.transaction():
            return self._executed(sql, values).rowcount

    def all(self, sql: str, /, **values: object) -> list[Row]:
        """Return every row of a query, or of a statement with RETURNING."""
        try:
            return patiently(self._shared or self._connection, sql, values, BUSY_SECONDS).fetchall()
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise in_words(error, self.path) from error

    def transaction(self, lane: str | None = None) -> AbstractContextManager[None]:
        """Commit everything inside together, or nothing; whatever its scope, one writes alone."""
        del lane
        assert not self._is_light, "a power cut would lose this"  # noqa: S101 - never the other way
        return _JOINED if self._is_inside() else self._written()

    def light_transaction(self, lane: str | None = None) -> AbstractContextManager[None]:
        """Commit everything inside together, or nothing, without waiting for the disk."""
        del lane
        return _JOINED if self._is_inside() else self._written_lightly()

    def soon_transaction(self, lane: str | None = None) -> AbstractContextManager[None]:
        """Commit everything inside together, or nothing; on disk with what next waits for it."""
        del lane
        return _JOINED if self._is_inside() else self._written_soon()

    def to_disk(self) -> None:
        """Return once what was to be on disk soon is there."""
        if self._owes:
            self.version = self.version  # a commit that waits, and says what was said before
            self._owes = False

    @contextmanager
    def _written_lightly(self) -> Iterator[None]:
        with self._unwaiting(), self._written(light=True):
            self._is_light = True
            try:
                yield
            finally:
                self._is_light = False

    @contextmanager
    def _written_soon(self) -> Iterator[None]:
        with self._unwaiting(), self._written(light=True):
            yield
        self._owes = True

    @contextmanager
    def _unwaiting(self) -> Iterator[None]:
        """Let commits of the connection wait for no disk; one that cannot wait again is closed."""
        _synchronous(self._connection, self.path, "NORMAL")
        try:
            yield
        finally:
            try:
                _synchronous(self._connection, self.path, "FULL")
            except StoreError:
                self._connection.close()

    @contextmanager
    def _written(self, *, light: bool = False) -> Iterator[None]:
        """Write over one's own connection, or over that of whoever began a transaction."""
        try:
            with self._part(light=light) as shared:
                self._shared = shared
                before = shared.total_changes
                try:
                    yield
                finally:
                    self._shared = None
                has_written = shared.total_changes > before
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise in_words(error, self.path) from error
        if has_written and not light:
            self._owes = False

    def _part(self, *, light: bool) -> AbstractContextManager[sqlite3.Connection]:
        if self._turns is None or self._turns.is_mine():
            return self._alone(self._connection)
        return self._turns.part(self._connection, self._begin, light=light)

    @contextmanager
    def _alone(self, own: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        self._begin(own)
        try:
            yield own
            own.execute("COMMIT")
        except BaseException:
            _undo(own)
            raise

    def _begin(self, own: sqlite3.Connection) -> None:
        patiently(own, "BEGIN IMMEDIATE", {}, BUSY_SECONDS)
        try:
            self._expect(own.execute("PRAGMA user_version").fetchone()[0])
        except StoreError:
            own.rollback()
            raise

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
            _undo(self._connection)

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Let everything inside happen, then take it back: what a dry run does."""
        with nullcontext() if self._turns is None else self._turns.alone():
            self._executed("BEGIN IMMEDIATE", {})
            try:
                yield
            finally:
                self._connection.rollback()

    def _executed(self, sql: str, values: Mapping[str, object]) -> sqlite3.Cursor:
        try:
            return patiently(self._shared or self._connection, sql, values, BUSY_SECONDS)
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise in_words(error, self.path) from error

    @property
    def version(self) -> int:
        """Return the number of the schema's last step, 0 for an empty file."""
        return int(self.value("PRAGMA user_version"))

    @version.setter
    def version(self, number: int) -> None:
        self.run(f"PRAGMA user_version = {number}")

    def prepare(self) -> None:
        """Make nothing: what the schema takes for granted is SQLite's own."""

    def adapted(self, statement: str) -> str:
        """Return a statement of the schema in SQLite's words."""
        return statement.format_map(WORDS)

    def damage(self) -> str | None:
        """Return what is wrong with the file's pages, or None."""
        said = str(self.value("PRAGMA quick_check(1)"))
        return None if said == "ok" else said

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


def attach(path: str, clock: Clock, kind: Kind | None = None) -> SqliteDatabase:
    """Return a connection to the file at ``path``, set up so that a commit is on disk.

    ``kind`` makes another kind of database of the connection: a simulation's, say.
    """
    connection = _opened(path)
    database = (kind or SqliteDatabase)(connection, path, clock)
    try:
        _write_ahead(database)
        _set(connection, path)
    except BaseException:
        database.close()
        raise
    return database


def _opened(path: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise in_words(error, path) from error


def _set(connection: sqlite3.Connection, path: str) -> None:
    _synchronous(connection, path, "FULL")
    try:
        connection.execute("PRAGMA fullfsync=ON")  # macOS: fsync alone leaves data in the drive
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA busy_timeout=0")  # from here on store/busy.py waits
    except sqlite3.Error as error:
        raise in_words(error, path) from error


def _synchronous(connection: sqlite3.Connection, path: str, how: str) -> None:
    try:
        connection.execute(f"PRAGMA synchronous={how}")
    except sqlite3.Error as error:
        raise in_words(error, path) from error


def _undo(connection: sqlite3.Connection) -> None:
    """Take a transaction back; where even that fails, SQLite does it at the next opening."""
    with suppress(sqlite3.Error):
        connection.rollback()


def _write_ahead(database: SqliteDatabase) -> None:
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


def free_bytes(path: str) -> int:
    """Return how much room is left where a file stands."""
    from shutil import disk_usage

    return disk_usage(os.path.dirname(path) or ".").free  # noqa: PTH120 - a text, as it was given


def in_words(
    error: sqlite3.Error, path: str, free: Callable[[str], int] = free_bytes
) -> StoreError:
    """Return our sentence for what SQLite said.

    On a disk without room SQLite cannot make the files beside the queue, and tells of I/O alone.
    """
    said = str(error)
    if "disk I/O" in said and free(path) < LEAST_ROOM:
        said = "disk is full"
    for phrase, code, words, hint in _SAYINGS:
        if phrase in said:
            return StoreError(f"The queue {path} {words}.", code=code, hint=hint)
    return StoreError(f"The queue {path} failed: {said}.", code="store.failed")


LEAST_ROOM = 128 * 1024
"""Bytes that SQLite needs beside a queue to open it at all."""
_SAYINGS = (
    ("locked", "store.locked", "is locked by another program", "Try again; nothing was lost."),
    (
        "disk is full",
        "store.full",
        "cannot grow: the disk is full",
        "Free some space and run again; nothing was lost.",
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
