"""Threads: some parts out, the rest stopped, and what a person may decide about it."""

from __future__ import annotations

import pytest

from microcom.core.delivery import State
from microcom.emulator.faults import Fault
from microcom.errors import UserError
from microcom.testing.stage import Stage

PARTS = ("One", "Two", "Three")


def half_out(stage: Stage) -> int:
    """Queue a thread whose second part the platform refuses; return its number."""
    stage.emulator.faults.arm(Fault("create_post", "forbidden", skip=1))
    delivery = stage.queue(*PARTS)
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (State.PARTIAL, ["One"])
    return ended.id


def test_a_refused_part_leaves_the_rest_to_a_person(stage: Stage) -> None:
    """Retry goes on at the first part that is not out, and sends no other again."""
    delivery = stage.store.queue.find(half_out(stage))
    assert delivery is not None
    stage.store.people.retry(delivery, stage.clock.now())
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (State.PUBLISHED, list(PARTS))


def test_a_partial_thread_can_be_accepted(stage: Stage) -> None:
    """Finish takes it as it is, with the link of what is live."""
    delivery = stage.store.queue.find(half_out(stage))
    assert delivery is not None
    ended = stage.store.people.finish(delivery).delivery
    assert ended.state is State.PUBLISHED
    assert ended.remote_id == stage.emulator.ledger()[0]["remote_id"]
    assert stage.play(ended).state is State.PUBLISHED
    assert stage.published() == ["One"]


def test_cancelling_a_thread_stops_before_the_next_part(stage: Stage) -> None:
    """A thread cancelled while it leaves stops, says so, and is partial."""
    delivery = stage.queue(*PARTS)
    stage.die(2, "before leave")
    stage.work_and_die()
    assert stage.store.lanes.claim("somebody", "host 2 2") is not None  # it is leaving
    outcome = stage.store.people.cancel(stage.now(delivery))
    assert "too late" in outcome.said
    stage.clock.sleep(60)
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (State.PARTIAL, ["One"])


def test_a_thread_that_nobody_sends_is_cancelled_at_once(stage: Stage) -> None:
    """Between two parts, with no process at it, the thread ends there and then."""
    delivery = stage.queue(*PARTS)
    stage.die(2, "before leave")
    stage.work_and_die()
    outcome = stage.store.people.cancel(stage.now(delivery))
    assert outcome.delivery.state is State.PARTIAL
    assert stage.play(delivery).state is State.PARTIAL
    assert stage.published() == ["One"]


@pytest.mark.parametrize(("landed", "out"), [(True, list(PARTS)), (False, list(PARTS))])
def test_resolving_speaks_of_one_step(stage: Stage, landed: bool, out: list[str]) -> None:  # noqa: FBT001
    """Told what became of the doubtful part, the rest goes on; no part is out twice."""
    stage.store.db.run("UPDATE account SET known = NULL")
    stage.emulator.faults.arm(Fault("user_posts", "empty", count=None))
    stage.wire.arm("lost_reply" if landed else "lost_request", method="POST", nth=2)
    delivery = stage.queue(*PARTS)
    ended = stage.play(delivery)
    assert (ended.state, ended.wake) == (State.IN_DOUBT, None)
    with pytest.raises(UserError):
        stage.store.people.resolve(ended, stage.clock.now(), remote_id=None, part=1)
    remote_id = stage.emulator.ledger()[1]["remote_id"] if landed else None
    stage.store.people.resolve(ended, stage.clock.now(), remote_id=remote_id, part=2)
    assert stage.play(delivery).state is State.PUBLISHED
    assert stage.published() == out


def test_a_wait_counts_from_the_last_part(stage: Stage) -> None:
    """Resumed long after, a thread does not wait again; resumed at once, it waits the rest."""
    delivery = stage.queue(*PARTS)
    stage.die(2, "before leave")
    stage.work_and_die()  # a minute passes
    resumed = stage.clock.now()
    stage.play(delivery)
    second = stage.pages(delivery).of("post:1")[0].at
    assert second == resumed
    third = stage.pages(delivery).of("post:2")[0].at
    assert (third - second).total_seconds() == 2


def test_a_part_that_never_arrives_leaves_the_thread_partial(stage: Stage) -> None:
    """Three lost sends of a later part end partial; a person's retry has three sends again."""
    stage.wire.arm("lost_request", method="POST", nth=2, count=3)
    delivery = stage.queue(*PARTS)
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (State.PARTIAL, ["One"])
    assert "three times" in (ended.reason or "")
    stage.store.people.retry(ended, stage.clock.now())
    assert stage.play(delivery).state is State.PUBLISHED
    assert stage.published() == list(PARTS)
