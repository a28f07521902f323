from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from microcom.errors import StoreError
from microcom.runner.clock import SystemClock
from microcom.store import open_store
from microcom.store.address import password, shown
from microcom.store.place import file_system, make_private, refuse_network
from microcom.store.sqlite import in_words

WRITE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    connection.execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError as error:
    print(error)
"""


def test_a_second_connection_keeps_the_locks_of_the_first(tmp_path: Path) -> None:
    """Opening the queue again in one process never drops a lock that it holds."""
    path = str(tmp_path / "queue.db")
    first = open_store(path, "real", SystemClock(), actor="t", create=True)
    with first.db.transaction():
        first.db.run("INSERT INTO meta (name, value) VALUES ('held', 'yes')")
        open_store(path, "real", SystemClock(), actor="t").close()
        other = subprocess.run(
            [sys.executable, "-c", WRITE, path], capture_output=True, text=True, check=True
        )
    first.close()
    assert "locked" in other.stdout


def test_the_queue_is_private(tmp_path: Path) -> None:
    """The file is for its user alone, and so is its folder; an existing file is left alone."""
    path = tmp_path / "data" / "queue.db"
    make_private(str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.write_text("kept")
    make_private(str(path))
    assert path.read_text() == "kept"


def test_network_file_systems_are_refused(tmp_path: Path) -> None:
    """A queue on a network file system is refused; the longest mount point decides."""
    mounts = tmp_path / "mounts"
    mounts.write_text("dev / ext4 rw 0 0\nnas:/x /mnt/nas nfs4 rw 0 0\n")
    assert file_system("/mnt/nas/q.db", str(mounts)) == "nfs4"
    assert file_system("/mnt/nasty/q.db", str(mounts)) == "ext4"
    with pytest.raises(StoreError) as caught:
        refuse_network("/mnt/nas/q.db", str(mounts))
    assert caught.value.code == "store.network"
    refuse_network("/srv/q.db", str(tmp_path / "none"))


@pytest.mark.parametrize(("free", "code"), [(4096, "store.full"), (10**9, "store.disk")])
def test_a_disk_too_full_to_open_a_queue(tmp_path: Path, free: int, code: str) -> None:
    """Without room SQLite speaks of I/O alone; the sentence says whether the disk is full."""
    said = sqlite3.OperationalError("disk I/O error")
    error = in_words(said, str(tmp_path / "queue.db"), lambda _: free)
    assert error.code == code
    assert ("nothing was lost" in (error.hint or "")) == (code == "store.full")


def test_what_is_no_queue_is_left_alone(tmp_path: Path) -> None:
    """A file that is no queue, and one of a newer microcom, are refused in words."""
    text = tmp_path / "text.db"
    text.write_text("not a database, but longer than the header of one " * 4)
    with pytest.raises(StoreError) as caught:
        open_store(str(text), "real", SystemClock(), actor="t")
    assert caught.value.code == "store.foreign"
    newer = tmp_path / "newer.db"
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError) as caught:
        open_store(str(newer), "real", SystemClock(), actor="t")
    assert caught.value.code == "store.newer"


@pytest.mark.parametrize(
    ("address", "secret", "words"),
    [
        ("postgresql://me@db/q", None, "postgresql://me@db/q"),
        ("postgresql://me:canary-17@db/q", "canary-17", "postgresql://me@db/q"),
        ("postgresql://me:p%40ss-word1@db/q?x=1", "p@ss-word1", "postgresql://me@db/q"),
        ("postgres://db/q?password=canary-17&x=1", "canary-17", "postgres://db/q"),
        ("postgresql://a,b:5433/q", None, "postgresql://a,b:5433/q"),
    ],
)
def test_an_address_is_shown_without_its_password(
    address: str, secret: str | None, words: str
) -> None:
    """What people are told of an address holds no secret, which is known and hidden elsewhere."""
    assert password(address) == secret
    assert shown(address) == words
