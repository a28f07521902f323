"""Who runs now: threads that hand over a baton at each door, in an order that a seed decides.

Time is virtual. It stands while anybody can run, and then moves on to the next moment at which
somebody can, or at which something was put off to.
"""

from __future__ import annotations

import heapq
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
NOON = int(datetime(2026, 11, 23, 12, 0, tzinfo=UTC).timestamp()) * SECOND
STORM = 3 * 3600 * SECOND
"""How long things go wrong; then everything is let come to its end."""
CALM_AT = NOON + STORM
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ENDLESS = 40_000
"""Handovers after which a run is taken to go on for ever."""


class Crash(BaseException):
    """The process dies here: nothing after it is executed."""


class EndlessError(Exception):
    """The run does not come to an end."""


@dataclass(slots=True, eq=False)
class Actor:
    """One thread; ``wake`` is when it can run again, in microseconds of true time.

    ``mortal`` actors may be killed or frozen; ``dies_at`` is when an alarm ends them, whatever
    they wait for. A ``blocked`` one waits for what another one holds.
    """

    name: str
    mortal: bool = False
    wake: int = 0
    dies_at: int | None = None
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    over: bool = False
    doomed: bool = False
    blocked: bool = False


class Baton:
    """Lets exactly one actor run at a time."""

    def __init__(self, chance: random.Random, *, start: int = NOON) -> None:
        self.chance = chance
        self.now = start
        self.handovers = 0
        self.failure: BaseException | None = None
        self._actors: list[Actor] = []
        self._later: list[tuple[int, int, Callable[[], None]]] = []
        self._running: Actor | None = None
        self._count = 0
        self._done = threading.Event()
        self.stuck: Callable[[], None] = _endless
        """What is done where everybody waits for what another one holds."""

    def start(self, actor: Actor, work: Callable[[], None]) -> None:
        """Let an actor begin; it runs once the baton comes to it."""

        def body() -> None:
            actor.go.acquire()
            try:
                if self.failure is None:
                    work()
            except BaseException as failure:  # noqa: BLE001 - raised again by run()
                self.failure = self.failure or failure
            actor.over = True
            self._actors.remove(actor)
            self._next(leaving=True)

        self._actors.append(actor)
        threading.Thread(target=body, name=actor.name, daemon=True).start()

    def run(self) -> None:
        """Let everybody run until all are over; raise the first failure there was."""
        self._done.clear()
        self._next(leaving=True)
        self._done.wait()
        if self.failure is not None:
            raise self.failure

    def at(self, moment: int, work: Callable[[], None]) -> None:
        """Let something happen at a moment, by itself."""
        self._count += 1
        heapq.heappush(self._later, (moment, self._count, work))

    @property
    def me(self) -> Actor:
        """Return the actor that runs."""
        assert self._running is not None
        return self._running

    def yield_(self) -> None:
        """Hand the baton over, perhaps to oneself; raise Crash for one that died meanwhile."""
        actor = self._running
        if actor is None:
            return  # before the run, and after it
        self._next()
        if self.failure is not None or actor.doomed:
            raise Crash

    def sleep(self, micros: int) -> None:
        """Let time pass for the actor that runs."""
        if self._running is None:
            self.now += micros
            return
        self._running.wake = self.now + max(micros, 0)
        self.yield_()

    def block(self) -> None:
        """Hand the baton over until somebody says that one is blocked no more."""
        self.me.blocked = True
        self.yield_()

    def _next(self, *, leaving: bool = False) -> None:
        before = self._running
        chosen = self._choose()
        self._running = chosen
        if chosen is None:
            self._done.set()
        elif chosen is not before or leaving:
            chosen.go.release()
            if not leaving and before is not None:
                before.go.acquire()

    def _choose(self) -> Actor | None:
        self.handovers += 1
        if self.handovers > ENDLESS and self.failure is None:
            self.failure = EndlessError(f"{ENDLESS} handovers")
        while self._actors:
            if self.failure is not None:
                return self._actors[0]
            ready = [one for one in self._actors if one.wake <= self.now and not one.blocked]
            if ready:
                chosen = ready[0] if len(ready) == 1 else self.chance.choice(ready)
                self._judge(chosen)
                return chosen
            self._pass()
        return None

    def _pass(self) -> None:
        """Move time on to what comes next."""
        wakes = min((one.wake for one in self._actors if not one.blocked), default=None)
        if wakes is None and not self._later:
            self.stuck()
            return
        if wakes is not None and (not self._later or self._later[0][0] > wakes):
            self.now = max(self.now, wakes)
            return
        moment, _, work = heapq.heappop(self._later)
        self.now = max(self.now, moment)
        self._running = None
        work()

    def _judge(self, actor: Actor) -> None:
        """Let an alarm that rang while the actor stood still have ended it."""
        if actor.dies_at is not None and actor.dies_at < self.now:
            actor.doomed = True


def _endless() -> None:
    message = "everybody waits for somebody else"
    raise EndlessError(message)


class Clock:
    """The machine's clock: true time, and how wrong it is (``wrong``, microseconds ahead)."""

    def __init__(self, baton: Baton) -> None:
        self._baton = baton
        self.wrong = 0
        self._last = (0, EPOCH)

    def now(self) -> datetime:
        """Return the moment, as this machine believes."""
        micros = self._baton.now + self.wrong
        if self._last[0] != micros:
            self._last = (micros, EPOCH + timedelta(microseconds=micros))
        return self._last[1]

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._baton.sleep(int(seconds * SECOND))
