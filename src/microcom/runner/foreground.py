"""Publishing while a person watches: what can go now goes, what cannot stays queued."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microcom.errors import UserError
from microcom.runner.worker import Holder
from microcom.store.people import Outcome

if TYPE_CHECKING:
    from microcom.core.delivery import Delivery
    from microcom.runner.clock import Clock
    from microcom.runner.crew import Crew
    from microcom.store import Store
    from microcom.store.lanes import Held

PATIENCE = timedelta(seconds=20)
"""How long a person is kept waiting for something that waits itself."""

BEAT = 0.2


class Foreground:
    """Runs a few deliveries in front of a person.

    ``look`` is called several times a second with the deliveries as they are; ``tell`` once for
    each lane that another process holds.
    """

    def __init__(
        self,
        store: Store,
        crew: Crew,
        clock: Clock,
        *,
        look: Callable[[Sequence[Delivery]], None],
        tell: Callable[[str], None],
    ) -> None:
        self._store = store
        self._crew = crew
        self._clock = clock
        self._look = look
        self._tell = tell
        self._told: set[str] = set()

    def publish(self, numbers: Sequence[int]) -> list[Delivery]:
        """Drive the deliveries until each is over or waits for longer than a person would.

        KeyboardInterrupt passes through, after the steps in flight have ended.
        """
        end = self._clock.now() + PATIENCE
        while True:
            waiting = self._waiting(self._now(numbers))
            if not waiting:
                return self._now(numbers)
            lanes = sorted({delivery.lane for delivery in waiting})
            self._crew.run(lanes, beat=lambda: self._look(self._now(numbers)))
            waiting = self._waiting(self._now(numbers))
            if not waiting or min(map(_wake, waiting)) > end or self._clock.now() > end:
                return self._now(numbers)
            self._name_holders(lanes)
            self._name_failures(waiting)
            self._clock.sleep(BEAT)

    def interrupted(self, numbers: Sequence[int]) -> list[Outcome]:
        """Cancel what has not left; say of the rest that it goes on."""
        return [self._stopped(one) for one in self._now(numbers) if not one.over]

    def _stopped(self, delivery: Delivery) -> Outcome:
        """Cancel a delivery; where that cannot be done, say why, and go on to the next."""
        try:
            return self._store.people.cancel(delivery)
        except UserError as error:
            return Outcome(delivery, error.message)

    def _now(self, numbers: Sequence[int]) -> list[Delivery]:
        found = (self._store.queue.find(number) for number in numbers)
        return [delivery for delivery in found if delivery is not None]

    def _waiting(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        stopped = {stop.name for stop in self._store.accounts.stops() if stop.scope == "account"}
        apps = {stop.name for stop in self._store.accounts.stops() if stop.scope == "app"}
        return [
            delivery
            for delivery in deliveries
            if delivery.wake is not None
            and delivery.target.account not in stopped
            and self._app(delivery) not in apps
        ]

    def _app(self, delivery: Delivery) -> str | None:
        known = self._store.accounts.find(delivery.target.account)
        return None if known is None else known.account.app

    def _name_holders(self, lanes: Sequence[str]) -> None:
        for lane in lanes:
            for held in self._store.lanes.held(lane):
                if held.owner not in self._told:
                    self._told.add(held.owner)
                    self._tell(_whose(held))

    def _name_failures(self, waiting: Sequence[Delivery]) -> None:
        for delivery in waiting:
            app = self._app(delivery) or ""
            until = self._store.accounts.broken_until(app)
            if until is not None and until > self._clock.now() and app not in self._told:
                self._told.add(app)
                self._tell(f"{delivery.platform} has been failing; trying again in a while")


def _wake(delivery: Delivery) -> datetime:
    assert delivery.wake is not None  # noqa: S101 - only those that wake are asked
    return delivery.wake


def _whose(held: Held) -> str:
    holder = Holder.read(held.holder)
    who = held.holder if holder is None else holder.name
    return f"{who} is publishing for this login; waiting for it"
