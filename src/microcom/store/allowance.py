"""Allowances: what is left of each limit on calls, shared by every process.

Times are on the platform's clock. A call is counted before it leaves, in the transaction that lets
it leave; what a reply tells corrects the count, and is written only where it differs.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from microcom.errors import MicrocomError
from microcom.store.times import SECOND, micros, moment
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from microcom.core.limit import Left, Limit
    from microcom.store.database import Database, Row

ON_THE_WAY = 5 * SECOND
"""How much later than it was counted here a call may be counted there."""
ROUNDING = 2 * SECOND
"""How far off a time may be: platforms tell whole seconds."""
SLIP = 60 * SECOND
"""A span that ends later than any could was counted by a clock that has been set back since."""

Values: TypeAlias = "dict[str, int | str]"
Taken: TypeAlias = "Mapping[str, Row]"
"""What is left of each limit, by bucket, and until when (microseconds)."""

_ROW = "world = :world AND holder = :holder AND bucket = :bucket"
_OVER = "(allowance.until <= :now OR allowance.until > :furthest)"


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose limits a call counts towards: the login that ``lane`` stands for, and its app.

    ``ahead`` is how far the platform's clock is ahead of ours, in microseconds.
    """

    lane: str
    app: str
    ahead: int = 0


class SpentError(MicrocomError):
    """A limit is used up until ``until`` (UTC, our clock)."""

    def __init__(self, limit: Limit, until: datetime) -> None:
        super().__init__(f"no {limit.bucket} left", code="allowance.spent")
        self.limit = limit
        self.until = until


class Allowances:
    """What is left of the limits of one world."""

    def __init__(self, db: Database, world: str) -> None:
        self._db = db
        self._world = world

    def take(self, payer: Payer, limits: Sequence[Limit]) -> Taken:
        """Count a call towards its limits, inside the transaction that lets it leave.

        Returns what is left of each now. Raises SpentError when one of them is used up; the
        transaction has to be undone then.
        """
        taken: dict[str, Row] = {}
        for limit in limits:
            values = self._values(payer, limit)
            row = self._counted(limit, values)
            if row is not None:
                taken[limit.bucket] = row
            elif limit.calls is not None or not self._has_room(values):
                until = self._db.value(f"SELECT until FROM allowance WHERE {_ROW}", **values)
                raise SpentError(limit, moment(until - payer.ahead))
        return taken

    def learn(
        self,
        payer: Payer,
        limits: Sequence[Limit],
        left: Mapping[str, Left],
        at: datetime | None,
        taken: Taken = MappingProxyType({}),
    ) -> None:
        """Correct the count by what a reply of the time ``at`` (platform's clock) tells.

        ``taken`` is what was left when the call was counted: where the reply says no less, there is
        nothing to correct.
        """
        for limit in limits:
            known = left.get(limit.bucket)
            if known is not None and _agree(known, taken.get(limit.bucket)):
                continue
            values = self._values(payer, limit)
            if known is not None:
                self._correct(known, values)
            elif at is not None and limit.slides:
                self._prolong(micros(at + limit.span) + ROUNDING, values)

    def _has_room(self, values: Values) -> bool:
        """Count a call towards a limit of which only replies tell; say whether there was room.

        What nobody knows yet has room.
        """
        left = self._db.value(
            f"SELECT remaining FROM allowance WHERE {_ROW} AND NOT {_OVER}", **values
        )
        if left:
            self._db.run(f"UPDATE allowance SET remaining = remaining - 1 WHERE {_ROW}", **values)
        return left is None or left > 0

    def _counted(self, limit: Limit, values: Values) -> Row | None:
        """Count a call towards a limit that is known; return what is left, None for nothing."""
        if limit.calls is None:
            return None
        return self._db.one(
            f"""INSERT INTO allowance (world, holder, bucket, remaining, until)
                VALUES (:world, :holder, :bucket, :calls - 1, :turns)
                ON CONFLICT (world, holder, bucket) DO UPDATE SET
                    remaining = CASE WHEN {_OVER} THEN excluded.remaining
                        ELSE allowance.remaining - 1 END,
                    until = CASE WHEN {_OVER} OR (:slides = 1 AND allowance.until < excluded.until)
                        THEN excluded.until ELSE allowance.until END
                WHERE {_OVER} OR allowance.remaining > 0
                RETURNING remaining, until""",
            **values,
            calls=limit.calls,
            slides=limit.slides,
        )

    def _correct(self, left: Left, values: Values) -> None:
        """Believe a reply, but for calls that it could not know of yet."""
        until = min(_end(left), int(values["turns"]))
        row = self._db.one(
            f"SELECT remaining, until FROM allowance WHERE {_ROW} AND NOT {_OVER}", **values
        )
        if until <= int(values["now"]):
            return
        remaining = left.remaining if row is None else min(left.remaining, row[0])
        if row is None or row[0] != remaining or not _is_end_of(row, until):
            self._write(remaining, until, values)

    def _prolong(self, until: int, values: Values) -> None:
        """Let a sliding span end later: its last call took long to be counted."""
        row = self._db.one(
            f"SELECT remaining FROM allowance WHERE {_ROW} AND NOT {_OVER} AND until < :until",
            **values,
            until=until,
        )
        if row is not None:
            self._write(row[0], until, values)

    def _write(self, remaining: int, until: int, values: Values) -> None:
        self._db.run_light(
            f"""INSERT INTO allowance (world, holder, bucket, remaining, until)
                VALUES (:world, :holder, :bucket, :remaining, :until)
                ON CONFLICT (world, holder, bucket) DO UPDATE SET until = excluded.until,
                    remaining = CASE WHEN {_OVER} OR excluded.remaining < allowance.remaining
                        THEN excluded.remaining ELSE allowance.remaining END""",
            **values,
            remaining=remaining,
            until=until,
        )

    def _values(self, payer: Payer, limit: Limit) -> Values:
        now = self._db.now() + payer.ahead
        turns = now + int(limit.span.total_seconds() * SECOND) + ON_THE_WAY
        return {
            "world": self._world,
            "holder": payer.app if limit.per_app else payer.lane,
            "bucket": limit.bucket,
            "now": now,
            "turns": turns,
            "furthest": turns + SLIP,
        }


def _agree(left: Left, taken: Row | None) -> bool:
    """Say whether a reply tells of no fewer calls than were left here, in the same span."""
    return taken is not None and taken[0] <= left.remaining and _is_end_of(taken, _end(left))


def _end(left: Left) -> int:
    return micros(left.until) + ROUNDING


def _is_end_of(row: Row, until: int) -> bool:
    return bool(row[1] - ON_THE_WAY < until <= row[1])
