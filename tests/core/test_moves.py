from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.moves import read_shift, spread
from microcom.errors import UserError

PARIS = ZoneInfo("Europe/Paris")
NINE = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def at(words: str) -> datetime:
    """Return a wall time of Paris."""
    return datetime.fromisoformat(words).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("words", "due", "then"),
    [
        ("2h", "2026-12-04 09:00", "2026-12-04 11:00"),
        ("+2h", "2026-12-04 09:00", "2026-12-04 11:00"),
        ("-30m", "2026-12-04 09:00", "2026-12-04 08:30"),
        ("1d", "2027-03-27 09:00", "2027-03-28 09:00"),
        ("24h", "2027-03-27 09:00", "2027-03-28 10:00"),
        ("-1d", "2026-10-25 09:00", "2026-10-24 09:00"),
        ("1d2h", "2027-03-27 09:00", "2027-03-28 11:00"),
        ("1d", "2027-03-27 02:30", "2027-03-28 03:00"),
    ],
)
def test_a_shift_keeps_the_hour_of_whole_days(words: str, due: str, then: str) -> None:
    """Days are days of the calendar, hours are time that passes, earlier has a minus."""
    assert read_shift(words).of(at(due), PARIS).utc == at(then)


def test_a_shift_says_what_the_clocks_did() -> None:
    """A day that leads into the hour that is skipped is said."""
    moment = read_shift("1d").of(at("2027-03-27 02:30"), PARIS)
    assert moment.note == "02:30 does not exist that day; moved to 03:00"


@pytest.mark.parametrize(
    "words", ["", "2", "--2h", "2h later", "0m", "-0h", "+-2h", "1.5h", "99999d"]
)
def test_other_words_are_no_shift(words: str) -> None:
    """What is no length, or none at all, is refused with an example."""
    with pytest.raises(UserError) as caught:
        read_shift(words)
    assert caught.value.code == "time.duration"
    assert caught.value.hint


@given(st.integers(1, 300), st.integers(0, 1_000_000))
def test_what_is_spread_is_in_order_and_ends_as_asked(count: int, seconds: int) -> None:
    """The first and the last are where they were asked for, the others between them in order."""
    last = NINE + timedelta(seconds=seconds)
    found = spread(count, NINE, last)
    assert len(found) == count
    assert found == sorted(found)
    assert found[0] == NINE
    assert count == 1 or found[-1] == last
    gaps = {b - a for a, b in pairwise(found)}
    assert not gaps or max(gaps) - min(gaps) <= timedelta(minutes=2)
