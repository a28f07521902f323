"""Which deliveries may be like one: looked up by their marks, however many there are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from microcom.core.post import Snapshot
from microcom.core.sameness import marks, said_of
from microcom.store.marks import number
from microcom.store.queue import COLUMNS, delivery_of
from microcom.store.times import micros

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from microcom.core.sameness import Said
    from microcom.store.database import Database

MOST = 64
"""So many deliveries under one mark are looked at: those due first."""
FEW = 24
"""So many are read and compared: those that share the most marks."""
FIND = """SELECT delivery FROM alike
    WHERE mark = :mark AND due_at >= :since AND due_at <= :until ORDER BY due_at LIMIT :most"""


class Alike:
    """Finds deliveries of one world that may say the same."""

    def __init__(self, db: Database, world: str) -> None:
        self._db = db
        self._world = world

    def near(self, said: Said, since: datetime, until: datetime) -> Iterator[Said]:
        """Yield deliveries that are out or will be, due in that time, that share marks with it.

        What failed, was cancelled or missed is none of them.
        """
        shared: Counter[int] = Counter()
        for mark in marks(said):
            rows = self._db.all(
                FIND,
                mark=number(self._world, mark),
                since=micros(since),
                until=micros(until),
                most=MOST,
            )
            shared.update({delivery for (delivery,) in rows})
        for delivery, _ in shared.most_common(FEW):
            row = self._db.one(
                f"""SELECT {COLUMNS}, body FROM delivery
                    JOIN snapshot ON snapshot.digest = delivery.snapshot
                    WHERE delivery.id = :id AND world = :world
                    AND state NOT IN ('cancelled', 'failed', 'missed')""",
                id=delivery,
                world=self._world,
            )
            if row is not None:
                yield said_of(delivery_of(row), Snapshot.from_json(row[-1]))
