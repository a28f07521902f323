"""What people probably meant by words that are no time: offered in an error, never acted on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

NAMED_CLOCKS = {
    "morning": "09:00",
    "noon": "12:00",
    "midday": "12:00",
    "afternoon": "15:00",
    "evening": "20:00",
    "night": "20:00",
    "tonight": "20:00",
}
USUAL = "09:00"
HALF_A_DAY = 12
CENTURY = 2000
PAIR = 2
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNITS = {"w": (7, "d"), "d": (1, "d"), "h": (1, "h"), "m": (1, "m"), "s": (1, "s")}
FILLERS = {"", "at", "on", "this", "next", "coming", "the", "of", "by", "today", "tomorrow"}
FILLERS |= {"st", "nd", "rd", "th", "h", "t", "am", "pm", "a", "p", "m", "o", "clock"}

WEEKS = (
    (r"\b(?:every ?day|all days|each day|mon-sun)\b", "daily"),
    (r"\b(?:(?:on )?week ?days|working days)\b", "mon-fri"),
    (r"\b(?:(?:on )?week-?ends?)\b", "sat,sun"),
    (r"\b(?:every|each|on|at) ", ""),
    (r"(?<=[a-z]) ?(?:and|&|\+) ?(?=[a-z])", ","),
    (r"(?<=[0-9]) ?(?:and|&|\+) ?(?=[0-9])", " "),
    (r"(?<=[a-z]) ?(?:to|till|until|\u2013|\.\.) ?(?=[a-z])", "-"),
)

_MONTH = "(" + "|".join(f"{month}|{month[:3]}" for month in MONTHS) + r")\b\.?"
_SPAN = re.compile(
    r"(?:in |\+ ?|-)?([0-9]{1,4}) ?(weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|[wdhms])"
    r"(?: from now| later)?"
)
_HALF_DAY = re.compile(r"\b(1[0-2]|0?[1-9])(?:[:.h]([0-5][0-9]))? ?([ap])\.?m\b")
_CLOCK = re.compile(r"(?<![0-9/.:-])([01]?[0-9]|2[0-3])[:.h]([0-5][0-9])(?![0-9/.-])")
_DIGITS = re.compile(r"^([01][0-9]|2[0-3])([0-5][0-9])$")
_HOUR = re.compile(r"(?:\bat |^)([01]?[0-9]|2[0-3])(?: ?h\b| ?o'?clock\b|$)")
_BOTH = re.compile(r"(?<![0-9:])([01]?[0-9]|2[0-3])(?::([0-5][0-9]))?(?![0-9:])")
_WEEKDAY = re.compile(r"\b(mon|tue(?:s)?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b")
_YEAR_FIRST = re.compile(r"\b([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})\b")
_YEAR_LAST = re.compile(r"\b([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})\b")
_MONTH_LAST = re.compile(rf"\b([0-9]{{1,2}})(?:st|nd|rd|th)? {_MONTH}(?:,? ([0-9]{{4}})\b)?")
_MONTH_FIRST = re.compile(rf"\b{_MONTH} ([0-9]{{1,2}})(?:st|nd|rd|th)?\b(?:,? ([0-9]{{4}})\b)?")


def meant(words: str, today: date) -> tuple[str, ...]:
    """Return what the words may stand for, in words that are read; () where any is not known."""
    text, zone = _without_place(_spelt(words.lower()))
    length = length_meant(text) if re.search("[a-z]", text) else None
    spans = () if length is None else (f"+{length}",)
    known = {*FILLERS, *NAMED_CLOCKS}
    if any(word not in known for word in re.findall("[a-z]+", _without_dates(text))):
        return spans
    clock, days = _clock(text), tuple(dict.fromkeys(_days(text, today)))
    if clock is None and not days:
        return spans
    return spans + tuple(f"{day} {clock or USUAL}{zone}".strip() for day in days or ("",))


def length_meant(words: str) -> str | None:
    """Return a length of time as it is written: ``2h`` for ``2 hours``; None if none is meant."""
    text = words.strip().lower()
    found = _SPAN.fullmatch(text if re.search("[a-z]", text) else f"{text}m")
    if found is None:
        return None
    factor, unit = UNITS[found[2][0]]
    return f"{int(found[1]) * factor}{unit}"


def slots_meant(words: str) -> str:
    """Return words for weekly slots as they are written; those that are not known stay."""
    text = _WEEKDAY.sub(lambda found: found[1][:3], in_24_hours(_spelt(words)))
    for said, written in WEEKS:
        text = re.sub(said, written, text)
    bare = _CLOCK.fullmatch(text)
    return f"daily {text}" if bare else text


def in_24_hours(words: str) -> str:
    """Return words with clock times as ``18:30``: of ``6:30 pm``, ``18h30`` and ``18.30``."""
    text = _HALF_DAY.sub(lambda found: _clock(found[0]) or found[0], words.lower())
    return re.sub(r"\b([01]?[0-9]|2[0-3])[.h]([0-5][0-9])\b", r"\1:\2", text)


def stretch_meant(words: str) -> str | None:
    """Return quiet hours as they are written: ``22:00-07:00`` for ``10pm to 7am``, ``22-7``."""
    clocks = [f"{hour}:{minute or '00'}" for hour, minute in _BOTH.findall(in_24_hours(words))]
    return "-".join(one.rjust(len(USUAL), "0") for one in clocks) if len(clocks) == PAIR else None


def zone_meant(name: str) -> str:
    """Return a hint with the IANA zone that a name resembles, by its place first."""
    from zoneinfo import available_timezones

    from microcom.core.names import did_you_mean, nearest

    places = _places()
    if not places:
        return "This machine has no time zone data: install tzdata."
    region = next((one for one in places.values() if one.startswith(f"{name}/")), None)
    if region is not None:
        return f"Name a place too, such as {region}."
    close = nearest(_as_place(name), places, limit=1)
    if close:
        return f"Did you mean {places[close[0]]}?"
    return did_you_mean(name, available_timezones()) or "Zones are named by a place: Europe/Paris."


def _places() -> dict[str, str]:
    """Return the zones that are called after a place, by the place."""
    from zoneinfo import available_timezones

    known = (name for name in sorted(available_timezones()) if "/" in name)
    return {_as_place(name): name for name in known if not name.startswith("Etc/")}


def _as_place(name: str) -> str:
    return name.rsplit("/", 1)[-1].strip().lower().replace(" ", "_")


def _spelt(text: str) -> str:
    """Return the words with the days of the week, today and tomorrow spelt right."""
    from difflib import get_close_matches

    days = (*WEEKDAYS, "today", "tomorrow")
    words = text.split(" ")
    return " ".join((get_close_matches(word, days, 1, 0.85) or [word])[0] for word in words)


def _without_place(text: str) -> tuple[str, str]:
    """Return the words without a place behind a clock time, and `` `` and its zone."""
    found = re.search(r"(?<=[0-9]) ([a-z][a-z _/-]+)$", text)
    zone = None if found is None else _places().get(_as_place(found[1]))
    return (text, "") if found is None or zone is None else (text[: found.start()], f" {zone}")


def _without_dates(text: str) -> str:
    return re.sub(rf"{_WEEKDAY.pattern}|\b{_MONTH}", " ", text)


def _clock(text: str) -> str | None:
    if found := _HALF_DAY.search(text):
        hour = int(found[1]) % HALF_A_DAY + (HALF_A_DAY if found[3] == "p" else 0)
        return f"{hour:02}:{found[2] or '00'}"
    if found := _CLOCK.search(text) or _DIGITS.search(text) or _HOUR.search(text):
        hour, minute = int(found[1]), found[2] if found.re is not _HOUR else "00"
        is_late = hour < HALF_A_DAY and re.search("evening|night", text) is not None
        return f"{hour + HALF_A_DAY * is_late:02}:{minute}"
    words = re.findall("[a-z]+", text)
    return next((NAMED_CLOCKS[word] for word in words if word in NAMED_CLOCKS), None)


def _days(text: str, today: date) -> Iterator[str]:
    """Yield the days that may be named; two where day and month may have changed places."""
    dates = list(_dates(text, today))
    if dates:
        yield from dates
    elif weekday := _WEEKDAY.search(text):
        yield weekday[1][:3]
    elif "tomorrow" in text:
        yield "tomorrow"
    elif re.search(r"\b(?:today|tonight|this)\b", text):
        yield "today"


def _dates(text: str, today: date) -> Iterator[str]:
    for year, month, day in _orders(text):
        try:
            found = date(int(year or today.year), month, day)
        except ValueError:
            continue
        if year is None and found < today:
            found += timedelta(days=365)
        yield found.isoformat()


def _orders(text: str) -> Iterator[tuple[str | None, int, int]]:
    """Yield year, month and day in the orders that people write them; the year may be missing."""
    if found := _YEAR_FIRST.search(text):
        yield found[1], int(found[2]), int(found[3])
    elif found := _YEAR_LAST.search(text):
        year = str(int(found[3]) % CENTURY + CENTURY)
        yield year, int(found[1]), int(found[2])
        yield year, int(found[2]), int(found[1])
    elif found := _MONTH_LAST.search(text):
        yield found[3], _month(found[2]), int(found[1])
    elif found := _MONTH_FIRST.search(text):
        yield found[3], _month(found[1]), int(found[2])


def _month(word: str) -> int:
    return next(number for number, name in enumerate(MONTHS, 1) if name.startswith(word[:3]))
