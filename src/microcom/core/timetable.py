"""Upcoming weekly slots: which are free, which are taken and by whom, which are closed and why."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from microcom.core.closures import blackout, closing, quiet
from microcom.core.schedule import Moment, span
from microcom.core.slots import Slots, upcoming
from microcom.values import dataclass

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from microcom.core.account import Rules
    from microcom.core.delivery import Delivery


class Hold(StrEnum):
    """What a slot is."""

    FREE = "free"
    TAKEN = "taken"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Slot:
    """An upcoming slot; ``by`` has it, or stands too near; ``why`` it is closed."""

    moment: Moment
    hold: Hold
    by: Delivery | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Timetable:
    """The slots of one place under its rules, beside the account's deliveries by due time."""

    slots: Slots
    zone: ZoneInfo
    rules: Rules
    dark: Sequence[str]
    """Blackouts, as written."""
    booked: Sequence[Delivery]

    def between(self, now: datetime, until: datetime) -> Iterator[Slot]:
        """Yield the slots after ``now`` and before ``until``, as ``slot`` in a post sees them."""
        hours = [quiet(words) for words in self.rules.quiet]
        days = [blackout(words) for words in self.dark]
        dues = [one.due for one in self.booked]
        for moment in upcoming(self.slots, self.zone, now):
            if moment.utc >= until:
                return
            at = bisect_left(dues, moment.utc)
            closed = closing(moment.utc, self.zone, hours, days)
            near = self._near(dues, moment.utc, at)
            if at < len(dues) and dues[at] - moment.utc <= self.rules.jitter:
                yield Slot(moment, Hold.TAKEN, self.booked[at])
            elif closed is not None:
                yield Slot(moment, Hold.CLOSED, why=closed.cause)
            elif near is not None:
                yield Slot(moment, Hold.CLOSED, near, f"gap {span(self.rules.gap)}")
            else:
                yield Slot(moment, Hold.FREE)

    def _near(self, dues: Sequence[datetime], utc: datetime, at: int) -> Delivery | None:
        """Return a delivery that is less than the gap away; ``at`` is the first one from then."""
        for index in (at - 1, at):
            if 0 <= index < len(dues) and abs(dues[index] - utc) < self.rules.gap:
                return self.booked[index]
        return None


def reach(rules: Rules) -> timedelta:
    """Return how far beyond a stretch a delivery may lie that has a say about slots in it."""
    return max(rules.gap, rules.jitter)
