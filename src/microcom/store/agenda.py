"""What goes out and went out, by time: a stretch of days costs the same in a queue of any size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from microcom.core.delivery import State
from microcom.store.filter import Filter, where
from microcom.store.queue import COLUMNS, delivery_of
from microcom.store.times import moment

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.delivery import Delivery
    from microcom.store.sqlite import Database

QUARTER = 900_000_000
"""A quarter of an hour in microseconds: no zone's days begin in the middle of one."""
PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Quarter:
    """How many deliveries of one state and zone are due in a quarter of an hour."""

    start: datetime
    zone: str
    state: State
    count: int


class Agenda:
    """Reads deliveries of one world by their due time.

    Each state is read through its own index.
    """

    def __init__(self, db: Database, world: str) -> None:
        self._db = db
        self._world = world

    def first(self, wanted: Filter) -> list[Delivery]:
        """Return the first deliveries that match, by due time: at most ``wanted.limit``."""
        return self._page(wanted, None)

    def each(self, wanted: Filter) -> Iterator[Delivery]:
        """Yield every delivery that matches, by due time, without a limit."""
        some, last = replace(wanted, limit=PAGE), None
        with self._db.reading():
            while page := self._page(some, last):
                yield from page
                last = page[-1]

    def counts(self, wanted: Filter) -> list[Quarter]:
        """Return how many deliveries match, by quarter of an hour, zone and state."""
        narrowed, values = where(wanted)
        found: Counter[tuple[int, str, State]] = Counter()
        with self._db.reading():
            for state in wanted.states or State:
                rows = self._db.all(
                    f"""SELECT due_at / {QUARTER}, zone, count(*) FROM delivery
                        WHERE state = :state AND world = :world{narrowed}
                        GROUP BY 1, 2""",
                    state=state.value,
                    world=self._world,
                    **values,
                )
                found.update({(quarter, zone, state): count for quarter, zone, count in rows})
        return [
            Quarter(moment(quarter * QUARTER), zone, state, count)
            for (quarter, zone, state), count in sorted(found.items())
        ]

    def zone(self) -> str | None:
        """Return the zone that most accounts live in; None where there is no account."""
        name: str | None = self._db.value(
            """SELECT zone FROM account WHERE world = :world
               GROUP BY zone ORDER BY count(*) DESC, zone LIMIT 1""",
            world=self._world,
        )
        return name

    def name(self) -> str:
        """Return what tells this queue from every other."""
        name: str = self._db.value("SELECT value FROM meta WHERE name = 'store'")
        return name

    def _page(self, wanted: Filter, last: Delivery | None) -> list[Delivery]:
        """Return the next deliveries that match, after ``last``."""
        from microcom.store.times import micros

        narrowed, values = where(wanted)
        if last is not None:
            narrowed += " AND due_at >= :due AND (due_at > :due OR delivery.id > :last)"
            values |= {"due": micros(last.due), "last": last.id}
        rows = [
            row
            for state in wanted.states or State
            for row in self._db.all(
                f"""SELECT {COLUMNS} FROM delivery
                    WHERE state = :state AND world = :world{narrowed}
                    ORDER BY due_at, delivery.id LIMIT :limit""",
                state=state.value,
                world=self._world,
                limit=wanted.limit,
                **values,
            )
        ]
        found = sorted(map(delivery_of, rows), key=lambda one: (one.due, one.id))
        return found[: wanted.limit]
