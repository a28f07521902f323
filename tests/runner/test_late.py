"""What comes late: whether it still goes out, and how far apart from other posts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from microcom.core.account import Lateness, Missed
from microcom.core.capability import Ceiling
from microcom.core.config import Config
from microcom.core.delivery import Delivery, State
from microcom.emulator.faults import Fault
from microcom.testing.stage import NOON, Stage

HOUR = timedelta(hours=1)
GAP = timedelta(seconds=132)
"""What a ceiling of thirty posts an hour leaves between two of them, and a tenth."""


def ruled(stage: Stage, ceiling: int = 30, **rules: Any) -> None:  # noqa: ANN401 - keys of Rules
    """Let the timeline follow these rules beside a ceiling of so many posts an hour."""
    account = stage.kit.account
    own = replace(account.rules, ceiling=Ceiling(hour=ceiling, day=1000), **rules)
    place = replace(account.communities["timeline"], rules=own)
    account = replace(account, communities={"timeline": place})
    file = (str(stage.folder / "accounts.yaml"),)
    config = Config(account.project, "UTC", file, "1", {account.name: account}, {}, {}, {})
    stage.store.accounts.register(config, [account.name])


def left(stage: Stage) -> list[tuple[datetime, int]]:
    """Return when which delivery left, in that order."""
    rows = stage.store.db.all(
        "SELECT marked_at, delivery FROM mark WHERE state = 'answered' ORDER BY marked_at"
    )
    epoch = datetime(1970, 1, 1, tzinfo=NOON.tzinfo)
    return [(epoch + timedelta(microseconds=at), number) for at, number in rows]


def gaps(stage: Stage) -> list[timedelta]:
    """Return the times between one post and the next."""
    times = [at for at, _ in left(stage)]
    return [after - before for before, after in pairwise(times)]


def backlog(stage: Stage, count: int) -> list[Delivery]:
    """Return posts that were due a minute after the other, the first of them an hour ago."""
    start = stage.clock.now()
    posts = [stage.queue(f"Late {n}", due=start + timedelta(minutes=n / 4)) for n in range(count)]
    stage.clock.sleep(HOUR.total_seconds())
    return posts


def run_out(stage: Stage) -> None:
    """Work until nothing waits any more."""
    while True:
        stage.work()
        wake = stage.store.lanes.next_wake()
        if wake is None:
            return
        stage.clock.reach(wake)


def test_after_a_downtime_nothing_fires_in_a_burst(stage: Stage) -> None:
    """Posts that are late leave one by one in their order, as far apart as the ceiling says."""
    ruled(stage)
    posts = backlog(stage, 8)
    run_out(stage)
    assert [number for _, number in left(stage)] == [one.id for one in posts]
    assert set(gaps(stage)) == {GAP}


def test_late_posts_do_not_reach_the_ceiling(stage: Stage) -> None:
    """However low the ceiling of an hour is, a backlog does not stop its own account."""
    ruled(stage, ceiling=3, missed=Missed(Lateness.SEND))
    backlog(stage, 8)
    run_out(stage)
    assert set(gaps(stage)) == {timedelta(minutes=22)}
    assert len(left(stage)) == 8
    assert stage.store.accounts.stops() == []


def test_each_late_post_is_put_off_once(stage: Stage) -> None:
    """A place in the line is given once: a backlog of any length costs a move for each post."""
    ruled(stage, missed=Missed(Lateness.SEND))
    posts = backlog(stage, 40)
    before = sum(one.revision for one in posts)
    stage.work()
    moved = [stage.now(one) for one in posts]
    assert sum(one.revision for one in moved if one.state is State.QUEUED) == before + 40 - 2
    wakes = sorted(one.wake for one in moved if one.wake is not None)
    run_out(stage)
    plain = stage.now(posts[0]).revision  # what a post that was never put off goes through
    assert [stage.now(one).revision for one in posts[1:]] == [plain + 1] * 39
    assert [at for at, _ in left(stage)][1:] == wakes


def test_a_worker_that_is_a_little_late_moves_nobody(stage: Stage) -> None:
    """Seconds that a post leaves behind its place do not cost the next one its own."""
    ruled(stage, missed=Missed(Lateness.SEND))
    posts = backlog(stage, 6)
    late = iter([7, 0, 9, 3, 0, 0])
    stage.work()
    places = [stage.now(one).revision for one in posts[1:]]
    while (wake := stage.store.lanes.next_wake()) is not None:
        stage.clock.reach(wake + timedelta(seconds=next(late)))
        stage.work()
    assert [number for _, number in left(stage)] == [one.id for one in posts]
    assert len(set(places)) == 1
    assert len({stage.now(one).revision for one in posts[1:]}) == 1


def test_a_clock_that_was_set_back_makes_no_gap_longer(stage: Stage) -> None:
    """The last post seems to have left in an hour's time: nobody waits for that."""
    ruled(stage, missed=Missed(Lateness.SEND))
    first = stage.queue("Before", due=stage.clock.now() + timedelta(hours=2))
    stage.clock.reach(first.due)
    stage.work()
    stage.clock.sleep(-3600)
    late = stage.queue("Late", due=stage.clock.now() - timedelta(minutes=10))
    stage.work()
    assert stage.now(late).state is State.PUBLISHED


def test_what_is_due_meanwhile_is_not_late(stage: Stage) -> None:
    """A post in its time leaves at its second; the late one whose turn that was goes last."""
    ruled(stage)
    posts = backlog(stage, 4)
    stage.work()
    due = stage.clock.now() + timedelta(seconds=100)
    punctual = stage.queue("In time", due=due)
    run_out(stage)
    order = left(stage)
    assert (due, punctual.id) in order
    assert [number for _, number in order] == [
        *(posts[0].id, punctual.id, posts[2].id, posts[3].id, posts[1].id)
    ]
    late = [at for at, number in order if number != punctual.id]
    assert all(one - due >= GAP * 0.9 for one in late if one > due)


def test_a_place_that_nobody_waits_at_holds_up_nobody(stage: Stage) -> None:
    """What is cancelled gives its place up: one that comes late afterwards need not go behind."""
    ruled(stage)
    posts = backlog(stage, 20)
    stage.work()
    for one in posts[1:]:
        stage.store.people.cancel(stage.now(one))
    stage.queue("Later", due=stage.clock.now() - timedelta(minutes=10))
    run_out(stage)
    assert gaps(stage) == [GAP]


def test_a_paused_account_does_not_burst_when_resumed(stage: Stage) -> None:
    """Places that passed during a pause are given anew."""
    ruled(stage, missed=Missed(Lateness.SEND))
    posts = backlog(stage, 6)
    stage.work()
    name = stage.kit.account.name
    stage.store.accounts.park(name, "asked", by_person=True)
    stage.clock.sleep(3 * 3600)
    stage.work()
    assert len(left(stage)) == 1
    stage.store.accounts.resume(name)
    run_out(stage)
    assert len(left(stage)) == len(posts)
    assert min(gaps(stage)) == GAP


@pytest.mark.parametrize(
    ("do", "state", "sends"),
    [
        (Lateness.SEND, State.PUBLISHED, 2),
        (Lateness.HOLD, State.HELD, 1),
        (Lateness.SKIP, State.MISSED, 1),
    ],
)
def test_what_returns_from_doubt_late(stage: Stage, do: Lateness, state: State, sends: int) -> None:
    """Found absent an hour after its time, a post is sent, held or skipped as its rule says."""
    ruled(stage, missed=Missed(do, timedelta(minutes=30)))
    stage.wire.arm("lost_request", method="POST")
    delivery = stage.queue("One")
    stage.work()
    stage.clock.sleep(3600)
    ended = stage.play(delivery)
    assert (ended.state, stage.sends(), len(stage.published())) == (state, sends, sends - 1)


def test_a_thread_with_a_part_out_is_never_too_late(stage: Stage) -> None:
    """What has begun is finished, however late: half a thread would be worse."""
    ruled(stage, missed=Missed(Lateness.SKIP, timedelta(minutes=30)))
    stage.wire.arm("lost_request", method="POST", nth=2)
    delivery = stage.queue("One", "Two")
    stage.work()
    stage.clock.sleep(3600)
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (State.PUBLISHED, ["One", "Two"])


def test_what_returns_from_doubt_is_spaced(stage: Stage) -> None:
    """Found absent just after another post has left, it waits its gap like all that is late."""
    ruled(stage)
    stage.wire.arm("lost_request", method="POST")
    doubtful = stage.queue("One")
    stage.work()
    stage.emulator.faults.arm(Fault("user_posts", "503-before", count=None))
    beside = stage.queue("Beside", due=stage.clock.now() + timedelta(minutes=10))
    while not left(stage):
        stage.clock.reach(stage.store.lanes.next_wake() or beside.due)
        stage.work()
    stage.emulator.faults.clear()
    stage.store.people.look_again(stage.now(doubtful), stage.clock.now())
    run_out(stage)
    assert [number for _, number in left(stage)] == [beside.id, doubtful.id]
    assert gaps(stage) == [GAP]
