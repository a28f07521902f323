"""When a post is meant to go out: at a time, or in the next slot that is free.

A file is read on other days than the day it was written, so in files a time names its own day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from microcom.core import schedule
from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

FORMS = '"2026-12-04 09:00", "2026-12-04T09:00+01:00", "slot" or "slot after 2026-12-04"'
MINUTE = timedelta(minutes=1)

_SLOT = r"slot(?: after (?P<after>.+))?"
_DAY_ALONE = "|".join(("today", "tomorrow", *schedule.DAYS, *schedule.LONG_DAYS))


@dataclass(frozen=True, slots=True)
class At:
    """At the time that ``words`` say, in whichever zone they are read."""

    words: str

    def moment(self, zone: ZoneInfo, now: datetime, *, past: bool = False) -> schedule.Moment:
        """Return the instant that is meant; raise as ``schedule.resolve`` does."""
        return schedule.resolve(self.words, zone, now, past=past)


@dataclass(frozen=True, slots=True)
class NextSlot:
    """In the first free slot after the time that the words ``after`` say, and after now."""

    after: str | None = None

    def start(self, zone: ZoneInfo, now: datetime) -> datetime:
        """Return the instant that the slot has to come after: in a zone, and never before now."""
        if self.after is None:
            return now
        return max(now, schedule.resolve(self.after, zone, now, past=True).utc)


When: TypeAlias = At | NextSlot


def read(words: str, zone: ZoneInfo, now: datetime, *, file: bool = False) -> When:
    """Return what ``words`` mean: a time, ``slot``, or ``slot after`` a time or a day.

    The value keeps the words, so that each target reads them in its own zone; ``zone`` and ``now``
    serve to check them and to say what was meant. Raises as ``schedule.resolve`` does, except that
    the past is no error here; in a ``file`` also ``time.relative`` for words that mean another
    time every day.
    """
    text = " ".join(words.split())
    slot = re.fullmatch(_SLOT, text, re.IGNORECASE)
    if slot is None:
        _check(text, zone, now, "", file=file)
        return At(text)
    after = slot["after"]
    if after is None:
        return NextSlot()
    if re.fullmatch(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|{_DAY_ALONE}", after, re.IGNORECASE):
        after = f"{after} 00:00"
    _check(after, zone, now, "slot after ", file=file)
    return NextSlot(after)


def dated(words: str, zone: ZoneInfo, now: datetime) -> str:
    """Return words for a time as a file has them: those that mean another day tomorrow, dated.

    Raises as :func:`read` does.
    """
    when = read(words, zone, now)
    text = when.words if isinstance(when, At) else when.after
    if text is None or schedule.is_dated(text):
        return words
    before = "" if isinstance(when, At) else "slot after "
    moment = schedule.resolve(text, zone, now, past=True)
    return before + _dated(text, moment, zone, now)


def _check(text: str, zone: ZoneInfo, now: datetime, before: str, *, file: bool) -> None:
    """Raise UserError for words that are no time or, in a file, do not name their day."""
    if re.search(r"\bslots?\b", text, re.IGNORECASE):
        message = f"{schedule.shown(text)} is not how a slot is asked for."
        hint = 'Write "slot" or "slot after 2026-12-04 18:30".'
        raise UserError(message, code="time.unknown", hint=hint)
    try:
        moment = schedule.resolve(text, zone, now, past=True)
    except UserError as error:
        if error.code != "time.unknown" or not file or schedule.is_dated(text):
            raise
        hint = _forms(_meant(text, zone, now), before)
        raise UserError(error.message, code=error.code, hint=hint) from error
    if file and not schedule.is_dated(text):
        message = f"{schedule.shown(before + text)} means another time every day."
        hint = f'In a file a time has its date: write "{before}{_dated(text, moment, zone, now)}".'
        raise UserError(message, code="time.relative", hint=hint)


def _meant(text: str, zone: ZoneInfo, now: datetime) -> Iterable[str]:
    """Yield what words outside the grammar may mean, as wall times with their date."""
    from microcom.core.schedule_hints import meant

    today: date = now.astimezone(zone).date()
    for reading in meant(text, today):
        try:
            moment = schedule.resolve(reading, zone, now, past=True)
        except UserError:  # years away, so it was not that
            continue
        yield _dated(reading, moment, zone, now)


def _forms(readings: Iterable[str], before: str) -> str:
    listed = " or ".join(f'"{before}{reading}"' for reading in dict.fromkeys(readings))
    return f"Write {listed}. In a file times look like {FORMS}." if listed else f"Write {FORMS}."


def _dated(text: str, moment: schedule.Moment, zone: ZoneInfo, now: datetime) -> str:
    """Return words with a date that mean a moment: on the wall, with an offset where that fails.

    A length from now is rounded up to a whole minute.
    """
    utc = moment.utc
    if ":" not in text and (utc.second or utc.microsecond):
        utc = utc.replace(second=0, microsecond=0) + MINUTE
    there = zone if moment.zone == zone.key else schedule.zone(moment.zone)
    local = utc.astimezone(there)
    wall = local.replace(tzinfo=None).isoformat(" ", "seconds" if local.second else "minutes")
    words = wall if there is zone else f"{wall} {moment.zone}"
    if schedule.resolve(words, zone, now, past=True).utc == utc:
        return words
    return local.isoformat(timespec="seconds" if local.second else "minutes")
