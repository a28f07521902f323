"""How an account logs in to a platform, as data; and what a login leaves behind."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum

from microcom.redaction import hide
from microcom.values import dataclass


class Challenge(StrEnum):
    """How a platform wants the proof that whoever began a login also ends it (RFC 7636)."""

    NONE = "none"
    S256 = "S256"  # base64url of the SHA-256
    HEX = "hex"  # lowercase hexadecimal of the SHA-256, still called S256 on the wire


class AppKind(StrEnum):
    """What a developer app is, as it was registered."""

    CONFIDENTIAL = "confidential"  # it has a secret
    PUBLIC = "public"  # a native app, without one
    OAUTH1 = "oauth1"  # X only: four secrets that never lapse


class SecretIn(StrEnum):
    """Where a token request names a confidential app."""

    BASIC = "basic"  # the header Authorization: Basic
    FORM = "form"


@dataclass(frozen=True, slots=True)
class OAuth2:
    """A platform's way of giving tokens: its addresses and what it does its own way.

    ``lives`` are spans after which the platform itself ends something; None: it does not say, or
    nobody could verify it.
    """

    authorize: str
    token: str
    revoke: str | None = None
    redirect: str = "http://127.0.0.1:8085/callback"
    """The address to come back to where the app names none."""
    challenge: Challenge = Challenge.S256
    kinds: tuple[AppKind, ...] = (AppKind.CONFIDENTIAL,)
    secret_in: SecretIn = SecretIn.BASIC
    client_id: str = "client_id"  # what a request calls the app's id
    separator: str = " "  # between scopes
    asks: tuple[tuple[str, str], ...] = ()  # more that the page is asked with
    gives: tuple[tuple[str, str], ...] = ()  # more that the code is exchanged with
    refused: tuple[str, ...] = ("invalid_grant",)
    """The errors by which a token request says that code or refresh token are not accepted."""
    revokes_refresh: bool = False  # a logout shows the refresh token, not the access token
    refresh_expires: str | None = None  # the answer's field with the refresh token's seconds
    code_lives: timedelta | None = None
    refresh_lives: timedelta | None = None
    early: timedelta = timedelta(minutes=1)
    """How long before its end an access token is renewed."""
    idle: timedelta = timedelta(days=30)
    """After how long a token pair that nobody uses is renewed, so that it does not lapse."""


@dataclass(frozen=True, slots=True)
class Login:
    """What a token of this platform must be able to do, and how a person gets one.

    ``hosts`` are the only ones that a token is ever sent to. ``walls`` say in plain words what
    the platform demands of apps and accounts; ``by_hand`` says what a person does to end a login
    where the platform cannot be asked to.
    """

    scopes: tuple[str, ...]
    token_page: str  # where a person makes an app or a token
    hosts: tuple[str, ...] = ()
    oauth2: OAuth2 | None = None
    oauth1: bool = False
    walls: tuple[str, ...] = ()
    by_hand: str | None = None
    permissions: str | None = None  # what the app has to be allowed, as its page calls it


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token speaks for.

    ``newest`` is the id of the account's newest object when it was looked up, or None: an object
    known to exist, by which a listing later shows that it is alive. ``walls`` say in plain words
    what stands between this account and posting.
    """

    remote_id: str
    handle: str
    newest: str | None = None
    walls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a login or a renewal gave; it never shows itself.

    ``secret`` is OAuth 1.0a's second half. ``expires`` and ``refresh_expires`` are in UTC, None
    where the platform sets no end or does not say. ``scopes`` is None where it was not told.
    """

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    expires: datetime | None = None
    refresh_expires: datetime | None = None
    scopes: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        hide(self.access, self.refresh, self.secret)


@dataclass(frozen=True, slots=True)
class Signer:
    """The app's half of OAuth 1.0a."""

    key: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        hide(self.secret)


@dataclass(frozen=True, slots=True)
class Credential:
    """What lets a call in: to these hosts, in this world, and nowhere else; it never shows itself.

    ``version`` tells the renewals of one login apart. With ``signer``, calls are signed (OAuth
    1.0a, RFC 5849) by it and by ``access`` and ``secret`` instead of carrying a bearer token.
    """

    world: str
    hosts: tuple[str, ...]
    access: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    signer: Signer | None = None
    version: int = 0

    def __post_init__(self) -> None:
        if self.world == "real":
            hide(self.access, self.secret)


def token_name(platform: str, remote_id: str, client_id: str) -> str:
    """Return what the tokens of a login are called: whose they are, through which app.

    Two names of one login through one app share its tokens; platforms end the first of two.
    """
    return f"{platform} {remote_id} {client_id or '-'}"


def app_entry(platform: str, client_id: str) -> str:
    """Return the vault's name for an app's secret."""
    return f"app {platform} {client_id}"
