"""Opening a queue: a private file on a local disk or a database on a server, of this world."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from microcom.errors import StoreError, UserError
from microcom.store.address import is_address, shown
from microcom.store.migrate import VERSION, bring_up
from microcom.store.place import make_private, refuse_network
from microcom.store.sqlite import attach

if TYPE_CHECKING:
    from microcom.store.database import Clock, Database


def connect(path: str, world: str, clock: Clock, *, create: bool) -> Database:
    """Open the queue at ``path`` for ``world``, bring its schema up to date, and return it.

    ``path`` is a file's, or the address of a PostgreSQL database. Whoever may only read a queue
    gets it for reading. Raises UserError ``store.none`` where there is none and ``create`` is
    False; StoreError where it cannot be read or written, is newer than this program, or belongs to
    another world.
    """
    on_server = is_address(path)
    database = _on_server(path, clock) if on_server else _in_file(path, clock, create=create)
    try:
        if on_server and not create:
            _expect_some(database)
        _make_ready(database, world)
    except BaseException:
        database.close()
        raise
    return database


def _in_file(path: str, clock: Clock, *, create: bool) -> Database:
    if not create and not Path(path).exists():
        hint = "Queue a post first (microcom post …), or run as the user who did."
        raise _no_queue(path, hint)
    make_private(path)
    refuse_network(path)
    try:
        return attach(path, clock)
    except StoreError as error:
        from microcom.store.still import attach_still

        return attach_still(path, clock, error)


def _on_server(address: str, clock: Clock) -> Database:
    try:
        from microcom.store.postgres import Postgres
    except ImportError as error:
        message = f"The queue {shown(address)} is on a server, and psycopg is not installed."
        hint = "pip install 'microcom[postgres]'"
        raise StoreError(message, code="store.driver", hint=hint) from error
    return Postgres(address, clock)


def _expect_some(database: Database) -> None:
    if database.version == 0:
        hint = "Queue a post first (microcom post …), or name another: microcom paths."
        raise _no_queue(database.path, hint)


def _no_queue(path: str, hint: str) -> UserError:
    return UserError(f"There is no queue at {path}.", code="store.none", hint=hint)


def _make_ready(database: Database, world: str) -> None:
    version = database.version
    if version != VERSION:
        bring_up(database, version, world)
    database.expects = VERSION
    _refuse_other_world(database, world)


def _refuse_other_world(database: Database, world: str) -> None:
    held = database.value("SELECT value FROM meta WHERE name = 'world'")
    if held != world:
        message = f"The queue {database.path} belongs to {held}, not to {world}."
        raise StoreError(message, code="store.world", hint="Set MICROCOM_SANDBOX as it was.")
