"""The journal: what is durably known of each step of a delivery.

Decisions are fenced by the lane; facts (what a platform answered) are taken from anybody, at
any time. Marks are closed, never deleted.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.steps import Reply, dig
from microcom.errors import Superseded
from microcom.store.lanes import FENCE
from microcom.store.times import moment, moment_or_none
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.delivery import Delivery
    from microcom.core.steps import Call, JsonValue
    from microcom.store.database import Database, Row
    from microcom.store.events import Events
    from microcom.store.lanes import Lease


RENEWED = "(renewed)"
"""The step name under which an attempt remembers that its handles lapsed once."""

LATE = "late"
"""The cause of a mark that was answered after it had been judged absent."""


class OwnedError(Superseded):
    """What was found belongs to another delivery already."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The kept reply of a WRITE; ``sealed`` is its encrypted part, still closed."""

    fingerprint: str
    reply: Reply
    sealed: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Marked:
    """One send of a PUBLISH step: its mark and, if any came, its answer.

    One that another queue may have made has ``elsewhere``, the moment up to which this queue knows
    that it had not; its ``fingerprint`` is empty where nothing would show whether it did.

    ``least_ahead`` and ``most_ahead`` are how far the platform's clock was ahead of ours, as it was
    known then and as it was heard since, while nobody knew what became of the call.
    """

    id: int
    step: str
    send: int
    fingerprint: str
    evidence: dict[str, JsonValue]
    remote_path: str | None
    state: str
    cause: str | None
    at: datetime
    deadline: datetime
    least_ahead: timedelta
    most_ahead: timedelta
    reply: Reply | None
    remote_id: str | None
    answered: datetime | None
    elsewhere: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """Everything journalled of one attempt: kept replies by step, marks in order."""

    kept: dict[str, Kept]
    marks: tuple[Marked, ...]

    def open_mark(self) -> Marked | None:
        """Return the mark whose call may or may not have taken effect, or None."""
        return next((mark for mark in self.marks if mark.state == "open"), None)

    @property
    def renewed(self) -> bool:
        """Say whether lapsed handles were forgotten once in this attempt already."""
        return RENEWED in self.kept

    def of(self, step: str) -> tuple[Marked, ...]:
        """Return the sends of one step, first to last."""
        return tuple(mark for mark in self.marks if mark.step == step)

    def landed(self) -> tuple[Marked, ...]:
        """Return the sends that are known to have taken effect, in order."""
        return tuple(mark for mark in self.marks if mark.state == "answered")


class Journal:
    """Reads and writes the steps of deliveries."""

    def __init__(self, db: Database, events: Events) -> None:
        self._db = db
        self._events = events

    def read(self, delivery: Delivery) -> Pages:
        """Return the journal of the delivery's present attempt."""
        rows = self._db.all(_PAGES, id=delivery.id, attempt=delivery.attempt)
        kept = {row[1]: _kept(row) for row in rows if row[0] is None}
        return Pages(kept, tuple(_marked(row) for row in rows if row[0] is not None))

    def keep(
        self, lease: Lease, delivery: Delivery, call: Call, reply: Reply, sealed: str | None
    ) -> None:
        """Remember a WRITE's narrowed reply; raise Superseded when the lane is lost."""
        with self._db.transaction(lease.lane):
            written = self._db.run(
                f"""INSERT INTO kept
                        (delivery, attempt, step, fingerprint, status, reply, sealed, at)
                    SELECT id, attempt, :step, :fingerprint, :status, :reply, :sealed, :now
                    FROM delivery WHERE id = :id AND {FENCE}
                    ON CONFLICT (delivery, attempt, step) DO UPDATE SET
                        fingerprint = excluded.fingerprint, status = excluded.status,
                        reply = excluded.reply, sealed = excluded.sealed, at = excluded.at""",
                step=call.name,
                fingerprint=call.fingerprint(),
                status=reply.status,
                reply=reply.body.decode(),
                sealed=sealed,
                now=self._db.now(),
                id=delivery.id,
                epoch=lease.epoch,
                owner=lease.owner,
            )
            _must(written)

    def forget(self, lease: Lease, delivery: Delivery, steps: tuple[str, ...]) -> None:
        """Drop kept replies whose handles have lapsed, and remember that it was done."""
        fenced = f"EXISTS (SELECT 1 FROM delivery WHERE id = :id AND {FENCE})"
        values = {"id": delivery.id, "attempt": delivery.attempt, "now": self._db.now()}
        owner = {"epoch": lease.epoch, "owner": lease.owner}
        with self._db.transaction(lease.lane):
            noted = self._db.run(
                f"""INSERT INTO kept (delivery, attempt, step, fingerprint, status, reply, at)
                    SELECT :id, :attempt, :renewed, '', 0, '{{}}', :now WHERE {fenced}
                    ON CONFLICT DO NOTHING""",
                renewed=RENEWED,
                **values,
                **owner,
            )
            _must(noted)
            for step in steps:
                self._db.run(
                    """DELETE FROM kept WHERE delivery = :id AND attempt = :attempt
                       AND step = :step""",
                    id=delivery.id,
                    attempt=delivery.attempt,
                    step=step,
                )
            self._events.append("stale", delivery=delivery.id, steps=list(steps))

    def answered(self, mark: int, lane: str, reply: Reply, source: str = "reply") -> None:
        """Store what a PUBLISH call was answered: a fact, taken from anybody at any time.

        An answer for a send that was already judged absent, with another send after it, means
        that the post may be out twice: the delivery goes to a person, with both ids. One for a mark
        that is not known here is kept as an event.
        """
        with self._db.transaction(lane):
            row = self._db.one(
                """UPDATE mark SET state = 'answered', closed_at = :now,
                       cause = CASE state WHEN 'absent' THEN :late ELSE :source END
                   WHERE id = :mark AND :lane =
                       (SELECT lane FROM delivery WHERE delivery.id = mark.delivery)
                   RETURNING delivery, step, remote_path, cause""",
                mark=mark,
                lane=lane,
                late=LATE,
                source=source,
                now=self._db.now(),
            )
            if row is None:  # made on a server whose last commits this one never got
                self._events.append("stray", lane=lane, reply=reply.json())
                return
            delivery, step, path, cause = row
            remote_id = None if path is None else dig(reply.json(), path)
            self._db.run(
                """INSERT INTO answer (mark, status, reply, remote_id, source, at)
                   VALUES (:mark, :status, :reply, :remote_id, :source, :now)
                   ON CONFLICT DO NOTHING""",
                mark=mark,
                status=reply.status,
                reply=reply.body.decode(),
                remote_id=remote_id,
                source=source,
                now=self._db.now(),
            )
            if remote_id is not None:
                self._own(lane, remote_id, delivery, step)
            if cause == LATE:
                self._came_late(mark, delivery, step)
            self._events.append("answered", delivery=delivery, step=step, remote_id=remote_id)

    def refused(self, mark: int, cause: str) -> None:
        """Close a mark: the platform stated that it did not take the call."""
        self._close(mark, "refused", cause)

    def unsent(self, mark: int, cause: str) -> None:
        """Close a mark: nothing left this machine."""
        self._close(mark, "unsent", cause)

    def suspect(self, mark: int, cause: str) -> None:
        """Note on an open mark why its answer left doubt."""
        self._db.run(
            "UPDATE mark SET cause = :cause WHERE id = :mark AND state = 'open'",
            cause=cause,
            mark=mark,
        )

    def absent(self, lease: Lease, delivery: Delivery, mark: int, cause: str) -> None:
        """Close a mark: it was looked for and surely is not there. A decision, so fenced.

        Raises Superseded when the lane is lost or an answer has come in meanwhile.
        """
        with self._db.transaction(lease.lane):
            closed = self._db.run(
                f"""UPDATE mark SET state = 'absent', cause = :cause, closed_at = :now
                    WHERE id = :mark AND state = 'open'
                    AND NOT EXISTS (SELECT 1 FROM answer WHERE answer.mark = mark.id)
                    AND EXISTS (SELECT 1 FROM delivery WHERE id = :id AND {FENCE})""",
                cause=cause,
                now=self._db.now(),
                mark=mark,
                id=delivery.id,
                epoch=lease.epoch,
                owner=lease.owner,
            )
            _must(closed)

    def owned(self, lane: str) -> frozenset[str]:
        """Return every remote id of the login that a receipt or a live part holds."""
        rows = self._db.all("SELECT remote_id FROM part WHERE lane = :lane", lane=lane)
        return frozenset(row[0] for row in rows)

    def last_beside(self, delivery: Delivery) -> datetime | None:
        """Return when the account's last other post left, or None; refused ones did not."""
        return moment_or_none(
            self._db.value(
                """SELECT max(marked_at) FROM mark
                   WHERE world = :world AND account = :account AND opens = 1
                   AND state NOT IN ('refused', 'unsent') AND delivery <> :id""",
                world=delivery.world,
                account=delivery.target.account,
                id=delivery.id,
            )
        )

    def newest(self, lane: str, before: int) -> str | None:
        """Return the id of the login's last part that was live before a moment (microseconds)."""
        found = self._db.value(
            """SELECT remote_id FROM part WHERE lane = :lane AND at < :before
               ORDER BY at DESC LIMIT 1""",
            lane=lane,
            before=before,
        )
        return None if found is None else str(found)

    def last_live(self, lane: str) -> datetime | None:
        """Return when a part of the login was last learned to be live, or None."""
        return moment_or_none(
            self._db.value("SELECT max(at) FROM part WHERE lane = :lane", lane=lane)
        )

    def _own(self, lane: str, remote_id: str, delivery: int, step: str) -> None:
        owns = self._db.run(
            """INSERT INTO part (lane, remote_id, delivery, step, at)
               VALUES (:lane, :remote_id, :delivery, :step, :now)
               ON CONFLICT (lane, remote_id) DO NOTHING""",
            lane=lane,
            remote_id=remote_id,
            delivery=delivery,
            step=step,
            now=self._db.now(),
        )
        if owns:
            return
        owner = self._db.one(
            "SELECT delivery, step FROM part WHERE lane = :lane AND remote_id = :remote_id",
            lane=lane,
            remote_id=remote_id,
        )
        if owner != (delivery, step):
            message = f"The post {remote_id} belongs to delivery {owner and owner[0]} already."
            raise OwnedError(message)

    def _close(self, mark: int, state: str, cause: str) -> None:
        self._db.run(
            """UPDATE mark SET state = :state, cause = :cause, closed_at = :now
               WHERE id = :mark AND state = 'open'""",
            state=state,
            cause=cause,
            now=self._db.now(),
            mark=mark,
        )

    def _came_late(self, mark: int, delivery: int, step: str) -> None:
        again = self._db.value(
            """SELECT count(*) FROM mark WHERE delivery = :delivery AND step = :step
               AND id > :mark AND state IN ('open', 'answered')""",
            delivery=delivery,
            step=step,
            mark=mark,
        )
        if not again:
            return
        self._db.run(
            """UPDATE delivery SET wake_at = NULL, revision = revision + 1, reason = :reason,
                   state = CASE state WHEN 'published' THEN state ELSE 'in_doubt' END
               WHERE id = :delivery""",
            reason=f"{step} may be out twice: an answer came after it was judged absent",
            delivery=delivery,
        )
        self._events.append("twice", delivery=delivery, step=step)


# One statement, so that all of it is of one moment; a kept reply is a row without a mark.
_PAGES = """SELECT mark.id, step, send, fingerprint, evidence, remote_path, state, cause,
        marked_at, deadline_at, clock_offset, clock_most, answer.status, answer.reply,
        answer.remote_id, answer.at, elsewhere
    FROM mark LEFT JOIN answer ON answer.mark = mark.id
    WHERE delivery = :id AND attempt = :attempt
    UNION ALL SELECT NULL, step, 0, fingerprint, '', sealed, 'kept', NULL,
        at, 0, 0, 0, status, reply, NULL, NULL, 0
    FROM kept WHERE delivery = :id AND attempt = :attempt
    ORDER BY 1"""


def _kept(row: Row) -> Kept:
    return Kept(row[3], Reply(row[12], {}, row[13].encode()), row[5], moment(row[8]))


def _marked(row: Row) -> Marked:
    return Marked(
        id=row[0],
        step=row[1],
        send=row[2],
        fingerprint=row[3],
        evidence=json.loads(row[4]),
        remote_path=row[5],
        state=row[6],
        cause=row[7],
        at=moment(row[8]),
        deadline=moment(row[9]),
        least_ahead=timedelta(microseconds=row[10]),
        most_ahead=timedelta(microseconds=row[11]),
        reply=None if row[12] is None else Reply(row[12], {}, row[13].encode()),
        remote_id=row[14],
        answered=moment_or_none(row[15]),
        elsewhere=moment(row[16]) if row[16] else None,
    )


def _must(changed: int) -> None:
    if not changed:
        message = "Another process decides about this delivery now."
        raise Superseded(message)
