"""Opening a queue: private, on a local disk, of this schema, of this world."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from microcom.errors import StoreError, UserError
from microcom.store.migrate import VERSION, bring_up
from microcom.store.place import make_private, refuse_network
from microcom.store.sqlite import attach

if TYPE_CHECKING:
    from microcom.store.database import Clock, Database


def connect(path: str, world: str, clock: Clock, *, create: bool) -> Database:
    """Open the queue at ``path`` for ``world``, bring its schema up to date, and return it.

    Whoever may only read it gets it for reading. Raises UserError ``store.none`` where there is
    none and ``create`` is False; StoreError where it cannot be read or written, is newer than this
    program, or belongs to another world.
    """
    if not create and not Path(path).exists():
        hint = "Queue a post first (microcom post …), or run as the user who did."
        raise UserError(f"There is no queue at {path}.", code="store.none", hint=hint)
    make_private(path)
    refuse_network(path)
    database = _attached(path, clock)
    try:
        _make_ready(database, world)
    except BaseException:
        database.close()
        raise
    return database


def _attached(path: str, clock: Clock) -> Database:
    try:
        return attach(path, clock)
    except StoreError as error:
        from microcom.store.still import attach_still

        return attach_still(path, clock, error)


def _make_ready(database: Database, world: str) -> None:
    version = database.version
    if version != VERSION:
        bring_up(database, version, world)
    _refuse_other_world(database, world)


def _refuse_other_world(database: Database, world: str) -> None:
    held = database.value("SELECT value FROM meta WHERE name = 'world'")
    if held != world:
        message = f"The queue {database.path} belongs to {held}, not to {world}."
        raise StoreError(message, code="store.world", hint="Set MICROCOM_SANDBOX as it was.")
