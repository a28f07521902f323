"""Turns at writing: threads share a commit, each with its own part; what is light waits less."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from microcom.errors import StoreError
from microcom.runner.clock import SystemClock
from microcom.store.sqlite import SqliteDatabase, attach
from microcom.store.turns import Turns

FULL, NORMAL = 2, 1
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


def turns_of(database: SqliteDatabase) -> Turns:
    """Return the turns that a connection takes."""
    turns = database.turns()
    assert turns is not None
    return turns


def write(database: SqliteDatabase, text: str) -> None:
    """Write a note that has to be on disk."""
    database.run("INSERT INTO note VALUES (:text)", text=text)


def noted(database: SqliteDatabase) -> set[str]:
    """Return the notes that are committed."""
    return {row[0] for row in database.all("SELECT text FROM note")}


def behind(turns: Turns, pool: ThreadPoolExecutor, work: Callable[[], None]) -> Future[None]:
    """Begin some work in another thread, and return once it waits for the caller's turn."""
    before = turns.waiting
    begun = pool.submit(work)
    while turns.waiting == before:
        threading.Event().wait(0.001)
    return begun


def test_threads_share_one_commit(
    open_: Callable[[], SqliteDatabase], pool: ThreadPoolExecutor
) -> None:
    """Who comes out while another waits leaves the commit to it: both are on disk after one."""
    one, other = open_(), open_()
    over: list[SqliteDatabase] = []

    def write_behind() -> None:
        with other.transaction():
            write(other, "second")
            over.append(other)
            assert noted(other) == {"first", "second"}  # written over the first one's connection
            assert noted(open_()) == set()

    with one.transaction():
        write(one, "first")
        later = behind(turns_of(one), pool, write_behind)
    later.result(PATIENT)
    assert over == [other]
    assert noted(open_()) == {"first", "second"}


def test_what_fails_is_taken_back_alone(
    open_: Callable[[], SqliteDatabase], pool: ThreadPoolExecutor
) -> None:
    """A part that raises leaves nothing behind, and the part before it is committed."""
    one, other = open_(), open_()

    def fail() -> None:
        with other.transaction():
            write(other, "never")
            raise LookupError

    with one.transaction():
        write(one, "kept")
        later = behind(turns_of(one), pool, fail)
    with pytest.raises(LookupError):
        later.result(PATIENT)
    assert noted(open_()) == {"kept"}


def test_a_commit_that_fails_is_told_to_all_who_have_a_part_in_it(
    open_: Callable[[], SqliteDatabase], pool: ThreadPoolExecutor
) -> None:
    """Nobody takes for written what was not, and the next one writes as if nothing had been."""
    one, other = open_(), open_()

    def orphan() -> None:
        with other.transaction():
            other.run("INSERT INTO reply VALUES ('to nobody')")

    def lose() -> None:
        with one.transaction():
            write(one, "lost")
            behinds.append(behind(turns_of(one), pool, orphan))

    behinds: list[Future[None]] = []
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        lose()
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        behinds[0].result(PATIENT)
    assert noted(open_()) == set()
    write(one, "next")
    write(other, "and next")
    assert noted(open_()) == {"next", "and next"}


def test_who_was_left_alone_with_a_commit_makes_it(
    open_: Callable[[], SqliteDatabase], pool: ThreadPoolExecutor
) -> None:
    """Whoever the commit was left to is gone: after a moment its owner looks, and commits."""
    one = open_()
    turns = turns_of(one)
    gone = turns.announced()

    def write_and_wait() -> None:
        write(one, "left to somebody")

    with gone:
        begun = pool.submit(write_and_wait)
        assert not begun.done()
    begun.result(PATIENT)
    assert noted(open_()) == {"left to somebody"}


def test_a_program_that_writes_alone_comes_between(
    open_: Callable[[], SqliteDatabase], pool: ThreadPoolExecutor
) -> None:
    """A dry run behind a part finds that part committed, and takes back only its own."""
    one, other = open_(), open_()

    def rehearse() -> None:
        with other.trial():
            write(other, "rehearsed")
            assert noted(open_()) == {"kept"}

    with one.transaction():
        write(one, "kept")
        later = behind(turns_of(one), pool, rehearse)
    later.result(PATIENT)
    assert noted(open_()) == {"kept"}


# --- what need not survive a power cut ------------------------------------------------------------


def test_what_is_light_waits_for_no_disk(open_: Callable[[], SqliteDatabase]) -> None:
    """It is written over a connection that does not, and is there for all at once."""
    one = open_()
    with one.light_transaction():
        assert one.value("PRAGMA synchronous") == NORMAL
        one.run_light("INSERT INTO note VALUES ('light')")
    assert noted(open_()) == {"light"}
    with one.transaction():
        assert one.value("PRAGMA synchronous") == FULL


def test_what_is_light_joins_what_waits_for_the_disk(
    open_: Callable[[], SqliteDatabase], pool: ThreadPoolExecutor
) -> None:
    """Inside or behind a part that waits for the disk it is written with that."""
    one, other = open_(), open_()
    kinds: list[object] = []

    def light() -> None:
        with other.light_transaction():
            other.run_light("INSERT INTO note VALUES ('behind')")
            kinds.append(other.value("PRAGMA synchronous"))

    with one.transaction():
        one.run_light("INSERT INTO note VALUES ('inside')")
        later = behind(turns_of(one), pool, light)
    later.result(PATIENT)
    assert kinds == [FULL]
    assert noted(open_()) == {"inside", "behind"}


def test_what_waits_for_the_disk_never_joins_what_is_light(
    open_: Callable[[], SqliteDatabase], pool: ThreadPoolExecutor
) -> None:
    """Behind a light part it begins anew; inside one it is refused, and nothing is written."""
    one, other = open_(), open_()
    kinds: list[object] = []

    def full() -> None:
        with other.transaction():
            write(other, "durable")
            kinds.append(other.value("PRAGMA synchronous"))

    with one.light_transaction():
        one.run_light("INSERT INTO note VALUES ('light')")
        later = behind(turns_of(one), pool, full)
    later.result(PATIENT)
    assert kinds == [FULL]
    with pytest.raises(AssertionError), one.light_transaction(), one.transaction():
        write(one, "never")
    assert noted(open_()) == {"light", "durable"}


# --- what is to be on disk soon -------------------------------------------------------------------


def test_what_is_to_be_on_disk_soon_is_there_for_all_at_once(
    open_: Callable[[], SqliteDatabase],
) -> None:
    """It waits for no disk itself, though what joins it would; what comes next waits again."""
    one = open_()
    with one.soon_transaction():
        assert one.value("PRAGMA synchronous") == NORMAL
        write(one, "soon")
    assert noted(open_()) == {"soon"}
    with one.transaction():
        assert one.value("PRAGMA synchronous") == FULL


def test_what_was_to_be_on_disk_soon_is_waited_for_once(
    open_: Callable[[], SqliteDatabase], tmp_path: Path
) -> None:
    """Whoever wants it on disk commits something that waits, unless that has happened."""
    one = open_()
    log = tmp_path / "queue.db-wal"

    def grown(work: Callable[[], None]) -> bool:
        before = log.stat().st_size
        work()
        return log.stat().st_size > before

    with one.soon_transaction():
        write(one, "soon")
    assert grown(one.to_disk)
    assert not grown(one.to_disk)
    with one.soon_transaction():
        write(one, "soon again")
    with one.transaction():
        assert noted(one) == {"soon", "soon again"}  # nothing is written: nothing is waited for
    assert grown(one.to_disk)
    with one.soon_transaction():
        write(one, "and again")
    write(one, "waited for")
    assert not grown(one.to_disk)


def test_a_failure_leaves_a_connection_that_waits(open_: Callable[[], SqliteDatabase]) -> None:
    """Whatever raises inside, what comes next is on disk when it is committed."""
    one = open_()
    for begin in (one.soon_transaction, one.light_transaction):
        with pytest.raises(LookupError), begin():
            raise LookupError
        assert one.value("PRAGMA synchronous") == FULL


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
