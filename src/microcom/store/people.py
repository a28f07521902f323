"""What people decide about deliveries: no lane needed, settled by compare-and-set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from microcom.core.delivery import State
from microcom.core.steps import Reply
from microcom.errors import Superseded, UserError
from microcom.store.journal import LATE
from microcom.store.marks import note
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.delivery import Delivery
    from microcom.store.database import Database
    from microcom.store.events import Events
    from microcom.store.journal import Journal, Marked
    from microcom.store.planned import Planned
    from microcom.store.queue import Queue

LEAVING = frozenset({State.PUBLISHING, State.PROCESSING})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision did, in words, and the delivery after it."""

    delivery: Delivery
    said: str


class People:
    """Cancel, retry, release, resolve, finish."""

    def __init__(
        self, db: Database, queue: Queue, journal: Journal, events: Events, planned: Planned
    ) -> None:
        self._db = db
        self._queue = queue
        self._journal = journal
        self._events = events
        self._planned = planned

    def cancel(self, delivery: Delivery) -> Outcome:
        """Cancel what has not left; ask what is leaving to stop before its next part."""
        with self._db.transaction():
            self._planned.decided(delivery.id)
            if delivery.state in LEAVING and not self._rests(delivery):
                return self._stop(delivery)
            return self._end(delivery)

    def retry(self, delivery: Delivery, now: datetime) -> Outcome:
        """Queue a stopped delivery again; what is live already is not sent again.

        A partial one goes on where it stopped, any other begins a new attempt; each step has
        three sends again.
        """
        _expect(delivery, "tried again", State.FAILED, State.PARTIAL, State.MISSED)
        with self._db.transaction():
            late = any(mark.cause == LATE for mark in self._journal.read(delivery).landed())
            self._db.run(
                """UPDATE delivery SET stopping = 0, due_at = min(due_at, :now),
                       retried_at = :now, attempt = attempt + :more WHERE id = :id""",
                now=self._db.now(),
                more=0 if late or delivery.state is State.PARTIAL else 1,
                id=delivery.id,
            )
            done = self._queue.move(None, delivery, State.QUEUED, wake=now, tries=0)
            note(self._db, done, self._queue.snapshot(done))
        return Outcome(done, "queued again")

    def release(self, delivery: Delivery, now: datetime) -> Outcome:
        """Let a held delivery go; one whose time has passed goes now."""
        _expect(delivery, "released", State.HELD)
        self._not_withheld(delivery)
        with self._db.transaction():
            if delivery.due < now:
                self._due_now(delivery)
            self._sends_anew(delivery)
            wake = max(delivery.due, now)
            done = self._queue.move(None, delivery, State.QUEUED, wake=wake)
            note(self._db, done, self._queue.snapshot(done))
        return Outcome(done, "released")

    def resolve(
        self, delivery: Delivery, now: datetime, *, remote_id: str | None, part: int | None = None
    ) -> Outcome:
        """End the doubt about one step: it is live as ``remote_id``, or (None) it is not.

        The rest of the delivery goes on. ``part`` (from 1) must name the doubtful one if given.
        """
        _expect(delivery, "resolved", State.IN_DOUBT)
        with self._db.transaction():
            mark = self._doubtful(delivery, part)
            if mark is None:
                pass  # the doubt is not about a call: going on is all there is to decide
            elif remote_id is None:
                self._absent(mark)
            else:
                self._journal.answered(mark.id, delivery.lane, _said(mark, remote_id), "person")
                if self._is_all(delivery, mark):
                    return Outcome(self._end_out(delivery, remote_id, "seen by a person"), "out")
            done = self._queue.move(None, delivery, State.QUEUED, wake=now, tries=0)
            self._events.append("resolved", delivery=delivery.id, remote_id=remote_id)
        return Outcome(done, "not out: it will be sent again" if remote_id is None else "out")

    def look_again(self, delivery: Delivery, now: datetime) -> Outcome:
        """Have the account looked at again for a call in doubt; nothing is decided by that."""
        _expect(delivery, "looked into", State.IN_DOUBT)
        with self._db.transaction():
            if self._journal.read(delivery).open_mark() is None:
                message = f"What is in doubt about delivery {delivery.id} cannot be looked up."
                raise UserError(message, code="settle.none", hint=_NEXT[State.IN_DOUBT])
            why = "a person had it looked at again"
            done = self._queue.move(None, delivery, State.IN_DOUBT, reason=why, wake=now)
        return Outcome(done, "looking again")

    def finish(self, delivery: Delivery) -> Outcome:
        """Accept a delivery as it is, with the parts that are live."""
        _expect(delivery, "finished", State.PARTIAL, State.IN_DOUBT)
        pages = self._journal.read(delivery)
        live = pages.landed()
        if not live or pages.open_mark() is not None:
            message = f"Delivery {delivery.id} has a part in doubt."
            raise UserError(message, code="queue.state", hint=_NEXT[State.IN_DOUBT])
        with self._db.transaction():
            done = self._end_out(delivery, live[0].remote_id, "accepted in part")
        return Outcome(done, f"accepted with {len(live)} live part(s)")

    def _end_out(self, delivery: Delivery, remote_id: str | None, reason: str) -> Delivery:
        """Let a delivery be published, as that post."""
        done = self._queue.move(None, delivery, State.PUBLISHED, reason=reason)
        self._db.run(
            """UPDATE delivery SET remote_id = :remote, published_at = :now WHERE id = :id""",
            remote=remote_id,
            now=self._db.now(),
            id=delivery.id,
        )
        return self._queue.again(done)

    def _is_all(self, delivery: Delivery, mark: Marked) -> bool:
        """Say whether nothing is left to do for a call that another queue made, once it is out.

        What that queue prepared for it is not known here, so nothing could be asked about it.
        """
        alone = len(self._queue.snapshot(delivery).parts) == 1
        return alone and mark.elsewhere is not None and not mark.fingerprint

    def _not_withheld(self, delivery: Delivery) -> None:
        """Raise UserError for what another queue may have sent: that is looked for first."""
        found = self._db.value("SELECT 1 FROM withheld WHERE delivery = :id", id=delivery.id)
        if found is not None:
            message = f"Delivery {delivery.id} may have been sent by another queue."
            hint = f"microcom store adopt --account {delivery.target.account}  looks first."
            raise UserError(message, code="store.unadopted", hint=hint)

    def _rests(self, delivery: Delivery) -> bool:
        """Say whether a delivery lies between two parts and nobody speaks for its login."""
        held = self._db.value(
            "SELECT 1 FROM lane WHERE name = :lane AND lease_until > :now",
            lane=delivery.lane,
            now=self._db.now(),
        )
        waits = delivery.state is State.PUBLISHING
        return waits and held is None and self._journal.read(delivery).open_mark() is None

    def _end(self, delivery: Delivery) -> Outcome:
        stopped = (State.HELD, State.QUEUED, State.STAGED, State.MISSED, State.PUBLISHING)
        _expect(delivery, "cancelled", *stopped)
        live = self._journal.read(delivery).landed()
        if live and len(live) >= len(self._queue.snapshot(delivery).parts):
            message = f"Delivery {delivery.id} is too late to cancel: all of it is out."
            hint = f"It ends by itself once {delivery.platform} says that it is live."
            raise UserError(message, code="queue.out", hint=hint)
        if live:
            done = self._queue.move(None, delivery, State.PARTIAL, reason="cancelled")
            return Outcome(done, "stopped; the parts that are out stay out")
        done = self._queue.move(None, delivery, State.CANCELLED, reason="cancelled")
        return Outcome(done, "cancelled; nothing of it was sent")

    def _stop(self, delivery: Delivery) -> Outcome:
        self._queue.stop(delivery)
        now = self._queue.again(delivery)
        return Outcome(now, "too late to cancel: it is leaving now and stops before its next part")

    def _due_now(self, delivery: Delivery) -> None:
        """The missed policy has spoken once; a person overrides it."""
        self._db.run(
            "UPDATE delivery SET due_at = :now WHERE id = :id", now=self._db.now(), id=delivery.id
        )

    def _sends_anew(self, delivery: Delivery) -> None:
        """Each step has its sends again: a person has decided."""
        self._db.run(
            "UPDATE delivery SET retried_at = :now WHERE id = :id",
            now=self._db.now(),
            id=delivery.id,
        )

    def _doubtful(self, delivery: Delivery, part: int | None) -> Marked | None:
        mark = self._journal.read(delivery).open_mark()
        if part is not None and (mark is None or not mark.step.endswith(f":{part - 1}")):
            message = f"Part {part} of delivery {delivery.id} is not in doubt."
            hint = f"See microcom queue show {delivery.id}."
            raise UserError(message, code="resolve.part", hint=hint)
        return mark

    def _absent(self, mark: Marked) -> None:
        closed = self._db.run(
            """UPDATE mark SET state = 'absent', cause = 'a person looked', closed_at = :now
               WHERE id = :id AND state = 'open'
               AND NOT EXISTS (SELECT 1 FROM answer WHERE answer.mark = mark.id)""",
            now=self._db.now(),
            id=mark.id,
        )
        if not closed:
            message = "An answer has come in meanwhile."
            raise Superseded(message)


def _expect(delivery: Delivery, done: str, *states: State) -> None:
    if delivery.state in states:
        return
    message = f"Delivery {delivery.id} is {delivery.state.replace('_', ' ')} and cannot be {done}."
    raise UserError(message, code="queue.state", hint=_NEXT.get(delivery.state))


_NEXT = {
    State.IN_DOUBT: "Look at the account, then: microcom queue resolve ID --published URL"
    " or --not-published.",
    State.HELD: "microcom queue release ID lets it go.",
    State.PARTIAL: "microcom queue retry ID sends the rest; queue finish ID accepts it as it is.",
    State.FAILED: "microcom queue retry ID tries it again.",
}


def _said(mark: Marked, remote_id: str) -> Reply:
    """Return what the platform would have answered."""
    value: object = remote_id
    for key in reversed((mark.remote_path or "id").split(".")):
        value = {key: value}
    return Reply(201, {}, json.dumps(value).encode())
