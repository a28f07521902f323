"""One worker process of a simulation: it works, stands still, dies, and is followed by another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from tests.simulation.baton import SECOND, Actor, Clock, Crash

from microcom.errors import StoreError
from microcom.runner.access import Access
from microcom.runner.crew import LONGEST_NAP as BEAT
from microcom.runner.doors import Doors
from microcom.runner.http import Http
from microcom.runner.persistence import is_away
from microcom.runner.slots import Slots
from microcom.runner.worker import Holder, Worker
from microcom.store.whole import Store

if TYPE_CHECKING:
    from tests.simulation.world import World

LONGEST_NAP = 1200.0
REBIRTH = (1, 240)
"""Seconds after which a dead process is followed by another."""
STOPS = (1, 900)
"""Seconds for which a process is stopped."""


class Hand(Worker):
    """A worker who asks the simulation, not the kernel, whether another process is gone."""

    world: World

    def _is_gone(self, text: str) -> bool:
        holder = Holder.read(text)
        return holder is not None and holder.host == self._me.host and self.world.is_dead(text)


class Process:
    """A slot for worker processes, one after the other, each with a store of its own."""

    def __init__(self, world: World, actor: Actor) -> None:
        self.world = world
        self.actor = actor
        self.store: Store | None = None
        self.machine = world.machine()
        self.clock = OwnClock(world.clock, self)
        self.stood_at = 0

    def owes_a_mark(self) -> bool:
        """Say whether it has made a mark that a power cut would take now."""
        return self.store is not None and self.world.engine.owes_a_mark(self.store.db)

    # --- doors --------------------------------------------------------------------------------

    def door(self, linger: int = 0, stopped: Callable[[int], None] = lambda _: None) -> None:
        """Let somebody else run, stand still, or die, as the seed has it.

        It takes at least ``linger`` microseconds; ``stopped`` hears of a stop, and for how long.
        """
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
            stopped(pause)
        self._wait(max(pause, linger))

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

    def wait_for_lock(self) -> None:
        """Let others run until the queue's server says that nobody is in the way any more."""
        self._while(self.world.baton.block)

    def _wait(self, micros: int) -> None:
        self._while(lambda: self.world.baton.sleep(micros))

    def _while(self, others_run: Callable[[], None]) -> None:
        try:
            others_run()
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
        try:
            worker = self._born()
            while not self._worked(worker):
                pass
        except (Crash, StoreError) as error:
            if self.store is not None and not (isinstance(error, StoreError) and is_away(error)):
                raise
            self._die()
            return False
        self._open().close()
        self.store = None
        return True

    def _worked(self, worker: Hand) -> bool:
        """Work until nothing is due or the queue's server is away; say whether nothing is left.

        Half of all processes wait for the server (`microcom worker`), the others end with it.
        """
        try:
            if self.world.finished(self._open()):
                return True
            if not worker.run():
                self.sleep(min(LONGEST_NAP, max(worker.due_in(), 0.05)))
        except StoreError as error:
            if self.store is None or not is_away(error) or self.holder.pid % 2:
                raise
            self.world.count("waited for the server")
            self.sleep(BEAT)
        return False

    def _open(self) -> Store:
        assert self.store is not None
        return self.store

    def _born(self) -> Hand:
        world = self.world
        self.holder = world.name_holder(self.machine)
        database = world.engine.joined(self)
        self.store = Store(database, "real", "worker")
        clock = world.engine.clock(self, database)
        http = Http(
            sandbox=None,
            sleep=self.sleep,
            transport=lambda: world.network.line(self),
            files=world.media.read,
        )
        doors = Doors(
            store=self.store,
            http=http,
            access=Access(Slots(self.store, world.drawer, clock), http, clock, world.platform),
            secrets=world.drawer,
            clock=clock,
            chance=world.baton.chance.random,
            platform=world.platform,
            alarm=self,
        )
        hand = Hand(doors, self.holder)
        hand.world = world
        return hand


class OwnClock:
    """A machine's clock, in the hands of one process."""

    is_the_machines = True

    def __init__(self, clock: Clock, process: Process) -> None:
        self._clock = clock
        self._process = process

    def now(self) -> datetime:
        """Return the moment, as this machine believes."""
        return self._clock.now() + self._process.machine.ahead

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._process.sleep(seconds)
