"""Whether anything is due: one indexed value, asked before anything else is imported."""

from __future__ import annotations

import os
import sqlite3
import time

SCHEMA = 12
WAKES = (("next_at", "lane"), ("renew_at", "token"))
"""What wakes a run: a delivery, or a login that is to be kept alive. Each has an index."""


def is_idle(path: str) -> bool:
    """Say whether the queue at ``path`` surely has nothing due now, and note that it was asked.

    Anything unusual (no queue, another schema, a lock) gives False: the whole program then finds
    out what it is and says so.
    """
    if not os.path.exists(path):  # noqa: PTH110 - pathlib costs as much as this whole check
        return False
    try:
        return _asked(path, int(time.time() * 1_000_000))
    except sqlite3.Error:
        return False


def _asked(path: str, now: int) -> bool:
    connection = sqlite3.connect(path, timeout=1, isolation_level=None)
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA:
            return False
        for column, table in WAKES:
            row = connection.execute(
                f"SELECT min({column}) FROM {table} WHERE {column} IS NOT NULL"
            )
            due = row.fetchone()[0]
            if due is not None and due <= now:
                return False
        if connection.execute("SELECT 1 FROM meta WHERE name = 'unadopted'").fetchone():
            return False  # a person is needed, and told so
        # Only a note for people: it need not survive a power cut.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(
            "INSERT INTO meta (name, value) VALUES ('last_run', ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (str(now),),
        )
    finally:
        connection.close()
    return True
