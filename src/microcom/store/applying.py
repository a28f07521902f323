"""What `apply` does to the queue, one change at a time, in the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.core.changes import WAITING, Action
from microcom.core.delivery import State
from microcom.errors import Superseded
from microcom.store.marks import note
from microcom.store.media import hold
from microcom.store.times import micros

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microcom.core.changes import Change, Standing
    from microcom.core.delivery import Delivery
    from microcom.core.passage import Fresh
    from microcom.store.accounts import Known
    from microcom.store.database import Database
    from microcom.store.events import Events
    from microcom.store.lanes import Lanes
    from microcom.store.planned import Planned
    from microcom.store.queue import Queue

NO_FILE = "no file says it any more"


class Applying:
    """Makes the queue say what files say."""

    def __init__(
        self, db: Database, queue: Queue, planned: Planned, lanes: Lanes, events: Events
    ) -> None:
        self._db = db
        self._queue = queue
        self._planned = planned
        self._lanes = lanes
        self._events = events

    def apply(self, change: Change, known: Mapping[str, Known]) -> Delivery:
        """Do what a change says, and return the delivery after it.

        ``known`` are the accounts by name. Raises Superseded when the delivery was changed, or
        has left, since it was looked at.
        """
        match change.action, change.wanted, change.was:
            case ((Action.ADD | Action.PAST), fresh, _) if fresh is not None:
                return self._added(fresh, known[fresh.target.account])
            case ((Action.CHANGE | Action.MOVE), fresh, was) if fresh and was:
                return self._rewritten(fresh, was)
            case Action.RENAME, fresh, was if fresh and was:
                return self._renamed(fresh, was)
            case Action.ORPHAN, _, was if was is not None:
                return self._queue.move(None, was.delivery, State.CANCELLED, reason=NO_FILE)
        message = f"Nothing is done about {change.action}."
        raise ValueError(message)

    def _added(self, fresh: Fresh, known: Known) -> Delivery:
        (added,) = self._queue.add([(fresh, known)], again=True)
        self._planned.note(added.delivery.id, fresh)
        return added.delivery

    def _rewritten(self, fresh: Fresh, was: Standing) -> Delivery:
        """Freeze new words or another time; what was uploaded for the old ones is forgotten."""
        before = was.delivery
        wake = None if fresh.held else micros(fresh.due - fresh.ahead)
        self._db.run(
            "INSERT INTO snapshot (digest, body) VALUES (:digest, :body) ON CONFLICT DO NOTHING",
            digest=fresh.snapshot.digest,
            body=fresh.snapshot.to_json(),
        )
        changed = self._db.run(
            """UPDATE delivery SET snapshot = :digest, campaign = :campaign, due_at = :due,
                   zone = :zone, cost = :cost, wake_at = :wake, state = :state, reason = :reason,
                   tries = 0, revision = revision + 1
               WHERE id = :id AND revision = :revision AND state = :before
               AND NOT EXISTS (SELECT 1 FROM mark WHERE mark.delivery = delivery.id)""",
            digest=fresh.snapshot.digest,
            campaign=fresh.campaign,
            due=micros(fresh.due),
            zone=fresh.zone,
            cost=fresh.cost,
            wake=wake,
            state="held" if fresh.held else "queued",
            reason=fresh.held,
            id=before.id,
            revision=before.revision,
            before=before.state.value,
        )
        if not changed:
            message = f"Delivery {before.id} is leaving now, or was changed by somebody else."
            raise Superseded(message)
        if fresh.snapshot.digest != before.digest:
            self._db.run("DELETE FROM kept WHERE delivery = :id", id=before.id)
            self._db.run("DELETE FROM media WHERE delivery = :id", id=before.id)
            hold(self._db, before.id, fresh.snapshot)
        self._planned.note(before.id, fresh)
        self._lanes.refresh(before.lane)
        self._events.append(
            "rewritten", delivery=before.id, account=before.target.account, due=micros(fresh.due)
        )
        after = self._queue.again(before)
        note(self._db, after, fresh.snapshot)
        return after

    def _renamed(self, fresh: Fresh, was: Standing) -> Delivery:
        """Take over a new id, and the new time of what still waits."""
        before = was.delivery
        self._db.run(
            "UPDATE delivery SET post = :post, campaign = :campaign WHERE id = :id",
            post=fresh.post,
            campaign=fresh.campaign,
            id=before.id,
        )
        self._planned.note(before.id, fresh)
        self._events.append(
            "renamed", delivery=before.id, account=before.target.account, was=before.post
        )
        if before.state in WAITING and not was.tried and fresh.due != before.due:
            return self._rewritten(fresh, was)
        return self._queue.again(before)
