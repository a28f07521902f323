"""What people type for a time, read in a zone and never guessed.

The grammar is closed: what it does not know is refused with what it does. A wall time that a
clock change skips moves to the first minute that exists; one that a clock change repeats means
its first occurrence; both are said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from microcom.errors import UserError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
LONGEST = timedelta(days=3660)
FORMS = '"2026-12-04 09:00", "fri 18:30", "tomorrow 09:00", "18:30", "+2h30m" or "now"'

_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_ZONE = r"(?:\s+(?P<zone>[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+|UTC))?"
_DATE = r"(?P<date>\d{4}-\d{2}-\d{2})"
_EXACT = (
    rf"{_DATE}[T ](?P<clock>\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d{{1,6}})?)?)"
    r"\s?(?P<offset>Z|[+-]\d{2}:\d{2})"
)
_DATED = rf"{_DATE}[T ]{_CLOCK}{_ZONE}"
_DAILY = rf"(?P<day>[a-z]+)\s+(?:at\s+)?{_CLOCK}{_ZONE}"
_BARE = rf"{_CLOCK}{_ZONE}"
_SPAN = r"(?:\d+[dhms])+"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant as it was meant: in UTC, on a wall clock (naive), and in which zone."""

    utc: datetime
    wall: datetime
    zone: str
    note: str | None


def resolve(words: str, zone: ZoneInfo, now: datetime, *, past: bool = False) -> Moment:
    """Return the instant that ``words`` mean in ``zone``.

    Raises UserError ``time.unknown`` for words outside the grammar and, unless ``past`` is
    allowed, ``time.past`` for an instant before ``now``.
    """
    text = " ".join(words.split())
    moment = _read(text, zone, now)
    if moment.utc < now and not past and text.lower() != "now":
        raise UserError(
            f"{echo(moment, now)} has passed; it is {echo(_on_clock(now, zone), now)} now.",
            code="time.past",
            hint=_later(text),
        )
    return moment


def echo(moment: Moment, now: datetime | None = None) -> str:
    """Return both readings of a moment: ``Fri 4 Dec 09:00 Paris = 08:00 UTC``."""
    wall, utc = moment.wall, moment.utc
    year = "" if now is not None and wall.year == now.year else f" {wall.year}"
    here = f"{_day(wall)}{year} {_clock(wall)}"
    if moment.zone in {"UTC", "Etc/UTC"}:
        return f"{here} UTC"
    there = _clock(utc) if utc.date() == wall.date() else f"{_day(utc)} {_clock(utc)}"
    return f"{here} {moment.zone.rsplit('/', 1)[-1].replace('_', ' ')} = {there} UTC"


def zone(name: str) -> ZoneInfo:
    """Return the zone of that IANA name; raise UserError ``time.zone`` with the nearest names."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        from zoneinfo import available_timezones

        from microcom.core.names import did_you_mean

        message = f"There is no time zone called {name!r}."
        last = {known.rsplit("/", 1)[-1].lower(): known for known in available_timezones()}
        meant = last.get(name.lower().replace(" ", "_"))
        hint = f"Did you mean {meant}?" if meant else did_you_mean(name, available_timezones())
        raise UserError(message, code="time.zone", hint=hint or "Such as Europe/Paris.") from error


def duration(words: str) -> timedelta:
    """Return a span such as ``20m``, ``2h30m`` or ``0m``; raise UserError ``time.duration``."""
    text = words.strip().lower()
    if not re.fullmatch(_SPAN, text):
        message = f"{words!r} is not a length of time."
        raise UserError(message, code="time.duration", hint="Such as 20m, 2h30m, 1d or 0m.")
    found = re.findall(r"(\d+)([dhms])", text)
    span = sum(min(int(number), 10**9) * UNITS[unit] for number, unit in found)
    if span > LONGEST.total_seconds():
        message = f"{words!r} is longer than ten years."
        raise UserError(message, code="time.duration", hint="Such as 20m, 2h30m or 1d.")
    return timedelta(seconds=span)


def rfc3339(when: datetime) -> str:
    """Return a moment as RFC 3339 in UTC (``2026-12-04T08:00:00Z``); refuse a naive one."""
    utc = _aware(when).astimezone(UTC)
    return utc.isoformat(timespec="microseconds" if utc.microsecond else "seconds")[:-6] + "Z"


def micros(when: datetime) -> int:
    """Return a moment as whole microseconds since 1970; refuse a naive one."""
    return (_aware(when) - EPOCH) // MICROSECOND


def from_micros(value: int) -> datetime:
    """Return microseconds since 1970 as a moment in UTC."""
    return EPOCH + value * MICROSECOND


def _aware(when: datetime) -> datetime:
    if when.tzinfo is None:
        message = "a time without a zone"
        raise ValueError(message)
    return when


def _read(text: str, zone_: ZoneInfo, now: datetime) -> Moment:
    if text.lower() == "now":
        return _on_clock(now, zone_)
    if text.startswith("+") and re.fullmatch(_SPAN, text[1:].lower()):
        return _on_clock(now + duration(text[1:]), zone_)
    if found := re.fullmatch(_EXACT, text, re.IGNORECASE):
        return _exact(found, text, zone_)
    if found := re.fullmatch(_DATED, text):
        where = _zone_of(found, zone_)
        return _at(_date(found["date"]), _time(found), where)
    if found := re.fullmatch(_DAILY, text, re.IGNORECASE):
        return _named_day(found, text, _zone_of(found, zone_), now)
    if found := re.fullmatch(_BARE, text):
        where = _zone_of(found, zone_)
        return _at(now.astimezone(where), _time(found), where)
    raise _unknown(text)


def _exact(found: re.Match[str], text: str, zone_: ZoneInfo) -> Moment:
    offset = "+00:00" if found["offset"].upper() == "Z" else found["offset"]
    try:
        when = datetime.fromisoformat(f"{found['date']}T{found['clock']}{offset}")
    except ValueError as error:
        raise _unknown(text) from error
    return _on_clock(when.astimezone(UTC), zone_)


def _named_day(found: re.Match[str], text: str, where: ZoneInfo, now: datetime) -> Moment:
    """Return the day named; a weekday is the next such moment strictly ahead."""
    word = found["day"].lower()
    today = now.astimezone(where)
    if word in {"today", "tomorrow"}:
        return _at(today + timedelta(days=word == "tomorrow"), _time(found), where)
    names = DAYS if word in DAYS else LONG_DAYS
    if word not in names:
        raise _unknown(text)
    ahead = (names.index(word) - today.weekday()) % 7
    moment = _at(today + timedelta(days=ahead), _time(found), where)
    if moment.utc > now:
        return moment
    return _at(today + timedelta(days=ahead + 7), _time(found), where)


def _at(day: datetime, clock: time, where: ZoneInfo) -> Moment:
    """Return a wall time as an instant, with what a clock change did to it."""
    wall = datetime.combine(day.date(), clock)
    utc = wall.replace(tzinfo=where).astimezone(UTC)
    back = utc.astimezone(where).replace(tzinfo=None)
    if back != wall:
        return _after_gap(wall, where)
    later = wall.replace(tzinfo=where, fold=1).astimezone(UTC)
    note = None
    if later != utc:
        note = f"{wall:%H:%M} comes twice that day; the first is meant"
    return Moment(utc, wall, where.key, note)


def _after_gap(wall: datetime, where: ZoneInfo) -> Moment:
    """Return the first minute after the hour that a clock change skips."""
    # With fold=1 the skipped time is read with the later offset: just before the change.
    before = wall.replace(tzinfo=where, fold=1).astimezone(UTC).replace(second=0, microsecond=0)
    offset = before.astimezone(where).utcoffset()
    while before.astimezone(where).utcoffset() == offset:
        before += timedelta(minutes=1)
    moved = before.astimezone(where).replace(tzinfo=None)
    note = f"{wall:%H:%M} does not exist that day; moved to {moved:%H:%M}"
    return Moment(before, moved, where.key, note)


def _on_clock(when: datetime, where: ZoneInfo) -> Moment:
    utc = when.astimezone(UTC)
    return Moment(utc, utc.astimezone(where).replace(tzinfo=None), where.key, None)


def _zone_of(found: re.Match[str], default: ZoneInfo) -> ZoneInfo:
    return zone(found["zone"]) if found["zone"] else default


def _date(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        message = f"There is no day {text}."
        raise UserError(message, code="time.unknown", hint="Year-month-day.") from error


def _time(found: re.Match[str]) -> time:
    try:
        return time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0))
    except ValueError as error:
        message = f"There is no time {found['hour']}:{found['minute']}."
        raise UserError(message, code="time.unknown", hint="00:00 to 23:59.") from error


def _unknown(text: str) -> UserError:
    message = f"{text!r} is not a time that microcom reads."
    return UserError(message, code="time.unknown", hint=f"Write {FORMS}.")


def _later(text: str) -> str:
    if re.fullmatch(_BARE, text):
        return f'Write "tomorrow {text}", or no --at to post now.'
    return "Choose a time ahead, or leave --at out to post now."


def _day(when: datetime) -> str:
    return f"{when:%a} {when.day} {when:%b}"


def _clock(when: datetime) -> str:
    return f"{when:%H:%M:%S}" if when.second else f"{when:%H:%M}"
