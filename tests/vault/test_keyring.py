"""The system's keyring: small entries, unsafe ones, silent ones, and a real Secret Service."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError

from microcom.errors import UserError
from microcom.vault import probe
from microcom.vault.os_keyring import KeyringVault

UNITS = 1280


class Small(KeyringBackend):
    """A keyring as strict as Windows': 1,280 UTF-16 units in an entry."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[str, str] = {}
        self.dies_at = -1
        self.fails: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        """Return an entry."""
        del service
        if self.fails is not None:
            raise self.fails
        return self.entries.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep an entry, if it is small enough."""
        del service
        if self.dies_at == 0:
            raise RuntimeError
        self.dies_at -= 1
        if len(password.encode("utf-16-le")) // 2 > UNITS:
            message = "The stub received bad data."
            raise OSError(1783, message)
        self.entries[username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget an entry."""
        del service
        if self.entries.pop(username, None) is None:
            raise PasswordDeleteError(username)


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


@pytest.mark.parametrize("writes", range(6))
def test_a_write_that_breaks_off(small: Small, writes: int) -> None:
    """Wherever a process dies in a write, the old value is there, or the new one."""
    vault = KeyringVault()
    vault.write("token", "a" * 3000)
    small.dies_at = writes
    with suppress(UserError):
        vault.write("token", "b" * 3000)
    small.dies_at = -1
    assert vault.read("token") in {"a" * 3000, "b" * 3000}


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
    ],
)
def test_keyrings_that_fail(small: Small, error: Exception, code: str) -> None:
    """Whatever a keyring raises is a sentence with the next step, without what it said."""
    small.fails = error
    with pytest.raises(UserError) as caught:
        KeyringVault().read("token")
    assert caught.value.code == code
    assert caught.value.hint
    assert "canary" not in caught.value.message


def test_a_keyring_that_waits_for_nobody(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyring that waits for a prompt is given up after a while."""
    end = threading.Event()
    monkeypatch.setattr(small, "get_password", lambda *_: end.wait())
    with pytest.raises(UserError) as caught:
        KeyringVault(patience=0.05).read("token")
    end.set()
    assert caught.value.code == "vault.silent"


SERVICE = """
import sys
from microcom.vault import probe
from microcom.vault.os_keyring import KeyringVault
vault = KeyringVault()
vault.write(f"own {sys.argv[1]}", sys.argv[1] * 3000)
assert vault.read(f"own {sys.argv[1]}") == sys.argv[1] * 3000
"""
SHARED = """
set -eu
printf master | gnome-keyring-daemon --unlock --components=secrets >/dev/null
writers=""
for who in $(seq 1 20); do "$0" -c "$1" "$who" & writers="$writers $!"; done
for writer in $writers; do wait "$writer"; done
"$0" -c 'from microcom.vault.os_keyring import KeyringVault
for who in range(1, 21): assert KeyringVault().read(f"own {who}") == str(who) * 3000, who'
"""
LOCKED = """
printf wrong | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
exec "$0" -c "$1" 1
"""


@pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="gnome-keyring and dbus are not installed",
)
def test_a_real_secret_service(tmp_path: Path) -> None:
    """Twenty processes share one daemon and lose nothing; with a wrong password it says so."""
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
    }
    session = ["dbus-run-session", "--", "sh", "-c"]
    done = subprocess.run(
        [*session, SHARED, sys.executable, SERVICE],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    done = subprocess.run(
        [*session, LOCKED, sys.executable, SERVICE],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode != 0
    assert "vault.locked" in done.stderr or "keyring" in done.stderr.lower()
