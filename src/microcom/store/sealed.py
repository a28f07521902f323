"""Rows for the database vault: sealed texts by name, which say nothing to the store.

Each write is a commit of its own, durable when it returns: a token's row is to name a slot that is
there already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.store.database import ANY

if TYPE_CHECKING:
    from microcom.store.database import Database


class Sealed:
    """The sealed rows of one queue."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def find(self, name: str) -> str | None:
        """Return a row's text, or None."""
        value = self._db.value("SELECT value FROM sealed WHERE name = :name", name=name)
        return None if value is None else str(value)

    def all(self) -> list[str]:
        """Return every row's text."""
        return [str(row[0]) for row in self._db.all("SELECT value FROM sealed ORDER BY name")]

    def put(self, name: str, text: str) -> None:
        """Keep a row, replacing the one before."""
        with self._db.transaction(ANY):
            self._db.run(
                """INSERT INTO sealed (name, value) VALUES (:name, :value)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
                name=name,
                value=text,
            )

    def add(self, name: str, text: str) -> None:
        """Keep a row unless there is one; of several at once the first counts."""
        with self._db.transaction(ANY):
            self._db.run(
                "INSERT INTO sealed (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING",
                name=name,
                value=text,
            )

    def drop(self, name: str) -> None:
        """Delete a row; that there is none is nothing wrong."""
        with self._db.transaction(ANY):
            self._db.run("DELETE FROM sealed WHERE name = :name", name=name)
