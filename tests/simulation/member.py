"""A process's connection to a queue on a server: it waits, dies, is cut off, or stands in line."""

from __future__ import annotations

from dataclasses import dataclass
from select import select
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql, waiting
from tests.simulation.baton import SECOND

from microcom.errors import StoreError
from microcom.store.postgres import Postgres
from microcom.store.postgres_session import IDLE_SECONDS
from microcom.store.postgres_words import in_words, unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import LiteralString

    from psycopg.abc import PQGen
    from tests.simulation.on_postgres import OnPostgres
    from tests.simulation.process import Process

    from microcom.store.database import Clock, Row

PATIENCE = 0.004
"""Real seconds after which it is asked whether a statement waits for somebody."""
INTERVAL = 0.1


class Shared(Postgres):
    """A connection whose holder may have to wait, or die, or be cut off.

    ``process`` is None for a person, to whom nothing happens.
    """

    def __init__(
        self, address: str, clock: Clock, keeper: OnPostgres, process: Process | None
    ) -> None:
        self._keeper = keeper
        self._process = process
        self._is_over = False
        self._number = 0
        self._has_marked = False
        super().__init__(address, clock)

    # --- what may happen ----------------------------------------------------------------------

    def _begin(self, lane: str | None) -> None:
        self._door()
        self._perhaps_cut("cut off before a transaction")
        self._keeper.inside.add(self)
        self._number += 1
        self._has_marked = False
        super()._begin(lane)

    def _said(self, words: LiteralString | sql.Composed) -> psycopg.Cursor[Row]:
        """Say one thing after the other where somebody may be in the way: who is next is clear."""
        if isinstance(words, sql.Composed) and self._keeper.inside > {self}:
            *first, last = words.as_string(None).split("; ")
            for word in first:
                super()._said(word)
            return super()._said(last)
        return super()._said(words)

    def _executed(self, sql: str, values: Mapping[str, object]) -> psycopg.Cursor[Row]:
        if self._is_inside:
            self._linger()
            self._perhaps_cut("cut off inside a transaction")
        elif not self._is_reading:
            self._door()
            self._perhaps_cut("cut off before a query")
        if "INSERT INTO mark" in sql:
            self._has_marked = True
            durable = super()._executed("SHOW synchronous_commit", {}).fetchone()
            assert durable == ("on",), "a mark that a power cut would lose"
        return super()._executed(sql, values)

    def _commit(self) -> None:
        self._perhaps_cut("cut off before a commit")
        if self._is_struck("a commit arrived later"):
            connection, self._connection = self._connection, self._keeper.closed
            self._is_inside = False
            self._keeper.commit_later(connection)
            self._keeper.let_go(self)
            raise self._lost()
        super()._commit()
        self._keeper.let_go(self)
        if self._perhaps_cut("cut off after a commit"):
            raise self._lost()

    def _lost(self) -> StoreError:
        if self._has_marked:
            self._keeper.world.count("unanswered marks")
        lost = psycopg.OperationalError("server closed the connection unexpectedly")
        return in_words(lost, self.path, lost=True)

    def _roll_back(self) -> None:
        super()._roll_back()
        self._keeper.let_go(self)

    def _linger(self) -> None:
        """Let time pass between two statements, so that others come between them."""
        world = self._keeper.world
        weather, chance = world.network.weather, world.chance
        if not weather.lingering or chance.random() >= weather.lingering:
            return
        pause = chance.randint(0, self._keeper.longest)
        world.count("lingered")
        if self._process is not None:
            self._process.door(pause, self._stopped)
        else:
            world.baton.sleep(pause)

    def wait_for_lock(self) -> None:
        """Let others run until they are not in the way any more."""
        if self._process is not None:
            self._process.wait_for_lock()
        else:
            self._keeper.world.baton.block()

    def _stopped(self, pause: int) -> None:
        """Let the server cut off who stands still inside a transaction for too long."""
        if pause > IDLE_SECONDS * SECOND:
            baton, number = self._keeper.world.baton, self._number
            baton.at(baton.now + IDLE_SECONDS * SECOND, lambda: self._give_up(number))

    def _give_up(self, number: int) -> None:
        if number == self._number and self._is_inside and not self._is_over:
            self._keeper.world.count("cut off standing still inside a transaction")
            self.cut()

    def _door(self) -> None:
        if self._process is not None:
            self._process.door()

    def _perhaps_cut(self, what: str) -> bool:
        """Let the server cut the connection, as the seed has it; say whether it did."""
        if not self._is_struck(what):
            return False
        self.cut()
        return True

    def _is_struck(self, what: str) -> bool:
        """Say whether something happens to the connection now, and count it."""
        if self._process is None or self._is_over or self._connection.closed:
            return False
        world = self._process.world
        if world.chance.random() >= world.network.weather.severed:
            return False
        world.count(what)
        return True

    def cut(self) -> None:
        """Let the server cut the connection of a process."""
        if self._process is not None and not self._connection.closed:
            self._keeper.end_session(self._connection)

    # --- the connection -----------------------------------------------------------------------

    def _connected(self) -> psycopg.Connection[Row]:
        if self._is_over:
            message = "The process is dead."
            raise StoreError(message, code="store.dead")
        if self._keeper.is_away():
            raise unreachable(psycopg.OperationalError("Connection refused"), self.path)
        if self._keeper.spare:
            connection = self._keeper.spare.pop()
            self._asked_at = float("-inf")
        else:
            connection = super()._connected()
        connection.wait = Waiting(self._keeper, self, connection)  # type: ignore[assignment,method-assign]
        return connection

    def close(self) -> None:
        """Let go of the connection, as somebody does who is killed: nobody uses it any more."""
        if not self._is_over:
            self._is_over = True
            connection, self._connection = self._connection, self._keeper.closed
            self._keeper.take_back(connection)
            self._keeper.let_go(self)

    def _learn(self, server: int) -> None:
        del server  # the real one's time
        moment = self._keeper.world.clock.now()
        super()._learn(int(moment.timestamp()) * SECOND + moment.microsecond)


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """Waits for the server's answers; while that lets a session wait, others have the baton."""

    keeper: OnPostgres
    member: Shared
    connection: psycopg.Connection[Any]

    def __call__(self, generator: PQGen[Any], *_: Any, **__: Any) -> Any:  # noqa: ANN401
        """Return what a generator of psycopg's comes to."""
        if not self.keeper.inside > {self.member}:
            return waiting.wait(generator, self.connection.pgconn.socket, interval=INTERVAL)
        try:
            wanted = next(generator)
            while True:
                wanted = generator.send(self._ready(wanted))
        except StopIteration as ended:
            return ended.value

    def _ready(self, wanted: waiting.Wait) -> waiting.Ready:
        while True:
            ready = self._polled(wanted, PATIENCE)
            if ready:
                return ready
            if self.is_blocked():
                self.keeper.world.count("waited for a lock")
                self.keeper.blocked[self] = self.keeper.world.baton.me
                try:
                    self.member.wait_for_lock()
                finally:
                    self.keeper.blocked.pop(self, None)  # one that was killed waits no more

    def _polled(self, wanted: waiting.Wait, seconds: float) -> waiting.Ready | None:
        socket = [self.connection.pgconn.socket]
        reads = socket if wanted & waiting.Wait.R else []
        writes = socket if wanted & waiting.Wait.W else []
        readable, writable, _ = select(reads, writes, [], seconds)
        ready = (waiting.Ready.R if readable else 0) | (waiting.Ready.W if writable else 0)
        return waiting.Ready(ready) if ready else None

    def is_blocked(self) -> bool:
        """Say whether the session waits for what another one holds."""
        return self.keeper.blocks(self.connection.info.backend_pid)

    def is_answered(self) -> bool:
        """Say whether there is something to read."""
        return bool(self._polled(waiting.Wait.R, 0))
