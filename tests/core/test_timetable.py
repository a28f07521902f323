from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from tests.core.deliveries import delivery

from microcom.core.account import Rules
from microcom.core.closures import blackout, quiet
from microcom.core.openings import free_slots
from microcom.core.slots import read_slots
from microcom.core.timetable import Hold, Timetable

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TWO_WEEKS = NOW + timedelta(days=14)
SLOTS = read_slots("mon-fri 09:00, sat 11:00 23:00")
DARK = ("2026-11-26/2026-11-27",)
RULES = Rules(quiet=("22:00-07:00",), gap=timedelta(minutes=20), jitter=timedelta(minutes=5))


def table(*dues: datetime) -> Timetable:
    """Return the slots beside deliveries due then."""
    booked = [delivery(id=number, due=due) for number, due in enumerate(sorted(dues), start=1)]
    return Timetable(SLOTS, PARIS, RULES, DARK, booked)


def test_what_each_slot_is() -> None:
    """Taken slots name who has them, closed ones what closes them, the others are free."""
    tuesday = datetime(2026, 11, 24, 8, 3, tzinfo=UTC)  # in its slot, moved by jitter
    wednesday = datetime(2026, 11, 25, 7, 45, tzinfo=UTC)
    found = list(table(tuesday, wednesday).between(NOW, NOW + timedelta(days=6)))
    assert [(one.hold, one.by and one.by.id, one.why) for one in found] == [
        (Hold.TAKEN, 1, None),
        (Hold.CLOSED, 2, "gap 20m"),
        (Hold.CLOSED, None, "blackout 2026-11-26/2026-11-27"),
        (Hold.CLOSED, None, "blackout 2026-11-26/2026-11-27"),
        (Hold.FREE, None, None),
        (Hold.CLOSED, None, "quiet 22:00-07:00"),
    ]


@given(st.lists(st.integers(0, 14 * 24 * 12), max_size=40))
def test_free_is_what_a_post_would_get(fives: list[int]) -> None:
    """The free slots are those that `slot` in a post would be given, one after the other."""
    dues = sorted({NOW + timedelta(minutes=5 * five) for five in fives})
    found = [
        one.moment.utc for one in table(*dues).between(NOW, TWO_WEEKS) if one.hold is Hold.FREE
    ]
    given_out = free_slots(
        SLOTS,
        PARIS,
        NOW,
        dues,
        quiet=[quiet(words) for words in RULES.quiet],
        blackout=[blackout(words) for words in DARK],
        gap=RULES.gap,
        jitter=RULES.jitter,
    )
    assert found == [one.utc for one in given_out if one.utc < TWO_WEEKS]
