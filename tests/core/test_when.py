from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.schedule import resolve, rfc3339
from microcom.core.when import At, NextSlot, When, dated, read
from microcom.errors import UserError

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 9, 0, 37, tzinfo=UTC)  # a Monday, 10:00:37 in Paris
MINUTE = timedelta(minutes=1)


def refusal(words: str, *, file: bool, now: datetime = NOW) -> UserError:
    """Return the error that words are refused with."""
    with pytest.raises(UserError) as caught:
        read(words, PARIS, now, file=file)
    return caught.value


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("2026-12-04 09:00", At("2026-12-04 09:00")),
        ("  2026-12-04   09:00 ", At("2026-12-04 09:00")),
        ("2026-12-04T09:00+01:00", At("2026-12-04T09:00+01:00")),
        ("2026-12-04 09:00 America/New_York", At("2026-12-04 09:00 America/New_York")),
        ("2020-01-01 09:00", At("2020-01-01 09:00")),  # a folder of old posts is no mistake
        ("slot", NextSlot()),
        ("Slot", NextSlot()),
        ("slot after 2026-12-04", NextSlot("2026-12-04 00:00")),
        ("slot after 2026-12-04 18:30", NextSlot("2026-12-04 18:30")),
        ("slot after 2026-12-04T18:30Z", NextSlot("2026-12-04T18:30Z")),
    ],
)
def test_what_files_may_say(words: str, meant: When) -> None:
    """A dated time and a slot are read alike in files and on the command line."""
    assert read(words, PARIS, NOW, file=True) == meant
    assert read(words, PARIS, NOW) == meant


@pytest.mark.parametrize(
    ("words", "meant", "dated"),
    [
        ("now", At("now"), "2026-11-23 10:01"),  # a minute that is not over
        ("+2h", At("+2h"), "2026-11-23 12:01"),
        ("in 20 min", At("in 20 min"), "2026-11-23 10:21"),
        ("18:30", At("18:30"), "2026-11-23 18:30"),
        ("18:30:15", At("18:30:15"), "2026-11-23 18:30:15"),
        ("09:00", At("09:00"), "2026-11-23 09:00"),
        ("tomorrow 9:00", At("tomorrow 9:00"), "2026-11-24 09:00"),
        ("fri 18:30", At("fri 18:30"), "2026-11-27 18:30"),
        (
            "18:30 America/New_York",
            At("18:30 America/New_York"),
            "2026-11-23 18:30 America/New_York",
        ),
        ("slot after fri", NextSlot("fri 00:00"), "slot after 2026-11-27 00:00"),
        ("slot after Tomorrow", NextSlot("Tomorrow 00:00"), "slot after 2026-11-24 00:00"),
        ("slot after in 2 days", NextSlot("in 2 days"), "slot after 2026-11-25 10:01"),
    ],
)
def test_what_depends_on_today(words: str, meant: When, dated: str) -> None:
    """What means another time every day is for the command line; in files its date is offered."""
    assert read(words, PARIS, NOW) == meant
    error = refusal(words, file=True)
    assert error.code == "time.relative"
    assert error.hint == f'In a file a time has its date: write "{dated}".'
    read(dated, PARIS, NOW, file=True)


def test_a_relative_time_on_a_doubled_hour() -> None:
    """What means the second of two equal wall times is offered with its offset."""
    between = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)  # the first 02:30 of two
    hint = refusal("+1h", file=True, now=between).hint or ""
    assert hint.endswith('write "2027-10-31T02:30+01:00".')


@pytest.mark.parametrize(
    ("words", "on_command_line", "in_file"),
    [
        ("tonight", ["today 20:00"], ["2026-11-23 20:00"]),
        ("next friday", ["fri 09:00"], ["2026-11-27 09:00"]),
        ("18h", ["+18h", "18:00"], ["2026-11-24 04:01", "2026-11-23 18:00"]),
        ("12/04/2026", ["2026-12-04 09:00", "2026-04-12 09:00"],
         ["2026-12-04 09:00", "2026-04-12 09:00"]),
        ("slot after fri 9am", ["fri 09:00"], ["slot after 2026-11-27 09:00"]),
        ("9999 days", ["+9999d"], []),
    ],
)  # fmt: skip
def test_what_is_not_guessed(words: str, on_command_line: list[str], in_file: list[str]) -> None:
    """Words outside the grammar are refused with what they may mean; in files that has its date."""
    for file, suggested in ((False, on_command_line), (True, in_file)):
        error = refusal(words, file=file)
        assert error.code == "time.unknown"
        before, looks, _ = (error.hint or "").partition(" look like ")
        assert re.findall('"(.*?)"', before if looks else "") == suggested


@pytest.mark.parametrize("file", [True, False])
@pytest.mark.parametrize("words", ["next slot", "slots", "slot 2026-12-04", "slot after slot",
                                   "slot after", "slot before 2026-12-04", "the slot"])  # fmt: skip
def test_how_a_slot_is_asked_for(words: str, file: bool) -> None:  # noqa: FBT001 - a parameter
    """Other words with a slot in them are refused with how a slot is asked for."""
    error = refusal(words, file=file)
    assert error.code == "time.unknown"
    assert error.hint == 'Write "slot" or "slot after 2026-12-04 18:30".'


@pytest.mark.parametrize("words", ["slot after 2026-13-04", "2026-13-04 09:00"])
def test_a_day_that_does_not_exist(words: str) -> None:
    """In files too, a day that no calendar has is named."""
    error = refusal(words, file=True)
    assert (error.code, error.message) == ("time.unknown", "There is no day 2026-13-04.")
    assert "year-month-day" in (error.hint or "")


def test_where_a_slot_begins() -> None:
    """A slot comes after now and after its time, which each target reads in its own zone."""
    new_york = ZoneInfo("America/New_York")
    assert NextSlot().start(PARIS, NOW) == NOW
    assert NextSlot("2020-01-01 00:00").start(PARIS, NOW) == NOW
    after = read("slot after 2026-12-04", PARIS, NOW, file=True)
    assert isinstance(after, NextSlot)
    assert rfc3339(after.start(PARIS, NOW)) == "2026-12-03T23:00:00Z"
    assert rfc3339(after.start(new_york, NOW)) == "2026-12-04T05:00:00Z"


def test_a_time_in_each_zone() -> None:
    """A time keeps its words, so that each target reads them on its own wall clock."""
    new_york = ZoneInfo("America/New_York")
    at = read("2026-12-04 09:00", PARIS, NOW, file=True)
    assert isinstance(at, At)
    assert rfc3339(at.moment(PARIS, NOW).utc) == "2026-12-04T08:00:00Z"
    assert rfc3339(at.moment(new_york, NOW).utc) == "2026-12-04T14:00:00Z"
    with pytest.raises(UserError, match="passed"):
        At("2020-01-01 09:00").moment(PARIS, NOW)
    assert At("2020-01-01 09:00").moment(PARIS, NOW, past=True).utc < NOW


WORDS = st.one_of(
    st.text(max_size=40),
    st.from_regex(r"(slot (after )?)?[0-9:+TZ/ a-z.-]{0,24}", fullmatch=True),
    st.sampled_from(["now", "+90s", "in 1 day", "fri 02:30", "tomorrow 02:30", "18:30 Asia/Tokyo"]),
)


@given(WORDS, st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_any_words_are_read_or_refused(words: str, now: datetime) -> None:
    """No words break the reader; what a file is offered instead is read there, and is as late."""
    try:
        read(words, PARIS, now)
    except UserError as error:
        assert error.code.startswith("time.")  # noqa: PT017
        return
    try:
        read(words, PARIS, now, file=True)
    except UserError as error:
        assert error.code == "time.relative"  # noqa: PT017
        dated = (error.hint or "").split('"')[1]
        read(dated, PARIS, now, file=True)
        meant = resolve(words.removeprefix("slot after "), PARIS, now, past=True).utc
        offered = resolve(dated.removeprefix("slot after "), PARIS, now, past=True).utc
        assert meant <= offered < meant + MINUTE


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("in 20 min", "2026-11-23 10:21"),
        ("fri 18:30", "2026-11-27 18:30"),
        ("2031-12-04 09:00", "2031-12-04 09:00"),
        ("slot", "slot"),
        ("slot after fri", "slot after 2026-11-27 00:00"),
        ("slot after 2031-12-04", "slot after 2031-12-04"),
    ],
)
def test_words_are_dated_for_a_file(words: str, written: str) -> None:
    """Words that mean another time tomorrow get their date; a file takes what comes out."""
    assert dated(words, PARIS, NOW) == written
    read(written, PARIS, NOW, file=True)
