"""Leave to send is one statement: whatever changed since the worker looked, nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from microcom.core.bodies import Json
from microcom.core.capability import Ceiling
from microcom.core.delivery import Delivery, State
from microcom.core.steps import Call, Effect, Reply
from microcom.errors import Superseded
from microcom.store.lanes import Lease
from microcom.store.leave import LeaveRefusedError, Why
from microcom.testing.stage import Stage

CALL = Call(
    name="post:0",
    method="POST",
    url="https://api.x.com/2/tweets",
    effect=Effect.PUBLISH,
    body=Json({"text": "One"}),
    remote_id="data.id",
)
PLENTY = Ceiling(100, 100)


def taken(stage: Stage) -> Lease:
    """Take the only lane."""
    lease = stage.store.lanes.claim("me", "host 1 1")
    assert lease is not None
    return lease


def ask(stage: Stage, lease: Lease, delivery: Delivery, ceiling: Ceiling = PLENTY) -> int:
    """Ask for leave to send; return the mark."""
    return stage.store.leave.ask(lease, delivery, CALL, app="x", ceiling=ceiling).mark


def cancel(stage: Stage, delivery: Delivery) -> None:
    """A person cancels."""
    stage.store.people.cancel(delivery)


def stop(stage: Stage, delivery: Delivery) -> None:
    """A person asks it to stop before its next part."""
    stage.store.queue.stop(delivery)


def pause(stage: Stage, delivery: Delivery) -> None:
    """A person pauses the account."""
    stage.store.accounts.park(delivery.target.account, "a person", by_person=True)


def park_app(stage: Stage, delivery: Delivery) -> None:
    """The app runs out of credit."""
    del delivery
    stage.store.accounts.park_app("x", "out of credit")


def break_app(stage: Stage, delivery: Delivery) -> None:
    """The platform begins to fail."""
    del delivery
    stage.store.accounts.broke("x", timedelta(minutes=1))


def take_over(stage: Stage, delivery: Delivery) -> None:
    """Another process takes the lane, which gives it the next epoch."""
    del delivery
    stage.clock.sleep(31)
    assert stage.store.lanes.claim("somebody else", "host 2 2") is not None


def lapse(stage: Stage, delivery: Delivery) -> None:
    """The lease runs out and nobody takes it."""
    del delivery
    stage.clock.sleep(31)


def postpone(stage: Stage, delivery: Delivery) -> None:
    """It is no longer due."""
    stage.store.db.run(
        "UPDATE delivery SET due_at = due_at + 3600000000 WHERE id = :id", id=delivery.id
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (cancel, Why.CHANGED),
        (stop, Why.STOPPED),
        (pause, Why.ACCOUNT),
        (park_app, Why.APP),
        (break_app, Why.BREAKER),
        (take_over, Why.LANE),
        (lapse, Why.LANE),
        (postpone, Why.EARLY),
    ],
)
def test_what_changed_since_the_look(
    stage: Stage, change: Callable[[Stage, Delivery], None], why: Why
) -> None:
    """Leave is refused for the thing that changed, and no mark is made."""
    delivery = stage.queue("One")
    lease = taken(stage)
    change(stage, delivery)
    with pytest.raises(LeaveRefusedError) as caught:
        ask(stage, lease, delivery)
    assert caught.value.why is why
    assert stage.pages(delivery).marks == ()


def test_a_ceiling_counts_marks(stage: Stage) -> None:
    """The ceiling counts what was marked, whatever became of it."""
    lease = taken_with(stage, "One", "Two")
    first, second = (stage.store.queue.find(number) for number in (1, 2))
    assert first is not None
    assert second is not None
    ask(stage, lease, first, Ceiling(1, 9))
    with pytest.raises(LeaveRefusedError) as caught:
        ask(stage, lease, second, Ceiling(1, 9))
    assert caught.value.why is Why.CEILING
    stage.clock.sleep(10)
    with pytest.raises(LeaveRefusedError):
        ask(stage, lease, second, Ceiling(9, 1))


def test_a_step_is_not_marked_twice(stage: Stage) -> None:
    """While a mark is open, or answered, the same step gets no other."""
    delivery = stage.queue("One")
    lease = taken(stage)
    mark = ask(stage, lease, delivery)
    with pytest.raises(LeaveRefusedError) as caught:
        ask(stage, lease, stage.now(delivery))
    assert caught.value.why is Why.ANSWERED
    stage.store.journal.answered(mark, delivery.lane, said("7"))
    with pytest.raises(LeaveRefusedError):
        ask(stage, lease, stage.now(delivery))


def test_a_late_answer_is_a_fact(stage: Stage) -> None:
    """An answer is stored whoever holds the lane by now; then nobody may judge it absent."""
    delivery = stage.queue("One")
    mark = ask(stage, taken(stage), delivery)
    stage.clock.sleep(120)
    other = stage.store.lanes.claim("other", "host 2 2")
    assert other is not None
    stage.store.journal.answered(mark, delivery.lane, said("7"))
    with pytest.raises(Superseded):
        stage.store.journal.absent(other, stage.now(delivery), mark, "nothing there")
    stage.store.lanes.release(other)
    assert stage.play(delivery).state is State.PUBLISHED
    assert stage.sends() == 0


def test_an_answer_after_absence_and_another_send(stage: Stage) -> None:
    """It may be out twice: the delivery goes to a person with both posts on record."""
    delivery = stage.queue("One")
    lease = taken(stage)
    first = ask(stage, lease, delivery)
    stage.store.journal.absent(lease, stage.now(delivery), first, "judged too soon")
    second = ask(stage, lease, stage.now(delivery))
    stage.store.journal.answered(second, delivery.lane, said("8"))
    stage.store.journal.answered(first, delivery.lane, said("7"))
    ended = stage.now(delivery)
    assert ended.state is State.IN_DOUBT
    assert "twice" in (ended.reason or "")
    assert {mark.remote_id for mark in stage.pages(delivery).marks} == {"7", "8"}


def test_a_frozen_worker_decides_nothing(stage: Stage) -> None:
    """A worker that lost its lane can neither move the delivery nor judge its mark."""
    delivery = stage.queue("One")
    old = taken(stage)
    take_over(stage, delivery)
    with pytest.raises(Superseded):
        stage.store.queue.move(old, delivery, State.FAILED)
    with pytest.raises(Superseded):
        stage.store.lanes.renew(old, 30)
    assert stage.now(delivery).state is State.QUEUED


def test_a_ceiling_parks_the_account(stage: Stage) -> None:
    """Above the ceiling the account is parked and says so; the rest stays queued."""
    ceiling = stage.kit.platform.capabilities["timeline"].ceiling
    for number in range(ceiling.hour + 1):
        stage.queue(f"Text {number}")
    stage.work()
    assert len(stage.published()) == ceiling.hour
    (parked,) = stage.store.accounts.stops()
    assert "ceiling" in parked.reason
    assert stage.store.queue.counts()[State.QUEUED] == 1


def taken_with(stage: Stage, *texts: str) -> Lease:
    """Queue texts, then take the lane."""
    for text in texts:
        stage.queue(text)
    return taken(stage)


def said(remote_id: str) -> Reply:
    """Return the platform's answer with an id."""
    return Reply(201, {}, f'{{"data":{{"id":"{remote_id}"}}}}'.encode())
