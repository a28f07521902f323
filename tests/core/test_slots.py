from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.nights import Night, all_nights

from microcom.core.schedule import DAYS, echo
from microcom.core.slots import FORMS, Slots, read_slots, upcoming
from microcom.errors import UserError

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Paris
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
QUARTERS = Slots((tuple(time(n // 4, n % 4 * 15) for n in range(96)),) * 7)
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
WEEKS = st.lists(st.lists(CLOCKS, max_size=3), min_size=7, max_size=7).map(
    lambda week: Slots(tuple(tuple(sorted(set(day))) for day in week))
)
ZONES = ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
ZONES += ["America/St_Johns", "Africa/Casablanca", "Africa/Cairo", "Antarctica/Troll"]
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def said(slots: Slots) -> str:
    """Return slots day by day: ``mon 09:00 17:00, sat 11:00``."""
    days = zip(DAYS, slots.week, strict=True)
    return ", ".join(f"{day} {' '.join(f'{t:%H:%M}' for t in ts)}" for day, ts in days if ts)


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("sat 11:00", "sat 11:00"),
        ("Saturday 9:00", "sat 09:00"),
        ("mon-wed 09:00", "mon 09:00, tue 09:00, wed 09:00"),
        ("tue,thu 18:30", "tue 18:30, thu 18:30"),
        ("mon, wed-thu 18:30", "mon 18:30, wed 18:30, thu 18:30"),
        ("sun-mon 08:00", "mon 08:00, sun 08:00"),
        ("mon 17:00 09:00 17:00", "mon 09:00 17:00"),
        ("mon 09:00, 17:00", "mon 09:00 17:00"),
        ("mon-tue 09:00, sat 11:00", "mon 09:00, tue 09:00, sat 11:00"),
        ("mon 09:00; mon 10:00", "mon 09:00 10:00"),
        ("mon 09:00 sat 11:00", "mon 09:00, sat 11:00"),
        ("  FRI   18:30 ", "fri 18:30"),
    ],
)
def test_what_people_write(words: str, read: str) -> None:
    """Days and wall times make weekly slots; those of a day are in order, each once."""
    assert said(read_slots(words)) == read


def test_daily_and_several_words() -> None:
    """``daily`` is every day, and several entries of a list are one week."""
    assert read_slots("daily 12:00").week == ((time(12),),) * 7
    assert said(read_slots("mon 09:00", "mon 08:00", "sat 11:00")) == "mon 08:00 09:00, sat 11:00"
    assert read_slots() == Slots()


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("weekdays 9am", "mon-fri 09:00"),
        ("every day at 18h30", "daily 18:30"),
        ("weekend 11:00", "sat,sun 11:00"),
        ("mon and wed 9:00", "mon,wed 9:00"),
        ("Tuesdays 18:30", "tue 18:30"),
        ("wensday 9:00", "wed 9:00"),
        ("mon to fri 9.30", "mon-fri 9:30"),
        ("mon 9:00 and 17:00", "mon 9:00 17:00"),
        ("09:00", "daily 09:00"),
    ],
)
def test_what_is_not_guessed(words: str, meant: str) -> None:
    """Other words are refused with the slots that they probably mean, which are read."""
    with pytest.raises(UserError) as caught:
        read_slots(words)
    assert (caught.value.code, caught.value.hint) == ("slot.form", f'Write "{meant}".')
    assert any(read_slots(meant).week)


@pytest.mark.parametrize(
    "words",
    ["", "mon", "mon-", "mon-fri", "daily", "fortnightly 09:00", "mon 9", "mon--fri 09:00",
     "mon 09:00-", "mon, 09:00", "\uff11\uff18:00", "mon 09:00:30", "x" * 1000, "\x00"],
)  # fmt: skip
def test_what_is_no_slot(words: str) -> None:
    """What is no slot is refused with the forms, in a message of bounded length."""
    with pytest.raises(UserError) as caught:
        read_slots("mon 09:00", words)
    assert (caught.value.code, caught.value.hint) == ("slot.form", f"Write {FORMS}.")
    assert len(caught.value.message) < 100


def test_a_time_that_no_clock_shows() -> None:
    """A slot at 24:00 or 09:60 is refused by naming the time."""
    for clock in ("24:00", "09:60"):
        with pytest.raises(UserError, match=f"There is no time {clock}") as caught:
            read_slots(f"mon 09:00 {clock}")
        assert caught.value.code == "slot.form"


def test_slots_in_order() -> None:
    """Slots come in order, strictly later than asked for, and go on week after week."""
    slots = read_slots("mon-fri 09:00", "sat 11:00", "mon 10:00")
    found = islice(upcoming(slots, PARIS, NOW), 6)
    assert [echo(moment, NOW).partition(" Paris")[0] for moment in found] == [
        "Tue 24 Nov 09:00", "Wed 25 Nov 09:00", "Thu 26 Nov 09:00", "Fri 27 Nov 09:00",
        "Sat 28 Nov 11:00", "Mon 30 Nov 09:00",
    ]  # fmt: skip
    year = list(islice(upcoming(slots, PARIS, NOW), 7 * 60))
    assert year[-1].utc - NOW > timedelta(weeks=59)


def test_slots_of_a_skipped_hour() -> None:
    """Slots that a change skips meet in the first minute after it; a repeated one is one."""
    slots = read_slots("daily 01:45 02:10 02:50 03:00 03:10")
    spring = datetime(2027, 3, 28, 0, tzinfo=UTC)
    found = list(islice(upcoming(slots, PARIS, spring), 3))
    assert [f"{moment.wall:%H:%M}" for moment in found] == ["01:45", "03:00", "03:10"]
    assert "02:10 does not exist" in (found[1].note or "")
    autumn = datetime(2027, 10, 30, 23, tzinfo=UTC)
    walls = [f"{one.wall:%H:%M}" for one in islice(upcoming(slots, PARIS, autumn), 5)]
    assert walls == ["01:45", "02:10", "02:50", "03:00", "03:10"]
    between = datetime(2027, 10, 31, 1, 5, tzinfo=UTC)  # the second 02:05
    assert f"{next(upcoming(slots, PARIS, between)).wall:%H:%M}" == "03:00"


def test_slots_of_a_skipped_day() -> None:
    """Samoa's 30 December 2011 never was: its slots are one, at the first minute of the 31st."""
    apia = ZoneInfo("Pacific/Apia")
    eve = datetime(2011, 12, 30, 9, tzinfo=UTC)  # 23:00 on the 29th
    first, second = islice(upcoming(read_slots("daily 10:00 12:00"), apia, eve), 2)
    assert first.wall == datetime(2011, 12, 31)  # noqa: DTZ001 - a wall's time
    assert second.wall == datetime(2011, 12, 31, 10)  # noqa: DTZ001
    assert (
        next(upcoming(read_slots("fri 10:00"), apia, first.utc - timedelta(microseconds=1)))
        == first
    )


def test_no_slots_and_no_calendar() -> None:
    """Without slots nothing comes, and the calendar's end is an end."""
    assert list(upcoming(Slots(), PARIS, NOW)) == []
    end = datetime(9999, 12, 29, tzinfo=UTC)
    assert 1 <= len(list(upcoming(read_slots("daily 12:00"), PARIS, end))) <= 3


def test_every_night_of_every_zone() -> None:
    """Around each change in each zone, slots come the first time a clock shows or has passed them.

    With a slot each quarter of an hour these are exactly the quarters at which the wall clock
    shows a later time than ever before.
    """
    nights = all_nights()
    assert len(nights) > 50
    for night in nights:
        start, end = night.change - 3 * HOUR, night.change + 5 * HOUR
        found = takewhile(lambda one: one.utc <= end, upcoming(QUARTERS, night.zone, start))  # noqa: B023
        assert [moment.utc for moment in found] == _records(night, start, end), night


def _records(night: Night, start: datetime, end: datetime) -> list[datetime]:
    """Return the quarters at which the wall clock shows a later time than ever since ``start``."""
    latest, utc, found = night.wall(start), start, []
    while (utc := utc + QUARTER) <= end:
        if (wall := night.wall(utc)) > latest:
            latest = wall
            found.append(utc)
    return found


@given(WEEKS, st.sampled_from(ZONES), INSTANTS)
def test_each_slot_is_one_of_the_week(slots: Slots, name: str, after: datetime) -> None:
    """Slots rise strictly, are later than asked for, and are the week's or say why they are not."""
    last = after
    for moment in islice(upcoming(slots, ZoneInfo(name), after), 20):
        assert moment.utc > last
        last = moment.utc
        is_slot = moment.wall.time() in slots.week[moment.wall.weekday()]
        assert is_slot or "does not exist" in (moment.note or "")


@given(st.one_of(st.text(max_size=40), st.from_regex(r"[a-z0-9:, -]{0,24}", fullmatch=True)))
def test_any_words_are_read_or_refused(words: str) -> None:
    """No words break the reader."""
    try:
        slots = read_slots(words)
    except UserError as error:
        code, hint = error.code, error.hint
        assert code == "slot.form"
        assert hint
    else:
        assert any(slots.week)
        assert re.search("[0-9]", words)
