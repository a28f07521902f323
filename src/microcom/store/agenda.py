"""What goes out and went out, by time: a stretch of days costs the same in a queue of any size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from heapq import merge
from typing import TYPE_CHECKING

from microcom.core.delivery import State
from microcom.store.filter import Filter, where
from microcom.store.queue import COLUMNS, delivery_of
from microcom.store.times import micros, moment
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.delivery import Delivery
    from microcom.store.database import Database, Row

QUARTER = 900_000_000
"""A quarter of an hour in microseconds: no zone's days begin in the middle of one."""
FEW, MOST = 100, 2_000
"""How many deliveries are read at once, at first and later."""


@dataclass(frozen=True, slots=True)
class Quarter:
    """How many deliveries of one state and zone are due in a quarter of an hour."""

    start: datetime
    zone: str
    state: State
    count: int


class Agenda:
    """Reads deliveries of one world by their due time.

    Each state is read through its own index, and one account through the account's.
    """

    def __init__(self, db: Database, world: str) -> None:
        self._db = db
        self._world = world

    def each(self, wanted: Filter) -> Iterator[Delivery]:
        """Yield every delivery that matches, by due time, some at a time, without a limit."""
        alone = wanted.account is not None
        states = [wanted.states] if alone else [(one,) for one in wanted.states or State]
        with self._db.reading():
            streams = (self._stream(replace(wanted, states=some)) for some in states)
            yield from merge(*streams, key=lambda one: (one.due, one.id))

    def counts(self, wanted: Filter) -> list[Quarter]:
        """Return how many deliveries match, by quarter of an hour, zone and state."""
        sql = f"""SELECT due_at / {QUARTER}, zone, state, count(*) FROM delivery
                  WHERE {{condition}} GROUP BY 1, 2, 3"""
        found = [
            Quarter(moment(quarter * QUARTER), zone, State(state), count)
            for quarter, zone, state, count in self._rows(sql, wanted)
        ]
        return sorted(found, key=lambda one: (one.start, one.zone, one.state))

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

    def _stream(self, wanted: Filter) -> Iterator[Delivery]:
        """Yield what one index finds: few at first, as often no more are asked for."""
        sql = f"""SELECT {COLUMNS} FROM delivery WHERE {{condition}}
                  ORDER BY due_at, delivery.id LIMIT :limit"""
        beyond = " AND due_at >= :due AND (due_at > :due OR delivery.id > :last)"
        due, last, limit = micros(wanted.since) if wanted.since else 0, 0, FEW
        rest = replace(wanted, since=None)  # said once: of two bounds SQLite thinks too well
        while True:
            rows = self._rows(sql, rest, beyond, due=due, last=last, limit=limit)
            yield from map(delivery_of, rows)
            if len(rows) < limit:
                return
            end = delivery_of(rows[-1])
            due, last, limit = micros(end.due), end.id, min(2 * limit, MOST)

    def _rows(self, sql: str, wanted: Filter, beyond: str = "", **values: object) -> list[Row]:
        """Return the rows of a query: of one account through its index, else state by state."""
        narrowed, named = where(wanted)
        values |= named | {"world": self._world}
        states = wanted.states or [*State]
        if wanted.account is not None:
            among = ", ".join(f"'{state.value}'" for state in states)
            condition = f"world = :world AND state IN ({among}){narrowed}{beyond}"
            return self._db.all(sql.format(condition=condition), **values)
        condition = f"state = :state AND world = :world{narrowed}{beyond}"
        text = sql.format(condition=condition)
        return [row for one in states for row in self._db.all(text, state=one.value, **values)]
