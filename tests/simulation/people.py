"""The people of a simulated world: they cancel, pause, post by hand, and tidy up at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.baton import NOON, SECOND

from microcom.core.delivery import State
from microcom.errors import Superseded, UserError
from microcom.platforms.x.emulator import XEmulator

if TYPE_CHECKING:
    from tests.simulation.world import World

    from microcom.core.delivery import Delivery

ROUNDS = 8
"""How often a person comes back, a day later each time, until nothing is left to decide."""
DAY = 86_400


class Person:
    """One person at a terminal, with a connection of their own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = world.store

    def act(self) -> None:
        """Do a few things at times that the seed chooses."""
        world, chance = self.world, self.world.chance
        self.store = world.opened("person")
        span, deeds = world.plan.span, world.plan.deeds
        moments = sorted(chance.randint(0, span) for _ in range(chance.randint(0, deeds)))
        for moment in moments:
            world.baton.sleep(NOON + moment * SECOND - world.baton.now)
            deed = chance.choice([self._cancel, self._pause, self._by_hand, self._retry])
            try:
                deed()
            except (UserError, Superseded):
                world.count("too late for a person")
        self.store.close()

    def _any(self) -> Delivery:
        wish = self.world.chance.choice(self.world.wishes)
        return self.store.queue.again(wish.delivery)

    def _cancel(self) -> None:
        before = self._any()
        self.world.baton.sleep(self.world.chance.randint(0, 2) * SECOND)  # they look, then type
        outcome = self.store.people.cancel(before)
        if outcome.delivery.state is State.CANCELLED:
            self.world.cancelled.append(outcome.delivery)
            self.world.count("cancelled")

    def _pause(self) -> None:
        account = self._any().target.account
        self.store.accounts.park(account, "a person paused it", by_person=True)
        begun = self.world.baton.now
        self.world.baton.sleep(self.world.chance.randint(60, 1800) * SECOND)
        self.world.pauses.append((account, begun, self.world.baton.now))
        self.store.accounts.resume(account)
        self.world.count("paused")

    def _by_hand(self) -> None:
        """Post something without microcom, where the emulated service can be told to."""
        world, service = self.world, self.world.emulator
        if isinstance(service, XEmulator) and world.chance.random() < 0.5:
            person = service.person(world.stock.names[0])
            service.people.write(person, "By hand", service.clock(), by_hand=True)
            world.count("by hand")

    def _retry(self) -> None:
        delivery = self._any()
        self.store.people.retry(delivery, self.world.clock.now())
        self.world.count("tried again")

    # --- the end ------------------------------------------------------------------------------

    def tidy_up(self) -> None:
        """Resume what is parked, release what is held, answer doubts by looking; let work end."""
        self.store = self.world.store
        for _ in range(ROUNDS):
            waiting = [self._decide(self.store.queue.again(one.delivery)) for one in self._wishes()]
            if not any(waiting):
                return
            self.world.work_on()
            self.world.baton.sleep(DAY * SECOND)

    def _wishes(self) -> list[Wish]:
        return self.world.wishes

    def _decide(self, delivery: Delivery) -> bool:
        """Do what a delivery waits for; say whether it waits for anything."""
        now, people = self.world.clock.now(), self.store.people
        for stop in self.store.accounts.stops():
            resume = self.store.accounts
            (resume.resume if stop.scope == "account" else resume.resume_app)(stop.name)
        if delivery.state is State.HELD:
            people.release(delivery, now)
        elif delivery.state is State.IN_DOUBT and delivery.wake is None:
            self._resolve(delivery)
        return not delivery.over

    def _resolve(self, delivery: Delivery) -> None:
        """Look at the account, long after, and say what is there."""
        mark = self.store.journal.read(delivery).open_mark()
        found = None
        if mark is not None:
            wish = next(one for one in self.world.wishes if one.delivery.id == delivery.id)
            part = wish.parts[int(mark.step.rpartition(":")[2]) if len(wish.parts) > 1 else 0]
            made = [one for one in self.world.emulator.published() if one.text == part]
            found = made[0].remote_id if made else None
        self.world.asked.append(delivery)
        self.world.count("asked a person")
        self.store.people.resolve(delivery, self.world.clock.now(), remote_id=found)


if TYPE_CHECKING:
    from tests.simulation.world import Wish
