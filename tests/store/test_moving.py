"""Moving what waits: uploads that stay or lapse, who is quicker, and what a batch remembers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conformance.kits import X_KIT, X_MEDIA_KIT

from microcom.core.delivery import Delivery, State
from microcom.core.moves import Move
from microcom.errors import Superseded
from microcom.testing.stage import Stage, stages

HOUR = timedelta(hours=1)
AHEAD = timedelta(minutes=10)
LIVES = timedelta(hours=24)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Return an account that posts pictures."""
    with stages(X_MEDIA_KIT, tmp_path) as make:
        yield make()


def staged(stage: Stage) -> Delivery:
    """Return a delivery whose files are uploaded, due in ten minutes."""
    one = stage.queue(due=stage.clock.now() + AHEAD, ahead=AHEAD)
    stage.work()
    found = stage.now(one)
    assert found.state is State.STAGED
    return found


def later(stage: Stage, one: Delivery, by: timedelta) -> Delivery:
    """Move a delivery by a length, as the command does."""
    (moved,) = stage.store.moving.move("shift", [Move(one, one.due + by, AHEAD, LIVES)])
    return moved


def test_uploads_stay(stage: Stage) -> None:
    """What is staged stays so, wakes at its new time, and nothing goes up again."""
    moved = later(stage, staged(stage), 2 * HOUR)
    assert (moved.state, moved.wake) == (State.STAGED, moved.due)
    stage.wire.calls.clear()
    assert stage.play(moved).state is State.PUBLISHED
    assert not any("/media/upload" in call.url for call in stage.wire.calls)
    assert stage.clock.now() >= moved.due


def test_uploads_that_would_lapse_are_made_again(stage: Stage) -> None:
    """Moved beyond an upload's life, it is prepared anew, so long ahead of its new time."""
    moved = later(stage, staged(stage), 30 * HOUR)
    assert (moved.state, moved.wake) == (State.QUEUED, moved.due - AHEAD)
    stage.wire.calls.clear()
    assert stage.play(moved).state is State.PUBLISHED
    assert any("/media/upload" in call.url for call in stage.wire.calls)


def test_earlier_wakes_the_lane(stage: Stage) -> None:
    """What is moved to an earlier time is looked at then, not at the old one."""
    one = stage.queue(due=stage.clock.now() + 10 * HOUR, ahead=AHEAD)
    moved = later(stage, one, -5 * HOUR)
    assert stage.store.lanes.next_wake() == moved.due - AHEAD
    later(stage, moved, 20 * HOUR)
    assert stage.store.lanes.next_wake() == moved.due + 20 * HOUR - AHEAD


def test_whoever_was_quicker_wins(stage: Stage) -> None:
    """A delivery that was changed or has begun to leave since it was read is not moved at all."""
    one, two = (stage.queue(f"Post {n}", due=stage.clock.now() + HOUR) for n in range(2))
    stage.store.people.cancel(two)
    moves = [Move(one, one.due + HOUR), Move(two, two.due + HOUR)]
    with pytest.raises(Superseded):
        stage.store.moving.move("shift", moves)
    assert stage.now(one).due == one.due
    assert stage.store.moving.newest() is None


def test_what_was_sent_once_keeps_its_time(tmp_path: Path) -> None:
    """A delivery with a mark is not moved, even where it waits to be tried again."""
    with stages(X_KIT, tmp_path) as make:
        stage = make()
        one = stage.queue()
        stage.wire.unplug(1)
        stage.work()
        waiting = stage.now(one)
        assert waiting.state in {State.QUEUED, State.PUBLISHING}
        assert stage.store.moving.tried(waiting)
        with pytest.raises(Superseded):
            later(stage, waiting, HOUR)


def test_a_batch_remembers_what_was(stage: Stage) -> None:
    """The newest batch has its deliveries with both times and whoever had decided before."""
    one = stage.queue(due=stage.clock.now() + HOUR)
    first = later(stage, one, HOUR)
    second = later(stage, first, HOUR)
    moving = stage.store.moving
    batch = moving.newest()
    assert batch is not None
    (past,) = moving.of(batch)
    assert (past.was, past.due, past.decided_by) == (first.due, second.due, "test")
    moving.undo(batch, [Move(second, past.was)], [past])
    before = moving.newest()
    assert before is not None
    assert before.id == batch.before
    (past,) = moving.of(before)
    assert (past.was, past.decided_by) == (one.due, None)
    assert stage.now(one).due == first.due
