"""Deliveries by the days on which they go out: each on the wall clock of its own target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeAlias

from microcom.core.delivery import NEEDS_PERSON, State
from microcom.core.report import local
from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.delivery import Delivery

DAY = timedelta(days=1)
WEEK = 7
EARLIEST, LATEST = timedelta(hours=14), timedelta(hours=12)
"""How far ahead of UTC, and behind it, any wall clock is."""
SHOWN = frozenset(State) - {State.CANCELLED}
"""What a calendar shows unless states are named."""
TROUBLE = NEEDS_PERSON | {State.FAILED, State.MISSED, State.PARTIAL}

Counts: TypeAlias = Mapping[date, Counter[State]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days one after the other: the ``first``, and how many."""

    first: date
    days: int

    def __iter__(self) -> Iterator[date]:
        """Yield each day."""
        return (self.first + DAY * number for number in range(self.days))

    def __contains__(self, day: date) -> bool:
        """Say whether a day is one of them."""
        return self.first <= day < self.first + DAY * self.days

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Return instants between which all of them lie, in whichever zone."""
        start = datetime.combine(self.first, time(), UTC)
        return start - EARLIEST, start + DAY * self.days + LATEST


@dataclass(frozen=True, slots=True)
class Line:
    """A delivery on a day of the calendar: ``wall`` is what the clock shows there, in ``zone``."""

    wall: datetime
    zone: str
    delivery: Delivery


@dataclass(slots=True)
class Page:
    """A stretch of days, how many deliveries of each state each has, and the first of them."""

    stretch: Stretch
    counts: Counts = field(default_factory=dict)
    lines: Sequence[Line] = ()

    @property
    def total(self) -> Counter[State]:
        """Return how many deliveries of each state there are."""
        return sum(self.counts.values(), Counter[State]())


def month_of(day: date) -> Stretch:
    """Return the days of a day's month."""
    first = day.replace(day=1)
    after = (first + 31 * DAY).replace(day=1)
    return Stretch(first, (after - first).days)


def read_day(words: str) -> date:
    """Return the day that ``2026-12-04`` names; raise UserError ``time.day``."""
    try:
        day = date.fromisoformat(words.strip())
    except ValueError as error:
        hint = "A day is written year-month-day, such as 2026-12-04."
        raise UserError(f"There is no day {words!r}.", code="time.day", hint=hint) from error
    if not datetime(1970, 1, 2, tzinfo=UTC).date() <= day <= date(9000, 1, 1):
        hint = "Look at the year."
        raise UserError(f"{day} is beyond the calendar.", code="time.day", hint=hint)
    return day


def counted(
    found: Iterable[tuple[datetime, str, State, int]], stretch: Stretch, zone: str | None
) -> Counts:
    """Return how many are due on each day: of instants, their zones (or ``zone``) and states."""
    counts: dict[date, Counter[State]] = {day: Counter() for day in stretch}
    for start, own, state, count in found:
        day = local(start, zone or own).date()
        if day in stretch:
            counts[day][state] += count
    return counts


def lines(found: Iterable[Delivery], stretch: Stretch, zone: str | None) -> Iterator[Line]:
    """Yield deliveries that lie in a stretch, with what the clock shows: theirs, or one zone's."""
    for one in found:
        where = zone or one.zone
        wall = local(one.due, where)
        if wall.date() in stretch:
            yield Line(wall, where, one)


def weeks(stretch: Stretch) -> list[list[date | None]]:
    """Return the days by weeks, from Monday; None for days that are not among them."""
    cells: list[date | None] = [None] * stretch.first.weekday()
    cells += stretch
    cells += [None] * (-len(cells) % WEEK)
    return [cells[start : start + WEEK] for start in range(0, len(cells), WEEK)]


def is_trouble(states: Counter[State]) -> bool:
    """Say whether something of a day needs a person, or went wrong."""
    return any(states[state] for state in TROUBLE)
