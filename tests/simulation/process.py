"""One worker process of a simulation: it works, stands still, dies, and is followed by another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from tests.simulation.baton import SECOND, Actor, Clock, Crash

from microcom.errors import StoreError
from microcom.runner.access import Access
from microcom.runner.doors import Doors
from microcom.runner.http import Http
from microcom.runner.slots import Slots
from microcom.runner.worker import Holder, Worker
from microcom.store.sqlite import SqliteDatabase, attach
from microcom.store.whole import Store

if TYPE_CHECKING:
    from tests.simulation.world import World

FULL = 2
LONGEST_NAP = 1200.0
REBIRTH = (1, 240)
"""Seconds after which a dead process is followed by another."""
STOPS = (1, 900)
"""Seconds for which a process is stopped."""


class Shared(SqliteDatabase):
    """A connection whose holder may have to wait, or die, before each transaction."""

    process: Process | None = None
    """None while it is being opened."""

    def turns(self) -> None:
        """Take no turns: the baton lets one run at a time."""

    def all(self, sql: str, /, **values: object) -> list[tuple[Any, ...]]:
        """Return every row of a query."""
        self._door()
        return super().all(sql, **values)

    def _begin(self, own: Connection) -> None:
        self._door()
        super()._begin(own)

    def value(self, sql: str, /, **values: object) -> Any:  # noqa: ANN401 - what SQL gives
        """Return the first column of the first row; marks are made where the disk is waited for."""
        if "INSERT INTO mark" in sql:
            durable = super().value("PRAGMA synchronous")
            assert durable == FULL, "a mark that a power cut would lose"
        return super().value(sql, **values)

    def _door(self) -> None:
        if self.process is not None and not self._is_inside():
            self.process.door()


@dataclass(frozen=True, slots=True)
class Somebody(Holder):
    """A process of the simulated machine; ``world`` knows who lives."""


class Hand(Worker):
    """A worker who asks the simulation, not the kernel, whether another process is gone."""

    world: World

    def _is_gone(self, text: str) -> bool:
        return self.world.is_dead(text)


class Process:
    """A slot for worker processes, one after the other, each with a store of its own."""

    def __init__(self, world: World, actor: Actor) -> None:
        self.world = world
        self.actor = actor
        self.store: Store | None = None
        self.clock = OwnClock(world.clock, self)
        self.stood_at = 0

    # --- doors --------------------------------------------------------------------------------

    def door(self) -> None:
        """Let somebody else run, stand still, or die, as the seed has it."""
        baton, weather = self.world.baton, self.world.network.weather
        if baton.me is not self.actor:
            return
        fate = baton.chance.random()
        if fate < weather.killed:
            self._die()
            raise Crash
        pause = 0
        if fate < weather.killed + weather.frozen:
            pause = baton.chance.randint(*STOPS) * SECOND
            self.stood_at = baton.now + pause
            self.world.count("stopped")
        self._wait(pause)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._wait(int(seconds * SECOND))

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Be this process's dead-man timer (see microcom.runner.alarm)."""
        baton = self.world.baton
        self.actor.dies_at = baton.now + int((seconds + self.world.last_word) * SECOND)
        try:
            yield
        finally:
            self.actor.dies_at = None

    def _wait(self, micros: int) -> None:
        try:
            self.world.baton.sleep(micros)
        except Crash:
            if self.actor.doomed:
                self.world.count("ended by the alarm")
            self._die()
            raise

    def _die(self) -> None:
        """Leave the store as a killed process does: what was not committed is not there."""
        if self.store is not None:
            self.world.buried.add(str(self.holder))
            self.store.close()
            self.store = None
            self.world.count("died")

    # --- lives --------------------------------------------------------------------------------

    def live(self) -> None:
        """Be one process after the other until nothing is left to do."""
        while not self._one_life():
            if self.world.baton.failure is not None:
                return
            self.actor.doomed, self.actor.dies_at = False, None
            self.world.baton.sleep(self.world.baton.chance.randint(*REBIRTH) * SECOND)

    def _one_life(self) -> bool:
        """Work as one process; say whether it ended because nothing was left to do."""
        worker = self._born()
        try:
            while not self.world.finished(self._open()):
                if not worker.run():
                    self.sleep(min(LONGEST_NAP, max(worker.due_in(), 0.05)))
        except (Crash, StoreError):
            if self.store is not None:
                raise
            return False
        self._open().close()
        self.store = None
        return True

    def _open(self) -> Store:
        assert self.store is not None
        return self.store

    def _born(self) -> Hand:
        world = self.world
        self.holder = world.name_holder()
        self.store = self._opened()
        http = Http(
            sandbox=None,
            sleep=self.sleep,
            transport=lambda: world.network.line(self),
            files=world.media.read,
        )
        doors = Doors(
            store=self.store,
            http=http,
            access=Access(
                Slots(self.store, world.drawer, self.clock), http, self.clock, world.platform
            ),
            secrets=world.drawer,
            clock=self.clock,
            chance=world.baton.chance.random,
            platform=world.platform,
            alarm=self,
        )
        hand = Hand(doors, self.holder)
        hand.world = world
        return hand

    def _opened(self) -> Store:
        shared = attach(self.world.path, self.clock, Shared)
        assert isinstance(shared, Shared)
        shared.process = self
        return Store(shared, "real", "worker")


class OwnClock:
    """The machine's clock, in the hands of one process."""

    def __init__(self, clock: Clock, process: Process) -> None:
        self._clock = clock
        self._process = process

    def now(self) -> datetime:
        """Return the moment."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._process.sleep(seconds)
