from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import overload
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.nights import Night, all_nights

from microcom.core.closures import Stretch, blackout, closing, quiet
from microcom.core.openings import YEAR, Opening, free_slots, opening
from microcom.core.schedule import Moment, echo, on_clock, resolve
from microcom.core.slots import Slots, read_slots, upcoming
from microcom.errors import UserError

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Paris
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NIGHT = (quiet("22:00-07:00"),)
HOLIDAYS = (blackout("2026-12-24/2026-12-26"),)
GAP = 20 * MINUTE
BOXED = "moved to Sun 27 Dec 00:00 Paris = Sat 26 Dec 23:00 UTC"
SMALL_HOURS = (quiet("01:30-02:30"), quiet("03:15-03:30"))


def at(words: str) -> datetime:
    """Return the instant that words mean in Paris."""
    return resolve(words, PARIS, NOW).utc


def opened(
    words: str,
    *,
    quiet: Sequence[Stretch] = (),
    gap: timedelta = timedelta(),
    taken: Iterable[str] = (),
    jitter: timedelta = timedelta(),
    seed: str = "",
) -> Opening:
    """Return when what was wanted at a time goes out; the holidays are always blacked out."""
    return opening(
        resolve(words, PARIS, NOW),
        zone=PARIS,
        quiet=quiet,
        blackout=HOLIDAYS,
        gap=gap,
        taken=sorted(map(at, taken)),
        jitter=jitter,
        seed=seed,
    )


def test_what_is_open_stays() -> None:
    """A time that no rule speaks against is kept as it was meant, and nothing is said."""
    wanted = resolve("2027-10-31 02:30", PARIS, NOW)
    kept = opening(wanted, zone=PARIS, quiet=NIGHT[:0], gap=GAP, taken=[at("fri 09:00")])
    assert kept == Opening(wanted)
    assert "comes twice" in (kept.moment.note or "")


@pytest.mark.parametrize(
    ("words", "reasons"),
    [
        ("21:59", []),
        ("22:00", ["quiet 22:00-07:00: moved to Tue 24 Nov 07:00 Paris = 06:00 UTC"]),
        ("tue 06:59", ["quiet 22:00-07:00: moved to Tue 24 Nov 07:00 Paris = 06:00 UTC"]),
        ("tue 07:00", []),
        ("tue 12:15", ["quiet 12:00-12:30: moved to Tue 24 Nov 12:30 Paris = 11:30 UTC",
                       "quiet 12:30-13:00: moved to Tue 24 Nov 13:00 Paris = 12:00 UTC"]),
        ("2026-12-24 00:00", [
            f"blackout 2026-12-24/2026-12-26: {BOXED}",
            "quiet 22:00-07:00: moved to Sun 27 Dec 07:00 Paris = 06:00 UTC"]),
        ("2026-12-23 23:00", [
            "quiet 22:00-07:00: moved to Thu 24 Dec 07:00 Paris = 06:00 UTC",
            f"blackout 2026-12-24/2026-12-26: {BOXED}",
            "quiet 22:00-07:00: moved to Sun 27 Dec 07:00 Paris = 06:00 UTC"]),
    ],
)  # fmt: skip
def test_closed_times_are_left(words: str, reasons: list[str]) -> None:
    """A delivery moves to the end of what is closed, and on while that is closed; all is said."""
    several = (*NIGHT, quiet("12:00-12:30"), quiet("12:30-13:00"))
    moved = opened(words, quiet=several)
    assert list(moved.reasons) == reasons
    assert moved.moment.wall == on_clock(moved.moment.utc, PARIS).wall


@pytest.mark.parametrize(
    ("words", "quiet_words", "utc"),
    [
        ("2027-03-28 01:30", "01:00-02:30", "2027-03-28 01:00"),  # 02:30 is skipped: 03:00
        ("2027-10-31 02:10", "22:00-02:30", "2027-10-31 00:30"),  # the first 02:30
        ("2027-10-31T02:10+01:00", "22:00-02:30", "2027-10-31 01:30"),  # the second
        ("2027-10-31 02:45", "22:00-07:00", "2027-10-31 06:00"),
    ],
)
def test_quiet_hours_on_the_nights_clocks_change(words: str, quiet_words: str, utc: str) -> None:
    """A skipped end is the first minute after it; an hour shown twice is quiet both times."""
    moved = opened(words, quiet=(quiet(quiet_words),))
    assert f"{moved.moment.utc:%Y-%m-%d %H:%M}" == utc


def test_what_a_change_of_the_clocks_did_is_kept() -> None:
    """What is moved on keeps the note of what a change of the clocks did to its words."""
    moved = opened("2027-03-28 02:30", quiet=(quiet("01:00-04:00"),))
    assert f"{moved.moment.wall:%H:%M}" == "04:00"
    assert moved.moment.note == "02:30 does not exist that day; moved to 03:00"
    assert len(moved.reasons) == 1


@pytest.mark.parametrize(
    ("taken", "moved"),
    [
        ([], "09:00"),
        (["tue 08:40", "tue 09:20"], "09:00"),
        (["tue 08:41"], "09:01"),
        (["tue 09:19"], "09:39"),
        (["tue 09:00"], "09:20"),
        (["tue 08:50", "tue 09:15", "tue 09:30", "tue 10:10"], "09:50"),
        (["tue 08:50", "tue 08:50", "tue 09:10", "tue 09:40"], "10:00"),
    ],
)
def test_two_posts_keep_a_gap(taken: list[str], moved: str) -> None:
    """A delivery moves behind what is closer than the gap, before it or after it."""
    found = opened("tue 09:00", gap=GAP, taken=taken)
    assert f"{found.moment.wall:%H:%M}" == moved
    said = () if moved == "09:00" else (f"gap 20m: moved to {echo(found.moment, NOW)}",)
    assert found.reasons == said


def test_many_moves_are_said_briefly() -> None:
    """A long way is told by its first moves and its last."""
    taken = [f"2026-12-{day:02} {hour:02}:00" for day in range(1, 9) for hour in range(7, 22)]
    found = opened("2026-12-01 07:00", quiet=NIGHT, gap=HOUR, taken=taken)
    assert f"{found.moment.wall:%d %H:%M}" == "09 07:00"
    assert len(found.reasons) == 5
    assert "12 moves more" in found.reasons[3]


def test_nothing_open() -> None:
    """Where nothing is open for a year it is said; slots are then none."""
    halves = (quiet("00:00-12:00"), quiet("12:00-24:00"))
    with pytest.raises(UserError, match="Nothing is open") as caught:
        opened("tue 09:00", quiet=halves)
    assert caught.value.code == "time.closed"
    daily = read_slots("daily 12:00")
    assert next(free_slots(daily, PARIS, NOW, [], quiet=halves), None) is None
    forever = (blackout("2026-01-01/9999-12-31"),)
    with pytest.raises(UserError, match="Nothing is open"):
        opening(resolve("18:30", PARIS, NOW), zone=PARIS, blackout=forever)
    assert next(free_slots(daily, PARIS, NOW, [], blackout=forever), None) is None


def test_jitter_is_the_seeds() -> None:
    """Jitter is the same for one seed, spread over [0, jitter] for many, and said."""
    span = 10 * MINUTE
    wanted = at("tue 09:00")
    late = [opened("tue 09:00", jitter=span, seed=f"#{n}").moment.utc - wanted for n in range(1000)]
    again = opened("tue 09:00", jitter=span, seed="#7")
    assert again.moment.utc - wanted == late[7]
    assert again.reasons == (f"jitter 10m: moved to {echo(again.moment, NOW)}",)
    assert timedelta() <= min(late) < 10 * timedelta(seconds=1)
    assert span - 10 * timedelta(seconds=1) < max(late) <= span
    tenths = [sum(one * 10 // span == tenth for one in late) for tenth in range(10)]
    assert all(60 < count < 140 for count in tenths)


def test_jitter_stays_open() -> None:
    """Jitter never leads into quiet hours or into another's gap; where no time is left it is 0."""
    for n in range(50):
        found = opened("21:55", quiet=NIGHT, jitter=10 * MINUTE, seed=str(n))
        assert at("21:55") <= found.moment.utc < at("22:00")
        tight = opened("tue 09:00", gap=GAP, taken=["tue 09:20"], jitter=MINUTE, seed=str(n))
        assert tight.moment.utc == at("tue 09:00")
        assert tight.reasons == ()


def test_jitter_comes_after_the_moves() -> None:
    """What quiet hours move gets its jitter from where it was moved to."""
    found = opened("23:00", quiet=NIGHT, jitter=10 * MINUTE, seed="a")
    assert at("tue 07:00") < found.moment.utc <= at("tue 07:10")
    assert [reason.partition(" ")[0] for reason in found.reasons] == ["quiet", "jitter"]


MINUTES = st.integers(0, 300)


@given(st.lists(MINUTES, max_size=12), MINUTES, st.integers(0, 60))
def test_the_gap_moves_no_further_than_it_must(taken: list[int], wanted: int, apart: int) -> None:
    """The first instant that is a gap away from all others is found."""
    others, gap = [NOW + each * MINUTE for each in sorted(taken)], apart * MINUTE
    start = on_clock(NOW + wanted * MINUTE, PARIS)
    found = opening(start, zone=PARIS, gap=gap, taken=others).moment.utc
    places = [start.utc, *(other + gap for other in others if other + gap >= start.utc)]
    clear = [one for one in places if all(abs(one - other) >= gap for other in others)]
    assert found == min(clear)


def test_every_night_of_every_zone() -> None:
    """Around each change in each zone: never early, never quiet, always apart, the same again."""
    for night in all_nights():
        taken: list[datetime] = []
        for step in range(6):
            wanted = on_clock(night.change + (step * 35 - 90) * MINUTE, night.zone)
            first, again = (_opening(wanted, night, taken, f"{step}") for _ in range(2))
            assert first == again, night
            assert first.moment.utc >= wanted.utc, night
            assert closing(first.moment.utc, night.zone, SMALL_HOURS, ()) is None, night
            insort(taken, first.moment.utc)
        apart = [b - a for a, b in pairwise(taken)]
        assert min(apart) >= GAP, night


def _opening(wanted: Moment, night: Night, taken: list[datetime], seed: str) -> Opening:
    rules = {"quiet": SMALL_HOURS, "gap": GAP, "jitter": 7 * MINUTE}
    return opening(wanted, zone=night.zone, taken=taken, seed=seed, **rules)  # type: ignore[arg-type]


def test_slots_are_filled_in_order_on_every_night() -> None:
    """Around each change in each zone the free slots are those of the week, in order, each once."""
    slots = read_slots("daily 00:10 01:00 01:45 02:00 02:20 02:35 03:00 03:10 03:40")
    for night in all_nights():
        start, taken = night.change - 3 * HOUR, [night.change - 10 * MINUTE]
        found = []
        for moment in free_slots(slots, night.zone, start, taken, quiet=SMALL_HOURS, gap=GAP):
            insort(taken, moment.utc)
            found.append(moment.utc)
            if len(found) == 5:
                break
        assert found == _expected(slots, night, start)[:5], night


def _expected(slots: Slots, night: Night, start: datetime) -> list[datetime]:
    """Return what fills in order when each slot is looked at by itself."""
    found: list[datetime] = []
    for moment in islice(upcoming(slots, night.zone, start), 18):
        others = [night.change - 10 * MINUTE, *found]
        is_apart = all(abs(moment.utc - other) >= GAP for other in others)
        if is_apart and closing(moment.utc, night.zone, SMALL_HOURS, ()) is None:
            found.append(moment.utc)
    return found


def test_the_first_free_slot() -> None:
    """Slots fill in order: what is taken, closed or too close to another is passed over."""
    slots, taken = read_slots("mon-fri 09:00", "sat 11:00"), list[datetime]()
    filled = []
    for _ in range(4):
        moment = next(free_slots(slots, PARIS, NOW, taken), None)
        assert moment is not None
        insort(taken, moment.utc)
        filled.append(f"{moment.wall:%a %H:%M}")
    assert filled == ["Tue 09:00", "Wed 09:00", "Thu 09:00", "Fri 09:00"]
    del taken[1]
    hole = next(free_slots(slots, PARIS, NOW, taken), None)
    assert hole is not None
    assert f"{hole.wall:%a}" == "Wed"


def test_a_slot_that_jitter_moved_is_had() -> None:
    """A slot whose delivery left a little later by jitter is not given away again."""
    slots, taken = read_slots("daily 09:00"), [at("tue 09:07")]
    for jitter, day in ((timedelta(), 24), (10 * MINUTE, 25)):
        moment = next(free_slots(slots, PARIS, NOW, taken, jitter=jitter), None)
        assert moment is not None
        assert moment.wall.day == day


@pytest.mark.parametrize(
    ("closed", "day"),
    [
        ({}, 24),
        ({"quiet": (quiet("08:00-09:01"),)}, None),
        ({"quiet": (quiet("08:00-09:00"),)}, 24),
        ({"blackout": (blackout("2026-11-24/2026-11-25"),)}, 26),
        ({"gap": GAP}, 25),
    ],
)
def test_a_slot_has_to_be_open(closed: dict[str, object], day: int | None) -> None:
    """A slot in quiet hours, on a blacked-out day or too close to another is not taken."""
    slots = read_slots("daily 09:00")
    moment = next(free_slots(slots, PARIS, NOW, [at("tue 09:15")], **closed), None)  # type: ignore[arg-type]
    assert (moment and moment.wall.day) == day


def test_a_year_of_slots() -> None:
    """The search ends after a year, and one iterator gives slots for as long as they are taken."""
    slots, taken = read_slots("daily 09:00"), list[datetime]()
    for moment in free_slots(slots, PARIS, NOW, taken):
        insort(taken, moment.utc)
    assert len(taken) == 366
    assert taken[-1] - NOW <= YEAR
    assert next(free_slots(slots, PARIS, NOW, taken), None) is None


class Looked(Sequence[datetime]):
    """A hundred thousand due instants, a quarter of an hour apart, that count their readers."""

    def __init__(self) -> None:
        self.looks = 0

    def __len__(self) -> int:
        return 100_000

    @overload
    def __getitem__(self, index: int) -> datetime: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[datetime]: ...
    def __getitem__(self, index: int | slice) -> datetime | Sequence[datetime]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        self.looks += 1
        return NOW + (index - 50_000) * 15 * MINUTE


def test_a_hundred_thousand_others() -> None:
    """Among 100,000 deliveries a time and a slot are found by looking at a few dozen."""
    taken = Looked()
    wanted = on_clock(NOW + MINUTE, PARIS)
    found = opening(wanted, zone=PARIS, gap=5 * MINUTE, taken=taken, jitter=MINUTE, seed="a")
    assert found.moment.utc >= NOW + 5 * MINUTE
    slots = read_slots("daily 09:00 09:05 09:07")
    slot = next(free_slots(slots, PARIS, NOW, taken, gap=5 * MINUTE), None)
    assert slot is not None
    assert f"{slot.wall:%a %H:%M}" == "Tue 09:05"
    assert taken.looks < 250
    assert next(free_slots(slots, PARIS, NOW, taken, gap=10 * MINUTE), None) is None
    assert taken.looks < 366 * 3 * 50
