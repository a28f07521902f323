"""Weekly slots: wall times of a week that deliveries are put into, without end.

A weekly list is small enough for ``zoneinfo`` alone: docs/decisions/0011 says why no library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from microcom.core.schedule import DAYS, LONG_DAYS, Moment, on_wall, shown
from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
DAILY = "daily"
FORMS = '"mon-fri 09:00", "tue,thu 18:30", "sat 09:00 17:00" or "daily 12:00"'

_RANGE = "[a-z]+(?: ?- ?[a-z]+)?"
_CLOCK = "[0-9]{1,2}:[0-9]{2}"
_ITEM = rf"(?P<days>{_RANGE}(?: ?, ?{_RANGE})*) (?P<clocks>{_CLOCK}(?:(?: ?, ?| ){_CLOCK})*)"
_WEEK = re.compile(rf"{_ITEM}(?:(?: ?[,;] ?| ){re.sub('[?]P<[a-z]+>', '?:', _ITEM)})*")


@dataclass(frozen=True, slots=True)
class Slots:
    """Wall times by the day of the week, Monday first; those of a day are in order, each once."""

    week: tuple[tuple[time, ...], ...] = ((),) * len(DAYS)

    def __or__(self, other: Slots) -> Slots:
        """Return the slots of both."""
        days = zip(self.week, other.week, strict=True)
        return Slots(tuple(tuple(sorted({*mine, *theirs})) for mine, theirs in days))


def read_slots(*words: str) -> Slots:
    """Return the slots that all the words name; raise UserError ``slot.form``.

    One text may hold several: ``mon-fri 09:00, sat 11:00 17:00``.
    """
    slots = Slots()
    for each in words:
        text = " ".join(each.lower().split())
        found = _read(text)
        if found is None:
            raise _unknown(text)
        slots |= found
    return slots


def upcoming(slots: Slots, zone: ZoneInfo, after: datetime) -> Iterator[Moment]:
    """Yield the slots later than ``after`` in order, each instant once, without end.

    A slot that a clock change skips comes at the first minute after it, one that is repeated comes
    the first time; of slots that meet in one minute one is left. No slots, nothing.
    """
    if not any(slots.week):
        return
    try:
        yield from _upcoming(slots, zone, after)
    except OverflowError:  # the calendar's last year has an end
        return


def _upcoming(slots: Slots, zone: ZoneInfo, after: datetime) -> Iterator[Moment]:
    day, last = after.astimezone(zone).date(), after
    while True:
        for clock in slots.week[day.weekday()]:
            moment = on_wall(datetime.combine(day, clock), zone)
            if moment.utc > last:
                last = moment.utc
                yield moment
        day += DAY


def _read(text: str) -> Slots | None:
    if _WEEK.fullmatch(text) is None:
        return None
    slots = Slots()
    for item in re.finditer(_ITEM, text):
        days, clocks = _days(item["days"]), _clocks(item["clocks"])
        if days is None or clocks is None:
            return None
        slots |= Slots(tuple(clocks if day in days else () for day in range(len(DAYS))))
    return slots


def _days(words: str) -> set[int] | None:
    """Return the days of ``mon-fri,sun`` or ``daily``; a range may pass the week's end."""
    days: set[int] = set()
    for each in words.replace(" ", "").split(","):
        first, _, last = each.partition("-")
        if each == DAILY:
            first, last = DAYS[0], DAYS[-1]
        start, end = _day(first), _day(last or first)
        if start is None or end is None:
            return None
        days |= {(start + ahead) % len(DAYS) for ahead in range((end - start) % len(DAYS) + 1)}
    return days


def _day(word: str) -> int | None:
    known = next((names for names in (DAYS, LONG_DAYS) if word in names), None)
    return None if known is None else known.index(word)


def _clocks(words: str) -> tuple[time, ...] | None:
    pairs = [one.split(":") for one in re.findall(_CLOCK, words)]
    try:
        return tuple(time(int(hour), int(minute)) for hour, minute in pairs)
    except ValueError:
        return None


def _unknown(text: str) -> UserError:
    from microcom.core.schedule_hints import slots_meant

    message = f"{shown(text)} is not a weekly slot."
    guess = slots_meant(text)
    readable = guess != text and _read(guess) is not None
    hint = f'Write "{guess}".' if readable else f"Write {FORMS}."
    bad = next((one for one in re.findall(_CLOCK, text) if _clocks(one) is None), None)
    if bad is not None:
        message, hint = f"There is no time {bad}.", "00:00 to 23:59."
    return UserError(message, code="slot.form", hint=hint)
