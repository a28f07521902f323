"""The witness of a queue: a small file outside it that says how far it has come.

A queue that was copied, restored or rolled back carries no trace of that in itself. Beside its own
count of marks there is this one, in the user's folder for what programs remember: where the two
disagree, another copy of the queue has published, or may have.

The file has a head (whose, and where that queue was) and slots that take turns: a count and its
check. So a write that is torn spoils one slot, two processes need no lock, and the highest good
slot is the count. It is written for each mark, without waiting for the disk: what it must survive
is the queue being exchanged, not a power cut, which can only make it forget the last marks.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from microcom.errors import StoreError
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.store.database import Database

HEAD = 8192
SLOT = 32
SLOTS = 64
WANTED = "wanted"
"""The value of the queue's `witness` entry where it still has to get its first one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a witness says: how many marks, of a queue that was at ``queue``, file ``inode``."""

    count: int
    queue: str
    inode: int


class Witness:
    """The witness of one queue, in a folder of this user."""

    def __init__(self, folder: str, store: str) -> None:
        self._folder = folder
        self._store = store
        self._path = Path(folder, store)
        self._number: int | None = None

    def read(self) -> Seen | None:
        """Return what it says, None where there is none or it is damaged.

        Raises StoreError ``store.witness`` where that cannot be told.
        """
        try:
            content = self._path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._failed("read", error) from error
        head = _head_of(content[:HEAD], self._store)
        if head is None:
            return None
        counts = [
            self._count(content[start : start + SLOT]) for start in range(HEAD, len(content), SLOT)
        ]
        return Seen(max(counts, default=0), str(head["queue"]), int(str(head["inode"])))

    def write(self, count: int, queue: str) -> None:
        """Let it say that the queue at a path has come so far, whatever it said before."""
        seen = {"store": self._store, "queue": queue, "inode": inode_of(queue)}
        slots = b"".join(self._slot(count if one == count % SLOTS else 0) for one in range(SLOTS))
        try:
            Path(self._folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            number = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _put(number, _head(seen) + slots, 0)
                os.fsync(number)
            finally:
                os.close(number)
        except OSError as error:
            raise self._failed("written", error) from error

    def saw(self, count: int) -> None:
        """Note that a mark is made: before its call leaves."""
        try:
            if self._number is None:
                self._number = os.open(self._path, os.O_RDWR)
            _put(self._number, self._slot(count), HEAD + count % SLOTS * SLOT)
        except OSError as error:
            raise self._failed("written", error) from error

    def close(self) -> None:
        """Let go of the file."""
        if self._number is not None:
            os.close(self._number)
            self._number = None

    def _slot(self, count: int) -> bytes:
        return f"{count:016x} {self._check(count):08x}".encode().ljust(SLOT - 1) + b"\n"

    def _count(self, slot: bytes) -> int:
        """Return the count of a slot, 0 for one that is torn."""
        try:
            count, check = (int(word, 16) for word in slot.split())
        except ValueError:
            return 0
        return count if check == self._check(count) else 0

    def _check(self, count: int) -> int:
        return crc32(f"{self._store} {count}".encode())

    def _failed(self, done: str, error: OSError) -> StoreError:
        message = f"The queue's witness {self._path} could not be {done}: {error.strerror}."
        hint = "Give the user that runs microcom write access; nothing is sent without it."
        return StoreError(message, code="store.witness", hint=hint)


def disagreement(db: Database, folder: str) -> str | None:
    """Return why a queue may not be what its witness knows, in words; None where all is well.

    A queue that is new, or older than witnesses are, is given its own.
    """
    facts: dict[str, str] = dict(
        db.all("SELECT name, value FROM meta WHERE name IN ('store', 'witness')")
    )
    witness = Witness(folder, facts["store"])
    seen = witness.read()  # first: the queue is never behind what was read before it
    count = count_of(db)
    if seen is None:
        if count and db.is_file and facts.get("witness") != WANTED:
            return "it was copied or restored: nothing here knows how far it had come"
        witness.write(count, db.path)
        if "witness" in facts:
            db.run("DELETE FROM meta WHERE name = 'witness'")
        return None
    if db.is_file and seen.queue != db.path and seen.inode != inode_of(db.path):
        return f"it is a copy, or was moved: it was at {seen.queue}"
    if count < seen.count:
        return "it is an older copy of itself: posts have left since that are not in it"
    return None


def count_of(db: Database) -> int:
    """Return how many marks a queue has made: the number of the last."""
    return int(db.value("SELECT max(id) FROM mark") or 0)


def inode_of(path: str) -> int:
    """Return the number of a file in its file system, 0 where there is none."""
    try:
        return os.stat(path).st_ino  # noqa: PTH116 - a text, as it was given
    except OSError:
        return 0


def _head(seen: dict[str, object]) -> bytes:
    text = json.dumps(seen)
    check = crc32(text.encode())
    return f"microcom witness 1\n{text}\n{check:08x}\n".encode().ljust(HEAD - 1) + b"\n"


def _head_of(content: bytes, store: str) -> dict[str, object] | None:
    """Return what stands in a head, None for a damaged one or another queue's."""
    lines = content.decode("utf-8", "replace").split("\n")
    try:
        title, text, check = lines[:3]
        head: dict[str, object] = json.loads(text)
        whole = title == "microcom witness 1" and int(check, 16) == crc32(text.encode())
    except ValueError:
        return None
    return head if whole and head.get("store") == store else None


def _put(number: int, content: bytes, start: int) -> None:
    """Write bytes at a place of an open file, which is opened for nobody else."""
    if hasattr(os, "pwrite"):
        os.pwrite(number, content, start)
        return
    os.lseek(number, start, os.SEEK_SET)  # Windows: one thread uses one descriptor
    os.write(number, content)
