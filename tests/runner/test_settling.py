"""Silence is never taken for absence, nor any post for this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from microcom.core.account import Lateness, Missed
from microcom.core.config import Config
from microcom.core.delivery import State
from microcom.emulator.faults import Fault
from microcom.platforms.x.emulator import XEmulator
from microcom.store.times import micros
from microcom.testing.stage import DyingWire, Stage


def by_hand(stage: Stage, text: str) -> None:
    """Post something past microcom, as the account's owner would on the web."""
    emulator = stage.emulator
    assert isinstance(emulator, XEmulator)
    emulator.people.write(emulator.person("acme-x"), text, emulator.clock(), by_hand=True)


@pytest.mark.parametrize("minutes", [-5, 5])
@pytest.mark.parametrize("fault", ["lost_request", "lost_reply"])
def test_clocks_that_disagree(make: Callable[..., Stage], minutes: int, fault: str) -> None:
    """A platform whose clock is five minutes off is settled on its own time."""
    stage = make(ahead=timedelta(minutes=minutes))
    stage.wire.arm(fault, method="POST")
    ended = stage.play(stage.queue("One", "Two"))
    assert (ended.state, stage.published()) == (State.PUBLISHED, ["One", "Two"])


def test_a_listing_that_lags(stage: Stage) -> None:
    """A post that shows only after two minutes is found, not sent again."""
    stage.emulator.faults.arm(Fault("user_posts", "lag", count=None, seconds=115))
    stage.wire.arm("lost_reply", method="POST")
    ended = stage.play(stage.queue("One"))
    assert (ended.state, stage.published()) == (State.PUBLISHED, ["One"])


@pytest.mark.parametrize("fault", ["garbage", "cut", "503-before", "429", "foreign"])
def test_a_look_that_fails_is_made_again(stage: Stage, fault: str) -> None:
    """A page that cannot be read says nothing; the next look does."""
    stage.emulator.faults.arm(Fault("user_posts", fault, count=2))
    stage.wire.arm("lost_reply", method="POST")
    ended = stage.play(stage.queue("One"))
    assert (ended.state, stage.published()) == (State.PUBLISHED, ["One"])


def test_the_first_look_is_soon(stage: Stage) -> None:
    """A post whose answer was lost is found within seconds where the listing shows it."""
    stage.wire.arm("lost_reply", method="POST")
    delivery = stage.queue("One")
    before = stage.clock.now()
    assert stage.play(delivery).state is State.PUBLISHED
    assert stage.clock.now() - before < timedelta(seconds=30)


def test_an_account_of_which_nothing_is_known(stage: Stage) -> None:
    """Where no post is known to exist, an empty look proves nothing: a person is asked."""
    stage.store.db.run("UPDATE account SET known = NULL")
    stage.wire.arm("lost_request", method="POST")
    ended = stage.play(stage.queue("One"))
    assert (ended.state, ended.wake, stage.published()) == (State.IN_DOUBT, None, [])
    assert stage.sends() == 1


def test_a_stranger_in_the_window(stage: Stage) -> None:
    """A post that somebody made by hand meanwhile is not explained away."""
    stage.wire.arm("lost_request", method="POST")
    delivery = stage.queue("One")
    stage.work()
    stage.clock.sleep(3)
    by_hand(stage, "Something else")
    ended = stage.play(delivery)
    assert (ended.state, ended.wake, stage.published()) == (State.IN_DOUBT, None, [])


def test_two_doubts_of_one_login(stage: Stage) -> None:
    """A post found for one delivery explains itself to the other: both end by themselves."""
    stage.emulator.faults.arm(Fault("user_posts", "lag", count=None, seconds=119))
    stage.wire.arm("lost_request", method="POST", nth=1)
    stage.wire.arm("lost_reply", method="POST", nth=2)
    first, second = stage.queue("One"), stage.queue("Two")
    ended = [stage.play(first), stage.play(second)]
    assert {one.state for one in ended} == {State.PUBLISHED}
    assert sorted(stage.published()) == ["One", "Two"]


def test_a_doubt_that_is_looked_into_late_waits_for_a_young_one(stage: Stage) -> None:
    """What another call of the login has just left is waited for, however old this doubt is.

    Seed 534 of the simulation on a server: everybody was away for a while.
    """
    stage.wire.arm("lost_request", method="POST", nth=1)
    stage.wire.arm("lost_reply", method="POST", nth=2)
    first = stage.queue("One")
    stage.work()
    stage.clock.sleep(1800)
    soon = micros(stage.clock.now() + timedelta(seconds=5))
    stage.store.db.run("UPDATE delivery SET wake_at = :soon WHERE id = :id", soon=soon, id=first.id)
    second = stage.queue("Two")
    ended = [stage.play(first), stage.play(second)]
    assert [one.state for one in ended] == [State.PUBLISHED] * 2
    assert sorted(stage.published()) == ["One", "Two"]


def test_an_older_post_that_reads_the_same(stage: Stage) -> None:
    """The same words posted by hand an hour ago are never adopted as this post."""
    by_hand(stage, "Good morning Friday!")
    stage.clock.sleep(3600)
    stage.wire.arm("lost_request", method="POST")
    ended = stage.play(stage.queue("Good morning Friday!"))
    assert stage.published() == []  # X refuses the second send as a duplicate
    assert ended.state is State.IN_DOUBT
    assert ended.wake is None
    assert ended.remote_id is None


def test_a_duplicate_without_an_earlier_doubt(stage: Stage) -> None:
    """A duplicate on the first send is a plain refusal."""
    stage.play(stage.queue("One"))
    ended = stage.play(stage.queue("One", again=True))
    assert (ended.state, stage.published()) == (State.FAILED, ["One"])


def test_a_post_belongs_to_one_receipt(stage: Stage) -> None:
    """Of two deliveries that say the same, the second never adopts the first one's post."""
    first = stage.play(stage.queue("One"))
    stage.clock.sleep(1)
    stage.wire.arm("lost_request", method="POST")
    second = stage.play(stage.queue("One", again=True))
    assert stage.published() == ["One"]
    assert second.remote_id != first.remote_id
    assert second.state is not State.PUBLISHED


def test_three_sends_then_a_person(stage: Stage) -> None:
    """A post that surely never arrives is sent three times and then given up, in words."""
    stage.wire.arm("lost_request", method="POST", count=9)
    ended = stage.play(stage.queue("One"))
    assert (ended.state, stage.sends()) == (State.FAILED, 3)
    assert "three times" in (ended.reason or "")


def test_a_retry_by_a_person_has_three_sends_again(stage: Stage) -> None:
    """Once the network is back, queue retry brings it out."""
    stage.wire.arm("lost_request", method="POST", count=3)
    ended = stage.play(stage.queue("One"))
    stage.store.people.retry(ended, stage.clock.now())
    assert stage.play(ended).state is State.PUBLISHED
    assert stage.published() == ["One"]


def test_a_storm_of_503(stage: Stage) -> None:
    """While the platform fails for an hour few calls leave, and in the end all is out once."""
    deliveries = [stage.queue(f"Text {number}") for number in range(6)]
    stage.emulator.faults.arm(Fault("create_post", "503-before", count=None))
    end = stage.clock.now() + timedelta(hours=1)
    while stage.clock.now() < end:
        stage.work()
        wake = stage.store.lanes.next_wake()
        assert wake is not None
        stage.clock.reach(min(wake, end))
    assert stage.sends() <= 8  # a call a quarter of an hour, once the breaker has opened wide
    stage.emulator.faults.clear()
    ended = [stage.play(one, most=200) for one in deliveries]
    assert sorted(stage.published()) == [f"Text {number}" for number in range(6)]
    assert {one.state for one in ended} == {State.PUBLISHED}


def test_what_returns_from_doubt_passes_the_missed_policy(stage: Stage) -> None:
    """A post found absent long after it was due is held, not sent in the night."""
    stage.wire.arm("lost_request", method="POST")
    delivery = stage.queue("One")
    stage.work()
    stage.clock.sleep(3 * 3600)
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (State.HELD, [])
    released = stage.store.people.release(ended, stage.clock.now()).delivery
    assert stage.play(released).state is State.PUBLISHED


@pytest.mark.parametrize(
    ("do", "state", "out"),
    [
        (Lateness.HOLD, State.HELD, []),
        (Lateness.SKIP, State.MISSED, []),
        (Lateness.SEND, State.PUBLISHED, ["One"]),
    ],
)
def test_the_missed_policy(stage: Stage, do: Lateness, state: State, out: list[str]) -> None:
    """What is too late is held, skipped or sent, as the community's own rule says."""
    account = stage.kit.account
    rules = replace(account.rules, missed=Missed(do, timedelta(minutes=30)))
    place = replace(account.communities["timeline"], rules=rules)
    changed = replace(account, communities={"timeline": place})
    file = (str(stage.folder / "accounts.yaml"),)
    config = Config(account.project, "UTC", file, "1", {account.name: changed}, {}, {}, {})
    stage.store.accounts.register(config, [account.name])
    delivery = stage.queue("One")
    stage.clock.sleep(3600)
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (state, out)


def test_a_look_made_again_holds_its_lane(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries that each take as long as they may never leave the lane to somebody else."""
    held: list[bool] = []
    handled = DyingWire.handle_request

    def slowly(self: DyingWire, request: httpx.Request) -> httpx.Response:
        try:
            return handled(self, request)
        except httpx.ReadTimeout:
            if request.method == "GET":
                stage.clock.sleep(30)
                held.append(stage.store.lanes.claim("somebody", "host 2 2") is None)
            raise

    monkeypatch.setattr(DyingWire, "handle_request", slowly)
    stage.wire.arm("lost_reply", method="POST")
    stage.wire.arm("lost_reply", method="GET", count=2)
    ended = stage.play(stage.queue("One"))
    assert (ended.state, stage.published(), held) == (State.PUBLISHED, ["One"], [True, True])
