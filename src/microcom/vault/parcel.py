"""Secrets on their way from one machine to another: sealed under a passphrase, or under a key.

AES-256-GCM over the whole, a random nonce, the header as associated data. A passphrase is made a
key by scrypt with a salt of its own; a key is 32 random bytes in a file (see `key.py`).
"""

from __future__ import annotations

import hashlib
import secrets

from microcom.errors import UserError

MAGIC = b"microcom parcel 1 "
NONCE, SALT = 12, 16
COST = {"n": 1 << 16, "r": 8, "p": 1, "maxmem": 1 << 27, "dklen": 32}
"""64 MiB and about a fifth of a second for each guess at a passphrase."""


def sealed(clear: bytes, *, passphrase: str | None = None, key: bytes | None = None) -> bytes:
    """Return bytes sealed under the one or the other."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = secrets.token_bytes(SALT), secrets.token_bytes(NONCE)
    header = MAGIC + (b"key\n" if passphrase is None else b"passphrase\n") + salt
    box = AESGCM(_key(passphrase, key, salt))
    return header + nonce + box.encrypt(nonce, clear, header)


def wants_passphrase(parcel: bytes) -> bool:
    """Say whether a parcel was sealed under a passphrase; else it was under a key."""
    return parcel.startswith(MAGIC + b"passphrase\n")


def opened(parcel: bytes, *, passphrase: str | None = None, key: bytes | None = None) -> bytes:
    """Return what :func:`sealed` closed; raise UserError ``parcel.key`` for anything else."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    end = parcel.find(b"\n") + 1
    header, rest = parcel[: end + SALT], parcel[end + SALT :]
    try:
        box = AESGCM(_key(passphrase, key, header[-SALT:]))
        return box.decrypt(rest[:NONCE], rest[NONCE:], header if header.startswith(MAGIC) else b"")
    except (InvalidTag, ValueError) as error:
        which = "key" if passphrase is None else "passphrase"
        message = f"The secrets in this export do not open under that {which}."
        hint = "Give the one it was made with, or restore without them and log in anew."
        raise UserError(message, code="parcel.key", hint=hint) from error


def _key(passphrase: str | None, key: bytes | None, salt: bytes) -> bytes:
    if passphrase is None:
        assert key is not None  # noqa: S101 - one of the two
        return key
    return hashlib.scrypt(passphrase.encode(), salt=salt, **COST)
