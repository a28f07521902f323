from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.closures import Days, Stretch, blackout, quiet
from microcom.errors import UserError

DIGITS = st.from_regex(r"[0-9:/ -]{0,24}", fullmatch=True)


@pytest.mark.parametrize(
    ("words", "stretch"),
    [
        ("22:00-07:00", Stretch(time(22), time(7))),
        (" 22:00 - 7:00 ", Stretch(time(22), time(7))),
        ("12:30-13:30", Stretch(time(12, 30), time(13, 30))),
        ("22:00-24:00", Stretch(time(22), time(0))),
        ("00:00-06:00", Stretch(time(0), time(6))),
    ],
)
def test_quiet_hours(words: str, stretch: Stretch) -> None:
    """Quiet hours are two wall times, past midnight or not, and are read back as they are said."""
    assert quiet(words) == stretch
    assert quiet(str(stretch)) == stretch


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("22-7", 'Write "22:00-07:00".'),
        ("10pm to 6:30 am", 'Write "22:00-06:30".'),
        ("22h30-7h", 'Write "22:30-07:00".'),
        ("at night", 'Write "22:00-07:00".'),
        ("", 'Write "22:00-07:00".'),
        ("25:00-07:00", "00:00 to 23:59."),
        ("24:00-07:00", "00:00 to 23:59."),
    ],
)
def test_what_is_no_quiet_time(words: str, hint: str) -> None:
    """Other words are refused with how quiet hours are written."""
    with pytest.raises(UserError) as caught:
        quiet(words)
    assert (caught.value.code, caught.value.hint) == ("time.quiet", hint)


def test_quiet_hours_end() -> None:
    """Quiet hours that begin and end at one time are refused: they may mean all day or never."""
    with pytest.raises(UserError, match="begins and ends") as caught:
        quiet("07:00-7:00")
    assert caught.value.code == "time.quiet"


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("2026-12-24/2026-12-26", Days(date(2026, 12, 24), date(2026, 12, 26))),
        (" 2026-12-24 ", Days(date(2026, 12, 24), date(2026, 12, 24))),
    ],
)
def test_blackouts(words: str, days: Days) -> None:
    """A blackout is one day or a first and a last one, and is read back as it is said."""
    assert blackout(words) == days
    assert blackout(str(days)) == days


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("2026-12-24 - 2026-12-26", "Write 2026-12-24/2026-12-26."),
        ("from 2026-12-24", "Write 2026-12-24."),
        ("2026-12-26/2026-12-24", "Write 2026-12-24/2026-12-26."),
        ("christmas", "Write 2026-12-24/2026-12-26."),
        ("2026-12-24/2027-02-29", "A day is written year-month-day, such as 2026-12-04."),
    ],
)
def test_what_is_no_blackout(words: str, hint: str) -> None:
    """Other words, days that do not exist and days back to front are refused."""
    with pytest.raises(UserError) as caught:
        blackout(words)
    assert (caught.value.code, caught.value.hint) == ("time.blackout", hint)


@given(st.one_of(st.text(max_size=40), DIGITS))
def test_any_words_are_read_or_refused(words: str) -> None:
    """No words break the two readers, and an error of theirs is short and has a hint."""
    for reader, code in ((quiet, "time.quiet"), (blackout, "time.blackout")):
        try:
            reader(words)
        except UserError as error:
            assert error.code == code  # noqa: PT017
            assert error.hint  # noqa: PT017
            assert len(error.message) < 200  # noqa: PT017
