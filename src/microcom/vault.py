"""The only door to secrets: the operating system's keyring, one entry per account.

In a sandbox no keyring is opened: its emulators know the token ``sandbox:ACCOUNT``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from microcom.errors import NeedsLogin, UserError

if TYPE_CHECKING:
    from cryptography.fernet import Fernet
    from keyring.backend import KeyringBackend

SERVICE = "microcom"
REAL = "real"
UNSAFE = ("keyring.backends.null", "keyrings.alt.file", "keyring.backends.fail")
"""Backends that keep nothing, keep it in clear, or cannot keep it."""


class Vault(Protocol):
    """Keeps tokens and seals what the journal must keep secret."""

    def token(self, account: str) -> str:
        """Return the account's access token; raise NeedsLogin where there is none."""
        ...

    def keep(self, account: str, token: str) -> None:
        """Keep an account's access token, replacing the one before."""
        ...

    def seal(self, clear: bytes) -> str:
        """Return bytes encrypted under this vault's key."""
        ...

    def unseal(self, sealed: str) -> bytes:
        """Return what :meth:`seal` closed; raise UserError ``vault.key`` if it is not ours."""
        ...


def open_vault(world: str) -> Vault:
    """Return the vault of a world; nothing is read before it is asked for."""
    return KeyringVault() if world == REAL else SandboxVault(world)


class KeyringVault:
    """Tokens in the OS keyring, under the service ``microcom``."""

    def __init__(self) -> None:
        self._fernet: Fernet | None = None
        self._tokens: dict[str, str] = {}

    def token(self, account: str) -> str:
        """Return the account's access token; raise NeedsLogin where there is none."""
        if account not in self._tokens:
            held = _read(account)
            if held is None:
                message = f"There is no token for {account}."
                raise NeedsLogin(message, code="vault.none", hint=_login(account))
            self._tokens[account] = str(json.loads(held)["access"])
        return self._tokens[account]

    def keep(self, account: str, token: str) -> None:
        """Keep an account's access token, replacing the one before."""
        _write(account, json.dumps({"access": token}))
        self._tokens.pop(account, None)

    def seal(self, clear: bytes) -> str:
        """Return bytes encrypted under a key that the keyring holds."""
        return self._box().encrypt(clear).decode()

    def unseal(self, sealed: str) -> bytes:
        """Return what :meth:`seal` closed."""
        return _unsealed(self._box(), sealed)

    def _box(self) -> Fernet:
        if self._fernet is None:
            from cryptography.fernet import Fernet

            key = _read("sealing key")
            if key is None:
                key = Fernet.generate_key().decode()
                _write("sealing key", key)
            self._fernet = Fernet(key)
        return self._fernet


class SandboxVault:
    """The tokens of a sandbox: worth nothing, known to its emulators."""

    def __init__(self, world: str) -> None:
        self._world = world

    def token(self, account: str) -> str:
        """Return ``sandbox:ACCOUNT``."""
        return f"sandbox:{account}"

    def keep(self, account: str, token: str) -> None:
        """Keep nothing: a sandbox's tokens are known."""

    def seal(self, clear: bytes) -> str:
        """Return bytes encrypted under a key made of the world's name: no secret, same road."""
        return self._box().encrypt(clear).decode()

    def unseal(self, sealed: str) -> bytes:
        """Return what :meth:`seal` closed."""
        return _unsealed(self._box(), sealed)

    def _box(self) -> Fernet:
        import base64
        import hashlib

        from cryptography.fernet import Fernet

        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(self._world.encode()).digest()))


def _unsealed(box: Fernet, sealed: str) -> bytes:
    from cryptography.fernet import InvalidToken

    try:
        return box.decrypt(sealed)
    except InvalidToken:
        message = "An upload that was begun is sealed under another key."
        raise UserError(message, code="vault.key", hint="Retry the delivery.") from None


def _read(name: str) -> str | None:
    import keyring.errors

    try:
        return _backend().get_password(SERVICE, name)
    except keyring.errors.KeyringError as error:
        raise _unusable(error) from error


def _write(name: str, value: str) -> None:
    import keyring.errors

    try:
        _backend().set_password(SERVICE, name, value)
    except keyring.errors.KeyringError as error:
        raise _unusable(error) from error


def _backend() -> KeyringBackend:
    import keyring

    backend = keyring.get_keyring()
    kind = type(backend)
    if kind.__module__.startswith(UNSAFE) or getattr(backend, "backends", None) == []:
        message = "This machine has no keyring that can keep a secret."
        hint = (
            "On a desktop, unlock its keyring. On a Debian or Ubuntu server: "
            "sudo apt install gnome-keyring dbus, and run microcom inside dbus-run-session."
        )
        raise UserError(message, code="vault.none", hint=hint)
    return backend


def _unusable(error: Exception) -> UserError:
    message = f"The keyring did not open ({type(error).__name__})."
    return UserError(message, code="vault.locked", hint="Unlock it, then run this again.")


def _login(account: str) -> str:
    return f"microcom login {account} --token"
