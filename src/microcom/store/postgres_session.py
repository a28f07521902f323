"""A session with a PostgreSQL server: how it is begun, and what holds while it lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper

from microcom.store.postgres_words import in_words, unreachable

if TYPE_CHECKING:
    from microcom.store.database import Row

LOCKED_SECONDS = 20
"""How long a statement waits for what another transaction holds."""
IDLE_SECONDS = 15
"""How long a transaction may stand still: a stopped process does not keep others waiting."""
CONNECTION: dict[str, Any] = {
    "autocommit": True,
    "application_name": "microcom",
    "connect_timeout": 10,
    "target_session_attrs": "primary",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
"""How a connection is made: where the way to the server breaks silently, that shows in seconds."""

SESSION = f"""
SET synchronous_commit = on;
SET lock_timeout = '{LOCKED_SECONDS}s';
SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s';
SET statement_timeout = '120s';
SET tcp_keepalives_idle = 10;
SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 3;
SET client_min_messages = warning;
SET client_encoding = 'UTF8';
SET TIME ZONE 'UTC'"""
"""What every session sets: a commit that was answered is on disk, and nobody waits for ever."""


def begun(address: str, path: str) -> psycopg.Connection[Row]:
    """Return a new connection to the primary at ``address``, which people know as ``path``.

    Raises StoreError where there is none, or it lets nobody in.
    """
    try:
        connection = psycopg.connect(address, **CONNECTION)
    except psycopg.Error as error:
        raise unreachable(error, path) from error
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_dumper(str, StrDumper)
    try:
        connection.execute(SESSION, prepare=False)
    except psycopg.Error as error:
        connection.close()
        raise in_words(error, path, lost=True) from error
    return connection
