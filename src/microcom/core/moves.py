"""Other times for deliveries that wait: later or earlier, spread out, and back again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from microcom.core.changes import WAITING
from microcom.core.schedule import Moment, duration, on_clock, on_wall
from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from microcom.core.account import Rules
    from microcom.core.capability import MediaRule
    from microcom.core.delivery import Delivery

NONE = timedelta()
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Move:
    """A delivery that waits, and when it is to be due.

    Its files may be uploaded ``ahead`` of that; an upload can be posted while it ``lives``.
    """

    delivery: Delivery
    due: datetime
    ahead: timedelta = NONE
    lives: timedelta = timedelta.max


@dataclass(frozen=True, slots=True)
class Moved:
    """What a batch did to a delivery: its time before (``was``) and after, and who had decided."""

    delivery: Delivery
    was: datetime
    due: datetime
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shift:
    """A length to move by: ``days`` on the wall, so that nine stays nine, then time that passes."""

    days: int
    rest: timedelta

    def of(self, due: datetime, zone: ZoneInfo) -> Moment:
        """Return an instant moved by it, with what a change of the clocks did to the days."""
        if not self.days:
            return on_clock(due.astimezone(UTC) + self.rest, zone)  # aware sums count on the wall
        wall = due.astimezone(zone).replace(tzinfo=None) + timedelta(days=self.days)
        moment = on_wall(wall, zone)
        return on_clock(moment.utc + self.rest, zone) if self.rest else moment


def read_shift(words: str) -> Shift:
    """Return the length that ``2h``, ``-2h`` or ``1d12h`` names; raise UserError ``time.duration``.

    Nothing at all (``0m``) is refused too.
    """
    text = words.strip()
    sign = -1 if text.startswith("-") else 1
    length = text.lstrip("+-") if len(text) - len(text.lstrip("+-")) == 1 else text
    if not duration(length):
        raise UserError(
            "A shift by nothing moves nothing.",
            code="time.duration",
            hint="Such as --by 2h, --by -30m or --by 7d.",
        )
    days, rest = re.fullmatch(r"(?:([0-9]+)d)?(.*)", length).groups()  # type: ignore[union-attr]
    return Shift(sign * int(days or 0), sign * duration(rest) if rest else NONE)


def spread(count: int, first: datetime, last: datetime) -> list[datetime]:
    """Return so many instants, evenly from ``first`` to ``last``, both included.

    Those between are rounded down to whole minutes from ``first``, or to seconds where they are
    less than a minute apart.
    """
    step = (last - first) / max(count - 1, 1)
    grain = MINUTE if step >= MINUTE else SECOND
    between = [first + step * number // grain * grain for number in range(count)]
    return [*between[:-1], last] if count > 1 else between


def ahead(rules: Rules, rule: MediaRule | None, *, has_media: bool) -> timedelta:
    """Return how long before its time a post may be prepared: never beyond an upload's life."""
    return rule.ahead(rules.stage) if rule and has_media else NONE


def obstacle(moved: Moved, now: datetime, *, tried: bool) -> str | None:
    """Return why a move cannot be taken back, in words; None where it can."""
    one = moved.delivery
    if one.state not in WAITING:
        return f"it is {one.state.value.replace('_', ' ')} by now"
    if tried:
        return "a part of it has left since"
    if one.due != moved.due:
        return "it was moved again since"
    return "its earlier time has passed" if moved.was <= now else None


def before(moves: Sequence[Move], now: datetime) -> Iterator[Move]:
    """Yield the moves that lead into the past."""
    return (move for move in moves if move.due < now)
