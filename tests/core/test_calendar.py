from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.calendar import Stretch, counted, is_trouble, month_of, read_day, weeks
from microcom.core.delivery import State
from microcom.errors import UserError

DAYS = st.dates(date(1971, 1, 1), date(2200, 1, 1))


@given(DAYS)
def test_a_month_in_weeks(day: date) -> None:
    """A month has all its days, in weeks that begin on Monday, and no day twice."""
    month = month_of(day)
    found = [one for week in weeks(month) for one in week]
    assert len(found) % 7 == 0
    assert [one for one in found if one] == list(month)
    assert day in month
    assert month.first.day == 1
    assert (month.first + timedelta(days=month.days)).day == 1
    assert all(one is None or one.weekday() == place % 7 for place, one in enumerate(found))


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Europe/Paris"])
def test_the_bounds_hold_each_day_of_every_zone(zone: str) -> None:
    """No clock on earth shows a day outside the instants that are searched for it."""
    stretch = Stretch(date(2026, 12, 4), 1)
    since, until = stretch.bounds
    outside = (since - timedelta(minutes=15), until)
    found = counted([(at, zone, State.QUEUED, 1) for at in outside], stretch, None)
    assert found[stretch.first].total() == 0
    middays = [since + timedelta(hours=hour) for hour in range(50)]
    whole = counted([(at, zone, State.QUEUED, 1) for at in middays], stretch, None)
    assert whole[stretch.first].total() == 24


def test_each_target_has_its_own_day() -> None:
    """One instant is on two days for two zones; with one zone for all it is on one."""
    midnight = datetime(2026, 12, 4, 23, 30, tzinfo=UTC)
    stretch = Stretch(date(2026, 12, 4), 2)
    found = [(midnight, zone, State.QUEUED, 2) for zone in ("Europe/Paris", "America/New_York")]
    own = counted(found, stretch, None)
    assert [own[day].total() for day in stretch] == [2, 2]
    utc = counted(found, stretch, "UTC")
    assert [utc[day].total() for day in stretch] == [4, 0]


@pytest.mark.parametrize("words", ["", "tomorrow", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_what_is_no_day_is_refused(words: str) -> None:
    """A day is a date of the calendar, in years that make sense."""
    with pytest.raises(UserError) as caught:
        read_day(words)
    assert caught.value.code == "time.day"


def test_what_needs_somebody_is_trouble() -> None:
    """Held and failed are trouble, queued and published are not."""
    assert is_trouble(Counter({State.HELD: 1, State.QUEUED: 3}))
    assert not is_trouble(Counter({State.QUEUED: 3, State.PUBLISHED: 2, State.HELD: 0}))
