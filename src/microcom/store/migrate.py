"""Bringing a queue file to the schema of this program, or refusing it politely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.store.database import newer

if TYPE_CHECKING:
    from microcom.store.database import Database

VERSION = 12
WITNESSED = 11
"""The version since which a queue has a witness; one that was older is given it, once."""


def bring_up(database: Database, version: int, world: str) -> None:
    """Apply every missing step in one transaction.

    Raises StoreError ``store.newer`` when the queue was written by a newer microcom.
    """
    if version > VERSION:
        raise newer(database.path, version, VERSION)
    from microcom.store.schema import MIGRATIONS

    with database.transaction():
        version = database.version  # another process may have been quicker
        if version == 0:
            database.prepare()
        for step in MIGRATIONS[version:]:
            for statement in step:
                database.run(database.adapted(statement))
        database.version = VERSION
        _name(database, world, trusted=version < WITNESSED)


def _name(database: Database, world: str, *, trusted: bool) -> None:
    import secrets

    names = [("store", secrets.token_hex(16)), ("world", world)]
    if trusted:
        names.append(("witness", "wanted"))
    for name, value in names:
        database.run(
            "INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING",
            name=name,
            value=value,
        )
