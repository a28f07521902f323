"""The witness: a count outside the queue, in slots that a torn write spoils one of."""

from __future__ import annotations

from pathlib import Path

import pytest

from microcom.errors import StoreError
from microcom.store.witness import HEAD, SLOT, SLOTS, Witness


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    """Return a witness of a queue that has made three marks."""
    (tmp_path / "queue.db").touch()
    witness = Witness(str(tmp_path / "witness"), "its-name")
    witness.write(3, str(tmp_path / "queue.db"))
    return witness


def count(witness: Witness) -> int | None:
    """Return what it says."""
    seen = witness.read()
    return None if seen is None else seen.count


def test_it_says_what_it_saw(witness: Witness, tmp_path: Path) -> None:
    """The highest mark counts, in whatever order several processes write."""
    assert count(witness) == 3
    for mark in (5, 4, *range(6, 3 * SLOTS), 3 * SLOTS - 2):
        witness.saw(mark)
    witness.close()
    assert count(witness) == 3 * SLOTS - 1
    seen = witness.read()
    assert seen is not None
    assert (seen.queue, seen.inode) == (
        str(tmp_path / "queue.db"),
        (tmp_path / "queue.db").stat().st_ino,
    )


def test_it_may_be_set_back(witness: Witness, tmp_path: Path) -> None:
    """Written anew, it forgets what it said before."""
    witness.saw(90)
    witness.write(7, str(tmp_path / "queue.db"))
    assert count(witness) == 7


@pytest.mark.parametrize("kept", range(SLOT))
def test_a_torn_write_spoils_one_slot(witness: Witness, tmp_path: Path, kept: int) -> None:
    """Of a write of which only the first bytes came, the count before stays."""
    witness.saw(70)
    path = tmp_path / "witness" / "its-name"
    before = path.read_bytes()
    witness.saw(71)
    start = HEAD + 71 % SLOTS * SLOT
    torn = path.read_bytes()[start : start + kept] + before[start + kept : start + SLOT]
    path.write_bytes(before[:start] + torn + before[start + SLOT :])
    assert count(witness) == (71 if kept >= 25 else 70)


@pytest.mark.parametrize("content", [b"", b"microcom", b"\xff" * 20_000, b"{}\n" * 9000])
def test_what_is_no_witness_is_none(witness: Witness, tmp_path: Path, content: bytes) -> None:
    """A file that was emptied or is another one says nothing."""
    (tmp_path / "witness" / "its-name").write_bytes(content)
    assert witness.read() is None


def test_the_witness_of_another_queue_is_none(witness: Witness, tmp_path: Path) -> None:
    """A file that was given another queue's name is not believed."""
    folder = tmp_path / "witness"
    assert witness.read() is not None
    (folder / "its-name").rename(folder / "another")
    assert Witness(str(folder), "another").read() is None


def test_one_that_cannot_be_written(tmp_path: Path) -> None:
    """Where its folder cannot be made, that is said with its path."""
    (tmp_path / "witness").touch()
    with pytest.raises(StoreError) as caught:
        Witness(str(tmp_path / "witness"), "its-name").write(1, "queue.db")
    assert caught.value.code == "store.witness"
    assert str(tmp_path) in caught.value.message
