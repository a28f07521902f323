"""One SQLite file as a database: durable commits, one writer at a time, errors in words."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from microcom.errors import StoreError
from microcom.store.busy import patiently
from microcom.store.database import Database
from microcom.store.disk import to_drive
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

    A commit waits for no disk by itself (``synchronous=NORMAL``): whoever needs that waits for the
    log afterwards, with nothing locked (docs/decisions/0018). The log is written in order: where a
    commit is on disk, everything is that was committed before it.
    """

    is_file = True

    def __init__(self, connection: sqlite3.Connection, path: str, clock: Clock) -> None:
        self._connection = connection
        self.path = path
        self._clock = clock
        self._turns = self.turns()
        self._log: int | None = None
        self._is_light = False
        self._owes = False
        """Whether something was committed that has to be on disk soon, and may not be yet."""

    def turns(self) -> Turns:
        """Return how the threads of this process take turns at writing.

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
            return patiently(self._connection, sql, values, BUSY_SECONDS).fetchall()
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise in_words(error, self.path) from error

    def transaction(self, lane: str | None = None) -> AbstractContextManager[None]:
        """Commit everything inside together, or nothing; whatever its scope, one writes alone."""
        del lane
        assert not self._is_light, "a power cut would lose this"  # noqa: S101 - never the other way
        return _JOINED if self._is_inside() else self._written(self._wait)

    def light_transaction(self, lane: str | None = None) -> AbstractContextManager[None]:
        """Commit everything inside together, or nothing, without waiting for the disk."""
        del lane
        return _JOINED if self._is_inside() else self._written(None)

    def soon_transaction(self, lane: str | None = None) -> AbstractContextManager[None]:
        """Commit everything inside together, or nothing; on disk with what next waits for it."""
        del lane
        return _JOINED if self._is_inside() else self._written(self._owe)

    def to_disk(self) -> None:
        """Return once what was to be on disk soon is there."""
        if self._owes:
            self._wait()

    @contextmanager
    def _written(self, committed: Callable[[], None] | None) -> Iterator[None]:
        """Commit what is inside, and do what follows from that; without that it is light."""
        with self._turns:
            self._begin()
            self._is_light = committed is None
            try:
                yield
                self._commit()
            except BaseException:
                _undo(self._connection)
                raise
            finally:
                self._is_light = False
        if committed is not None:
            committed()

    def _begin(self) -> None:
        self._executed("BEGIN IMMEDIATE", {})
        try:
            self._expect(self._connection.execute("PRAGMA user_version").fetchone()[0])
        except StoreError:
            _undo(self._connection)
            raise

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise in_words(error, self.path) from error
        self._turns.committed()

    def _owe(self) -> None:
        self._owes = True

    def _wait(self) -> None:
        """Return once everything is on disk that was committed so far."""
        try:
            self._turns.to_disk(self._flush)
        except OSError as error:
            raise in_words(_said(error), self.path) from error
        self._owes = False

    def _flush(self) -> None:
        """Wait for the log, which is one file as long as this connection is open."""
        if self._log is None:
            self._log = os.open(f"{self.path}-wal", os.O_RDWR | getattr(os, "O_BINARY", 0))
        to_drive(self._log)

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
        with self._turns:
            self._executed("BEGIN IMMEDIATE", {})
            try:
                yield
            finally:
                self._connection.rollback()

    def _executed(self, sql: str, values: Mapping[str, object]) -> sqlite3.Cursor:
        try:
            return patiently(self._connection, sql, values, BUSY_SECONDS)
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
        log, self._log = self._log, None
        if log is not None:
            os.close(log)
        self._connection.close()

    def _is_inside(self) -> bool:
        try:
            return self._connection.in_transaction
        except sqlite3.Error as error:
            raise in_words(error, self.path) from error


def attach(path: str, clock: Clock, kind: Kind | None = None) -> SqliteDatabase:
    """Return a connection to the file at ``path``.

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
    try:
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA fullfsync=ON")  # macOS: fsync alone leaves data in the drive
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA busy_timeout=0")  # from here on store/busy.py waits
    except sqlite3.Error as error:
        raise in_words(error, path) from error


def _said(error: OSError) -> sqlite3.Error:
    """Return what SQLite would have said of a log that could not be waited for."""
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    return sqlite3.OperationalError("database or disk is full" if full else "disk I/O error")


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
