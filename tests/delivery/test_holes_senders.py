"""Holes 3 and 4: two senders of one delivery, frozen processes and slow wires."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.delivery.meddling import Aim, marks, meddled, reason

from microcom.core.delivery import State
from microcom.core.steps import Reply
from microcom.emulator.faults import Fault
from microcom.errors import Superseded
from microcom.runner.engine import drive
from microcom.runner.worker import Holder, Worker
from microcom.testing.stage import Stage

PARTS = ("One", "Two", "Three")
TWEETS: Mapping[str, Any] = {"method": "POST", "path": "/2/tweets"}


def another(stage: Stage) -> Worker:
    """Return a second process at the same queue."""
    return Worker(replace(stage.doors(), store=stage.opened()), Holder("other", 2, "2"))


def outlive(stage: Stage, seconds: float) -> Callable[[], object]:
    """Return that a process stands still for so long, while a second one works."""

    def stand_still() -> None:
        stage.clock.sleep(seconds)
        another(stage).run()

    return stand_still


# --- 3: fencing throws the evidence away ----------------------------------------------------------


@pytest.mark.parametrize("parts", [PARTS[:1], PARTS])
def test_hole_03_a_sender_that_is_paused_before_the_answer(
    stage: Stage, parts: tuple[str, ...]
) -> None:
    """A second worker finds what the paused one sent; the late answer is the same fact again."""
    meddled(stage).after.append((Aim(**TWEETS), outlive(stage, 60)))
    delivery = stage.queue(*parts)
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (State.PUBLISHED, list(parts))
    assert (stage.sends(), marks(stage, delivery)) == (len(parts), ["answered"] * len(parts))


def test_hole_03_a_late_answer_is_stored_whatever_the_epoch(stage: Stage) -> None:
    """The second worker cannot see the post yet; the first one's late 201 is taken as a fact."""
    stage.emulator.faults.arm(Fault("user_posts", "lag", count=None, seconds=115))
    meddled(stage).after.append((Aim(**TWEETS), outlive(stage, 60)))
    delivery = stage.queue("One")
    stage.work()
    (mark,) = stage.pages(delivery).marks
    assert (mark.state, mark.remote_id) == ("answered", stage.emulator.ledger()[0]["remote_id"])
    assert stage.now(delivery).state is State.IN_DOUBT  # the second worker's word, for now
    assert stage.play(delivery).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["One"], 1)


def test_hole_03_a_look_that_was_overtaken_says_nothing(clip: Stage) -> None:
    """Frozen while it looked, a worker wakes to what the second send has made: that is not the
    first send's, and nobody is asked whether it is out twice. Seed 288 of the simulation.
    """
    wire = meddled(clip)
    wire.arm("lost_request", method="PUT")
    delivery = clip.queue()
    clip.work()
    clip.clock.sleep(16)
    wire.marked.append((Aim(path="/status/fetch/"), outlive(clip, 600)))
    ended = clip.play(delivery)
    assert (ended.state, len(clip.published())) == (State.PUBLISHED, 1)
    assert (clip.sends(), marks(clip, delivery)) == (2, ["absent", "answered"])


def test_hole_03_a_worker_that_stood_still_before_it_began(stage: Stage) -> None:
    """What another has published meanwhile is no damage: the one that comes late only stops.

    Seed 394 of the simulation.
    """
    ahead = timedelta(minutes=10)
    delivery = stage.queue("One", due=stage.clock.now() + ahead, ahead=ahead)
    stage.work()
    stage.clock.reach(delivery.due)
    lease = stage.store.lanes.claim("frozen", "host 1 1")
    assert lease is not None
    read = stage.store.queue.next(lease)
    assert read is not None
    assert read.state is State.STAGED
    outlive(stage, 60)()
    with pytest.raises(Superseded):
        drive(stage.doors(), lease, read)
    assert (stage.now(delivery).state, stage.published()) == (State.PUBLISHED, ["One"])


def test_hole_03_a_late_answer_for_what_waits_staged(stage: Stage) -> None:
    """Held not to be out, early again by a clock that was set back, then answered: it is out."""
    stage.wire.arm("lost_request", **TWEETS)
    delivery = stage.queue("One")
    stage.work()
    stage.clock.sleep(-3600)
    stage.store.people.resolve(stage.now(delivery), stage.clock.now(), remote_id=None)
    stage.work()
    assert (stage.now(delivery).state, marks(stage, delivery)) == (State.STAGED, ["absent"])
    (mark,) = stage.pages(delivery).marks
    reply = Reply(201, {}, b'{"data":{"id":"2000000000000000000"}}')
    stage.store.journal.answered(mark.id, delivery.lane, reply)
    ended = stage.play(delivery)
    assert (ended.state, ended.remote_id) == (State.PUBLISHED, "2000000000000000000")
    assert stage.sends() == 1


def test_hole_03_an_answer_after_absence_forbids_another_send(stage: Stage) -> None:
    """An answer that comes in between "absent" and the next send is read before that leaves."""
    wire = meddled(stage)
    wire.arm("lost_request", **TWEETS)
    delivery = stage.queue("One")

    def answer() -> None:
        (mark,) = stage.pages(delivery).marks
        reply = Reply(201, {}, b'{"data":{"id":"2000000000000000000"}}')
        stage.opened().journal.answered(mark.id, delivery.lane, reply)

    wire.before.append((Aim(**TWEETS, nth=2), answer))
    ended = stage.play(delivery)
    assert (ended.state, ended.remote_id) == (State.PUBLISHED, "2000000000000000000")
    assert (stage.sends(), marks(stage, delivery)) == (1, ["answered"])


def test_hole_03_a_retry_reads_an_answer_that_came_late(stage: Stage) -> None:
    """Failed for want of any answer, and then the answer comes: a retry sends nothing again."""
    stage.wire.arm("lost_request", method="POST", count=3)
    delivery = stage.queue("One")
    ended = stage.play(delivery)
    assert (ended.state, marks(stage, delivery)) == (State.FAILED, ["absent"] * 3)
    first = stage.pages(delivery).marks[0]
    reply = Reply(201, {}, b'{"data":{"id":"2000000000000000000"}}')
    stage.store.journal.answered(first.id, delivery.lane, reply)
    stage.store.people.retry(stage.now(delivery), stage.clock.now())
    ended = stage.play(delivery)
    assert (ended.remote_id, stage.sends()) == ("2000000000000000000", 3)
    assert stage.published() == []  # what the late answer speaks of is not this emulator's


# --- 4: a frozen sender, or a slow wire -----------------------------------------------------------


def test_hole_04_absence_waits_for_the_deadline_and_more(stage: Stage) -> None:
    """A mark records its deadline; nothing is sent again before every request must have landed."""
    stage.wire.arm("lost_request", **TWEETS)
    delivery = stage.queue("One")
    assert stage.play(delivery).state is State.PUBLISHED
    first, second = stage.pages(delivery).marks
    proof = stage.kit.platform.capabilities["timeline"].proof
    assert first.deadline >= first.at + timedelta(seconds=30)
    assert second.at >= first.deadline + proof.lands_within + proof.visible_within
    looks = sum("/tweets" in call.url and call.method == "GET" for call in stage.wire.calls)
    assert (looks, stage.sends(), stage.published()) == (2, 2, ["One"])


def test_hole_04_a_request_that_sits_in_a_proxy(stage: Stage) -> None:
    """A request that arrives when its sender has long given up is found, not made again."""
    stage.wire.arm("stall", **TWEETS)
    delivery = stage.queue("One")
    stage.work()
    stage.clock.sleep(16)
    stage.work()
    assert "not seen yet; looking again" in reason(stage, delivery)
    stage.clock.sleep(60)
    assert stage.wire.deliver_late() == 1
    assert stage.play(delivery).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["One"], 1)


@pytest.mark.parametrize(
    "parts",
    [PARTS[:1], PARTS],
    ids=["text", "thread"],
)
def test_hole_04_a_sender_that_is_paused_between_mark_and_call(
    stage: Stage, parts: tuple[str, ...]
) -> None:
    """A process that stands still with its mark made, and then sends, is waited for."""
    meddled(stage).marked.append((Aim(**TWEETS), outlive(stage, 50)))
    ended = stage.play(stage.queue(*parts))
    assert (ended.state, stage.published()) == (State.PUBLISHED, list(parts))
    assert stage.sends() == len(parts)


def test_hole_04_a_lease_outlasts_the_call(stage: Stage) -> None:
    """While a call is under way its lane is held for longer than the call may take."""
    wire = meddled(stage)
    leases: list[int] = []
    held = "SELECT lease_until - (SELECT deadline_at FROM mark) FROM lane"
    wire.marked.append((Aim(**TWEETS), lambda: leases.append(stage.store.db.value(held))))
    stage.play(stage.queue("One"))
    assert len(leases) == 1
    assert leases[0] >= 10_000_000


def test_hole_04_a_pause_beyond_the_promise_is_said(pins: Stage) -> None:
    """A sender that wakes after ten minutes posts twice: that is put on record."""
    meddled(pins).marked.append((Aim("POST", "/v5/pins"), outlive(pins, 600)))
    delivery = pins.queue()
    pins.play(delivery)
    assert (len(pins.published()), pins.sends()) == (2, 2)  # both are counted as they leave
    assert "pin may be out twice" in reason(pins, delivery)
    found = {one.remote_id for one in pins.pages(delivery).marks}
    assert found == {one["remote_id"] for one in pins.emulator.ledger()}
