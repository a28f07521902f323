"""How an account logs in to a platform, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Login:
    """What a token of this platform must be able to do, and where a person gets one."""

    scopes: tuple[str, ...]
    token_page: str  # where a person makes a token, for `login --token`


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token speaks for.

    ``newest`` is the id of the account's newest object when it was looked up, or None: an object
    known to exist, by which a listing later shows that it is alive.
    """

    remote_id: str
    handle: str
    newest: str | None = None
