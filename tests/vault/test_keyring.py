"""The system's keyring: small entries, unsafe ones, silent ones, and a real Secret Service."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError

from microcom.errors import UserError
from microcom.vault import probe
from microcom.vault.os_keyring import KeyringVault, next_step

UNITS = 1280


class Small(KeyringBackend):
    """A keyring as strict as Windows': 1,280 UTF-16 units in an entry."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[str, str] = {}
        self.dies_at = -1
        self.fails: Exception | None = None
        self.fails_for = 0
        self.clings = False

    def get_password(self, service: str, username: str) -> str | None:
        """Return an entry."""
        del service
        if self.fails is not None and self.fails_for > 0:
            self.fails_for -= 1
            raise self.fails
        return self.entries.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep an entry, if it is small enough."""
        del service
        self._live()
        if len(password.encode("utf-16-le")) // 2 > UNITS:
            message = "The stub received bad data."
            raise OSError(1783, message)
        self.entries[username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget an entry."""
        del service
        self._live()
        if self.clings or self.entries.pop(username, None) is None:
            raise PasswordDeleteError(username)

    def _live(self) -> None:
        """Do no more from the change on at which the process dies."""
        if self.dies_at == 0:
            message = "dead"
            raise KeyringLocked(message)
        self.dies_at -= 1


@pytest.fixture(autouse=True)
def before() -> Iterator[None]:
    """Leave the process its keyring."""
    was = keyring.get_keyring()
    yield
    keyring.set_keyring(was)


@pytest.fixture
def small() -> Small:
    """Return a small keyring, in use."""
    ring = Small()
    keyring.set_keyring(ring)
    return ring


@pytest.mark.parametrize("length", [1, 1199, 1200, 1201, 1280, 5000, 60_000])
@pytest.mark.parametrize("letter", ["x", "é", "☕", "🫘"])
def test_values_of_any_length(small: Small, length: int, letter: str) -> None:
    """What is too long for an entry is kept in pieces, and comes back as it was."""
    vault = KeyringVault()
    vault.write("token", letter * length)
    assert vault.read("token") == letter * length
    vault.write("token", "short")
    assert vault.read("token") == "short"
    assert list(small.entries) == ["token"]
    vault.write("token", letter * length)
    vault.delete("token")
    vault.delete("token")
    assert small.entries == {}
    probe(vault)


def test_a_value_that_looks_like_pieces(small: Small) -> None:
    """A value that could be mistaken for a header is kept in pieces itself."""
    vault = KeyringVault()
    vault.write("token", "microcom-pieces:1:a:b")
    assert vault.read("token") == "microcom-pieces:1:a:b"
    assert len(small.entries) == 2


@pytest.mark.parametrize("changes", range(12))
@pytest.mark.parametrize("after", ["b" * 3000, "b", ""])
def test_a_write_that_breaks_off(small: Small, changes: int, after: str) -> None:
    """Wherever a process dies, the old value is there or the new one; later no piece is left."""
    vault = KeyringVault()
    vault.write("token", "a" * 3000)
    small.dies_at = changes
    with suppress(UserError):
        vault.write("token", after) if after else vault.delete("token")
    small.dies_at = -1
    assert vault.read("token") in {"a" * 3000, after or None}
    vault.write("token", "short")
    assert small.entries == {"token": "short"}


@pytest.mark.parametrize("changes", range(12))
def test_a_deletion_after_what_broke_off(small: Small, changes: int) -> None:
    """Deleting takes what a process that died has left, also where the entry never came to be."""
    vault = KeyringVault()
    small.dies_at = changes
    with suppress(UserError):
        vault.write("token", "a" * 6000)
    small.dies_at = -1
    vault.delete("token")
    assert small.entries == {}


def test_a_piece_that_is_gone(small: Small) -> None:
    """A value of which something is missing is refused, never cut short."""
    vault = KeyringVault()
    vault.write("token", "a" * 3000)
    del small.entries[next(name for name in small.entries if "#" in name)]
    with pytest.raises(UserError) as caught:
        vault.read("token")
    assert caught.value.code == "vault.damaged"


class Plain(Small):
    """A keyring that keeps everything in clear, by where it comes from."""

    __module__ = "keyrings.alt.file"


class Chain(KeyringBackend):
    """Several keyrings, of which the first is preferred."""

    priority = 1

    def __init__(self, *backends: KeyringBackend) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.backends = backends

    def get_password(self, service: str, username: str) -> str | None:
        """Ask nobody."""
        del service, username
        raise AssertionError

    set_password = delete_password = get_password  # type: ignore[assignment]


@pytest.mark.parametrize("ring", [null.Keyring, fail.Keyring, Plain, lambda: Chain(Plain())])
def test_keyrings_that_are_refused(ring: type[KeyringBackend]) -> None:
    """A keyring that keeps nothing, or keeps it in clear, is refused by its kind."""
    keyring.set_keyring(ring())
    with pytest.raises(UserError) as caught:
        KeyringVault().write("token", "secret")
    assert caught.value.code == "vault.none"
    assert "microcom vault init --file" in str(caught.value.hint) or sys.platform != "linux"


def test_the_safe_one_of_several() -> None:
    """Of several keyrings the first safe one is used, and no other is written to."""
    plain, safe = Plain(), Small()
    keyring.set_keyring(Chain(plain, safe))
    KeyringVault().write("token", "secret")
    assert (plain.entries, safe.entries) == ({}, {"token": "secret"})


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyringLocked("locked"), "vault.locked"),
        (OSError(1783, "pywintypes"), "vault.locked"),
        (RuntimeError("D-Bus is gone: canary"), "vault.locked"),
        (ModuleNotFoundError("No module named 'canary'"), "vault.none"),
    ],
)
def test_keyrings_that_fail(small: Small, error: Exception, code: str) -> None:
    """Whatever a keyring raises is a sentence with the next step, without what it said."""
    small.fails, small.fails_for = error, 1000
    with pytest.raises(UserError) as caught:
        KeyringVault(pause=lambda _: None).read("token")
    assert caught.value.code == code
    assert caught.value.hint
    assert "canary" not in caught.value.message


@pytest.mark.parametrize("patience", [10.0, 120.0])
@pytest.mark.parametrize(
    ("error", "asked_again"),
    [
        (OSError("Item does not exist!"), {10.0, 120.0}),
        (InitError("Prompt dismissed.."), {10.0}),
        (KeyringLocked("locked"), set()),
    ],
)
def test_a_keyring_that_fails_for_an_instant(
    small: Small, error: Exception, asked_again: set[float], patience: float
) -> None:
    """What may pass is asked for three times, a prompt only where nobody sees it."""
    small.fails, small.fails_for, small.entries["token"] = error, 2, "secret"
    pauses: list[float] = []
    vault = KeyringVault(patience, pauses.append)
    if patience in asked_again:
        assert vault.read("token") == "secret"
        assert pauses == [0.05, 0.2]
    else:
        with pytest.raises(UserError):
            vault.read("token")
        assert pauses == []


def test_a_deletion_that_is_refused(small: Small) -> None:
    """A secret that the keyring does not let go of is not said to be gone."""
    vault = KeyringVault()
    vault.write("token", "secret")
    small.clings = True
    with pytest.raises(UserError) as caught:
        vault.delete("token")
    assert caught.value.code == "vault.locked"
    vault.delete("no such entry")


@pytest.mark.parametrize(
    ("system", "locked", "step"),
    [
        ("linux", True, "unlock its keyring"),
        ("linux", False, "apt install gnome-keyring"),
        ("linux", False, "microcom vault init --file"),
        ("darwin", True, "security unlock-keychain"),
        ("win32", True, "Log in to Windows"),
    ],
)
def test_the_next_step(system: str, locked: bool, step: str) -> None:  # noqa: FBT001 - a table
    """What to do about a keyring is said for the system at hand."""
    assert step in next_step(system, locked=locked)


def test_a_keyring_that_waits_for_nobody(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyring that waits for a prompt is given up after a while."""
    end = threading.Event()
    monkeypatch.setattr(small, "get_password", lambda *_: end.wait())
    with pytest.raises(UserError) as caught:
        KeyringVault(patience=0.05).read("token")
    end.set()
    assert caught.value.code == "vault.silent"


WRITE = """
import sys
from microcom.errors import UserError
from microcom.vault.os_keyring import KeyringVault
vault = KeyringVault(patience=60)
try:
    vault.write(f"own {sys.argv[1]}", sys.argv[1] * 3000)
    assert vault.read(f"own {sys.argv[1]}") == sys.argv[1] * 3000
except UserError as error:
    print(repr(error.__cause__), file=sys.stderr)
    sys.exit(error.code)
"""
READ = """
from microcom.vault.os_keyring import KeyringVault
for who in range(1, 21):
    assert KeyringVault(patience=60).read(f"own {who}") == str(who) * 3000, who
"""
MASTER = "master"
UNLOCK = "printf %s | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n"
SHARED = """
set -eu
writers=""
for who in $(seq 1 20); do "$0" -c "$1" "$who" & writers="$writers $!"; done
for writer in $writers; do wait "$writer"; done
"$0" -c "$2"
"""
FOREVER = """
from microcom.vault.os_keyring import KeyringVault
vault = KeyringVault()
vault.write("killed", "a" * 3000)
print("ready", flush=True)
while True:
    vault.write("killed", "b" * 3000)
    vault.write("killed", "a" * 3000)
"""
LOOK = """
from microcom.vault.os_keyring import KeyringVault
vault = KeyringVault()
assert vault.read("killed") in {"a" * 3000, "b" * 3000}
vault.write("killed", "short")
assert vault.read("killed") == "short"
"""
KILLED = """
set -eu
for round in 1 2 3; do
  mkfifo "$HOME/said$round"
  "$0" -c "$1" >"$HOME/said$round" & writer=$!
  read -r _ <"$HOME/said$round"
  kill -9 "$writer"
  wait "$writer" || true
  "$0" -c "$2"
done
"""
Session = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Return what runs a script in a session with a bus and a keyring of its own."""
    bus = shutil.which("dbus-run-session")
    if bus is None or shutil.which("gnome-keyring-daemon") is None:
        pytest.skip("gnome-keyring and dbus are not installed (apt install gnome-keyring dbus)")
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
    }

    def run(script: str, *words: str, opened_by: str = MASTER) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [bus, "--", "sh", "-c", UNLOCK % opened_by + script, *words],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )

    return run


def test_twenty_processes_share_a_real_secret_service(session: Session) -> None:
    """Twenty processes that write at once over one daemon lose nothing."""
    done = session(SHARED, sys.executable, WRITE, READ)
    if "disconnected from message bus" in done.stderr:
        pytest.skip("gnome-keyring-daemon itself ended in the middle")
    assert done.returncode == 0, done.stderr


def test_a_real_secret_service_whose_writer_is_killed(session: Session) -> None:
    """Kill -9 in the middle of writing leaves one of the values, and the entry usable."""
    done = session(KILLED, sys.executable, FOREVER, LOOK)
    assert done.returncode == 0, done.stderr


def test_a_real_secret_service_that_is_locked(session: Session) -> None:
    """With a wrong password the keyring stays locked, and that is said, without waiting."""
    assert session('exec "$0" -c "$1" 1', sys.executable, WRITE).returncode == 0
    done = session('exec "$0" -c "$1" 1', sys.executable, WRITE, opened_by="wrong")
    assert (done.returncode, done.stderr.strip().splitlines()[-1:]) == (1, ["vault.locked"])
