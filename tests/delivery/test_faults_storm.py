"""A platform that fails for an hour, with many deliveries due: few calls leave, none is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conformance.kits import X_KIT
from tests.conformance.pinterest_kit import PINTEREST_KIT
from tests.conformance.tiktok_kit import TIKTOK_SHORT_KIT
from tests.delivery.meddling import roomy

from microcom.core.delivery import Delivery, State
from microcom.emulator.faults import Fault
from microcom.testing.stage import Stage, stages

HOUR = timedelta(hours=1)
KITS = {"x": X_KIT, "pinterest": PINTEREST_KIT, "tiktok": TIKTOK_SHORT_KIT}


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Return each platform's account, with no ceiling."""
    with stages(roomy(KITS[request.param]), tmp_path) as make:
        yield make()


def endure(stage: Stage, kind: str, span: timedelta) -> None:
    """Let the platform fail for so long, and work meanwhile whenever there is something to do."""
    stage.emulator.faults.arm(Fault(stage.kit.publish, kind, count=None))
    end = stage.clock.now() + span
    while stage.clock.now() < end:
        stage.work()
        wake = stage.store.lanes.next_wake()
        stage.clock.reach(min(wake or end, end))
    stage.emulator.faults.clear()


MANY = {"x": 16, "pinterest": 16, "tiktok": 14}
"""How many are due: TikTok takes about fifteen of an account in a day."""


def queued(stage: Stage, count: int) -> list[Delivery]:
    """Queue so many texts, one due each minute."""
    now = stage.clock.now()
    minute = timedelta(minutes=1)
    return [stage.queue(f"Text {number}", due=now + number * minute) for number in range(count)]


@pytest.mark.parametrize(
    ("stage", "kind"),
    [("x", "503-before"), ("x", "503-after"), ("pinterest", "503-before"), ("tiktok", "503-after")],
    indirect=["stage"],
)
def test_an_hour_of_failure(stage: Stage, kind: str) -> None:
    """Posts fall due while each call fails, taken or not: all end published, each once."""
    many = MANY[stage.kit.platform.name]
    deliveries = queued(stage, many)
    endure(stage, kind, HOUR)
    assert stage.sends() <= 12, "no call leaves while the app rests"
    most = Counter(
        mark.step for one in deliveries for mark in stage.pages(one).marks if mark.send > 2
    )
    assert not most, "no delivery has used up its sends"
    ended = [stage.play(one, most=400) for one in deliveries]
    assert {(one.state, one.reason) for one in ended} == {(State.PUBLISHED, None)}
    assert Counter(stage.published()) == Counter(f"Text {number}" for number in range(many))


@pytest.fixture
def long_storm(tmp_path: Path) -> Iterator[tuple[Stage, list[Delivery]]]:
    """Return eight deliveries after three hours of failure, and what follows by itself."""
    with stages(roomy(X_KIT), tmp_path) as make:
        stage = make()
        deliveries = queued(stage, 8)
        endure(stage, "503-before", 3 * HOUR)
        assert stage.sends() <= 20
        yield stage, [stage.play(one, most=400) for one in deliveries]


def test_a_storm_that_lasts_past_the_missed_policy(
    long_storm: tuple[Stage, list[Delivery]],
) -> None:
    """After three hours what is late is held for a person; nothing is out twice, nothing lost."""
    stage, ended = long_storm
    held = [one for one in ended if one.state is State.HELD]
    assert held
    assert all("late (missed: hold after 2 h 00 min)" in (one.reason or "") for one in held)
    assert {one.state for one in ended} <= {State.PUBLISHED, State.HELD}
    assert len(stage.published()) == len(ended) - len(held)
    for one in held:
        stage.store.people.release(one, stage.clock.now())
    for one in [stage.play(one) for one in ended]:
        if one.state is State.FAILED:  # it has had its three sends in the storm
            stage.store.people.retry(one, stage.clock.now())
    assert {stage.play(one).state for one in ended} == {State.PUBLISHED}
    assert Counter(stage.published()) == Counter(f"Text {number}" for number in range(8))


def test_what_a_person_releases_after_a_storm_is_sent(
    long_storm: tuple[Stage, list[Delivery]],
) -> None:
    """A person who lets a held post go has decided that it goes, however often it was lost."""
    stage, ended = long_storm
    held = [one for one in ended if one.state is State.HELD]
    for one in held:
        assert stage.store.people.release(one, stage.clock.now()).said == "released"
    assert {stage.play(one).state for one in held} == {State.PUBLISHED}


def test_a_breaker_lets_one_probe_through(tmp_path: Path) -> None:
    """After a failure the app rests a minute, two, four: one call at a time finds out."""
    with stages(roomy(X_KIT), tmp_path) as make:
        stage = make()
        first, second = stage.queue("One"), stage.queue("Two")
        stage.emulator.faults.arm(Fault("create_post", "503-before", count=3))
        stage.work()
        assert stage.now(first).state is State.IN_DOUBT
        assert "x answered post:0 with 503: it may have taken it." in (
            stage.now(first).reason or ""
        )
        waiting = stage.now(second)
        assert (waiting.state, waiting.reason) == (State.QUEUED, "x has been failing")
        assert waiting.wake == stage.clock.now() + timedelta(minutes=1)
        assert stage.sends() == 1
        assert {stage.play(one).state for one in (first, second)} == {State.PUBLISHED}
        assert Counter(stage.published()) == Counter(["One", "Two"])
        assert stage.sends() == 5
