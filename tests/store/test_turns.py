"""Turns at writing: threads write one after the other, and wait for the disk together."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from microcom.errors import StoreError
from microcom.runner.clock import SystemClock
from microcom.store import sqlite
from microcom.store.disk import to_drive
from microcom.store.sqlite import SqliteDatabase, attach

PATIENT = 10.0
TABLES = (
    "CREATE TABLE note (text TEXT PRIMARY KEY)",
    """CREATE TABLE reply (note TEXT NOT NULL
        REFERENCES note (text) DEFERRABLE INITIALLY DEFERRED)""",
)


@pytest.fixture
def open_(tmp_path: Path) -> Iterator[Callable[[], SqliteDatabase]]:
    """Return what opens one more connection to the same file, as each thread has one."""
    opened: list[SqliteDatabase] = []

    def make() -> SqliteDatabase:
        opened.append(attach(str(tmp_path / "queue.db"), SystemClock()))
        return opened[-1]

    first = make()
    for table in TABLES:
        first.run(table)
    yield make
    for one in opened:
        one.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Return threads."""
    with ThreadPoolExecutor(4) as threads:
        yield threads


def write(database: SqliteDatabase, text: str) -> None:
    """Write a note that has to be on disk."""
    database.run("INSERT INTO note VALUES (:text)", text=text)


def noted(database: SqliteDatabase) -> set[str]:
    """Return the notes that are committed."""
    return {row[0] for row in database.all("SELECT text FROM note")}


class Disk:
    """A disk that says what was waited for: the notes that were committed by then."""

    def __init__(self, queue: Path) -> None:
        self.waits: list[set[str]] = []
        self.broken = 0
        self.slow: threading.Event | None = None
        """What each wait waits for, where there is one."""
        self.begun = threading.Event()
        self._queue = queue

    def to_drive(self, number: int) -> None:
        """Wait for the queue's log, and for nothing else."""
        assert os.path.samestat(os.fstat(number), os.stat(f"{self._queue}-wal"))  # noqa: PTH116
        if self.broken:
            raise OSError(self.broken, os.strerror(self.broken))
        with closing(sqlite3.connect(self._queue)) as eyes:
            self.waits.append({row[0] for row in eyes.execute("SELECT text FROM note")})
        self.begun.set()
        if self.slow is not None:
            assert self.slow.wait(PATIENT)
        to_drive(number)


@pytest.fixture
def disk(
    open_: Callable[[], SqliteDatabase], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Disk:
    """Return the disk that is waited for from now on."""
    del open_
    disk = Disk(tmp_path / "queue.db")
    monkeypatch.setattr(sqlite, "to_drive", disk.to_drive)
    return disk


def behind(pool: ThreadPoolExecutor, work: Callable[[], None]) -> Future[None]:
    """Begin some work in another thread, while the caller has the turn."""
    begun = threading.Event()

    def working() -> None:
        begun.set()
        work()

    later = pool.submit(working)
    assert begun.wait(PATIENT)
    return later


def test_one_writes_after_the_other(
    open_: Callable[[], SqliteDatabase], pool: ThreadPoolExecutor
) -> None:
    """Who comes while another writes waits for its turn, and finds what that one wrote."""
    one, other = open_(), open_()
    seen: list[set[str]] = []

    def write_behind() -> None:
        with other.transaction():
            seen.append(noted(other))
            write(other, "second")

    with one.transaction():
        write(one, "first")
        later = behind(pool, write_behind)
        assert seen == []
    later.result(PATIENT)
    assert seen == [{"first"}]
    assert noted(open_()) == {"first", "second"}


def test_what_fails_is_taken_back(
    open_: Callable[[], SqliteDatabase], pool: ThreadPoolExecutor
) -> None:
    """What raises inside leaves nothing behind, and lets the next one write."""
    one, other = open_(), open_()

    def fail() -> None:
        with other.transaction():
            write(other, "never")
            raise LookupError

    with one.transaction():
        write(one, "kept")
        later = behind(pool, fail)
    with pytest.raises(LookupError):
        later.result(PATIENT)
    write(other, "next")
    assert noted(open_()) == {"kept", "next"}


def test_a_commit_that_fails_is_told(open_: Callable[[], SqliteDatabase]) -> None:
    """Nobody takes for written what was not, and the next one writes as if nothing had been."""
    one, other = open_(), open_()

    def lose() -> None:
        with one.transaction():
            write(one, "lost")
            one.run("INSERT INTO reply VALUES ('to nobody')")

    with pytest.raises(StoreError, match="FOREIGN KEY"):
        lose()
    assert noted(open_()) == set()
    write(one, "next")
    write(other, "and next")
    assert noted(open_()) == {"next", "and next"}


def test_a_rehearsal_takes_its_turn(
    open_: Callable[[], SqliteDatabase], pool: ThreadPoolExecutor
) -> None:
    """A dry run behind somebody finds what that one wrote, and takes back only its own."""
    one, other = open_(), open_()

    def rehearse() -> None:
        with other.trial():
            write(other, "rehearsed")
            assert noted(open_()) == {"kept"}

    with one.transaction():
        write(one, "kept")
        later = behind(pool, rehearse)
    later.result(PATIENT)
    assert noted(open_()) == {"kept"}


# --- the disk -------------------------------------------------------------------------------------


def test_what_waits_for_the_disk_is_there_when_it_returns(
    open_: Callable[[], SqliteDatabase], disk: Disk
) -> None:
    """The log is waited for once it has everything, whatever was written: rows, or a schema."""
    one = open_()
    with one.transaction():
        write(one, "first")
        write(one, "second")
        assert disk.waits == []
    assert disk.waits == [{"first", "second"}]
    one.version = 7
    one.run("CREATE TABLE more (text TEXT)")
    assert len(disk.waits) == 3


def test_others_write_while_one_waits_for_the_disk(
    open_: Callable[[], SqliteDatabase], disk: Disk, pool: ThreadPoolExecutor
) -> None:
    """Nothing is locked meanwhile; who commits then shares the next wait with all who did."""
    one, *others = open_(), open_(), open_()
    disk.slow = threading.Event()
    first = pool.submit(write, one, "first")
    assert disk.begun.wait(PATIENT)
    later = [pool.submit(write, other, f"later {n}") for n, other in enumerate(others)]
    eyes = open_()
    while len(noted(eyes)) < 3:
        threading.Event().wait(0.001)
    assert not any(one.done() for one in (first, *later))
    disk.slow.set()
    for each in (first, *later):
        each.result(PATIENT)
    assert disk.waits == [{"first"}, {"first", "later 0", "later 1"}]


def test_a_disk_that_fails_is_told_to_all_who_wait(
    open_: Callable[[], SqliteDatabase], disk: Disk
) -> None:
    """Who could not wait is told so; what comes next waits for that, too."""
    one, other = open_(), open_()
    for number, code in ((errno.EIO, "store.disk"), (errno.ENOSPC, "store.full")):
        disk.broken = number
        for each in (one, other):
            with pytest.raises(StoreError) as caught:
                write(each, f"{code} {each is one}")
            assert caught.value.code == code
    disk.broken = 0
    write(one, "whole")
    assert len(disk.waits) == 1
    assert len(disk.waits[0]) == 5


def test_what_is_light_waits_for_no_disk(open_: Callable[[], SqliteDatabase], disk: Disk) -> None:
    """It is there for all at once; with what waits it is on disk, too."""
    one = open_()
    with one.light_transaction():
        one.run_light("INSERT INTO note VALUES ('light')")
    assert (noted(open_()), disk.waits) == ({"light"}, [])
    one.to_disk()
    assert disk.waits == []
    with one.transaction():
        one.run_light("INSERT INTO note VALUES ('inside')")
    assert disk.waits == [{"light", "inside"}]


def test_what_waits_for_the_disk_never_joins_what_is_light(
    open_: Callable[[], SqliteDatabase],
) -> None:
    """Inside a light transaction it is refused, and nothing is written."""
    one = open_()
    with pytest.raises(AssertionError), one.light_transaction(), one.transaction():
        write(one, "never")
    write(one, "next")
    assert noted(open_()) == {"next"}


def test_what_is_to_be_on_disk_soon_is_waited_for_once(
    open_: Callable[[], SqliteDatabase], disk: Disk
) -> None:
    """It is there for all at once; whoever wants it on disk waits, unless somebody has."""
    one, other = open_(), open_()
    with one.soon_transaction():
        write(one, "soon")
    assert (noted(open_()), disk.waits) == ({"soon"}, [])
    one.to_disk()
    one.to_disk()
    assert disk.waits == [{"soon"}]
    with one.soon_transaction():
        write(one, "again")
    write(other, "waited for")
    one.to_disk()
    assert disk.waits == [{"soon"}, {"soon", "again", "waited for"}]


def test_a_failure_leaves_nothing_to_wait_for(
    open_: Callable[[], SqliteDatabase], disk: Disk
) -> None:
    """What raised inside was not written, and what comes next waits as ever."""
    one = open_()
    for begin in (one.soon_transaction, one.light_transaction, one.transaction):
        with pytest.raises(LookupError), begin():
            raise LookupError
        one.to_disk()
    assert disk.waits == []
    write(one, "next")
    assert disk.waits == [{"next"}]


def test_another_program_that_holds_the_file_is_waited_for(
    open_: Callable[[], SqliteDatabase], pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """A writer of another process lets go: what waited is written."""
    one = open_()
    with closing(sqlite3.connect(tmp_path / "queue.db", isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        begun = pool.submit(write, one, "late")
        stranger.execute("INSERT INTO note VALUES ('stranger')")
        assert not begun.done()
        stranger.execute("COMMIT")
    begun.result(PATIENT)
    assert noted(open_()) == {"stranger", "late"}
