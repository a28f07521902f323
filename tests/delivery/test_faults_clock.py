"""Clocks that jump while something is under way, and the two nights when the wall clock does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.conformance.pinterest_kit import PINTEREST_KIT
from tests.delivery.meddling import marks, reason

from microcom.core.account import Lateness, Missed, Rules
from microcom.core.delivery import State
from microcom.core.schedule import echo, resolve
from microcom.emulator.faults import Fault
from microcom.testing.stage import ManualClock, Stage, stages

PARIS = ZoneInfo("Europe/Paris")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LATE = Rules(missed=Missed(Lateness.SEND))


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Stage]:
    """Return Pinterest's account, whose pins go out however late they are."""
    account = PINTEREST_KIT.account
    places = {name: replace(one, rules=LATE) for name, one in account.communities.items()}
    kit = replace(PINTEREST_KIT, account=replace(account, rules=LATE, communities=places))
    with stages(kit, tmp_path) as make:
        yield make()


def set_clock(stage: Stage, by: timedelta) -> None:
    """Set this machine's clock; the platform's goes on as it was."""
    before = stage.emulator.clock
    stage.clock.sleep(by.total_seconds())
    stage.emulator.clock = lambda: before() - by


def test_a_clock_set_back_while_a_post_waits(stage: Stage) -> None:
    """What is due is due by the clock as it is: it waits once more, and goes out once."""
    delivery = stage.queue("One", due=stage.clock.now() + timedelta(minutes=10))
    stage.clock.sleep(540)
    set_clock(stage, -HOUR)
    stage.work()
    assert (stage.now(delivery).state, stage.sends()) == (State.QUEUED, 0)
    ended = stage.play(delivery)
    assert (ended.state, stage.published(), stage.sends()) == (State.PUBLISHED, ["One"], 1)


@pytest.mark.parametrize("fault", ["lost_reply", "lost_request"])
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_set_while_a_post_is_in_doubt(stage: Stage, fault: str, hours: int) -> None:
    """The clock jumps between a send without an answer and the look: the post is out once."""
    stage.wire.arm(fault, method="POST")
    delivery = stage.queue("One")
    stage.work()
    assert "api.x.com did not answer in full" in reason(stage, delivery)
    set_clock(stage, hours * HOUR)
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (State.PUBLISHED, ["One"])
    assert stage.sends() == (1 if fault == "lost_reply" else 2)


def test_a_clock_set_back_with_other_calls_before_the_look(patient: Stage) -> None:
    """Another pin in between tells the new offset; the doubtful one is still found by its time."""
    patient.wire.arm("lost_reply", **patient.kit.wire)
    delivery = patient.queue("One")
    patient.work()
    set_clock(patient, -HOUR)
    other = patient.queue("Two")
    assert patient.play(other).state is State.PUBLISHED
    ended = patient.play(delivery)
    assert (ended.state, sorted(patient.published())) == (State.PUBLISHED, ["One", "Two"])
    assert (patient.sends(), marks(patient, delivery)) == (2, ["answered"])


def test_a_clock_set_forward_before_the_look(patient: Stage) -> None:
    """An hour that only the clock says has passed is none: a slow request may still arrive."""
    patient.wire.arm("stall", **patient.kit.wire)
    delivery = patient.queue("One")
    patient.work()
    patient.clock.sleep(20)
    set_clock(patient, HOUR)
    patient.work()
    assert patient.wire.deliver_late() == 1
    ended = patient.play(delivery)
    assert (ended.state, patient.published()) == (State.PUBLISHED, ["One"])
    assert (patient.sends(), marks(patient, delivery)) == (1, ["answered"])


def test_a_clock_set_back_under_a_dead_sender(stage: Stage) -> None:
    """A process dies with its mark made and the clock goes back: the next one still finds it."""
    delivery = stage.queue("One", "Two")
    stage.die(1, "after")
    stage.work_and_die()
    set_clock(stage, -HOUR)
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (State.PUBLISHED, ["One", "Two"])
    assert stage.sends() == 2


# --- the nights on which clocks change ------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "utc", "says"),
    [
        ("2027-03-28 02:30", "2027-03-28T01:00", "02:30 does not exist that day; moved to 03:00"),
        ("2027-10-31 02:30", "2027-10-31T00:30", "02:30 comes twice that day; the first is meant"),
    ],
    ids=["spring", "autumn"],
)
def test_a_night_on_which_clocks_change(tmp_path: Path, words: str, utc: str, says: str) -> None:
    """A wall time that does not exist, or comes twice, is one instant: out then, and only then."""
    when = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    evening = when - timedelta(hours=8)
    moment = resolve(words, PARIS, evening)
    assert (moment.utc, moment.note) == (when, says)
    with stages(PINTEREST_KIT, tmp_path) as make:
        stage = make(clock=ManualClock(evening))
        delivery = stage.queue(due=moment.utc)
        stage.clock.reach(when - timedelta(seconds=1))
        stage.work()
        assert stage.sends() == 0
        stage.clock.reach(when)
        stage.work()
        stage.clock.sleep(3600)  # the same wall time again, in autumn
        assert stage.play(delivery).state is State.PUBLISHED
        (pin,) = stage.emulator.ledger()
        assert (datetime.fromisoformat(pin["at"]), stage.sends()) == (when, 1)


def test_every_half_hour_of_the_long_night(stage: Stage) -> None:
    """Posts on both sides of the hour that comes twice go out in their order, each once."""
    start = datetime(2027, 10, 30, 23, 45, tzinfo=UTC)
    stage.clock.reach(start)
    dues = [start + timedelta(minutes=30 * number) for number in range(6)]
    queued = [stage.queue(echo(resolve("now", PARIS, due)), due=due) for due in dues]
    assert stage.play(queued[-1]).state is State.PUBLISHED
    ledger = stage.emulator.ledger()
    assert [datetime.fromisoformat(one["at"]) for one in ledger] == dues
    assert {stage.now(one).state for one in queued} == {State.PUBLISHED}
    assert stage.sends() == 6


def test_a_listing_that_lags_through_a_jump(patient: Stage) -> None:
    """Not seen at the first look, the clock set back, another pin: the last look still finds it."""
    patient.emulator.faults.arm(Fault("section_pins", "lag", count=None, seconds=200))
    patient.wire.arm("lost_reply", **patient.kit.wire)
    delivery = patient.queue("One")
    patient.work()
    patient.clock.sleep(16)
    patient.work()
    assert "not seen yet; looking again" in reason(patient, delivery)
    set_clock(patient, -HOUR)
    patient.play(patient.queue("Two"))
    ended = patient.play(delivery)
    assert (ended.state, sorted(patient.published())) == (State.PUBLISHED, ["One", "Two"])
    assert patient.sends() == 2


def unlearned(stage: Stage, ahead: timedelta) -> None:
    """Let the platform's clock be off since the login, which nobody knows yet."""
    before = stage.emulator.clock
    stage.emulator.clock = lambda: before() + ahead


def test_what_was_learned_of_the_clock_meanwhile_counts(stage: Stage) -> None:
    """Off since the login, heard by the first look, then set right: the post is still found."""
    unlearned(stage, -5 * MINUTE)
    stage.emulator.faults.arm(Fault("user_posts", "lag", count=None, seconds=200))
    stage.wire.arm("lost_reply", method="POST")
    delivery = stage.queue("One")
    stage.work()
    stage.clock.sleep(16)
    stage.work()
    assert "not seen yet; looking again" in reason(stage, delivery)
    set_clock(stage, -5 * MINUTE)
    stage.play(stage.queue("Two"))
    ended = stage.play(delivery)
    assert (ended.state, sorted(stage.published())) == (State.PUBLISHED, ["One", "Two"])
    assert (stage.sends(), marks(stage, delivery)) == (2, ["answered"])


def test_a_late_request_is_waited_for_by_every_clock_that_was_heard(stage: Stage) -> None:
    """Ahead since the login, heard by a look, then set right: absence is not believed early."""
    unlearned(stage, 5 * MINUTE)
    stage.wire.arm("stall", method="POST")
    delivery = stage.queue("One")
    stage.work()
    stage.clock.sleep(16)
    stage.work()
    set_clock(stage, 5 * MINUTE)
    stage.queue("Two")
    stage.work()
    stage.work()
    assert stage.wire.deliver_late() == 1
    ended = stage.play(delivery)
    assert (ended.state, sorted(stage.published())) == (State.PUBLISHED, ["One", "Two"])
    assert (stage.sends(), marks(stage, delivery)) == (2, ["answered"])
