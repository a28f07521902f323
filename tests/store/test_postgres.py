"""What only a queue on a server meets: locks that others hold too long, failures half way."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING
from unittest import mock

import psycopg
import pytest

from microcom.errors import StoreError
from microcom.store.connect import connect
from microcom.store.leave import _CONDITIONS, _giving
from microcom.testing.stage import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.postgres import Server

    from microcom.store.database import Database

_numbers = count()
NOTE = "INSERT INTO meta (name, value) VALUES ('note', 'kept')"
MANY = 1000
NUMBERS = f"FROM generate_series(1, {MANY}) AS n"
CROWD = (
    "INSERT INTO app (world, name, platform, client_id) VALUES ('real', 'x', 'x', '')",
    f"""INSERT INTO account (world, name, platform, app, project, handle, zone, settings, file,
        digest, lane) SELECT 'real', 'a' || n, 'x', 'x', '', '', 'UTC', '', '', '', 'l' || n
        {NUMBERS}""",
    f"INSERT INTO lane (name, world, lease_until) SELECT 'l' || n, 'real', 2 {NUMBERS}",
    f"""INSERT INTO delivery (world, project, post, account, community, kind, platform, lane,
        snapshot, state, due_at, zone, created_at) SELECT 'real', '', '', 'a' || n, '', '', 'x',
        'l' || n, '', 'queued', 0, 'UTC', 0 {NUMBERS}""",
    f"""INSERT INTO mark (delivery, attempt, step, send, world, account, fingerprint, evidence,
        opens, epoch, owner, marked_at, deadline_at, state) SELECT n, 1, 'post:0', 1, 'real',
        'a' || n, '', '', 1, 0, '', 2, 3, 'answered' {NUMBERS.replace(str(MANY), str(MANY - 1))}""",
)
"""Accounts with a login each that have one post, all of them out but the last."""
READ = "SELECT value FROM meta WHERE name = 'note'"


@pytest.fixture
def joined(server: Server) -> Iterator[Callable[[], Database]]:
    """Something that opens one more connection to a queue of its own."""
    address = server.queue(f"alone_{next(_numbers)}")
    made: list[Database] = []

    def open_one() -> Database:
        made.append(connect(address, "real", ManualClock(), create=True))
        return made[-1]

    yield open_one
    for one in made:
        one.close()


def test_a_lock_that_does_not_come_leaves_nothing_behind(joined: Callable[[], Database]) -> None:
    """Whoever waited in vain for the queue can go on with the same connection."""
    holder, waiting = joined(), joined()
    waiting.all("SELECT set_config('lock_timeout', '20ms', false)")
    with holder.transaction():
        with pytest.raises(StoreError) as caught, waiting.transaction():
            pass
        assert caught.value.code == "store.locked"
        assert waiting.value("SELECT 1") == 1
    waiting.run(NOTE)
    assert waiting.value(READ) == "kept"


def test_nothing_is_committed_of_what_failed_half_way(joined: Callable[[], Database]) -> None:
    """A statement that failed takes the transaction along, even where somebody overlooks it."""
    database = joined()
    with pytest.raises(StoreError), noting(database), suppress(StoreError):
        database.run("SELECT nonsense")
    assert database.value(READ) is None


def test_nothing_is_committed_over_another_connection(
    server: Server, joined: Callable[[], Database]
) -> None:
    """What was begun over a connection that was cut is not ended over the next one."""
    database = joined()
    with pytest.raises(StoreError) as caught, noting(database):
        overlooked_cut(server, database)
    assert caught.value.code == "store.lost"
    assert database.value(READ) is None


@pytest.mark.parametrize("ask", ["run", "value"])
def test_a_connection_that_the_library_gives_up_is_replaced(
    joined: Callable[[], Database], ask: str
) -> None:
    """A cut that is noticed between two words of a statement leaves it neither open nor closed.

    The library says so without a code of the server's, and calls the connection open.
    """
    database = joined()
    with pytest.raises(StoreError) as caught, noting(database), given_up():
        getattr(database, ask)("SELECT 1")
    assert caught.value.code == "store.lost"
    database.run(NOTE)
    assert database.value(READ) == "kept"


def test_a_rollback_that_fails_ends_the_connection(joined: Callable[[], Database]) -> None:
    """Where the server was not heard to take something back, nothing more is said to it."""
    database = joined()
    with pytest.raises(ZeroDivisionError), noting(database), given_up():
        _ = 1 / 0
    assert database.value(READ) is None
    database.run(NOTE)
    assert database.value(READ) == "kept"


def test_leave_costs_little_before_the_server_knows_the_tables(
    joined: Callable[[], Database],
) -> None:
    """On a new queue, or one just restored, no statistics tell that there are many accounts."""
    database = joined()
    with database.transaction():
        for statement in CROWD:
            database.run(statement)
    asked = dict.fromkeys(("hour_ago", "day_ago", "now"), 1)
    asked |= dict.fromkeys(("ceiling_hour", "ceiling_day", "most_sends"), 999)
    with database.trial():
        (plan,) = database.one(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {_giving(_CONDITIONS)}",
            **asked, id=MANY, revision=1, attempt=1, step="post:0", epoch=0, owner="", app="x",
        ) or ()  # fmt: skip
        plan = plan[0]["Plan"]
    assert (plan["Actual Rows"], plan["Shared Hit Blocks"] < 10 * MANY) == (1, True)


@contextmanager
def given_up() -> Iterator[None]:
    """Let psycopg give the next statement up after it was sent, as where a socket has closed."""

    def wait(_: object, generator: Iterator[object], *__: object, **___: object) -> None:
        next(generator)
        patched.stop()
        message = "connection socket closed"
        raise psycopg.OperationalError(message)

    patched = mock.patch.object(psycopg.Connection, "wait", wait)
    patched.start()
    yield


@contextmanager
def noting(database: Database) -> Iterator[None]:
    """Write something, with more to come in the same transaction."""
    with database.transaction():
        database.run(NOTE)
        yield


def overlooked_cut(server: Server, database: Database) -> None:
    """Let the server cut a connection, and take no notice."""
    pid = database.value("SELECT pg_backend_pid()")
    with server.session() as session:
        session.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    with suppress(StoreError):
        database.run(NOTE)
