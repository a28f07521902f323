"""Deliveries that say the same are found through an index, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conformance.kits import X_KIT

from microcom.core.delivery import Delivery, State
from microcom.core.moves import Move
from microcom.core.post import Snapshot
from microcom.core.sameness import Said
from microcom.core.target import Target
from microcom.store.alike import FIND, MOST
from microcom.testing.stage import Stage, stages

MENU = "Our winter menu is here: five drinks, one never served before"
NEARLY = "Our WINTER menu is here! five drinks, one never servd before 🎉 https://acme.example"
DAY = timedelta(days=1)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Return X's account with an empty queue."""
    with stages(X_KIT, tmp_path) as make:
        yield make()


def queued(stage: Stage, text: str = MENU, days: int = 1) -> Delivery:
    """Queue a text, due in so many days."""
    return stage.queue(text, due=stage.clock.now() + days * DAY)


def near(
    stage: Stage, text: str = NEARLY, days: int = 30, client: str | None = None
) -> list[int | None]:
    """Return the numbers of what may be like a text, due within so many days of now."""
    account, now = stage.kit.account, stage.clock.now()
    circle, target = (account.project, client or account.client), Target("other", "timeline")
    said = Said(circle, account.platform, target, "new", now, "UTC", Snapshot((text,)))
    return [one.number for one in stage.store.alike.near(said, now - days * DAY, now + days * DAY)]


def test_what_says_the_same_is_found(stage: Stage) -> None:
    """Nearly the same words of a client on a platform are found, others and others' are not."""
    one = queued(stage)
    queued(stage, "Doors open at nine on Friday, and coffee is on the house until ten")
    assert near(stage) == [one.id]
    assert near(stage, MENU) == [one.id]
    assert near(stage, client="somebody else") == []


def test_only_what_is_near_in_time(stage: Stage) -> None:
    """What is due later than that is not looked at."""
    one = queued(stage, days=20)
    assert near(stage, days=19) == []
    assert near(stage, days=20) == [one.id]


def test_what_will_not_go_out_is_nothing(stage: Stage) -> None:
    """What was cancelled or failed is not found; what is queued again after that is."""
    one, two = queued(stage), queued(stage, NEARLY)
    stage.store.people.cancel(one)
    failed = stage.store.queue.move(None, two, State.FAILED, reason="refused")
    assert near(stage) == []
    stage.store.people.retry(failed, stage.clock.now())
    assert near(stage) == [two.id]


def test_what_is_out_is_found_by_the_time_it_left(stage: Stage) -> None:
    """A published text stands in the way for as long as the rule says, and no longer."""
    done = stage.play(stage.queue(MENU))
    assert done.state is State.PUBLISHED
    assert near(stage) == [done.id]
    stage.clock.reach(stage.clock.now() + 31 * DAY)
    assert near(stage) == []


def test_what_is_moved_is_found_at_its_new_time(stage: Stage) -> None:
    """After a move, and after a late release, the index speaks of the time it now has."""
    one = queued(stage, days=60)
    assert near(stage) == []
    move = Move(one, stage.clock.now() + DAY, timedelta(), DAY)
    stage.store.moving.move("move", [move])
    assert near(stage) == [one.id]

    held = stage.store.queue.move(None, queued(stage, "Late words, held for long"), State.HELD)
    stage.clock.reach(stage.clock.now() + 90 * DAY)
    stage.store.people.release(held, stage.clock.now())
    assert near(stage, "Late words, held for long") == [held.id]


def test_a_thousand_of_the_same_do_not_slow_it(stage: Stage) -> None:
    """However many say the same, a bounded number of them is read; one of those is enough."""
    with stage.store.db.transaction():
        for _ in range(3 * MOST):
            stage.queue(MENU, due=stage.clock.now() + DAY, again=True)
    assert 1 <= len(near(stage)) <= MOST


@pytest.mark.sqlite("the words of EXPLAIN QUERY PLAN are SQLite's")
def test_the_index_is_looked_up_not_walked(stage: Stage) -> None:
    """One mark within a time is a search of the key alone, without sorting."""
    plan = stage.store.db.all(f"EXPLAIN QUERY PLAN {FIND}", mark=1, since=0, until=1, most=MOST)
    (step,) = [row[-1] for row in plan]
    assert step == "SEARCH alike USING PRIMARY KEY (mark=? AND due_at>? AND due_at<?)"
