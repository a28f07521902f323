"""A whole simulated world: one machine's queue, several processes, people, and a service."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from httpx import WSGITransport
from tests.simulation.baton import CALM_AT, EPOCH, NOON, SECOND, STORM, Actor, Baton, Clock
from tests.simulation.network import CALM, Network
from tests.simulation.people import Person
from tests.simulation.plan import KITS, Beyond, Plan, Stocks
from tests.simulation.process import Process

from microcom.core.delivery import Delivery
from microcom.core.passage import Fresh
from microcom.core.platform import Platform
from microcom.core.settling import LAST_WORD
from microcom.core.target import Target
from microcom.emulator.faults import Fault
from microcom.media.kept import MediaStore
from microcom.runner.http import Http
from microcom.runner.welcome import identify
from microcom.runner.worker import Holder
from microcom.store.whole import Store
from microcom.testing.conformance import SERVICE
from microcom.testing.stage import Drawer, bearer

if TYPE_CHECKING:
    from tests.simulation.engine import Engine, Machine

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What was queued: the delivery and the texts of its parts, found nowhere else."""

    delivery: Delivery
    parts: tuple[str, ...]


class World:
    """Everything of one seed; ``happened`` counts what went wrong and what was done."""

    def __init__(
        self,
        seed: int,
        folder: Path,
        stocks: Stocks,
        engine: Engine,
        beyond: Beyond = Beyond.NOTHING,
    ) -> None:
        self.seed = seed
        self.engine = engine
        self.beyond = beyond
        self.chance = random.Random(seed)  # noqa: S311 - chance that can be repeated
        self.plan = engine.planned(Plan.of(self.chance), self.chance)
        self.kit = KITS[self.plan.kit]
        self.baton = Baton(self.chance)
        self.clock = Clock(self.baton)
        self.happened: Counter[str] = Counter()
        self.buried: set[str] = set()
        self.born = 0
        self.slots = 0
        self.last_word = DAY if beyond is Beyond.SUSPEND else LAST_WORD.total_seconds()
        self.stock = stocks.of(self.plan)
        self.path = engine.begin(self, folder)
        self.drawer = Drawer()
        self.drawer.entries.update(self.stock.secrets)
        self.media = MediaStore(str(self.stock.media))
        self.ahead = timedelta()
        self.emulator = self.kit.emulator(self.platform_time)
        for token, account in self.stock.tokens.items():
            self.emulator.grant(token, account)
        proofs = [one.proof for one in self.kit.platform.capabilities.values()]
        self.visible = min(proof.visible_within for proof in proofs)
        lands = min(proof.lands_within for proof in proofs)
        late = 60 if beyond is Beyond.LANDS else 1
        self.network = Network(self.baton, self.emulator, lands * late)
        self._meet()
        self.store = self.opened("person")
        self.wishes = [self._wish(number) for number in range(self.plan.deliveries)]
        self.cancelled: list[Delivery] = []
        self.asked: list[Delivery] = []
        self.pauses: list[tuple[str, int, int]] = []
        """Accounts that a person had paused, from when and until when (microseconds)."""

    def _meet(self) -> None:
        """Let the service know everybody as it did when they logged in; then its clock is off."""
        http = Http(
            sandbox=None, sleep=self.clock.sleep, transport=lambda: WSGITransport(self.emulator)
        )
        for token in self.stock.tokens:
            identify(self.kit.platform, http, bearer(self.kit.platform, token))
        self.ahead, self.baton.now = self.plan.ahead, NOON

    # --- what everybody asks ------------------------------------------------------------------

    def platform_time(self) -> datetime:
        """Return the moment on the service's clock."""
        return EPOCH + timedelta(microseconds=self.baton.now) + self.ahead

    def platform(self, name: str) -> Platform:
        """Return the platform of this world."""
        del name
        return self.kit.platform

    def opened(self, actor: str) -> Store:
        """Return a connection of its own to the queue, for somebody who never dies."""
        return Store(self.engine.opened(self), "real", actor)

    def count(self, what: str) -> None:
        """Note that something happened."""
        self.happened[what] += 1

    def machine(self) -> Machine:
        """Return where the next process runs: on each machine in turn."""
        machines = self.engine.machines
        self.slots += 1
        return machines[self.slots % len(machines)]

    def name_holder(self, machine: Machine) -> Holder:
        """Return a name for a new process."""
        self.born += 1
        return Holder(machine.name, self.born, str(self.born))

    def is_dead(self, text: str) -> bool:
        """Say whether the process of that name has died."""
        return text in self.buried

    def finished(self, store: Store) -> bool:
        """Say whether all storms are over and nothing happens by itself any more."""
        return self.baton.now >= CALM_AT and store.lanes.next_wake() is None

    # --- what happens -------------------------------------------------------------------------

    def run(self) -> None:
        """Let the storm pass, and then everything come to its end."""
        self.network.weather = self.engine.brew(self, self.plan.weather)
        for _ in range(self.chance.randint(0, 5)):
            self.baton.at(self.some_time(), self._go_wrong)
        jumps = 40 if self.beyond is Beyond.CLOCK else int(self.plan.jumps)
        for _ in range(jumps):
            self.baton.at(self.some_time(), self._jump)
        self.baton.at(CALM_AT, self._calm_down)
        for number in range(self.plan.workers):
            self._start(f"worker-{number}")
        person = Person(self)
        actor = Actor("person")
        self.baton.start(actor, person.act)
        self.baton.run()
        person.tidy_up()

    def work_on(self) -> None:
        """Let one worker do what is left, with nothing going wrong."""
        self._start("last worker")
        self.baton.run()

    def history(self) -> str:
        """Return a digest of everything that is written down of what happened."""
        rows = self.store.db.all(
            "SELECT id, at, actor, delivery, account, kind, data FROM event ORDER BY id"
        )
        return sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()

    def close(self) -> None:
        """Let go of the queue."""
        self.store.close()
        self.engine.end()

    def _start(self, name: str) -> None:
        actor = Actor(name, wake=self.baton.now)
        self.baton.start(actor, Process(self, actor).live)

    def some_time(self) -> int:
        """Return a moment of the storm."""
        return NOON + self.chance.randint(0, STORM * 2 // 3)

    def _wish(self, number: int) -> Wish:
        count = self.chance.choice([1, 1, 2, 3]) if len(self.kit.parts) > 1 else 1
        count = min(count, len(self.kit.parts))
        parts = tuple(f"delivery {number} part {part} of seed {self.seed}" for part in range(count))
        account = self.chance.choice(self.stock.names)
        known = self.store.accounts.find(account)
        assert known is not None
        span = self.plan.span
        seconds = self.chance.choice([0, 0, 60, min(600, span), self.chance.randint(0, span)])
        fresh = Fresh(
            target=Target(account, known.account.default),
            snapshot=replace(self.stock.content(count), parts=parts),
            due=self.clock.now() + timedelta(seconds=seconds),
            zone="UTC",
            post=f"post-{number}",
            ahead=timedelta(seconds=self.chance.choice([0, 300, 600])),
        )
        return Wish(self.store.queue.add([(fresh, known)])[0].delivery, parts)

    def _go_wrong(self) -> None:
        """Let the service fail for a while: at publishing, or in its listing."""
        chance, service = self.chance, self.emulator
        skip, times = chance.randint(0, 3), chance.choice([1, 1, 2, 4])
        listing = self.kit.listing or next(route.name for route in service.routes if route.lists)
        kind = chance.random()
        if kind < 0.6:
            fault = chance.choice((*SERVICE, *sorted(service.refusals())))
            service.faults.arm(Fault(self.kit.publish, fault, count=times, skip=skip))
        elif kind < 0.8:
            shown = int(self.visible.total_seconds()) - 5
            lag = float(chance.randint(5, shown))
            if self.beyond is Beyond.VISIBLE:
                lag *= 60
            service.faults.arm(Fault(listing, "lag", count=None, seconds=lag))
        else:
            fault = chance.choice(["429", "503-before", "garbage", "cut"])
            service.faults.arm(Fault(listing, fault, count=times, skip=skip % 3))
        self.count("service faults")

    def _jump(self) -> None:
        """Set the machine's clock wrong, as an administrator, a dead battery or a daemon does.

        Between two answers it is set once at the most: where it was off from the start, that has
        to be heard first.
        """
        may = self.beyond is Beyond.CLOCK or not self.plan.ahead
        if not may and len(self.network.heard) < len(self.stock.tokens):
            if self.baton.now < CALM_AT:
                self.baton.at(self.baton.now + 60 * SECOND, self._jump)
            return
        self.clock.wrong = self.chance.choice([3600, -3600, 300, -300, 7200]) * SECOND
        self.count("clock jumps")

    def _calm_down(self) -> None:
        self.network.weather = CALM
        self.emulator.faults.clear()
