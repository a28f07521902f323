"""Calls that another queue may have made: marks in doubt that no call of this one stands behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from microcom.errors import Superseded
from microcom.store.lanes import FENCE
from microcom.store.times import micros

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.delivery import Delivery
    from microcom.core.steps import Call
    from microcom.store.database import Database
    from microcom.store.events import Events
    from microcom.store.lanes import Lease

ELSEWHERE = "elsewhere"
"""The cause of such a mark."""

_AHEAD = "coalesce((SELECT clock_offset FROM lane WHERE lane.name = delivery.lane), 0)"


class Supposed:
    """Writes what another queue may have done."""

    def __init__(self, db: Database, events: Events) -> None:
        self._db = db
        self._events = events

    def note(
        self, lease: Lease, delivery: Delivery, call: Call, *, looks: bool, until: datetime
    ) -> None:
        """Mark a call that another queue may have made, until ``until``: it is in doubt.

        ``looks`` says that it would be known again. Raises Superseded when the lane is lost.
        """
        assert delivery.elsewhere is not None  # noqa: S101 - asked of those alone
        with self._db.transaction(lease.lane):
            made = self._db.run(
                f"""INSERT INTO mark (delivery, attempt, step, send, world, account, fingerprint,
                        evidence, remote_path, opens, epoch, owner, marked_at, deadline_at,
                        clock_offset, clock_most, cause, elsewhere)
                    SELECT id, attempt, :step, (SELECT 1 + count(*) FROM mark WHERE
                            mark.delivery = delivery.id AND mark.attempt = delivery.attempt
                            AND step = :step),
                        world, account, :fingerprint, :evidence, :remote_path, 0, :epoch, :owner,
                        max(due_at, elsewhere), :until, {_AHEAD}, {_AHEAD}, :cause, elsewhere
                    FROM delivery WHERE id = :id AND attempt = :attempt AND {FENCE}""",
                step=call.name,
                fingerprint=call.fingerprint() if looks else "",
                evidence=json.dumps(dict(call.evidence), ensure_ascii=False),
                remote_path=call.remote_id,
                epoch=lease.epoch,
                owner=lease.owner,
                until=micros(until),
                cause=ELSEWHERE,
                id=delivery.id,
                attempt=delivery.attempt,
                now=self._db.now(),
            )
            if not made:
                message = "Another process decides about this delivery now."
                raise Superseded(message)
            self._events.append("supposed", delivery=delivery.id, step=call.name)
