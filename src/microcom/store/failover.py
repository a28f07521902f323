"""Noticing that a queue is on another server than before: a standby took over, or a copy of it.

A standby that follows asynchronously may lack the last commits of the server before it: marks of
calls that have left. Nothing else tells: all that it holds is whole, and older. So what is due is
held there until each account was looked at and adopted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.errors import StoreError
from microcom.store.times import SECOND, moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from microcom.store.database import Database

MINUTE = 60 * SECOND
REASON = "another server keeps this queue since {}, and may not know what was sent last"


def watch(db: Database, hold: Callable[[str, datetime], object]) -> None:
    """Look at which server the queue is, now and over every new connection.

    ``hold`` is told why, and up to when the queue surely knows everything, when that changed.
    """

    def look() -> None:
        _look(db, hold)

    look()
    db.over_new_connections(look)


def _look(db: Database, hold: Callable[[str, datetime], object]) -> None:
    server = db.server()
    if server is None:
        return
    known = db.value("SELECT value FROM meta WHERE name = 'server'")
    if known == server:
        return
    try:
        with db.transaction():
            if _remember(db, server, known):
                newest = int(db.value("SELECT max(at) FROM event") or 0)
                since = moment(max(newest - MINUTE, 0))
                hold(REASON.format(f"{moment(db.now()):%Y-%m-%d %H:%M} UTC"), since)
    except StoreError as error:
        if error.code != "store.readonly":  # whoever may only read sends nothing
            raise


def _remember(db: Database, server: str, known: str | None) -> bool:
    """Remember the server; say whether it took the place of another, which nobody has seen yet."""
    if known is None:
        db.run(
            "INSERT INTO meta (name, value) VALUES ('server', :server) ON CONFLICT DO NOTHING",
            server=server,
        )
        return False
    changed = db.run(
        "UPDATE meta SET value = :server WHERE name = 'server' AND value = :known",
        server=server,
        known=known,
    )
    return changed > 0
