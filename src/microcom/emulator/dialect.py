"""What a service that lets apps in knows of apps and consents, and what vendors do differently."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microcom.emulator.call import Answer
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue


class Refused(Exception):
    """An error of OAuth: its name, what is said of it, and the status it comes with."""

    def __init__(self, error: str, words: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.words = words
        self.status = status


def _flat(refused: Refused) -> Answer:
    body = {"error": refused.error, "error_description": refused.words}
    return Answer.of_json(refused.status, body)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one vendor does its own way; ``*_at`` are the paths of its page and of its calls.

    ``known`` are the scopes there are. ``spent`` is the error for a refresh token that was used;
    ``family`` says that showing one ends every token that came of the same consent.
    """

    platform: str
    page_at: str
    exchange_at: str
    revoke_at: str | None
    known: frozenset[str]
    client_id: str = "client_id"
    separator: str = " "
    challenge: str = "S256"  # S256, hex, or "" for none
    basic: bool = True
    public: bool = False
    ticks: bool = False
    extra_page: frozenset[str] = frozenset()
    extra_token: frozenset[str] = frozenset()
    code_lives: timedelta = timedelta(minutes=10)
    access_lives: timedelta = timedelta(hours=2)
    refresh_lives: timedelta = timedelta(days=180)
    refresh_scope: str | None = None  # the scope without which there is no refresh token
    refresh_ends: str | None = None  # the answer's field with the refresh token's seconds
    spent: tuple[str, str] = ("invalid_grant", "The refresh token is not valid.")
    bad_code: tuple[str, str] = ("invalid_grant", "The code is not valid.")
    family: bool = False
    one_grant: bool = False  # a new consent of the same user and app ends the one before
    says: Callable[[Refused], Answer] = _flat
    more: Callable[[Consent, datetime], Mapping[str, JsonValue]] = lambda _consent, _now: {}


@dataclass(slots=True, eq=False)
class App:
    """A developer app; ``secret`` is None for a public one, ``redirects`` None for any loopback."""

    client_id: str
    secret: str | None
    redirects: tuple[str, ...] | None = None


@dataclass(slots=True, eq=False)
class Consent:
    """A person's yes to an app, and every token that came of it."""

    app: App
    account: str
    scopes: tuple[str, ...]
    redirect: str
    challenge: str
    at: datetime
    used: bool = False
    ended: bool = False
    access: list[str] = field(default_factory=list)
    refresh: list[str] = field(default_factory=list)
    refreshed: datetime | None = None
