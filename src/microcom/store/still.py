"""A queue that this user may only read, in a folder where SQLite can make no files of its own.

While somebody else has it open, SQLite reads it as ever: their files beside it serve. While nobody
has, it is one whole file that holds still, and is read as such (docs/decisions/0012).
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from microcom.errors import StoreError
from microcom.store.sqlite import SqliteDatabase, in_words

if TYPE_CHECKING:
    from microcom.store.database import Clock, Database, Row

CLOSED = frozenset({"store.readonly", "store.unreadable"})
"""How SQLite says that it could not make its files."""


class Still(SqliteDatabase):
    """A connection to a queue file that nobody was writing when it was opened."""

    def all(self, sql: str, /, **values: object) -> list[Row]:
        """Return every row of a query."""
        try:
            return super().all(sql, **values)
        except StoreError as error:
            if error.code != "store.damaged":
                raise
            message = f"The queue {self.path} was written while it was read."
            raise StoreError(message, code="store.moving", hint="Ask again.") from error


def attach_still(path: str, clock: Clock, error: StoreError) -> Database:
    """Return a connection that reads a file which nobody has open; raise ``error`` for others."""
    folder = Path(path).parent
    log = Path(f"{path}-wal")
    if error.code not in CLOSED or os.access(folder, os.W_OK) or not os.access(path, os.R_OK):
        raise error
    if log.exists() and log.stat().st_size:
        message = f"The queue {path} was left in the middle of writing."
        hint = "Whoever may write it sets it right by looking: microcom status."
        raise StoreError(message, code="store.left", hint=hint) from error
    try:
        connection = sqlite3.connect(
            f"file:{quote(path)}?immutable=1", uri=True, isolation_level=None
        )
    except sqlite3.Error as failure:
        raise in_words(failure, path) from failure
    return Still(connection, path, clock)
