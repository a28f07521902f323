"""The database vault: sealed by name, one key for all machines, on both engines."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from microcom.errors import UserError
from microcom.runner.clock import SystemClock
from microcom.store import Store, open_store
from microcom.vault.box import Box
from microcom.vault.key import find_key
from microcom.vault.sealed_rows import SealedRows

if TYPE_CHECKING:
    from pathlib import Path

WRITER = """
import sys
from microcom.runner.clock import SystemClock
from microcom.store import open_store
from microcom.vault.box import Box
from microcom.vault.sealed_rows import SealedRows
place, who, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = open_store(place, "real", SystemClock(), actor="t")
vault = SealedRows(store.sealed, Box(lambda: b"k" * 32), where="here", key="a test")
print("ready", flush=True)
for number in range(count):
    vault.write(f"own {who}", f"{who}:{number}:" + "x" * 5000)
    vault.write("shared", f"{who}:{number}:" + "y" * 5000)
"""


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a queue is: in a file, and on a server."""
    if request.param == "file":
        return str(tmp_path / "queue.db")
    place: str = request.getfixturevalue("server").queue(f"rows_{secrets.token_hex(4)}")
    return place


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    """Return a queue."""
    with closing(open_store(place, "real", SystemClock(), actor="t", create=True)) as store:
        yield store


def vault_of(store: Store, letter: str = "k") -> SealedRows:
    """Return the queue's vault as a machine has it that holds such a key."""
    box = Box(lambda: letter.encode() * 32)
    return SealedRows(store.sealed, box, where="the database", key=f"key {letter}")


@pytest.fixture
def vault(store: Store) -> SealedRows:
    """Return the vault of a machine with the right key."""
    vault = vault_of(store)
    vault.make()
    vault.make()
    return vault


def refused(work: Callable[[], object]) -> UserError:
    """Return the error that something ends with."""
    with pytest.raises(UserError) as caught:
        work()
    assert caught.value.hint
    return caught.value


def text_of(store: Store, name: str) -> str:
    """Return what stands in a row."""
    text = store.sealed.find(name)
    assert text is not None
    return text


def test_nothing_is_in_clear(store: Store, vault: SealedRows, place: str) -> None:
    """Another machine with the key reads what was kept; in the database its name alone is read."""
    vault.write("token x 1", "canary-é-91c7")
    vault.write("token x 1", "canary-é-92d8")
    with closing(open_store(place, "real", SystemClock(), actor="t")) as other:
        assert vault_of(other).read("token x 1") == "canary-é-92d8"
    rows = store.db.all("SELECT * FROM sealed")
    assert {name for name, _ in rows} == {"key check", "token x 1"}
    assert "canary" not in str(rows)
    if "://" not in place:
        from pathlib import Path

        files = Path(place).parent.glob("queue.db*")
        assert not [file for file in files if b"canary" in file.read_bytes()]


def test_another_key(store: Store, vault: SealedRows) -> None:
    """A machine with another key is told so when it reads and before it writes; nothing is lost."""
    vault.write("a", "1")
    other = vault_of(store, "o")
    for work in (lambda: other.read("a"), lambda: other.write("b", "2"), other.make):
        error = refused(work)
        assert error.code == "vault.key"
        assert "another key than this machine's (key o)" in error.message
    assert vault.read("a") == "1"
    assert vault.read("b") is None
    assert other.read("b") is None


def test_two_machines_that_begin_at_once(store: Store) -> None:
    """Of two machines with keys of their own the first one's counts, and the other is told."""
    first, second = vault_of(store, "f"), vault_of(store, "s")
    first.make()
    store.sealed.add("key check", "the second's, a moment later")
    assert refused(lambda: second.write("a", "1")).code == "vault.key"
    first.write("a", "1")
    assert first.read("a") == "1"


@pytest.mark.parametrize("check", ["", "bm9pc2U=", "no base64 at all", None])
def test_a_key_check_that_was_harmed(store: Store, vault: SealedRows, check: str | None) -> None:
    """A secret that opens proves the key: renewals go on being kept, and the check is made anew."""
    vault.write("a", "1")
    store.sealed.drop("key check")
    if check is not None:
        store.sealed.put("key check", check)
    assert refused(lambda: vault_of(store, "o").write("b", "2")).code == "vault.key"
    vault.write("a", "2")
    assert vault.read("a") == "2"
    assert text_of(store, "key check") != check
    assert refused(lambda: vault_of(store, "o").write("b", "2")).code == "vault.key"


def test_a_key_check_alone_that_was_harmed(store: Store, vault: SealedRows) -> None:
    """Where no secret proves the key, nothing is written under it."""
    store.sealed.put("key check", "")
    assert refused(lambda: vault.write("a", "1")).code == "vault.key"
    store.sealed.put("stray", "noise")
    assert refused(lambda: vault.write("a", "1")).code == "vault.key"


@pytest.mark.parametrize("harm", ["cut", "emptied", "changed", "appended", "swapped", "noise"])
def test_a_row_that_was_harmed(store: Store, vault: SealedRows, harm: str) -> None:
    """What is cut, changed or put in another's place is refused, never believed."""
    vault.write("a", "first")
    vault.write("b", "second")
    text = text_of(store, "a")
    changed = {
        "cut": text[:-8],
        "emptied": "",
        "changed": text[:-8] + ("AAAA" if text[-8:-4] != "AAAA" else "BBBB") + text[-4:],
        "appended": text + "eA==",
        "swapped": text_of(store, "b"),
        "noise": "é",
    }
    store.sealed.put("a", changed[harm])
    error = refused(lambda: vault.read("a"))
    assert error.code == "vault.damaged"
    assert "`a`" in error.message
    assert vault.read("b") == "second"
    vault.write("a", "anew")
    assert vault.read("a") == "anew"


def test_a_machine_without_the_key(store: Store, vault: SealedRows, tmp_path: Path) -> None:
    """A key that is not on this machine is said as that, with how it gets here."""
    vault.write("a", "1")
    key = str(tmp_path / "vault.key")
    box = Box(lambda: find_key({}, key, "database"))
    other = SealedRows(store.sealed, box, where="the database", key=key)
    for work in (lambda: other.read("a"), lambda: other.write("b", "2"), other.make):
        error = refused(work)
        assert (error.code, key in error.message) == ("vault.key", True)
        assert "Copy it from a machine that has it" in (error.hint or "")
    assert other.read("nothing") is None


def writer(place: str, who: int, count: int) -> subprocess.Popen[str]:
    """Start a process that writes."""
    words = [sys.executable, "-c", WRITER, place, str(who), str(count)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_ten_writers_at_once(vault: SealedRows, place: str) -> None:
    """Nothing of anybody is lost or torn, neither their own nor what they share."""
    writers = [writer(place, who, 5) for who in range(10)]
    for one in writers:
        one.communicate()
    assert [one.returncode for one in writers] == [0] * 10
    for who in range(10):
        assert vault.read(f"own {who}") == f"{who}:4:" + "x" * 5000
    shared = vault.read("shared")
    assert shared is not None
    assert shared.endswith(":4:" + "y" * 5000)


def test_a_writer_that_is_killed(vault: SealedRows, place: str) -> None:
    """Kill -9 in the middle of writing leaves the old value or the new one."""
    vault.write("shared", "before")
    with writer(place, 1, 100_000) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "ready\n"
        while vault.read("own 1") is None:
            assert killed.poll() is None
        killed.send_signal(signal.SIGKILL)
    for name, letter in (("own 1", "x"), ("shared", "y")):
        kept = vault.read(name)
        assert kept is not None
        assert kept == "before" or kept.endswith(letter * 5000)
