"""What people type for a time, read in a zone and never guessed.

The grammar is closed: what it does not know is refused with what it does. A wall time that a
clock change skips moves to the first minute that exists; one that a clock change repeats means
its first occurrence; both are said.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST = timedelta(days=3660)
FORMS = '"2026-12-04 09:00", "fri 18:30", "tomorrow 09:00", "18:30", "in 20 min" or "now"'
SHOWN = 40

_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
_ZONE = r"(?: (?P<zone>[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+|(?![AP]M)[A-Z]{2,5}))?"
_DATE = r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
_EXACT = (
    rf"{_DATE}[T ](?P<clock>[0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]{{1,6}})?)?)"
    r" ?(?P<offset>Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
)
_DATED = rf"{_DATE}[T ]{_CLOCK}{_ZONE}"
_DAILY = rf"(?P<day>[A-Za-z]+) (?:at )?{_CLOCK}{_ZONE}"
_BARE = rf"{_CLOCK}{_ZONE}"
_SPAN = (
    r"(?=.)(?:(?P<days>[0-9]{1,9})d)?(?:(?P<hours>[0-9]{1,9})h)?"
    r"(?:(?P<minutes>[0-9]{1,9})m)?(?:(?P<seconds>[0-9]{1,9})s)?"
)
_IN = (
    r"in (?=[0-9a])(?:(?P<days>[0-9]{1,9}|a) ?d(?:ays?)? ?)?"
    r"(?:(?P<hours>[0-9]{1,9}|an) ?h(?:ours?|rs?)? ?)?"
    r"(?:(?P<minutes>[0-9]{1,9}|a) ?m(?:in(?:ute)?s?)? ?)?"
    r"(?:(?P<seconds>[0-9]{1,9}) ?s(?:ec(?:ond)?s?)?)?"
)
_ZONE_NAME = r"[A-Z][A-Za-z0-9_+-]*(?:/[A-Z][A-Za-z0-9_+-]*)*"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant as it was meant: in UTC, on a wall clock (naive), and in which zone.

    ``note`` says what a change of the clocks did to the words, if it did.
    """

    utc: datetime
    wall: datetime
    zone: str
    note: str | None


def resolve(words: str, zone: ZoneInfo, now: datetime, *, past: bool = False) -> Moment:
    """Return the instant that ``words`` mean in ``zone``, or in the zone they name.

    ``+2h`` counts time that passes, not hours on the wall. Raises UserError ``time.unknown`` for
    words outside the grammar, ``time.zone`` for a zone that is none and, unless ``past`` is
    allowed, ``time.past`` for an instant before ``now`` and ``time.far`` for one years ahead.
    """
    text = " ".join(words.split())
    try:
        moment = _read(text, zone, now)
    except OverflowError as error:
        message = f"{shown(text)} is beyond the calendar."
        raise UserError(message, code="time.unknown", hint="Look at the year.") from error
    if past or now <= moment.utc <= now + LONGEST:
        return moment
    if moment.utc > now:
        message = f"{echo(moment, now)} is more than ten years ahead."
        raise UserError(message, code="time.far", hint="Look at the year.")
    message = f"{echo(moment, now)} has passed; it is {echo(on_clock(now, zone), now)} now."
    raise UserError(message, code="time.past", hint=_later(text))


def is_dated(words: str) -> bool:
    """Return whether words say their own day, so that they mean the same on every other."""
    text = " ".join(words.split())
    return bool(re.fullmatch(_EXACT, text, re.IGNORECASE) or re.fullmatch(_DATED, text))


def echo(moment: Moment, now: datetime | None = None) -> str:
    """Return both readings of a moment: ``Fri 4 Dec 09:00 Paris = 08:00 UTC``.

    The year is there unless it is that of ``now``; the day in UTC where it is another one.
    """
    wall, utc = moment.wall, moment.utc
    year = "" if now is not None and wall.year == now.year else f" {wall.year}"
    here = f"{_day(wall)}{year} {_clock(wall)}"
    place = moment.zone.rsplit("/", 1)[-1].replace("_", " ")
    if place == "UTC":
        return f"{here} UTC"
    there = _clock(utc) if utc.date() == wall.date() else f"{_day(utc)} {_clock(utc)}"
    return f"{here} {place} = {there} UTC"


def on_wall(wall: datetime, where: ZoneInfo) -> Moment:
    """Return the first instant at which a wall clock shows a (naive) time or has skipped it."""
    utc = wall.replace(tzinfo=where).astimezone(UTC)
    back = utc.astimezone(where).replace(tzinfo=None)
    if back != wall:
        return _after_gap(wall, where)
    later = wall.replace(tzinfo=where, fold=1).astimezone(UTC)
    note = None
    if later != utc:
        note = f"{_clock(wall)} comes twice that day; the first is meant"
    return Moment(utc, wall, where.key, note)


def on_clock(when: datetime, where: ZoneInfo) -> Moment:
    """Return an instant as the wall clock of a zone shows it; refuse a naive one."""
    utc = _aware(when).astimezone(UTC)
    return Moment(utc, utc.astimezone(where).replace(tzinfo=None), where.key, None)


def zone(name: str) -> ZoneInfo:
    """Return the zone of that IANA name; raise UserError ``time.zone`` with the nearest names."""
    from zoneinfo import ZoneInfo

    if re.fullmatch(_ZONE_NAME, name) is None:  # also whatever would be a path
        raise _no_zone(name)
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise _no_zone(name) from error


def duration(words: str) -> timedelta:
    """Return a span such as ``20m``, ``2h30m`` or ``0m``; raise UserError ``time.duration``."""
    found = re.fullmatch(_SPAN, words.strip())
    if found is None:
        from microcom.core.schedule_hints import length_meant

        meant = length_meant(words)
        hint = f"Write {meant}." if meant else "Such as 20m, 2h30m, 1d or 0m."
        message = f"{shown(words)} is not a length of time."
        raise UserError(message, code="time.duration", hint=hint)
    parts = {unit: int(number or 0) for unit, number in found.groupdict().items()}
    if timedelta(days=parts["days"]) > LONGEST or (length := timedelta(**parts)) > LONGEST:
        message = f"{shown(words)} is longer than ten years."
        raise UserError(message, code="time.duration", hint="Such as 20m, 2h30m or 1d.")
    return length


def span(length: timedelta) -> str:
    """Return a length in whole seconds as ``duration`` reads it: ``2h30m``."""
    minutes, seconds = divmod(length // timedelta(seconds=1), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0m"


def shown(words: str) -> str:
    """Return how a message names words that were typed: in quotes, and no more than a line."""
    return repr(words if len(words) <= SHOWN else f"{words[:SHOWN]}…")


def rfc3339(when: datetime) -> str:
    """Return a moment as RFC 3339 in UTC (``2026-12-04T08:00:00Z``); refuse a naive one."""
    utc = _aware(when).astimezone(UTC)
    return utc.isoformat(timespec="microseconds" if utc.microsecond else "seconds")[:-6] + "Z"


def micros(when: datetime) -> int:
    """Return a moment as whole microseconds since 1970, exactly; refuse a naive one."""
    since = _aware(when) - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_micros(value: int) -> datetime:
    """Return microseconds since 1970 as a moment in UTC."""
    return EPOCH + value * MICROSECOND


def _aware(when: datetime) -> datetime:
    if when.utcoffset() is None:
        message = "a time without a zone"
        raise ValueError(message)
    return when


def _read(text: str, zone_: ZoneInfo, now: datetime) -> Moment:
    if text.lower() == "now":
        return on_clock(now, zone_)
    if length := _ahead(text):
        return on_clock(now + duration(length), zone_)
    if found := re.fullmatch(_EXACT, text, re.IGNORECASE):
        return _exact(found, zone_)
    if found := re.fullmatch(_DATED, text):
        return on_wall(_wall(_date(found["date"]), found), _zone_of(found, zone_))
    if found := re.fullmatch(_DAILY, text):
        moment = _named_day(found, _zone_of(found, zone_), now)
    elif found := re.fullmatch(_BARE, text):
        where = _zone_of(found, zone_)
        moment = on_wall(_wall(now.astimezone(where), found), where)
    else:
        moment = None
    if moment is None:
        raise _unknown(text, zone_, now)
    return moment


def _ahead(text: str) -> str | None:
    """Return the length that ``+2h30m`` or ``in 20 min`` counts from now; None for other words."""
    if text.startswith("+") and re.fullmatch(_SPAN, text[1:]):
        return text[1:]
    found = re.fullmatch(_IN, text.lower().replace(" and ", " "))
    if found is None:
        return None
    counts = {unit: "1" if n in {"a", "an"} else n for unit, n in found.groupdict().items()}
    return "".join(f"{n}{unit[0]}" for unit, n in counts.items() if n is not None)


def _exact(found: re.Match[str], zone_: ZoneInfo) -> Moment:
    _date(found["date"])
    offset = "+00:00" if found["offset"].upper() == "Z" else found["offset"]
    try:
        when = datetime.fromisoformat(f"{found['date']}T{found['clock']}{offset}")
    except ValueError as error:
        message = f"There is no time {found['clock']}{found['offset']}."
        raise UserError(message, code="time.unknown", hint="00:00 to 23:59.") from error
    return on_clock(when, zone_)


def _named_day(found: re.Match[str], where: ZoneInfo, now: datetime) -> Moment | None:
    """Return the day named; a weekday is the next such moment strictly ahead."""
    word = found["day"].lower()
    today = now.astimezone(where)
    if word in {"today", "tomorrow"}:
        return on_wall(_wall(today + timedelta(days=word == "tomorrow"), found), where)
    names = DAYS if word in DAYS else LONG_DAYS
    if word not in names:
        return None
    ahead = (names.index(word) - today.weekday()) % 7
    moment = on_wall(_wall(today + timedelta(days=ahead), found), where)
    if moment.utc > now:
        return moment
    return on_wall(_wall(today + timedelta(days=ahead + 7), found), where)


def _after_gap(wall: datetime, where: ZoneInfo) -> Moment:
    """Return the first minute after the time that a clock change skips."""
    # With fold=1 the skipped time is read with the later offset: just before the change.
    utc = wall.replace(tzinfo=where, fold=1).astimezone(UTC).replace(second=0, microsecond=0)
    offset = utc.astimezone(where).utcoffset()
    while utc.astimezone(where).utcoffset() == offset:
        utc += timedelta(minutes=1)
    moved = utc.astimezone(where).replace(tzinfo=None)
    to = _clock(moved) if moved.date() == wall.date() else f"{_day(moved)} {_clock(moved)}"
    note = f"{_clock(wall)} does not exist that day; moved to {to}"
    return Moment(utc, moved, where.key, note)


def _zone_of(found: re.Match[str], default: ZoneInfo) -> ZoneInfo:
    name = found["zone"]
    if name is None:
        return default
    if "/" not in name and name != "UTC":  # EST and CET mean different things to different people
        message = f"{name} may mean several time zones."
        raise UserError(message, code="time.zone", hint="Name a place, such as Europe/Paris.")
    return zone(name)


def _date(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        hint = "A day is written year-month-day, such as 2026-12-04."
        raise UserError(f"There is no day {text}.", code="time.unknown", hint=hint) from error


def _wall(day: datetime, found: re.Match[str]) -> datetime:
    try:
        clock = time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0))
    except ValueError as error:
        message = f"There is no time {found['hour']}:{found['minute']}."
        raise UserError(message, code="time.unknown", hint="00:00 to 23:59.") from error
    return datetime.combine(day.date(), clock)


def _unknown(text: str, zone_: ZoneInfo, now: datetime) -> UserError:
    from microcom.core.schedule_hints import meant

    readings = " or ".join(f'"{one}"' for one in meant(text, now.astimezone(zone_).date()))
    hint = f"Write {readings}. Times look like {FORMS}." if readings else f"Write {FORMS}."
    message = f"{shown(text)} is not a time that microcom reads."
    return UserError(message, code="time.unknown", hint=hint)


def _later(text: str) -> str:
    today = re.fullmatch(rf"(?:today (?:at )?)?(?P<rest>{_BARE})", text, re.IGNORECASE)
    if today:
        return f'Write "tomorrow {today["rest"]}", or no --at to post now.'
    return "Choose a time ahead, or leave --at out to post now."


def _no_zone(name: str) -> UserError:
    from microcom.core.schedule_hints import zone_meant

    message = f"There is no time zone called {shown(name)}."
    return UserError(message, code="time.zone", hint=zone_meant(name))


def _day(when: datetime) -> str:
    return f"{when:%a} {when.day} {when:%b}"


def _clock(when: datetime) -> str:
    return f"{when:%H:%M:%S}" if when.second else f"{when:%H:%M}"
