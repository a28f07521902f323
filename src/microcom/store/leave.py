"""Leave to send: the one statement after which a PUBLISH call may go out, and its mark."""

from __future__ import annotations

import json
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from microcom.core.retry import MOST_SENDS
from microcom.core.settling import LAST_WORD
from microcom.errors import MicrocomError, StoreError
from microcom.store.lanes import FENCE, MARGIN, MAY_SPEAK
from microcom.store.times import DAY, HOUR, SECOND
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from microcom.core.capability import Ceiling
    from microcom.core.delivery import Delivery
    from microcom.core.steps import Call
    from microcom.store.database import Database
    from microcom.store.events import Events
    from microcom.store.lanes import Lease


LOST = "store.lost"
"""The code of a connection that was lost: what was committed last is not known."""


class Why(StrEnum):
    """Why leave to send was refused."""

    LANE = "lane"  # another process speaks for the login now
    STOPPED = "stopped"  # a person cancelled it
    CHANGED = "changed"  # a person or another process changed the delivery
    ACCOUNT = "account"  # the account is parked or paused
    APP = "app"  # the app is parked
    BREAKER = "breaker"  # the app's platform is failing; one probe at a time
    CEILING = "ceiling"  # too many posts of the account in an hour or a day
    ANSWERED = "answered"  # an answer for an earlier send of this step has come in
    SENDS = "sends"  # sent three times already
    EARLY = "early"  # not due yet


class LeaveRefusedError(MicrocomError):
    """Nothing was sent, because something changed since the worker read the delivery."""

    def __init__(self, why: Why) -> None:
        super().__init__(f"leave to send was refused: {why}", code=f"leave.{why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class Given:
    """Leave was given: the mark's id and the delivery's new revision."""

    mark: int
    revision: int


_OPENS = """CASE WHEN EXISTS (SELECT 1 FROM mark WHERE mark.delivery = :id
    AND mark.attempt = :attempt AND mark.state = 'answered') THEN 0 ELSE 1 END"""
"""What a call counts towards the ceiling: a delivery's first one, and every send after silence.

The later parts of a thread do not count, so that no ceiling cuts a thread in two.
"""

_ALONE, _APART = "LIMIT 1 OFFSET 0", "LIMIT 9999 OFFSET 0"
"""What keeps PostgreSQL from joining what is asked about one delivery or lane in another order.

As long as it knows nothing of a new table's size it would look at all accounts for each mark.
"""

# Each condition stands alone so that a refusal can say which one failed; together they are the
# WHERE of one UPDATE, so that nothing can change between looking and marking.
_CONDITIONS: tuple[tuple[Why, str], ...] = (
    (Why.LANE, FENCE),
    (Why.STOPPED, "delivery.stopping = 0"),
    (
        Why.CHANGED,
        "delivery.revision = :revision AND delivery.state IN ('queued', 'staged', 'publishing')",
    ),
    (Why.EARLY, "delivery.due_at <= :now"),
    (
        Why.ACCOUNT,
        f"""EXISTS (SELECT 1 FROM account WHERE account.world = delivery.world
            AND account.name = delivery.account AND standing IS NULL AND {MAY_SPEAK}
            {_ALONE})""",
    ),
    (
        Why.APP,
        f"""EXISTS (SELECT 1 FROM app WHERE app.world = delivery.world
            AND app.name = :app AND {MAY_SPEAK} {_ALONE})""",
    ),
    (
        Why.BREAKER,
        f"""EXISTS (SELECT 1 FROM app WHERE app.world = delivery.world
            AND app.name = :app AND app.broken_until <= :now {_ALONE})""",
    ),
    (
        Why.ANSWERED,
        """NOT EXISTS (SELECT 1 FROM mark LEFT JOIN answer ON answer.mark = mark.id
            WHERE mark.delivery = :id AND mark.step = :step AND mark.attempt = :attempt
            AND (mark.state IN ('open', 'answered') OR answer.mark IS NOT NULL))""",
    ),
    (
        Why.SENDS,
        """(SELECT count(*) FROM mark WHERE mark.delivery = :id AND mark.step = :step
            AND mark.attempt = :attempt AND mark.state = 'absent' AND mark.elsewhere = 0
            AND mark.marked_at > delivery.retried_at) < :most_sends""",
    ),
    (
        Why.CEILING,
        f"""(SELECT count(*) FROM mark WHERE mark.world = delivery.world
            AND mark.account IN (SELECT name FROM account WHERE account.lane = delivery.lane
                AND account.world = delivery.world {_APART}) AND mark.opens = 1
            AND mark.marked_at > :hour_ago) + {_OPENS} <= :ceiling_hour
        AND (SELECT count(*) FROM mark WHERE mark.world = delivery.world
            AND mark.account IN (SELECT name FROM account WHERE account.lane = delivery.lane
                AND account.world = delivery.world {_APART}) AND mark.opens = 1
            AND mark.marked_at > :day_ago) + {_OPENS} <= :ceiling_day""",
    ),
)


@cache
def _giving(conditions: tuple[tuple[Why, str], ...]) -> str:
    """Return the statement that gives leave where every condition holds."""
    return f"""UPDATE delivery SET state = 'publishing', revision = revision + 1, elsewhere = 0
        WHERE id = :id AND {" AND ".join(condition for _, condition in conditions)}
        RETURNING revision, {_OPENS},
            (SELECT broken_count FROM app WHERE app.world = delivery.world AND app.name = :app)"""


class Leave:
    """Gives leave to send, durably, or says why not."""

    def __init__(
        self, db: Database, events: Events, saw: Callable[[int], None] = lambda _: None
    ) -> None:
        self._db = db
        self._events = events
        self._saw = saw

    def ask(
        self,
        lease: Lease,
        delivery: Delivery,
        call: Call,
        *,
        app: str,
        ceiling: Ceiling,
        spend: Callable[[], None] = lambda: None,
    ) -> Given:
        """Mark the call as about to leave; the commit is on disk when this returns.

        The queue's witness has seen the mark then, too.

        ``spend`` counts it towards its limits, in the same commit; what it raises marks nothing.

        Raises LeaveRefusedError when the delivery, its account, app, ceiling or lane is no longer
        what the worker read: then nothing was marked and nothing may be sent.
        """
        try:
            return self._asked(lease, delivery, call, app=app, ceiling=ceiling, spend=spend)
        except StoreError as error:
            if error.code != LOST:
                raise
            return self._reread(lease, delivery, call, error)

    def _asked(
        self,
        lease: Lease,
        delivery: Delivery,
        call: Call,
        *,
        app: str,
        ceiling: Ceiling,
        spend: Callable[[], None],
    ) -> Given:
        with self._db.transaction(lease.lane):
            values = self._values(lease, delivery, call, app, ceiling)
            row = self._db.one(_giving(_CONDITIONS), **values)
            if row is None:
                raise LeaveRefusedError(self._why(values))
            revision, opens, broken = row
            mark = self._mark(lease, delivery, call, opens)
            self._hold(lease, call)
            if broken:
                self._probe(delivery, call, app)
            spend()
            self._events.append(
                "sending", delivery=delivery.id, account=delivery.target.account, step=call.name
            )
        self._saw(mark)
        return Given(mark, revision)

    def _reread(self, lease: Lease, delivery: Delivery, call: Call, lost: StoreError) -> Given:
        """Look for a mark whose commit got no answer: it counts once it is read.

        One that is not there, or not ours to use any more, is none, and nothing may be sent.
        """
        row = self._db.one(
            f"""SELECT mark.id, delivery.revision FROM mark
                JOIN delivery ON delivery.id = mark.delivery
                WHERE mark.delivery = :id AND mark.attempt = :attempt AND mark.step = :step
                AND mark.state = 'open' AND mark.epoch = :epoch AND mark.owner = :owner
                AND delivery.revision = :revision AND {FENCE}""",
            id=delivery.id,
            attempt=delivery.attempt,
            step=call.name,
            epoch=lease.epoch,
            owner=lease.owner,
            revision=delivery.revision + 1,
            now=self._db.now(),
        )
        if row is None:
            raise lost
        return Given(*row)

    def _values(
        self, lease: Lease, delivery: Delivery, call: Call, app: str, ceiling: Ceiling
    ) -> dict[str, object]:
        now = self._db.now()
        return {
            "id": delivery.id,
            "revision": delivery.revision,
            "attempt": delivery.attempt,
            "step": call.name,
            "epoch": lease.epoch,
            "owner": lease.owner,
            "app": app,
            "now": now,
            "hour_ago": now - HOUR,
            "day_ago": now - DAY,
            "ceiling_hour": ceiling.hour,
            "ceiling_day": ceiling.day,
            "most_sends": MOST_SENDS,
        }

    def _why(self, values: dict[str, object]) -> Why:
        for why, condition in _CONDITIONS:
            if not self._db.all(
                f"SELECT 1 FROM delivery WHERE id = :id AND {condition}",
                **values,
            ):
                return why
        return Why.CHANGED

    def _mark(self, lease: Lease, delivery: Delivery, call: Call, opens: int) -> int:
        now = self._db.now()
        mark = self._db.value(
            """INSERT INTO mark (delivery, attempt, step, send, world, account, fingerprint,
                   evidence, remote_path, opens, epoch, owner, marked_at, deadline_at,
                   clock_offset, clock_most)
               VALUES (:delivery, :attempt, :step, (SELECT 1 + count(*) FROM mark
                       WHERE delivery = :delivery AND attempt = :attempt AND step = :step),
                   :world, :account, :fingerprint, :evidence, :remote_path, :opens, :epoch,
                   :owner, :now, :deadline,
                   coalesce((SELECT clock_offset FROM lane WHERE name = :lane), 0),
                   coalesce((SELECT clock_offset FROM lane WHERE name = :lane), 0))
               RETURNING id""",
            delivery=delivery.id,
            attempt=delivery.attempt,
            step=call.name,
            world=delivery.world,
            account=delivery.target.account,
            fingerprint=call.fingerprint(),
            evidence=json.dumps(dict(call.evidence), ensure_ascii=False),
            remote_path=call.remote_id,
            opens=opens,
            epoch=lease.epoch,
            owner=lease.owner,
            lane=lease.lane,
            now=now,
            deadline=now + _lives(call),
        )
        return int(mark)

    def _hold(self, lease: Lease, call: Call) -> None:
        """Keep the lane for the call's whole deadline."""
        self._db.run(
            "UPDATE lane SET lease_until = max(lease_until, :until) WHERE name = :lane",
            until=self._db.now() + _lives(call) + MARGIN,
            lane=lease.lane,
        )

    def _probe(self, delivery: Delivery, call: Call, app: str) -> None:
        """Let nobody else through the app's breaker while this call tries it."""
        self._db.run(
            """UPDATE app SET broken_until = :until
               WHERE world = :world AND name = :app AND broken_count > 0""",
            until=self._db.now() + _lives(call),
            world=delivery.world,
            app=app,
        )


def _lives(call: Call) -> int:
    """Return within how many microseconds a call has ended, or its process has."""
    return int((call.deadline + LAST_WORD.total_seconds()) * SECOND)
