"""The icalendar library as a judge: what it reads of our calendar files is what was meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.deliveries import delivery

from microcom.core.delivery import State
from microcom.core.icalendar import calendar

icalendar = pytest.importorskip("icalendar", reason="the icalendar library is not installed")

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)


def written(text: str = "", **said: Any) -> str:
    """Return the calendar with one delivery, as it stands in the file."""
    return "".join(calendar([(delivery(**said), text)], "q", "1.0", NOW))


def read(file: str) -> Any:
    """Return the one event that the library reads."""
    (event,) = icalendar.Calendar.from_ical(file).walk("VEVENT")
    return event


@given(WORDS, WORDS, st.none() | WORDS)
def test_every_text_comes_back(text: str, post: str, campaign: str | None) -> None:
    """Commas, semicolons, backslashes and letters of any script survive, folded or not."""
    event = read(written(f"{text}\n{text}", post=post, campaign=campaign))
    assert event["SUMMARY"] == f"acme-x/timeline: {post}"
    assert event["DESCRIPTION"] == f"queued\n\n{text}\n{text}"
    if campaign:
        assert [str(one) for one in event["CATEGORIES"].cats] == [campaign]


@given(st.text(max_size=300))
def test_every_line_is_folded(text: str) -> None:
    """No line is longer than 75 octets, no letter is cut, and each ends in CR LF."""
    file = written(text)
    lines = file.encode(errors="surrogatepass").split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    for line in lines:
        line.decode()
    read(file)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.QUEUED, "CONFIRMED"),
        (State.PUBLISHED, "CONFIRMED"),
        (State.HELD, "TENTATIVE"),
        (State.CANCELLED, "CANCELLED"),
        (State.FAILED, "CANCELLED"),
    ],
)
def test_what_a_state_is_in_a_calendar(state: State, status: str) -> None:
    """What goes out is confirmed, what needs somebody tentative, what does not is cancelled."""
    assert read(written(state=state))["STATUS"] == status


def test_a_delivery_is_one_event_for_good() -> None:
    """The UID stays when a delivery moves; the sequence grows, so that calendars follow."""
    first = read(written())
    moved = read(written(revision=2, due=NOW + timedelta(days=1), url="https://x.com/a/status/1"))
    assert first["UID"] == moved["UID"]
    assert (first["SEQUENCE"], moved["SEQUENCE"]) == (1, 2)
    assert moved["DTSTART"].dt == NOW + timedelta(days=1)
    assert moved["URL"] == "https://x.com/a/status/1"
