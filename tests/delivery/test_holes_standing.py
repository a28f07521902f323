"""Holes 5 and 10: a queue that comes back to life, and two queues for one account."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conformance.kits import X_KIT
from tests.runner.signing import log_in, service, with_app

from microcom.core.delivery import State
from microcom.runner.adoption import adopt
from microcom.runner.archive import Archive
from microcom.runner.export import Source, export
from microcom.runner.health import look
from microcom.runner.ownership import ForeignError
from microcom.runner.restore import restore
from microcom.testing.stage import Stage, stages

if TYPE_CHECKING:
    from microcom.core.delivery import Delivery
    from microcom.store import Store

alone = pytest.mark.sqlite("a file can be copied")
WEEK = timedelta(days=7)


def copied(stage: Stage, name: str, *, log: bool = True) -> str:
    """Copy the queue's file, as `cp` does, with its write-ahead log or without; return where to."""
    folder = stage.folder / name
    folder.mkdir()
    for end in ("", "-wal") if log else ("",):
        source = Path(stage.place + end)
        if source.exists():
            shutil.copy(source, folder / ("queue.db" + end))
    return str(folder / "queue.db")


def move_to(stage: Stage, place: str) -> Store:
    """Let the stage's processes use the queue at a place from now on."""
    stage.place = place
    stage.store = stage.opened()
    return stage.store


def put_back(stage: Stage, place: str) -> Store:
    """Put an older copy in the place of the queue, as whoever restores a snapshot does."""
    stage.close()
    for end in ("-wal", "-shm"):
        Path(stage.place + end).unlink(missing_ok=True)
        if Path(place + end).exists():
            shutil.copy(place + end, stage.place + end)
    shutil.copy(place, stage.place)
    return move_to(stage, stage.place)


def adopted(stage: Stage) -> None:
    """Adopt the stage's account, and let everything happen that follows from that."""
    adopt(stage.store, stage.access(), stage.kit.account.name)


def nothing_leaves(stage: Stage, *deliveries: Delivery) -> None:
    """Hold that no process sends any of these, and that each says why."""
    sends = stage.sends()
    stage.work()
    assert stage.sends() == sends
    for one in map(stage.now, deliveries):
        assert (one.state, one.wake) == (State.HELD, None)
        assert "microcom store adopt" in (one.reason or "")


def exported(stage: Stage) -> Path:
    """Export the stage's queue."""
    path = stage.folder / "monday.zip"
    export(Source(stage.store, stage.media), path)
    return path


def restored(stage: Stage, path: Path) -> None:
    """Let the stage's processes use a new queue, filled from an export."""
    folder = stage.folder / "restored"
    folder.mkdir()
    stage.place = str(folder / "queue.db")
    stage.store = stage.opened(create=True)
    with closing(Archive(path)) as archive:
        restore(archive, stage.store, stage.media, lambda: stage.secrets, {})


@alone
def test_hole_05_mondays_export_on_friday(stage: Stage) -> None:
    """Restored on Friday, Monday's export posts nothing twice: a week of posts is found again."""
    start = stage.clock.now()
    days = [stage.queue(f"Day {day}", due=start + timedelta(days=day)) for day in range(7)]
    monday = exported(stage)
    for day in range(5):
        stage.clock.reach(start + timedelta(days=day, minutes=1))
        stage.work()
        assert stage.now(days[day]).state is State.PUBLISHED
    sends = stage.sends()
    restored(stage, monday)
    nothing_leaves(stage, *days)
    assert "restored from an export of 2026-11-23 12:00 UTC" in (stage.now(days[0]).reason or "")
    adopted(stage)
    for _ in range(60):
        stage.work()
        wake = stage.store.lanes.next_wake()
        assert wake is not None
        stage.clock.reach(min(wake, start + timedelta(days=4.5)))
    assert {stage.now(one).state for one in days[:5]} == {State.PUBLISHED}
    assert (stage.published(), stage.sends()) == ([f"Day {day}" for day in range(5)], sends)
    assert [stage.now(one).wake for one in days[5:]] == [one.due for one in days[5:]]
    for one in days[5:]:
        stage.clock.reach(one.due)
        assert stage.play(one).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == ([f"Day {day}" for day in range(7)], sends + 2)
    assert len({stage.now(one).remote_id for one in days}) == 7


@alone
def test_hole_05_a_token_that_was_renewed_since(tmp_path: Path) -> None:
    """A restored queue takes over the pair that the other one has renewed since."""
    with stages(with_app(X_KIT), tmp_path) as make:
        stage = make()
        log_in(stage)
        monday = exported(stage)
        stage.clock.sleep(3 * 3600)
        assert stage.play(stage.queue("Renewed")).state is State.PUBLISHED
        restored(stage, monday)
        adopted(stage)
        stage.clock.sleep(3 * 3600)
        assert stage.play(stage.queue("Restored")).state is State.PUBLISHED
        assert stage.published() == ["Renewed", "Restored"]


@alone
def test_hole_05_a_copy_renews_nothing(tmp_path: Path) -> None:
    """A copy leaves the other queue's refresh tokens alone until it is adopted."""
    with stages(with_app(X_KIT), tmp_path) as make:
        stage = make()
        log_in(stage)
        move_to(stage, copied(stage, "copy"))
        for _ in range(2):
            wake = stage.store.tokens.next_renewal()
            assert wake is not None
            stage.clock.reach(wake)
            assert list(stage.access().keep_alive()) == []
        assert service(stage).renewals == 0
        adopted(stage)
        wake = stage.store.tokens.next_renewal()
        assert wake is not None
        stage.clock.reach(wake)
        assert list(stage.access().keep_alive()) == []
        assert service(stage).renewals == 1


@alone
def test_a_token_that_somebody_else_has_used(tmp_path: Path) -> None:
    """A refresh token refused at its first use here was used elsewhere: a person reads that."""
    with stages(with_app(X_KIT), tmp_path) as make:
        stage = make()
        log_in(stage)
        service(stage).end_account("acme-x")
        stage.clock.sleep(3 * 3600)
        stage.play(stage.queue("Good morning"))
        (login,) = [one for one in look(stage.store, stage.clock.now()) if one.about == "login"]
        assert "this queue had not used it: another machine may have" in login.what


@alone
def test_hole_05_a_copy_of_the_queue(stage: Stage) -> None:
    """A copy holds what is unfinished; adopted, it finds what the other queue has sent."""
    first, second = stage.queue("One"), stage.queue("Two", due=stage.clock.now() + WEEK)
    copy = copied(stage, "copy")
    assert stage.play(first).state is State.PUBLISHED
    original = stage.place
    move_to(stage, copy)
    nothing_leaves(stage, first, second)
    assert "it is a copy, or was moved" in (stage.now(first).reason or "")
    adopted(stage)
    ended = stage.play(first)
    assert (ended.state, ended.remote_id) == (
        State.PUBLISHED,
        stage.emulator.ledger()[0]["remote_id"],
    )
    assert (stage.published(), stage.sends()) == (["One"], 1)
    waiting = stage.now(second)
    assert (waiting.state, waiting.wake) == (State.QUEUED, waiting.due)
    stage.clock.reach(waiting.due)
    assert stage.play(second).state is State.PUBLISHED
    move_to(stage, original)
    stage.work()
    assert (stage.published(), stage.sends()) == (["One", "Two"], 2)
    assert stage.now(second).state is State.HELD
    assert f"The queue {copy} publishes for" in (stage.now(second).reason or "")


@alone
def test_hole_05_a_copy_without_its_log(stage: Stage) -> None:
    """A copy of the file alone lacks the last marks: put back, it is found to be behind."""
    stage.queue("Before")
    stage.work()
    first, second = stage.queue("One"), stage.queue("Two")
    stage.store.db.all("PRAGMA wal_checkpoint(TRUNCATE)")
    stage.work()
    assert stage.published() == ["Before", "One", "Two"]
    bare = copied(stage, "bare", log=False)
    put_back(stage, bare)
    nothing_leaves(stage, first, second)
    assert "an older copy of itself" in (stage.now(first).reason or "")
    adopted(stage)
    assert stage.play(first).state is stage.play(second).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["Before", "One", "Two"], 3)


@alone
def test_hole_05_a_snapshot_that_is_rolled_back_to(stage: Stage) -> None:
    """What a snapshot does not know to be out is found; what nobody sent goes out by the rules."""
    stage.play(stage.queue("Known"))
    stage.clock.sleep(600)
    snapshot_of = stage.queue("One")
    lost = stage.queue("Lost", due=stage.clock.now() + timedelta(minutes=10))
    snapshot = copied(stage, "snapshot")
    stage.work()
    stage.store.people.cancel(stage.now(lost))
    stage.clock.reach(lost.due)
    put_back(stage, snapshot)
    nothing_leaves(stage, snapshot_of, lost)
    adopted(stage)
    assert stage.play(snapshot_of).state is State.PUBLISHED
    assert stage.play(lost).state is State.PUBLISHED
    assert stage.published() == ["Known", "One", "Lost"]
    assert [one.state for one in stage.pages(lost).marks] == ["absent", "answered"]
    put_back(stage, snapshot)
    stage.work()
    assert stage.published() == ["Known", "One", "Lost"]
    assert stage.now(lost).state is State.HELD


@alone
def test_hole_05_a_thread_of_which_one_part_is_out(stage: Stage) -> None:
    """The parts that the other queue has sent are found, the rest is sent, each once."""
    parts = ("One", "Two", "Three")
    delivery = stage.queue(*parts)
    copy = copied(stage, "copy")
    stage.die(3, "before")
    stage.work_and_die()
    assert stage.published() == ["One", "Two"]
    move_to(stage, copy)
    nothing_leaves(stage, delivery)
    adopted(stage)
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (State.PUBLISHED, list(parts))
    first, second, third = stage.emulator.ledger()
    assert third["in_reply_to"] == second["remote_id"]
    assert ended.remote_id == first["remote_id"]


@alone
def test_hole_05_a_pin_with_its_picture(pins: Stage) -> None:
    """A pin is looked for on its board; nothing of it is uploaded again."""
    pins.play(pins.queue("Before"))
    pins.clock.sleep(3600)
    delivery = pins.queue("Now")
    copy = copied(pins, "copy")
    assert pins.play(delivery).state is State.PUBLISHED
    move_to(pins, copy)
    nothing_leaves(pins, delivery)
    adopted(pins)
    assert pins.play(delivery).state is State.PUBLISHED
    assert (len(pins.published()), pins.sends()) == (2, 2)


@alone
def test_hole_05_a_video_that_nobody_can_be_asked_about(clip: Stage) -> None:
    """TikTok knows a video by its upload alone: a person is asked, and nothing is announced."""
    delivery = clip.queue()
    copy = copied(clip, "copy")
    assert clip.play(delivery).state is State.PUBLISHED
    calls = len(clip.wire.calls)
    move_to(clip, copy)
    nothing_leaves(clip, delivery)
    adopted(clip)
    ended = clip.play(delivery)
    assert (ended.state, ended.wake) == (State.IN_DOUBT, None)
    assert "tiktok cannot be asked about it" in (ended.reason or "")
    assert not [one for one in clip.wire.calls[calls:] if "/init/" in one.url]
    clip.store.people.look_again(ended, clip.clock.now())
    assert clip.play(delivery).state is State.IN_DOUBT
    clip.store.people.resolve(clip.now(delivery), clip.clock.now(), remote_id="7512345678901234567")
    ended = clip.play(delivery)
    assert (ended.state, ended.remote_id) == (State.PUBLISHED, "7512345678901234567")
    assert len(clip.published()) == 1


@alone
def test_hole_05_a_post_that_this_queue_does_not_know(stage: Stage) -> None:
    """Of two posts since, one is found; for the other, what is not out is left to a person."""
    stage.play(stage.queue("Known"))
    stage.clock.sleep(600)
    out, kept = stage.queue("Out"), stage.queue("Cancelled there")
    copy = copied(stage, "copy")
    stage.store.people.cancel(kept)
    stage.play(out)
    stage.play(stage.queue("Queued after the copy"))
    move_to(stage, copy)
    stage.clock.sleep(60)
    adopted(stage)
    assert stage.play(out).state is State.PUBLISHED
    ended = stage.play(kept)
    assert (ended.state, ended.wake) == (State.IN_DOUBT, None)
    assert "a post that nobody here made stands where this one would" in (ended.reason or "")
    assert stage.published() == ["Known", "Out", "Queued after the copy"]


@alone
def test_hole_10_two_queues_for_one_account(stage: Stage) -> None:
    """A second queue that logs in to the same account sends nothing before it is adopted."""
    first = stage.queue("One")
    original = stage.place
    other = stage.folder / "other"
    other.mkdir()
    stage.place = str(other / "queue.db")
    stage.store = stage.opened(create=True)
    stage.log_in()
    mine = stage.queue("Two")
    stage.work()
    assert (stage.sends(), stage.now(mine).state) == (0, State.HELD)
    assert f"The queue {original} publishes for" in (stage.now(mine).reason or "")
    adopted(stage)
    assert stage.play(mine).state is State.PUBLISHED
    move_to(stage, original)
    stage.work()
    assert (stage.published(), stage.now(first).state) == (["Two"], State.HELD)
    adopted(stage)
    ended = stage.play(first)
    assert (ended.state, ended.wake) == (State.IN_DOUBT, None)
    assert "a post that nobody here made stands where this one would" in (ended.reason or "")
    stage.store.people.resolve(ended, stage.clock.now(), remote_id=None)
    assert stage.play(first).state is State.PUBLISHED
    assert stage.published() == ["Two", "One"]


@alone
def test_hole_10_a_worker_that_runs_while_its_login_is_taken(stage: Stage) -> None:
    """A process that has read its tokens before learns within a minute that they are not its."""
    stage.queue("One")
    stage.work()
    access = stage.access()
    known = stage.store.accounts.find(stage.kit.account.name)
    assert known is not None
    access.of(known)
    copy = copied(stage, "copy")
    before, stage.store = stage.store, move_to(stage, copy)
    adopted(stage)
    stage.store = before
    access.of(known)
    stage.clock.sleep(61)
    with pytest.raises(ForeignError):
        access.of(known)


def test_hole_09_a_server_that_has_lost_a_mark(stage: Stage) -> None:
    """Where the queue lacks what its witness saw, what is due is held, adopted, and out once."""
    if stage.store.db.is_file:
        return  # a file's case is above: it is a copy
    stage.play(stage.queue("Before"))
    delivery = stage.queue("Lost")
    later = stage.queue("Later", due=stage.clock.now() + WEEK)
    stage.die(1, "after")
    stage.work_and_die()
    stage.store.db.run("DELETE FROM mark WHERE delivery = :id", id=delivery.id)
    stage.store.db.run(
        "UPDATE delivery SET state = 'queued', wake_at = 1 WHERE id = :id", id=delivery.id
    )
    stage.store = stage.opened()
    nothing_leaves(stage, delivery)
    assert stage.now(later).state is State.QUEUED
    adopted(stage)
    assert stage.play(delivery).state is State.PUBLISHED
    stage.store = stage.opened()
    assert stage.now(delivery).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["Before", "Lost"], 2)
