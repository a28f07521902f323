"""When nothing goes out: quiet hours of every day, and days that are blacked out.

Both are of the target's wall clock. A clock that shows an hour twice is quiet both times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from microcom.core.schedule import Moment, on_clock, on_wall, shown
from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MIDNIGHT = time()

_CLOCK = "[0-9]{1,2}:[0-9]{2}"
_STRETCH = re.compile(rf"({_CLOCK}) ?- ?({_CLOCK})")
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DAYS = re.compile(rf"({_DATE})(?:/({_DATE}))?")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Quiet hours of every day, from ``start`` up to and without ``end``, past midnight or not."""

    start: time
    end: time

    def __str__(self) -> str:
        """Return the stretch as it is written."""
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    @property
    def cause(self) -> str:
        """Return why a delivery has to move."""
        return f"quiet {self}"

    def holds(self, wall: datetime) -> bool:
        """Return whether a wall clock is inside."""
        clock = wall.time()
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def ends(self, wall: datetime) -> datetime:
        """Return the wall time at which it ends for one inside."""
        day = wall.date() if wall.time() < self.end else wall.date() + DAY
        return datetime.combine(day, self.end)


@dataclass(frozen=True, slots=True)
class Days:
    """Days on which nothing goes out, the first and the last included."""

    first: date
    last: date

    def __str__(self) -> str:
        """Return the days as they are written."""
        return f"{self.first}" if self.first == self.last else f"{self.first}/{self.last}"

    @property
    def cause(self) -> str:
        """Return why a delivery has to move."""
        return f"blackout {self}"

    def holds(self, wall: datetime) -> bool:
        """Return whether a wall clock shows one of them."""
        return self.first <= wall.date() <= self.last

    def ends(self, wall: datetime) -> datetime:
        """Return the wall time at which they are over for one inside."""
        del wall  # all of them end together
        return datetime.combine(self.last + DAY, MIDNIGHT)


def quiet(words: str) -> Stretch:
    """Return the quiet hours that ``22:00-07:00`` names; raise UserError ``time.quiet``."""
    text = " ".join(words.split())
    found = _STRETCH.fullmatch(text)
    if found is None:
        raise _unknown_stretch(text)
    start, end = _clock(found[1]), _clock("00:00" if found[2] == "24:00" else found[2])
    if start == end:
        hint = "Quiet hours leave some of the day; `pause` stops an account altogether."
        message = f"{shown(text)} begins and ends at one time."
        raise UserError(message, code="time.quiet", hint=hint)
    return Stretch(start, end)


def blackout(words: str) -> Days:
    """Return the days that ``2026-12-24/2026-12-26`` or one date names.

    Raises UserError ``time.blackout``.
    """
    text = " ".join(words.split())
    found = _DAYS.fullmatch(text)
    if found is None:
        raise _unknown_days(text)
    first = _date(found[1])
    last = _date(found[2] or found[1])
    if last < first:
        message = f"{shown(text)} ends before it begins."
        raise UserError(message, code="time.blackout", hint=f"Write {last}/{first}.")
    return Days(first, last)


def closing(
    utc: datetime, zone: ZoneInfo, quiet: Iterable[Stretch], blackout: Iterable[Days]
) -> Stretch | Days | None:
    """Return what keeps an instant closed, days before hours; None if it is open."""
    wall = utc.astimezone(zone).replace(tzinfo=None)
    dark = next((days for days in blackout if days.holds(wall)), None)
    return dark or next((stretch for stretch in quiet if stretch.holds(wall)), None)


def reopening(closed: Stretch | Days, utc: datetime, zone: ZoneInfo) -> Moment:
    """Return when an instant's closure is over: the first time that a clock shows it, after then.

    Raises OverflowError for days without end.
    """
    wall = closed.ends(utc.astimezone(zone).replace(tzinfo=None))
    moment = on_wall(wall, zone)
    if moment.utc > utc:
        return moment
    return on_clock(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), zone)


def _clock(words: str) -> time:
    hour, minute = words.split(":")
    try:
        return time(int(hour), int(minute))
    except ValueError as error:
        message = f"There is no time {words}."
        raise UserError(message, code="time.quiet", hint="00:00 to 23:59.") from error


def _date(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError as error:
        hint = "A day is written year-month-day, such as 2026-12-04."
        raise UserError(f"There is no day {words}.", code="time.blackout", hint=hint) from error


def _unknown_stretch(text: str) -> UserError:
    from microcom.core.schedule_hints import stretch_meant

    hint = f'Write "{stretch_meant(text) or "22:00-07:00"}".'
    return UserError(f"{shown(text)} names no quiet hours.", code="time.quiet", hint=hint)


def _unknown_days(text: str) -> UserError:
    found = re.findall(_DATE, text)
    guess = "/".join(found) if len(found) in {1, 2} else "2026-12-24/2026-12-26"
    return UserError(f"{shown(text)} names no days.", code="time.blackout", hint=f"Write {guess}.")
