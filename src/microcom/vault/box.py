"""Closing secrets one by one under a key that lies elsewhere: what sealed files and rows hold.

Each is closed by itself (AES-256-GCM, a random nonce) with its header as associated data: the
format and the entry's name, in clear. So none can be put in another's place.
"""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from microcom.errors import UserError
from microcom.vault import sealing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"microcom sealed 1 "
NONCE = 12
CHECK = "key check"
"""An entry that every vault of sealed entries has, so that a wrong key is known for what it is."""
VALUE = "microcom"


class Box:
    """Closes and opens secrets; ``find_key`` is asked once for the 32 bytes of the key."""

    def __init__(self, find_key: Callable[[], bytes]) -> None:
        self._find_key = find_key
        self._key: bytes | None = None
        self._aes: AESGCM | None = None
        self._asking = threading.Lock()

    @property
    def key(self) -> bytes:
        """Return the key; raise UserError ``vault.key`` where there is none to be had."""
        with self._asking:
            if self._key is None:
                self._key = self._find_key()
        return self._key

    def closed(self, name: str, value: str) -> bytes:
        """Return an entry's header and its value, sealed."""
        header, nonce = header_of(name), secrets.token_bytes(NONCE)
        return header + nonce + self._cipher().encrypt(nonce, value.encode(), header)

    def opened(self, name: str, content: bytes) -> str | None:
        """Return the value of what :meth:`closed` gave for that name, None where it is not that."""
        from cryptography.exceptions import InvalidTag

        header = header_of(name)
        if not content.startswith(header):
            return None
        sealed = content[len(header) :]
        try:
            return self._cipher().decrypt(sealed[:NONCE], sealed[NONCE:], header).decode()
        except (InvalidTag, ValueError):
            return None

    def check(self) -> bytes:
        """Return what notes which key a vault is under."""
        return self.closed(CHECK, VALUE)

    def is_check(self, content: bytes) -> bool:
        """Say whether a vault was noted to be under this key."""
        return self.opened(CHECK, content) == VALUE

    def seal(self, clear: bytes) -> str:
        """Return bytes encrypted under a key that follows from this one."""
        return sealing.seal(self._sealing_key(), clear)

    def unseal(self, sealed: str) -> bytes:
        """Return what :meth:`seal` closed."""
        return sealing.unseal(self._sealing_key(), sealed)

    def _cipher(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if self._aes is None:
            self._aes = AESGCM(self.key)
        return self._aes

    def _sealing_key(self) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        derived = HKDF(SHA256(), 32, None, b"microcom journal").derive(self.key)
        return base64.urlsafe_b64encode(derived)


def header_of(name: str) -> bytes:
    """Return what stands in clear before an entry's sealed value."""
    if "\n" in name or not name:
        message = f"{name!r} cannot name a secret."
        raise UserError(message, code="vault.name")
    return MAGIC + name.encode() + b"\n"


def named(content: bytes) -> str | None:
    """Return whose header stands before a sealed value, None where there is no header."""
    header, newline, _ = content.partition(b"\n")
    if not newline or not header.startswith(MAGIC):
        return None
    return header.removeprefix(MAGIC).decode(errors="replace") or None


def what_is_wrong(name: str, content: bytes) -> str:
    """Return in words why content that does not open is not the entry of that name."""
    if content.startswith(header_of(name)):
        return "is cut short or was changed"
    return "is another entry's, or was changed"
