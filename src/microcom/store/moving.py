"""Moving what waits, in batches that can be taken back: no lane needed, by compare-and-set.

A batch is one event that names its deliveries, followed by one for each of them with its time
before and after. Batches that were not taken back hang together: each names the one before it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from microcom.core.delivery import State
from microcom.core.moves import Moved
from microcom.core.schedule import rfc3339
from microcom.errors import Superseded
from microcom.store.marks import note
from microcom.store.times import micros, moment
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from microcom.core.delivery import Delivery
    from microcom.core.moves import Move
    from microcom.core.steps import JsonValue
    from microcom.store.database import Database
    from microcom.store.events import Event, Events
    from microcom.store.lanes import Lanes
    from microcom.store.planned import Planned
    from microcom.store.queue import Queue

BATCH = "batch"
MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries that were moved together: by which command, when, and by whom."""

    id: int
    how: str
    at: datetime
    actor: str
    deliveries: tuple[int, ...]
    before: int | None


class Moving:
    """Gives deliveries other times, and their earlier ones back."""

    def __init__(
        self, db: Database, queue: Queue, planned: Planned, lanes: Lanes, events: Events
    ) -> None:
        self._db = db
        self._queue = queue
        self._planned = planned
        self._lanes = lanes
        self._events = events

    def tried(self, delivery: Delivery) -> bool:
        """Say whether a call that people could see was ever about to leave for it."""
        sql = "SELECT 1 FROM mark WHERE delivery = :id LIMIT 1"
        return self._db.value(sql, id=delivery.id) is not None

    def move(self, how: str, moves: Sequence[Move]) -> list[Delivery]:
        """Move deliveries, all or none, and remember it as the newest batch, done by ``how``.

        Raises Superseded when one has left, or was changed, since it was looked at.
        """
        with self._db.transaction():
            batch = self._begin(how, [move.delivery.id for move in moves])
            moved = [self._move(move, batch) for move in moves]
            for move in moves:
                self._planned.decided(move.delivery.id)
            self._wake(moved)
        return moved

    def newest(self) -> Batch | None:
        """Return the newest batch that was not taken back, or None."""
        number = self._db.value("SELECT value FROM meta WHERE name = 'batch'")
        event = self._events.find(int(number)) if number else None
        if event is None:
            return None
        data = event.data
        numbers = tuple(data["deliveries"])
        return Batch(event.id, data["how"], event.at, event.actor, numbers, data["before"])

    def of(self, batch: Batch) -> list[Moved]:
        """Return what a batch did to each of its deliveries."""
        found = ((self._queue.find(number), number) for number in batch.deliveries)
        return [
            _moved(delivery, self._events.after(batch.id, MOVED, delivery=number))
            for delivery, number in found
            if delivery is not None
        ]

    def undo(self, batch: Batch, moves: Sequence[Move], moved: Iterable[Moved]) -> list[Delivery]:
        """Take a batch back: do these moves, and forget that a person decided on the times.

        ``moved`` says who had decided before. Raises Superseded as :meth:`move` does.
        """
        decisions = {one.delivery.id: one for one in moved}
        with self._db.transaction():
            self._remember(batch.before)
            self._events.append("undone", how=batch.how, count=len(moves), batch=batch.id)
            back = [self._move(move, None) for move in moves]
            for move in moves:
                was = decisions[move.delivery.id]
                self._planned.undecided(move.delivery.id, was.decided_by, was.decided_at)
            self._wake(back)
        return back

    def _begin(self, how: str, numbers: list[int]) -> int:
        last = self.newest()
        batch = self._events.append(
            BATCH,
            how=how,
            count=len(numbers),
            deliveries=numbers,
            before=None if last is None else last.id,
        )
        self._remember(batch)
        return batch

    def _remember(self, batch: int | None) -> None:
        self._db.run(
            """INSERT INTO meta (name, value) VALUES ('batch', :batch)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
            batch="" if batch is None else str(batch),
        )

    def _move(self, move: Move, batch: int | None) -> Delivery:
        one = move.delivery
        state = self._state(move)
        changed = self._db.run(
            """UPDATE delivery SET due_at = :due, wake_at = :wake, state = :state,
                   reason = :reason, tries = 0, revision = revision + 1
               WHERE id = :id AND revision = :revision AND state = :before
               AND state IN ('held', 'queued', 'staged')
               AND NOT EXISTS (SELECT 1 FROM mark WHERE mark.delivery = delivery.id)""",
            due=micros(move.due),
            wake=_wake(move, state),
            state=state.value,
            reason=one.reason if state is State.HELD else None,
            id=one.id,
            revision=one.revision,
            before=one.state.value,
        )
        if not changed:
            message = f"Delivery {one.id} is leaving now, or was changed by somebody else."
            raise Superseded(message)
        self._note(move, state, batch)
        moved = self._queue.again(one)
        note(self._db, moved, self._queue.snapshot(moved))
        return moved

    def _state(self, move: Move) -> State:
        """Return the state after a move; uploads that will not live so long are forgotten."""
        one = move.delivery
        oldest = self._db.value("SELECT min(at) FROM kept WHERE delivery = :id", id=one.id)
        if oldest is None or move.due - moment(oldest) <= move.lives:
            return one.state
        self._db.run("DELETE FROM kept WHERE delivery = :id", id=one.id)
        return State.QUEUED if one.state is State.STAGED else one.state

    def _note(self, move: Move, state: State, batch: int | None) -> None:
        one, name = move.delivery, move.delivery.target.account
        if state is not one.state:
            states = {"before": one.state.value, "after": state.value}
            self._events.append("state", delivery=one.id, account=name, **states, reason=None)
        self._events.append(
            MOVED,
            delivery=one.id,
            account=name,
            batch=batch,
            was=rfc3339(one.due),
            due=rfc3339(move.due),
            decided=self._decision(one.id),
        )

    def _decision(self, delivery: int) -> JsonValue:
        by, at = self._planned.decision(delivery)
        return None if by is None or at is None else [by, rfc3339(at)]

    def _wake(self, moved: Iterable[Delivery]) -> None:
        for lane in dict.fromkeys(one.lane for one in moved):
            self._lanes.refresh(lane)


def _wake(move: Move, state: State) -> int | None:
    """Return when a worker next looks at it: what is uploaded already waits for its time."""
    if state is State.HELD:
        return None
    return micros(move.due if state is State.STAGED else move.due - move.ahead)


def _moved(delivery: Delivery, event: Event) -> Moved:
    data = event.data
    by, at = data["decided"] or (None, None)
    return Moved(
        delivery,
        was=datetime.fromisoformat(data["was"]),
        due=datetime.fromisoformat(data["due"]),
        decided_by=by,
        decided_at=None if at is None else datetime.fromisoformat(at),
    )
