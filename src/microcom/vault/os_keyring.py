"""The operating system's keyring, under the service ``microcom``.

A value that is longer than some keyrings take (Windows: 1,280 characters) is kept in pieces whose
names are never used again; the entry itself is then a header that names and checks them, and is
written last. So a process that dies leaves the old value or the new one. Which pieces there may be
is noted before, so that the next write or deletion finds those that nobody needs any more.
"""

from __future__ import annotations

import hashlib
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from microcom.errors import MicrocomError, UserError
from microcom.vault import sealing

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "microcom"
SEALING_KEY = "sealing key"
UNSAFE = ("keyring.backends.null", "keyring.backends.fail", "keyrings.alt")
"""Where backends come from that keep nothing, keep it in clear, or cannot keep it."""
MOST = 1200
"""UTF-16 units in one entry."""
PIECES = "microcom-pieces:"
NOTE = "#pieces"
UNATTENDED, ATTENDED = 10.0, 120.0
"""Seconds that a keyring has to answer, without a terminal and with a person before one."""
PAUSES = (0.05, 0.2)
"""Seconds before a keyring that failed is asked again."""

T = TypeVar("T")


class KeyringVault:
    """Secrets in the system's keyring."""

    name = "keyring"

    def __init__(
        self, patience: float | None = None, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._patience = patience
        self._pause = pause
        self._key: bytes | None = None

    @property
    def where(self) -> str:
        """Return which keyring it is."""
        try:
            kind = self._asked(lambda: type(_backend()).__module__)
        except MicrocomError:
            return "the system's keyring"
        return f"the system's keyring ({kind})"

    def read(self, name: str) -> str | None:
        """Return an entry, or None; one in pieces is checked."""
        kept = self._get(name)
        if kept is None or not kept.startswith(PIECES):
            return kept
        pieces = [self._get(piece) for piece in _pieces(name, kept)]
        whole = "".join(piece for piece in pieces if piece is not None)
        if None in pieces or _digest(whole) != kept.split(":")[2]:
            message = f"The keyring has lost a piece of `{name}`."
            raise UserError(message, code="vault.damaged", hint="Log in anew.")
        return whole

    def write(self, name: str, value: str) -> None:
        """Keep an entry, in pieces if it is long."""
        left = self._left(name)
        if _units(value) <= MOST and not value.startswith(PIECES):
            self._note(name, left)
            self._set(name, value)
        else:
            split = list(_split(value))
            header = f"{PIECES}{len(split)}:{_digest(value)}:{secrets.token_hex(4)}"
            self._note(name, left | {header})
            for piece, part in zip(_pieces(name, header), split, strict=True):
                self._set(piece, part)
            self._set(name, header)
        self._sweep(name, left)

    def delete(self, name: str) -> None:
        """Forget an entry and its pieces, also those of a write that broke off."""
        left = self._left(name)
        self._note(name, left)
        self._unset(name)
        self._sweep(name, left)

    def seal(self, clear: bytes) -> str:
        """Return bytes encrypted under a key that the keyring holds."""
        return sealing.seal(self._sealing_key(), clear)

    def unseal(self, sealed: str) -> bytes:
        """Return what :meth:`seal` closed."""
        return sealing.unseal(self._sealing_key(), sealed)

    def _sealing_key(self) -> bytes:
        if self._key is None:
            kept = self.read(SEALING_KEY)
            if kept is None:
                from cryptography.fernet import Fernet

                kept = Fernet.generate_key().decode("ascii")
                self.write(SEALING_KEY, kept)
            self._key = kept.encode("ascii")
        return self._key

    def _left(self, name: str) -> set[str]:
        """Return the headers of all pieces that there may be of an entry."""
        kept, note = self._get(name), self._get(f"{name} {NOTE}")
        headers = set((note or "").split())
        if kept is not None and kept.startswith(PIECES):
            headers.add(kept)
        return headers

    def _note(self, name: str, headers: set[str]) -> None:
        """Note which pieces there may be from now on."""
        if headers:
            self._set(f"{name} {NOTE}", " ".join(sorted(headers)))

    def _sweep(self, name: str, headers: set[str]) -> None:
        """Delete pieces that are not needed any more, then the note of them."""
        for piece in (piece for header in headers for piece in _pieces(name, header)):
            self._unset(piece)
        self._unset(f"{name} {NOTE}")

    def _get(self, name: str) -> str | None:
        return self._asked(lambda: _backend().get_password(SERVICE, name))

    def _set(self, name: str, value: str) -> None:
        self._asked(lambda: _backend().set_password(SERVICE, name, value))

    def _unset(self, name: str) -> None:
        """Delete one entry; that there is none is nothing wrong, that it stays is."""
        from keyring.errors import PasswordDeleteError

        def unset() -> None:
            backend = _backend()
            if backend.get_password(SERVICE, name) is None:
                return
            try:
                backend.delete_password(SERVICE, name)
            except PasswordDeleteError:
                if backend.get_password(SERVICE, name) is not None:
                    raise  # macOS raises it for a locked keychain too

        self._asked(unset)

    def _asked(self, ask: Callable[[], T]) -> T:
        """Ask the keyring, for a limited time: it may wait for a prompt that nobody sees."""
        found: list[T] = []
        failed: list[Exception] = []

        def run() -> None:
            try:
                found.append(self._again(ask, attended=seconds > UNATTENDED))
            except Exception as error:  # noqa: BLE001 - backends raise errors of their systems
                failed.append(error)

        seconds = self._patience or _patience()
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(seconds)
        if failed:
            raise _in_words(failed[0]) from failed[0]
        if not found:
            message = f"The keyring did not answer within {seconds:.0f} s."
            hint = f"It may be waiting for its password. {next_step(sys.platform, locked=True)}"
            raise UserError(message, code="vault.silent", hint=hint)
        return found[0]

    def _again(self, ask: Callable[[], T], *, attended: bool) -> T:
        """Ask, and ask again where a keyring failed for what may be an instant."""
        for pause in PAUSES:
            try:
                return ask()
            except Exception as error:
                if not _may_pass(error, attended=attended):
                    raise
            self._pause(pause)
        return ask()


def _may_pass(error: Exception, *, attended: bool) -> bool:
    """Say whether a keyring may do the same thing well a moment later.

    While many processes write, gnome-keyring 42 has no collection for an instant: three of 12,000
    calls failed so, and none gave a wrong answer (2026-11). A refusal does not pass, and a person
    who has sent a prompt away is not asked again.
    """
    from keyring.errors import InitError, KeyringError

    if isinstance(error, InitError):
        return not attended
    return not isinstance(error, MicrocomError | KeyringError | ImportError)


def _backend() -> KeyringBackend:
    """Return the system's keyring; one that is not safe is refused, also as one of several."""
    import keyring

    backend = keyring.get_keyring()
    several = getattr(backend, "backends", None)
    safe = [one for one in ([backend] if several is None else several) if _is_safe(one)]
    if not safe:
        raise _absent()
    return safe[0]


def _is_safe(backend: KeyringBackend) -> bool:
    return not any(kind.__module__.startswith(UNSAFE) for kind in type(backend).__mro__)


def _patience() -> float:
    terminal = sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
    return ATTENDED if terminal else UNATTENDED


def _in_words(error: Exception) -> MicrocomError:
    from keyring.errors import KeyringLocked, NoKeyringError, PasswordDeleteError

    hint = next_step(sys.platform, locked=True)
    if isinstance(error, MicrocomError):
        return error
    if isinstance(error, NoKeyringError):
        return _absent()
    if isinstance(error, ImportError):
        message = "The keyring that was named for this machine cannot be loaded."
        hint = "Look at PYTHON_KEYRING_BACKEND, and at what `keyring diagnose` names."
        return UserError(message, code="vault.none", hint=hint)
    if isinstance(error, KeyringLocked):
        return UserError("The keyring is locked.", code="vault.locked", hint=hint)
    if isinstance(error, PasswordDeleteError):
        return UserError("The keyring did not delete a secret.", code="vault.locked", hint=hint)
    message = f"The keyring did not open ({type(error).__name__})."
    return UserError(message, code="vault.locked", hint=hint)


def _absent() -> UserError:
    message = "This machine has no keyring that can keep a secret."
    return UserError(message, code="vault.none", hint=next_step(sys.platform, locked=False))


def next_step(system: str, *, locked: bool) -> str:
    """Return what a person does about a keyring that is locked, or not there, on a system."""
    if system == "darwin":
        return "Unlock the login keychain: security unlock-keychain"
    if system == "win32":
        return "Log in to Windows as the user that runs microcom; a service has no keyring."
    desktop = (
        "unlock its keyring (Passwords and Keys, `Login`)"
        if locked
        else "sudo apt install gnome-keyring, then log in to it anew"
    )
    return (
        f"On a desktop: {desktop}. On a server, keep secrets in sealed files: "
        "microcom vault init --file  (docs/headless.md has other ways)"
    )


def _pieces(name: str, header: str) -> Iterator[str]:
    """Yield the names of an entry's pieces."""
    count, _, stamp = header.removeprefix(PIECES).split(":")
    for number in range(int(count)):
        yield f"{name} #{stamp}.{number}"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _split(value: str) -> Iterator[str]:
    """Yield pieces that are short enough for any keyring."""
    half = MOST // 2  # every character is one unit or two
    for start in range(0, len(value), half):
        yield value[start : start + half]
