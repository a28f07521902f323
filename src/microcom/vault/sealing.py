"""Sealing what the journal keeps of an upload, under a key of the vault's."""

from __future__ import annotations

from microcom.errors import UserError


def seal(key: bytes, clear: bytes) -> str:
    """Return bytes encrypted under a key (Fernet's: 32 bytes in URL-safe base64)."""
    from cryptography.fernet import Fernet

    return Fernet(key).encrypt(clear).decode("ascii")


def unseal(key: bytes, sealed: str) -> bytes:
    """Return what :func:`seal` closed; raise UserError ``vault.key`` for another key's."""
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(key).decrypt(sealed)
    except InvalidToken:
        message = "An upload that was begun is sealed under another key."
        raise UserError(message, code="vault.key", hint="Retry the delivery.") from None
