"""Waiting while another process writes, in short naps.

SQLite's own waiting naps ever longer, up to a tenth of a second, while a commit takes a few
thousandths: two processes that share a queue would mostly sleep.
"""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST_NAP = 0.00005
LONGEST_NAP = 0.002
GROWTH = 1.3


def patiently(
    connection: sqlite3.Connection, sql: str, values: Mapping[str, object], seconds: float
) -> sqlite3.Cursor:
    """Execute a statement as soon as nobody is in the way; raise sqlite3.Error after ``seconds``.

    Inside a transaction nobody can be in the way.
    """
    try:
        return connection.execute(sql, values)
    except sqlite3.OperationalError as error:
        if not _is_busy(error) or connection.in_transaction:
            raise
    nap, end = SHORTEST_NAP, time.monotonic() + seconds
    while True:
        time.sleep(nap)
        nap = min(nap * GROWTH, LONGEST_NAP)
        try:
            return connection.execute(sql, values)
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > end:
                raise


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
