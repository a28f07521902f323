"""A queue that is locked, full or read-only: nothing leaves unmarked, and nothing is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import queue_of
from tests.delivery.meddling import Aim, marks, meddled

from microcom.core.delivery import State
from microcom.errors import StoreError
from microcom.platforms.x.emulator import XEmulator
from microcom.store import sqlite
from microcom.testing.stage import Stage

if TYPE_CHECKING:
    from tests.cli.house import House

WRITE_VERSION = 18
"""Where an SQLite file says by which version it may be written."""
OF_THE_FUTURE = b"\x03"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch, make: Callable[..., Stage]) -> Stage:
    """Return X's account, whose queue waits for a lock for an instant only."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.02)
    return make()


@contextmanager
def locked(stage: Stage) -> Iterator[None]:
    """Hold the queue as another program does that writes and does not end."""
    with closing(sqlite3.connect(stage.folder / "queue.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


class Locks:
    """Another program that takes the queue's lock at one moment and lets go of it at another."""

    def __init__(self, stage: Stage) -> None:
        self._other = sqlite3.connect(stage.folder / "queue.db", isolation_level=None)

    def take(self) -> None:
        """Begin to write."""
        self._other.execute("BEGIN IMMEDIATE")

    def let_go(self) -> None:
        """End without having written."""
        self._other.execute("ROLLBACK")
        self._other.close()


def fails(stage: Stage, code: str) -> None:
    """Work, and hold that the queue fails with a code and says what to do."""
    with pytest.raises(StoreError) as caught:
        stage.work()
    assert caught.value.code == code
    assert str(stage.folder / "queue.db") in caught.value.message
    assert caught.value.hint


@pytest.mark.sqlite("a file that is locked, or on a full disk")
def test_a_lock_before_anything_began(hasty: Stage) -> None:
    """Another program holds the queue: a run says so and sends nothing; the next one sends it."""
    delivery = hasty.queue("One")
    with locked(hasty):
        fails(hasty, "store.locked")
        assert (hasty.wire.calls, hasty.now(delivery).state) == ([], State.QUEUED)
    ended = hasty.play(delivery)
    assert (ended.state, hasty.published(), hasty.sends()) == (State.PUBLISHED, ["One"], 1)


@pytest.mark.sqlite("a file that is locked, or on a full disk")
def test_a_lock_at_the_mark(hasty: Stage) -> None:
    """Locked when leave is asked for: without a mark nothing leaves; it goes out later, once."""
    delivery = hasty.queue("One", "Two")
    wire, locks = meddled(hasty), Locks(hasty)
    wire.before.append((Aim(nth=2), locks.take))
    fails(hasty, "store.locked")
    assert (hasty.published(), hasty.sends(), marks(hasty, delivery)) == (["One"], 1, ["answered"])
    locks.let_go()
    hasty.rise()
    ended = hasty.play(delivery)
    assert (ended.state, hasty.published(), hasty.sends()) == (State.PUBLISHED, ["One", "Two"], 2)


@pytest.mark.sqlite("a file that is locked, or on a full disk")
def test_a_lock_at_the_answer(hasty: Stage) -> None:
    """Locked when the answer comes, it cannot be kept: the mark stays open and is looked into."""
    delivery = hasty.queue("One")
    wire, locks = meddled(hasty), Locks(hasty)
    wire.after.append((Aim(), locks.take))
    fails(hasty, "store.locked")
    assert (hasty.published(), marks(hasty, delivery)) == (["One"], ["open"])
    locks.let_go()
    hasty.rise()
    ended = hasty.play(delivery)
    assert (ended.state, hasty.published(), hasty.sends()) == (State.PUBLISHED, ["One"], 1)
    assert marks(hasty, delivery) == ["answered"]


@pytest.mark.sqlite("a file that is locked, or on a full disk")
def test_a_lock_while_a_person_decides(hasty: Stage) -> None:
    """A cancel that could not be written is refused, and so it was not said."""
    delivery = hasty.queue("One")
    with locked(hasty), pytest.raises(StoreError) as caught:
        hasty.store.people.cancel(delivery)
    assert caught.value.code == "store.locked"
    assert hasty.play(delivery).state is State.PUBLISHED
    assert (hasty.published(), hasty.sends()) == (["One"], 1)


# --- full -----------------------------------------------------------------------------------------


def fill(stage: Stage) -> None:
    """Let the queue not grow by a page from now on."""
    pages = stage.store.db.value("PRAGMA page_count")
    stage.store.db.run(f"PRAGMA max_page_count = {pages}")


def make_room(stage: Stage) -> None:
    """Let it grow again."""
    stage.store.db.all("PRAGMA max_page_count = 1000000")


@pytest.mark.sqlite("a file that is locked, or on a full disk")
def test_a_disk_that_is_full_at_the_mark(stage: Stage) -> None:
    """A mark that finds no room is none: nothing leaves; once there is room, it goes out."""
    assert isinstance(stage.emulator, XEmulator)
    stage.emulator.person("acme-x").premium = True
    text = "Coffee. " * 2500  # more than a page of what a mark has to remember
    delivery = stage.queue(text.strip())
    fill(stage)
    fails(stage, "store.full")
    assert (stage.wire.calls, stage.published(), marks(stage, delivery)) == ([], [], [])
    assert stage.now(delivery).state is State.QUEUED
    make_room(stage)
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (State.PUBLISHED, [text.strip()])
    assert (stage.sends(), marks(stage, delivery)) == (1, ["answered"])


@pytest.mark.sqlite("a file that is locked, or on a full disk")
def test_a_disk_that_is_full_when_queueing(stage: Stage) -> None:
    """What finds no room is not queued, not even in part; what was queued before goes out."""
    earlier = stage.queue("One")
    fill(stage)
    with pytest.raises(StoreError) as caught:
        stage.queue("Two", "x" * 200_000)
    assert caught.value.code == "store.full"
    assert "Free some space" in (caught.value.hint or "")
    make_room(stage)
    assert stage.store.queue.counts() == {State.QUEUED: 1}
    assert stage.play(earlier).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["One"], 1)


@pytest.mark.sqlite("a file that is locked, or on a full disk")
def test_a_disk_that_is_full_at_the_answer(stage: Stage) -> None:
    """An answer that finds no room leaves the mark open: the post is found again, not made."""
    delivery = stage.queue("One")
    wire = meddled(stage)
    wire.after.append((Aim(), lambda: crowd(stage)))
    fails(stage, "store.full")
    assert (stage.published(), marks(stage, delivery)) == (["One"], ["open"])
    make_room(stage)
    stage.rise()
    ended = stage.play(delivery)
    assert (ended.state, stage.published(), stage.sends()) == (State.PUBLISHED, ["One"], 1)


def crowd(stage: Stage) -> None:
    """Fill the last page of what is told of events to the brim, and let the queue not grow."""
    fill(stage)
    for size in (2000, 500, 100, 20, 1):
        more = "INSERT INTO event (at, actor, version, kind, data) VALUES (0, '', '', '', :data)"
        while True:
            try:
                stage.store.db.run(more, data="x" * size)
            except StoreError:
                break


# --- read-only ------------------------------------------------------------------------------------


def make_read_only(path: Path) -> None:
    """Let a queue be one that this program may read and not write, whoever runs it."""
    with path.open("r+b") as file:
        file.seek(WRITE_VERSION)
        file.write(OF_THE_FUTURE)


@pytest.mark.sqlite("a file that may only be read")
def test_a_queue_that_may_only_be_read(rehearsal: House) -> None:
    """A run that cannot write exits 3, says why and what to do, and sends nothing."""
    assert rehearsal.run("post", "Later", "--to", "acme-x", "--at", "+1h").code == 0
    with queue_of(rehearsal) as store:
        path = Path(store.db.path)
        store.db.run("UPDATE delivery SET due_at = due_at - 3600000000, wake_at = 1")
        store.db.run("UPDATE lane SET next_at = 1 WHERE next_at IS NOT NULL")
    written = path.read_bytes()[WRITE_VERSION : WRITE_VERSION + 1]
    make_read_only(path)
    for words in (["run"], ["post", "Another", "--to", "acme-x"]):
        said = rehearsal.run(*words)
        assert said.code == 3
        assert f"The queue {path} is read-only." in said.err
        assert "write access" in said.err
    document = rehearsal.run("run", "--json").document
    assert [one["code"] for one in document["problems"]] == ["store.readonly"]
    (row,) = rehearsal.run("queue", "list", "--json").deliveries  # reading still works
    assert (row["state"], rehearsal.published()) == ("queued", [])
    with path.open("r+b") as file:
        file.seek(WRITE_VERSION)
        file.write(written)
    assert rehearsal.run("run").code == 0
    assert rehearsal.published() == ["Later"]
