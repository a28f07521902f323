from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.schedule import (
    DAYS,
    EPOCH,
    LONG_DAYS,
    duration,
    echo,
    from_micros,
    micros,
    resolve,
    rfc3339,
    span,
    zone,
)
from microcom.errors import UserError

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Paris
ZONES = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
ZONES += ["America/St_Johns", "Africa/Casablanca", "Pacific/Apia", "Europe/Dublin"]
MINUTE = timedelta(minutes=1)
WALLS = st.datetimes(datetime(2026, 12, 1), datetime(2036, 1, 1))  # noqa: DTZ001 - a wall's time
WALL_MINUTES = WALLS.map(lambda wall: wall.replace(second=0, microsecond=0))


def refusal(words: str, *, zone: ZoneInfo = PARIS) -> UserError:
    """Return the error that words are refused with."""
    with pytest.raises(UserError) as caught:
        resolve(words, zone, NOW)
    return caught.value


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("now", "Mon 23 Nov 10:00 Paris = 09:00 UTC"),
        ("+2h30m", "Mon 23 Nov 12:30 Paris = 11:30 UTC"),
        ("+45m", "Mon 23 Nov 10:45 Paris = 09:45 UTC"),
        ("+90s", "Mon 23 Nov 10:01:30 Paris = 09:01:30 UTC"),
        ("+3d", "Thu 26 Nov 10:00 Paris = 09:00 UTC"),
        ("+1d2h3m4s", "Tue 24 Nov 12:03:04 Paris = 11:03:04 UTC"),
        ("+0m", "Mon 23 Nov 10:00 Paris = 09:00 UTC"),
        ("in 20 min", "Mon 23 Nov 10:20 Paris = 09:20 UTC"),
        ("In 2 hours", "Mon 23 Nov 12:00 Paris = 11:00 UTC"),
        ("in 2h30m", "Mon 23 Nov 12:30 Paris = 11:30 UTC"),
        ("in an hour and 30 minutes", "Mon 23 Nov 11:30 Paris = 10:30 UTC"),
        ("in 3 days", "Thu 26 Nov 10:00 Paris = 09:00 UTC"),
        ("in 90 secs", "Mon 23 Nov 10:01:30 Paris = 09:01:30 UTC"),
        ("18:30", "Mon 23 Nov 18:30 Paris = 17:30 UTC"),
        ("18:30:15", "Mon 23 Nov 18:30:15 Paris = 17:30:15 UTC"),
        ("18:30 America/New_York", "Mon 23 Nov 18:30 New York = 23:30 UTC"),
        ("10:00", "Mon 23 Nov 10:00 Paris = 09:00 UTC"),  # this very minute
        ("today 18:30", "Mon 23 Nov 18:30 Paris = 17:30 UTC"),
        ("Today at 18:30", "Mon 23 Nov 18:30 Paris = 17:30 UTC"),
        ("tomorrow at 00:30", "Tue 24 Nov 00:30 Paris = Mon 23 Nov 23:30 UTC"),
        ("tomorrow 9:00", "Tue 24 Nov 09:00 Paris = 08:00 UTC"),
        ("tomorrow 09:00 Asia/Tokyo", "Tue 24 Nov 09:00 Tokyo = 00:00 UTC"),
        ("fri 18:30", "Fri 27 Nov 18:30 Paris = 17:30 UTC"),
        ("FRI 18:30", "Fri 27 Nov 18:30 Paris = 17:30 UTC"),
        ("Friday at 18:30", "Fri 27 Nov 18:30 Paris = 17:30 UTC"),
        ("mon 10:00", "Mon 30 Nov 10:00 Paris = 09:00 UTC"),  # strictly ahead
        ("mon 10:01", "Mon 23 Nov 10:01 Paris = 09:01 UTC"),
        ("sun 09:00 Pacific/Auckland", "Sun 29 Nov 09:00 Auckland = Sat 28 Nov 20:00 UTC"),
        ("2026-12-04 09:00", "Fri 4 Dec 09:00 Paris = 08:00 UTC"),
        ("  2026-12-04   09:00 ", "Fri 4 Dec 09:00 Paris = 08:00 UTC"),
        ("2026-12-04T09:00", "Fri 4 Dec 09:00 Paris = 08:00 UTC"),
        ("2026-12-04T09:00:05", "Fri 4 Dec 09:00:05 Paris = 08:00:05 UTC"),
        ("2026-12-04 09:00 America/New_York", "Fri 4 Dec 09:00 New York = 14:00 UTC"),
        ("2026-12-04 09:00 UTC", "Fri 4 Dec 09:00 UTC"),
        ("2026-12-04 09:00 Etc/UTC", "Fri 4 Dec 09:00 UTC"),
        ("2026-12-04T09:00:00+01:00", "Fri 4 Dec 09:00 Paris = 08:00 UTC"),
        ("2026-12-04T09:00+0530", "Fri 4 Dec 04:30 Paris = 03:30 UTC"),
        ("2026-12-04T09:00+01", "Fri 4 Dec 09:00 Paris = 08:00 UTC"),
        ("2026-12-04 09:00 -03:00", "Fri 4 Dec 13:00 Paris = 12:00 UTC"),
        ("2026-12-04T08:00Z", "Fri 4 Dec 09:00 Paris = 08:00 UTC"),
        ("2026-12-04t08:00:00.5z", "Fri 4 Dec 09:00 Paris = 08:00 UTC"),
        ("2027-01-02 09:00", "Sat 2 Jan 2027 09:00 Paris = 08:00 UTC"),
        ("2027-01-01 00:30", "Fri 1 Jan 2027 00:30 Paris = Thu 31 Dec 23:30 UTC"),
    ],
)
def test_what_people_type(words: str, read: str) -> None:
    """Each accepted form is read in the target's zone and said back with both readings."""
    assert echo(resolve(words, PARIS, NOW), NOW) == read


def test_a_reading_without_a_present_names_its_year() -> None:
    """Where it is not known what year it is, the year is said."""
    assert echo(resolve("18:30", PARIS, NOW)) == "Mon 23 Nov 2026 18:30 Paris = 17:30 UTC"


@pytest.mark.parametrize(
    ("words", "suggested"),
    [
        ("tonight", ["today 20:00"]),
        ("tonight at 9", ["today 21:00"]),
        ("this evening", ["today 20:00"]),
        ("next friday", ["fri 09:00"]),
        ("next friday 18:30", ["fri 18:30"]),
        ("friday 9am", ["fri 09:00"]),
        ("fri", ["fri 09:00"]),
        ("tomorrow", ["tomorrow 09:00"]),
        ("tomorrow noon", ["tomorrow 12:00"]),
        ("tomorow 09:00", ["tomorrow 09:00"]),
        ("wensday 09:00", ["wed 09:00"]),
        ("9am", ["09:00"]),
        ("9:30 p.m.", ["21:30"]),
        ("12am", ["00:00"]),
        ("12 pm", ["12:00"]),
        ("noon", ["12:00"]),
        ("9.30", ["09:30"]),
        ("9h30", ["09:30"]),
        ("0930", ["09:30"]),
        ("at 9", ["09:00"]),
        ("9 o'clock", ["09:00"]),
        ("18h", ["+18h", "18:00"]),
        ("12/04/2026", ["2026-12-04 09:00", "2026-04-12 09:00"]),
        ("31.12.26 18:00", ["2026-12-31 18:00"]),
        ("2026/12/04 09:00", ["2026-12-04 09:00"]),
        ("2026-12-04", ["2026-12-04 09:00"]),
        ("2026-12-04 9am", ["2026-12-04 09:00"]),
        ("Fri 4 Dec 09:00", ["2026-12-04 09:00"]),
        ("December 4th, 2027", ["2027-12-04 09:00"]),
        ("4 jan 18:30", ["2027-01-04 18:30"]),
        ("10 minutes from now", ["+10m"]),
        ("in 2 weeks", ["+14d"]),
        ("+2H", ["+2h"]),
        ("+ 2 days", ["+2d"]),
        ("2026-12-04 09:00 new york", ["2026-12-04 09:00 America/New_York"]),
    ],
)
def test_what_is_not_guessed(words: str, suggested: list[str]) -> None:
    """What could mean several things is refused, with words that are read instead."""
    error = refusal(words)
    assert error.code == "time.unknown"
    before, _, _ = (error.hint or "").partition(" Times look like ")
    assert re.findall('"(.*?)"', before) == suggested
    for each in suggested:
        resolve(each, PARIS, NOW, past=True)


@pytest.mark.parametrize(
    "words",
    ["", "in", "in a", "in 20", "in minutes", "in 5 min 2 hours", "in 1.5 hours",
     "soonish", "yesterday", "someday 09:00", "+", "+5x", "+1.5h", "+-5m", "+30m2h", "fri 9",
     "morgen 9 Uhr", "\uff11\uff18:00", "\u0661\u0668:\u0663\u0660", "18:30 18:30", "feb 30",
     "2026-12-04 09:00 PM", "now 18:30", "x" * 1000, "\x00", "2026-12-4 09:00 and more"],
)  # fmt: skip
def test_what_is_not_understood(words: str) -> None:
    """Other words are refused with the forms that are read, in a message of bounded length."""
    error = refusal(words)
    assert error.code == "time.unknown"
    assert '"fri 18:30"' in (error.hint or "")
    assert len(error.message) < 100


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("2026-13-04 09:00", "There is no day 2026-13-04."),
        ("2027-02-29T09:00Z", "There is no day 2027-02-29."),
        ("2026-12-04 25:00", "There is no time 25:00."),
        ("fri 09:60", "There is no time 09:60."),
        ("24:00", "There is no time 24:00."),
        ("2026-12-04T09:00+25:00", "There is no time 09:00+25:00."),
        ("0001-01-01 00:00 Asia/Tokyo", "'0001-01-01 00:00 Asia/Tokyo' is beyond the calendar."),
        ("9999-12-31T23:59-05:00", "'9999-12-31T23:59-05:00' is beyond the calendar."),
    ],
)
def test_what_does_not_exist(words: str, said: str) -> None:
    """A day or time that no calendar or clock has is named."""
    error = refusal(words)
    assert (error.code, error.message) == ("time.unknown", said)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("09:59", 'Write "tomorrow 09:59", or no --at to post now.'),
        ("today 09:00", 'Write "tomorrow 09:00", or no --at to post now.'),
        ("Today at 09:00 Asia/Tokyo", 'Write "tomorrow 09:00 Asia/Tokyo", or no --at to post now.'),
        ("2026-11-23 09:59", "Choose a time ahead, or leave --at out to post now."),
        ("2026-11-23T08:59:59Z", "Choose a time ahead, or leave --at out to post now."),
        ("2020-01-01 00:00", "Choose a time ahead, or leave --at out to post now."),
    ],
)
def test_the_past_is_refused(words: str, hint: str) -> None:
    """A time that has gone by is refused with what to write, unless the past is asked for."""
    error = refusal(words)
    assert (error.code, error.hint) == ("time.past", hint)
    assert resolve(words, PARIS, NOW, past=True).utc < NOW


def test_the_past_is_said_in_both_readings() -> None:
    """A refusal says what was read, and what time it is."""
    message = refusal("09:59").message
    assert message.startswith("Mon 23 Nov 09:59 Paris = 08:59 UTC has passed;")
    assert message.endswith("it is Mon 23 Nov 10:00 Paris = 09:00 UTC now.")


def test_a_slip_in_the_year_is_noticed() -> None:
    """A time more than ten years ahead is refused."""
    assert refusal("2206-12-04 09:00").code == "time.far"
    assert resolve("2036-11-01 09:00", PARIS, NOW).wall.year == 2036


@pytest.mark.parametrize(
    ("name", "words", "utc", "note"),
    [
        ("Europe/Paris", "2027-03-28 01:59", "2027-03-28T00:59:00Z", None),
        ("Europe/Paris", "2027-03-28 02:00", "2027-03-28T01:00:00Z", "moved to 03:00"),
        ("Europe/Paris", "2027-03-28 02:30", "2027-03-28T01:00:00Z", "moved to 03:00"),
        ("Europe/Paris", "2027-03-28T02:59:59", "2027-03-28T01:00:00Z", "moved to 03:00"),
        ("Europe/Paris", "2027-03-28 03:00", "2027-03-28T01:00:00Z", None),
        ("Europe/Paris", "2027-10-31 01:59", "2027-10-30T23:59:00Z", None),
        ("Europe/Paris", "2027-10-31 02:00", "2027-10-31T00:00:00Z", "the first is meant"),
        ("Europe/Paris", "2027-10-31 02:59", "2027-10-31T00:59:00Z", "the first is meant"),
        ("Europe/Paris", "2027-10-31 03:00", "2027-10-31T02:00:00Z", None),
        ("America/New_York", "2027-03-14 02:30", "2027-03-14T07:00:00Z", "moved to 03:00"),
        ("America/New_York", "2027-11-07 01:30", "2027-11-07T05:30:00Z", "the first is meant"),
        ("Australia/Lord_Howe", "2027-10-03 02:15", "2027-10-02T15:30:00Z", "moved to 02:30"),
        ("Australia/Lord_Howe", "2027-04-04 01:45", "2027-04-03T14:45:00Z", "the first is meant"),
        ("Africa/Cairo", "2027-04-30 00:30", "2027-04-29T22:00:00Z", "moved to 01:00"),
        ("America/Sao_Paulo", "2027-03-28 02:30", "2027-03-28T05:30:00Z", None),
    ],
)
def test_the_nights_clocks_change(name: str, words: str, utc: str, note: str | None) -> None:
    """A skipped time moves to the first minute after, a repeated one means the first, both said."""
    moment = resolve(words, ZoneInfo(name), NOW)
    assert rfc3339(moment.utc) == utc
    assert (moment.note is None) if note is None else note in (moment.note or "")


def test_a_skipped_day() -> None:
    """Samoa had no 30 December 2011: what was meant for it moves to the day after, and says so."""
    moment = resolve("2011-12-30 12:00", ZoneInfo("Pacific/Apia"), NOW, past=True)
    assert rfc3339(moment.utc) == "2011-12-30T10:00:00Z"
    assert moment.note == "12:00 does not exist that day; moved to Sat 31 Dec 00:00"


def test_a_named_day_on_such_a_night() -> None:
    """A weekday's time that is skipped or repeated is moved and said like a date's."""
    saturday = datetime(2027, 3, 27, 12, tzinfo=UTC)
    moment = resolve("sun 02:30", PARIS, saturday)
    assert rfc3339(moment.utc) == "2027-03-28T01:00:00Z"
    assert "moved to 03:00" in (moment.note or "")
    between = datetime(2027, 10, 31, 0, 45, tzinfo=UTC)  # the first 02:45 of two
    assert rfc3339(resolve("sun 02:30", PARIS, between).utc) == "2027-11-07T01:30:00Z"
    assert rfc3339(resolve("+1h", PARIS, between).utc) == "2027-10-31T01:45:00Z"


@given(WALL_MINUTES, st.sampled_from(ZONES))
def test_a_wall_time_comes_back(wall: datetime, name: str) -> None:
    """A wall time is the same on the wall again, or said to have moved to the next minute."""
    moment = resolve(f"{wall:%Y-%m-%d %H:%M}", ZoneInfo(name), NOW)
    assert moment.utc.astimezone(ZoneInfo(name)).replace(tzinfo=None) == moment.wall
    if moment.wall != wall:
        assert moment.wall > wall
        assert "does not exist" in (moment.note or "")
        earlier = (moment.utc - MINUTE).astimezone(ZoneInfo(name)).replace(tzinfo=None)
        assert earlier < wall


@given(st.sampled_from(ZONES), st.integers(2027, 2035), st.integers(-6 * 60, 6 * 60), st.booleans())
def test_no_minute_of_a_change_is_lost(
    name: str,
    year: int,
    minutes: int,
    autumn: bool,  # noqa: FBT001 - drawn, not passed
) -> None:
    """Around every change of a year, an instant is reached by its wall time, or its twin is."""
    zone_ = ZoneInfo(name)
    change = _change(zone_, year, second=autumn)
    instant = change + minutes * MINUTE
    wall = instant.astimezone(zone_)
    moment = resolve(f"{wall:%Y-%m-%dT%H:%M}", zone_, NOW)
    if wall.fold:
        assert moment.utc < instant
        assert "comes twice" in (moment.note or "")
    else:
        assert moment.utc == instant
    assert moment.wall == wall.replace(tzinfo=None)


@given(WALL_MINUTES, st.sampled_from(ZONES))
def test_an_offset_says_the_instant_in_any_zone(wall: datetime, name: str) -> None:
    """With an offset or Z the instant is the one written, whatever the zone it is shown in."""
    instant = wall.replace(tzinfo=timezone(timedelta(hours=5, minutes=45)))
    for words in (instant.isoformat(), rfc3339(instant), f"{instant:%Y-%m-%d %H:%M%z}"):
        assert resolve(words, ZoneInfo(name), NOW).utc == instant


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([*DAYS, *LONG_DAYS]),
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    st.sampled_from(ZONES),
)
def test_a_weekday_is_the_next_one(now: datetime, day: str, clock: object, name: str) -> None:
    """A weekday means that day, strictly ahead and within a week."""
    moment = resolve(f"{day} {clock:%H:%M}", ZoneInfo(name), now)
    assert DAYS[moment.wall.weekday()] == day[:3] or moment.note
    assert now < moment.utc <= now + timedelta(days=7, hours=25)


@given(st.text(max_size=40))
def test_any_words_are_read_or_refused(words: str) -> None:
    """No words break the reader: they mean an instant, or are refused with advice."""
    try:
        moment = resolve(words, PARIS, NOW)
    except UserError as error:
        code, hint = error.code, error.hint
        assert code.startswith("time.")
        assert hint
    else:
        assert moment.utc >= NOW


@given(st.from_regex(r"[0-9:+TZ/ a-z.-]{0,24}", fullmatch=True), st.booleans())
def test_words_much_like_times_are_read_or_refused(words: str, past: bool) -> None:  # noqa: FBT001
    """Words made of what times are made of end the same two ways."""
    try:
        resolve(words, PARIS, NOW, past=past)
    except UserError as error:
        assert error.code.startswith("time.")  # noqa: PT017


@given(st.datetimes(timezones=st.timezones()))
def test_microseconds_are_exact(when: datetime) -> None:
    """A moment of any zone survives being kept as microseconds."""
    try:
        instant = when.astimezone(UTC)
    except OverflowError:  # the first and last day of the calendar, in some zones
        return
    assert from_micros(micros(instant)) == instant
    assert from_micros(micros(when)).tzinfo is UTC


@given(st.datetimes(timezones=st.just(UTC)))
def test_rfc_3339_is_read_back(when: datetime) -> None:
    """What is written as RFC 3339 ends in Z and is the same instant when read."""
    assert rfc3339(when).endswith("Z")
    assert datetime.fromisoformat(rfc3339(when)) == when


def test_how_instants_are_written() -> None:
    """Instants are written in UTC, with microseconds only where there are any."""
    paris = datetime(2026, 12, 4, 9, tzinfo=PARIS)
    assert rfc3339(paris) == "2026-12-04T08:00:00Z"
    assert rfc3339(paris.replace(microsecond=5)) == "2026-12-04T08:00:00.000005Z"
    assert micros(EPOCH) == 0
    assert micros(paris) == 1_796_371_200_000_000
    assert from_micros(-1) == EPOCH - timedelta(microseconds=1)


def test_a_time_without_a_zone_never_enters() -> None:
    """Naive times are refused."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="zone"):
        micros(naive)
    with pytest.raises(ValueError, match="zone"):
        rfc3339(naive)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Paris", "Did you mean Europe/Paris?"),
        ("new york", "Did you mean America/New_York?"),
        ("europe/paris", "Did you mean Europe/Paris?"),
        ("Europe/Pari", "Did you mean Europe/Paris?"),
        ("Asia/Calcuta", "Did you mean Asia/Calcutta?"),
        ("Antarctica", "Name a place too, such as Antarctica/"),
        ("", "Zones are named by a place: Europe/Paris."),
        ("/etc/passwd", "Zones are named by a place: Europe/Paris."),
    ],
)
def test_zones_have_names(name: str, hint: str) -> None:
    """An unknown zone is refused with the one that was probably meant."""
    with pytest.raises(UserError) as caught:
        zone(name)
    assert caught.value.code == "time.zone"
    assert (caught.value.hint or "").startswith(hint)


def test_known_zones() -> None:
    """A zone is found by its IANA name."""
    names = ["Europe/Paris", "UTC", "America/Port-au-Prince", "Etc/GMT+5"]
    assert [zone(name).key for name in names] == names


@pytest.mark.parametrize("words", ["18:30 CET", "2026-12-04 09:00 PST", "fri 18:30 BST"])
def test_abbreviated_zones_are_refused(words: str) -> None:
    """Letters that stand for several zones are refused, and a place is asked for."""
    error = refusal(words)
    assert error.code == "time.zone"
    assert "Europe/Paris" in (error.hint or "")


def test_an_unknown_zone_in_a_time() -> None:
    """A zone that is typed with a time is looked up like any other."""
    error = refusal("2026-12-04 09:00 Europe/Pari")
    assert (error.code, error.hint) == ("time.zone", "Did you mean Europe/Paris?")


@pytest.mark.parametrize(
    ("words", "seconds"),
    [("20m", 1200), ("2h", 7200), ("0m", 0), ("1d", 86400), ("90s", 90), ("1h30m", 5400),
     (" 1d2h3m4s ", 93784), ("3660d", 3660 * 86400)],
)  # fmt: skip
def test_lengths_of_time(words: str, seconds: int) -> None:
    """Lengths of time are written with units, the longest first."""
    assert duration(words) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("20", "Write 20m."),
        ("20 min", "Write 20m."),
        ("2 hours", "Write 2h."),
        ("2H", "Write 2h."),
        ("1w", "Write 7d."),
        ("-5m", "Write 5m."),
        ("m", "Such as 20m, 2h30m, 1d or 0m."),
        ("", "Such as 20m, 2h30m, 1d or 0m."),
        ("1.5h", "Such as 20m, 2h30m, 1d or 0m."),
        ("30m1h", "Such as 20m, 2h30m, 1d or 0m."),
        ("5m5m", "Such as 20m, 2h30m, 1d or 0m."),
        ("\u0663m", "Such as 20m, 2h30m, 1d or 0m."),
        ("3661d", "Such as 20m, 2h30m or 1d."),
        ("999999999s999999999h", "Such as 20m, 2h30m, 1d or 0m."),
        ("999999999h", "Such as 20m, 2h30m or 1d."),
        ("9" * 5000 + "d", "Such as 20m, 2h30m, 1d or 0m."),
    ],
)
def test_odd_lengths_of_time_are_refused(words: str, hint: str) -> None:
    """A length without a unit, in odd units or longer than ten years is refused."""
    with pytest.raises(UserError) as caught:
        duration(words)
    assert (caught.value.code, caught.value.hint) == ("time.duration", hint)


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_units_add_up(days: int, hours: int, minutes: int, seconds: int) -> None:
    """A length is the sum of its units, and is read back from how it is said."""
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    assert duration(f"{days}d{hours}h{minutes}m{seconds}s") == length
    assert duration(span(length)) == length


def _change(zone_: ZoneInfo, year: int, *, second: bool) -> datetime:
    """Return when a zone's offset first changes in a half of a year; its middle if it never does.

    Half a year is halved until the change lies between two minutes.
    """
    low = datetime(year, 7 if second else 1, 1, tzinfo=UTC)
    high = low + timedelta(days=181)
    start = low
    if low.astimezone(zone_).utcoffset() == high.astimezone(zone_).utcoffset():
        return low + (high - low) // 2
    while high - low > MINUTE:
        middle = low + ((high - low) // 2 // MINUTE) * MINUTE
        same = middle.astimezone(zone_).utcoffset() == start.astimezone(zone_).utcoffset()
        low, high = (middle, high) if same else (low, middle)
    return high
