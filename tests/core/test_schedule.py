from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.schedule import (
    duration,
    echo,
    from_micros,
    micros,
    resolve,
    rfc3339,
    zone,
)
from microcom.errors import UserError

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Paris


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("now", "Mon 23 Nov 10:00 Paris = 09:00 UTC"),
        ("+2h30m", "Mon 23 Nov 12:30 Paris = 11:30 UTC"),
        ("+90s", "Mon 23 Nov 10:01:30 Paris = 09:01:30 UTC"),
        ("+3d", "Thu 26 Nov 10:00 Paris = 09:00 UTC"),
        ("18:30", "Mon 23 Nov 18:30 Paris = 17:30 UTC"),
        ("today 18:30", "Mon 23 Nov 18:30 Paris = 17:30 UTC"),
        ("tomorrow at 00:30", "Tue 24 Nov 00:30 Paris = Mon 23 Nov 23:30 UTC"),
        ("fri 18:30", "Fri 27 Nov 18:30 Paris = 17:30 UTC"),
        ("Friday at 18:30", "Fri 27 Nov 18:30 Paris = 17:30 UTC"),
        ("mon 10:00", "Mon 30 Nov 10:00 Paris = 09:00 UTC"),  # strictly ahead
        ("mon 10:01", "Mon 23 Nov 10:01 Paris = 09:01 UTC"),
        ("2026-12-04 09:00", "Fri 4 Dec 09:00 Paris = 08:00 UTC"),
        ("2026-12-04T09:00:05", "Fri 4 Dec 09:00:05 Paris = 08:00:05 UTC"),
        ("2026-12-04 09:00 America/New_York", "Fri 4 Dec 09:00 New York = 14:00 UTC"),
        ("2026-12-04T09:00:00+01:00", "Fri 4 Dec 09:00 Paris = 08:00 UTC"),
        ("2026-12-04T08:00Z", "Fri 4 Dec 09:00 Paris = 08:00 UTC"),
        ("2027-01-02 09:00", "Sat 2 Jan 2027 09:00 Paris = 08:00 UTC"),
    ],
)
def test_what_people_type(words: str, read: str) -> None:
    """Each accepted form is read in the target's zone and said back with both readings."""
    assert echo(resolve(words, PARIS, NOW), NOW) == read


@pytest.mark.parametrize(
    "words",
    ["", "tonight", "next friday", "9am", "noon", "12/04/2026", "in 2 hours", "+", "2026-12-04",
     "2026-13-04 09:00", "2026-12-04 25:00", "fri", "someday 09:00", "+5x", "2026-12-04 09:60"],
)  # fmt: skip
def test_what_is_not_guessed(words: str) -> None:
    """Words outside the grammar are refused with the forms that are read."""
    with pytest.raises(UserError) as caught:
        resolve(words, PARIS, NOW)
    assert caught.value.code == "time.unknown"
    assert caught.value.hint


@pytest.mark.parametrize("words", ["09:59", "today 09:00", "2026-11-23 09:59", "2020-01-01 00:00"])
def test_the_past_is_refused(words: str) -> None:
    """A time that has gone by is refused with both readings, unless the past is asked for."""
    with pytest.raises(UserError) as caught:
        resolve(words, PARIS, NOW)
    assert caught.value.code == "time.past"
    assert resolve(words, PARIS, NOW, past=True).utc < NOW


@pytest.mark.parametrize(
    ("name", "words", "utc", "note"),
    [
        ("Europe/Paris", "2027-03-28 02:30", "2027-03-28T01:00:00Z", "does not exist"),
        ("Europe/Paris", "2027-10-31 02:30", "2027-10-31T00:30:00Z", "comes twice"),
        ("America/New_York", "2027-03-14 02:30", "2027-03-14T07:00:00Z", "does not exist"),
        ("America/New_York", "2027-11-07 01:30", "2027-11-07T05:30:00Z", "comes twice"),
        ("Australia/Lord_Howe", "2027-10-03 02:15", "2027-10-02T15:30:00Z", "does not exist"),
        ("Europe/Paris", "2027-03-28 03:00", "2027-03-28T01:00:00Z", None),
    ],
)
def test_the_nights_clocks_change(name: str, words: str, utc: str, note: str | None) -> None:
    """A skipped time moves to the first minute after, a repeated one means the first, both said."""
    moment = resolve(words, ZoneInfo(name), NOW)
    assert rfc3339(moment.utc) == utc
    assert (moment.note is None) if note is None else note in (moment.note or "")


@given(
    st.datetimes(min_value=datetime(2027, 1, 1), max_value=datetime(2037, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "UTC"]),
)
def test_a_wall_time_comes_back(wall: datetime, name: str) -> None:
    """A wall time is the same on the wall again, or said to have moved."""
    wall = wall.replace(second=0, microsecond=0)
    moment = resolve(f"{wall:%Y-%m-%d %H:%M}", ZoneInfo(name), NOW)
    back = moment.utc.astimezone(ZoneInfo(name)).replace(tzinfo=None)
    assert back == moment.wall
    assert back == wall or (moment.note is not None and wall < back)


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_are_exact(when: datetime) -> None:
    """A moment survives being kept as microseconds."""
    assert from_micros(micros(when)) == when


def test_a_time_without_a_zone_never_enters() -> None:
    """Naive times are refused."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="zone"):
        micros(naive)
    with pytest.raises(ValueError, match="zone"):
        rfc3339(naive)


def test_zones_have_names() -> None:
    """An unknown zone is refused with the one that was probably meant."""
    assert zone("Europe/Paris").key == "Europe/Paris"
    with pytest.raises(UserError) as caught:
        zone("new york")
    assert caught.value.hint == "Did you mean America/New_York?"


@pytest.mark.parametrize(
    ("words", "seconds"), [("20m", 1200), ("2h", 7200), ("0m", 0), ("1d", 86400), ("1h30m", 5400)]
)
def test_lengths_of_time(words: str, seconds: int) -> None:
    """Lengths of time are written with units."""
    assert duration(words) == timedelta(seconds=seconds)


@pytest.mark.parametrize("words", ["20", "m", "-5m", "1w", "", "99999999999d"])
def test_odd_lengths_of_time_are_refused(words: str) -> None:
    """A length without a unit, or longer than ten years, is refused."""
    with pytest.raises(UserError) as caught:
        duration(words)
    assert caught.value.code == "time.duration"
