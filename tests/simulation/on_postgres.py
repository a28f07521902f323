"""Worlds whose queue is on a server, with processes on two machines whose clocks disagree.

One server of this process serves one world after the other, from memory: each finds the tables as
its stock has them. A connection that somebody lets go of serves whoever connects next, for that
is quicker; one that is cut is cut by the server, and really.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from tests.postgres import QUICK, Server, served
from tests.simulation.baton import CALM_AT, NOON, SECOND
from tests.simulation.engine import Machine
from tests.simulation.member import Shared, Waiting

from microcom.runner.clock import QueueClock
from microcom.store import postgres
from microcom.store.connect import connect
from microcom.testing.stage import ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from tests.simulation.baton import Actor
    from tests.simulation.network import Weather
    from tests.simulation.plan import Plan
    from tests.simulation.process import Process
    from tests.simulation.world import World

    from microcom.store.database import Database

SETTINGS = (
    *QUICK,
    "autovacuum=off",
    "jit=off",
    "max_parallel_workers_per_gather=0",
    "plan_cache_mode=force_generic_plan",
    "enable_seqscan=off",
    "deadlock_timeout=2ms",
)
"""Nothing happens by itself, and a statement is planned once, whatever was before."""

APART = timedelta(minutes=5)
"""How far the second machine's own clock is ahead of the first one's, which is right."""
SEVERED = 0.01
"""How likely a rough seed's connections are cut, at each of the moments when they may be."""
UNDER_WAY = (1_000, 4 * SECOND)
"""Microseconds that a commit may be on its way when its sender knows nothing of it any more."""
RUSH = 120
"""Seconds within which everything is due in a world that is in a hurry."""
LINGERS = (SECOND // 5, 2 * SECOND, 6 * SECOND)
"""The longest, in microseconds, that passes between two statements of a transaction."""
LONGEST_WAIT = 5.0
"""Real seconds within which the server finds out that everybody waits for somebody else."""
AWAY = (0, 20)
"""Seconds for which a server that restarts lets nobody in."""


class OnPostgres:
    """Keeps queues on one server."""

    machines: tuple[Machine, ...] = (Machine("one"), Machine("other", APART))
    world: World
    """The world that is there now."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._admin = psycopg.connect(server.address(), autocommit=True)
        self._address = server.queue("world")
        connect(self._address, "real", ManualClock(), create=True).close()
        self._tables = _tables(self._admin)
        self._stocks = 0
        self.longest = 0
        self._away_until = 0
        self._members: list[Shared] = []
        self.inside: set[object] = set()
        """Who is in a transaction, or about to be; and connections whose commit is on its way."""
        self._late: set[psycopg.Connection[Any]] = set()
        self.blocked: dict[Waiting, Actor] = {}
        self.spare: list[psycopg.Connection[Any]] = []
        self.closed = psycopg.connect(server.address())
        self.closed.close()

    # --- queues -------------------------------------------------------------------------------

    def stock_place(self, name: str, folder: Path) -> str:
        """Return the address of a schema of its own."""
        del name, folder
        self._stocks += 1
        return self._server.queue(f"stock_{self._stocks}")

    def stocked(self, database: Database) -> None:
        """Do nothing: everything is where it belongs."""

    def planned(self, plan: Plan, chance: Random) -> Plan:
        """Let half of all worlds be in a hurry, with two logins: their processes meet."""
        if chance.random() < 0.5:
            return plan
        return replace(plan, accounts=chance.choice([2, 3]), workers=4, span=RUSH, deeds=16)

    def begin(self, world: World, folder: Path) -> str:
        """Bring the tables to what a stock has, to the page: rows come in the same order then."""
        del folder
        self.world = world
        self._away_until = 0
        self._members = []
        world.baton.stuck = self._break_up
        schema = world.stock.queue.rpartition("%3D")[2]
        for words in _renewed(self._tables, schema):
            self._admin.execute(words)
        return self._address

    def end(self) -> None:
        """Take back what nobody has let go of; a commit that is still on its way never arrives."""
        for member in self._members:
            member.close()
        for connection in self._late:
            self.end_session(connection)
            connection.close()
        self._late.clear()
        self.inside.clear()
        self.blocked.clear()

    def opened(self, world: World) -> Database:
        """Return a connection for somebody who never dies."""
        return self._joined(Shared(world.path, world.clock, self, None))

    def joined(self, process: Process) -> Database:
        """Return a connection for a process."""
        return self._joined(Shared(process.world.path, process.clock, self, process))

    def clock(self, process: Process, database: Database) -> Serving:
        """Return the server's time, as a worker takes it."""
        return Serving(database.now, process)

    def _joined(self, shared: Shared) -> Shared:
        self._members.append(shared)
        return shared

    def owes_a_mark(self, database: Database) -> bool:
        """Say no: each connection looks at how it commits, as it marks."""
        del database
        return False

    # --- what goes wrong ----------------------------------------------------------------------

    def brew(self, world: World, weather: Weather) -> Weather:
        """Decide what a storm does to connections; return what weather it is."""
        chance = world.chance
        for _ in range(chance.choice([0, 0, 1, 2])):
            world.baton.at(world.some_time(), self._restart)
        self.longest = chance.choice(LINGERS)
        return replace(
            weather,
            severed=SEVERED * chance.choice([0, 0.3, 1.0]),
            lingering=chance.choice([0, 0.05, 0.3]),
        )

    def _restart(self) -> None:
        """Cut every connection of a process at once, and let nobody in for a while."""
        world = self.world
        world.count("server restarts")
        for member in self._members:
            member.cut()
        self._away_until = world.baton.now + world.chance.randint(*AWAY) * SECOND

    def is_away(self) -> bool:
        """Say whether the server lets nobody in now."""
        return self.world.baton.now < self._away_until

    # --- who waits for whom -------------------------------------------------------------------

    def let_go(self, member: Shared) -> None:
        """Hear that a transaction has ended."""
        self.inside.discard(member)
        self._settle()

    def blocks(self, pid: int) -> bool:
        """Say whether a session waits for what another one holds."""
        row = self._admin.execute("SELECT cardinality(pg_blocking_pids(%s))", [pid]).fetchone()
        assert row is not None
        return bool(row[0])

    def _settle(self) -> None:
        """Return when everybody who waited for a lock has its answer, or waits on."""
        for one in list(self.blocked):
            while not one.is_answered():
                if one.is_blocked():
                    break
            else:
                self.blocked.pop(one).blocked = False

    def _break_up(self) -> None:
        """Let the server find that everybody waits for somebody else."""
        self.world.count("everybody waited for somebody else")
        end = time.monotonic() + LONGEST_WAIT
        while all(actor.blocked for actor in self.blocked.values()):
            self._settle()
            if time.monotonic() > end:
                message = "the server does not find out who waits for whom"
                raise AssertionError(message)

    # --- commits that arrive later ------------------------------------------------------------

    def commit_later(self, connection: psycopg.Connection[Any]) -> None:
        """Let a commit arrive some time after its sender has lost the connection."""
        baton = self.world.baton
        self.inside.add(connection)
        self._late.add(connection)
        moment = min(baton.now + baton.chance.randint(*UNDER_WAY), CALM_AT)
        baton.at(moment, lambda: self._commit_now(connection))

    def _commit_now(self, connection: psycopg.Connection[Any]) -> None:
        self.inside.discard(connection)
        self._late.discard(connection)
        with suppress(psycopg.OperationalError):  # its session was ended first: it never arrives
            connection.execute("COMMIT")
            self.spare.append(connection)
        self._settle()

    # --- sessions -----------------------------------------------------------------------------

    def end_session(self, connection: psycopg.Connection[Any]) -> None:
        """Let the server end a session, and return when nothing is left of it."""
        pid = connection.info.backend_pid
        self._admin.execute("SELECT pg_terminate_backend(%s)", [pid])
        while self._admin.execute("SELECT 1 FROM pg_stat_get_activity(%s)", [pid]).fetchone():
            pass
        self._settle()

    def take_back(self, connection: psycopg.Connection[Any]) -> None:
        """Keep a session for whoever connects next, with nothing left of what was under way."""
        if connection.info.transaction_status is TransactionStatus.ACTIVE:
            self.end_session(connection)
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()
        else:
            self.spare.append(connection)

    def ticks(self) -> float:
        """Return seconds on the clock that is never set."""
        world = getattr(self, "world", None)
        return 0.0 if world is None else (world.baton.now - NOON) / SECOND

    def close(self) -> None:
        """Let go of the server."""
        for connection in (*self.spare, self._admin):
            connection.close()


class Serving(QueueClock):
    """The server's time in the hands of a process, whose sleep is the simulation's."""

    def __init__(self, micros: Any, process: Process) -> None:  # noqa: ANN401
        super().__init__(micros)
        self._process = process

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._process.sleep(seconds)


@contextmanager
def on_postgres() -> Iterator[OnPostgres]:
    """Yield the engine on a server of its own."""
    with served(*SETTINGS) as server:
        keeper = OnPostgres(server)
        try:
            with mock.patch.object(postgres, "_ticks", keeper.ticks):
                yield keeper
        finally:
            keeper.close()


def _tables(admin: psycopg.Connection[Any]) -> list[sql.Identifier]:
    rows = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'world' ORDER BY 1")
    return [sql.Identifier(row[0]) for row in rows]


def _renewed(tables: list[sql.Identifier], stock: str) -> Iterator[sql.Composed]:
    """Yield what empties the tables and copies a stock's rows; numbers go on from its own."""
    here, there = sql.Identifier("world"), sql.Identifier(stock)
    next_word, comma = sql.SQL("; "), sql.SQL(", ")
    yield next_word.join(sql.SQL("DELETE FROM {}.{}").format(here, table) for table in tables)
    full = [sql.SQL("{}.{}").format(here, table) for table in tables]
    yield sql.SQL("VACUUM {}").format(comma.join(full))
    copied = sql.SQL("INSERT INTO {}.{} SELECT * FROM {}.{}")
    yield next_word.join(copied.format(here, table, there, table) for table in tables)
    counted = sql.SQL("SELECT setval({}, last_value, is_called) FROM {}.{}")
    for name in ("delivery_id_seq", "event_id_seq", "mark_id_seq"):
        yield counted.format(sql.Literal(f"world.{name}"), there, sql.Identifier(name))
