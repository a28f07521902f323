"""The base of the emulated platforms: a small WSGI router with fault switches.

An emulator behaves as its vendor's service does, down to the refusals, and publishes to a ledger
instead of the world. Time comes from outside, and so does the lock that a threaded server needs;
ids follow from the clock and from a seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from microcom.core.names import is_name
from microcom.core.schedule import rfc3339
from microcom.emulator.blobs import Blobs
from microcom.emulator.call import (
    HTML,
    LARGEST_BODY,
    Answer,
    Refusal,
    Request,
    Route,
    head,
    send,
    whole,
)
from microcom.emulator.dialect import Dialect
from microcom.emulator.faults import AFTER, BEFORE, BROKEN, LISTS_LATE, SPOILED, Faults
from microcom.emulator.oauth import OAuth
from microcom.values import dataclass

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from microcom.core.media import Media
    from microcom.core.steps import JsonValue

Clock: TypeAlias = Callable[[], datetime]
Lock: TypeAlias = AbstractContextManager[object]
Probe: TypeAlias = "Callable[[bytes], Media | None]"
"""Says what a picture or video is, None for what is neither; a service without one believes."""

EXTRAS = ("title", "link", "place", "media", "labels", "draft")
SANDBOX = "sandbox:"
"""Tokens that begin so speak for the account named after it, which is made on first use."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows: to speak for an account, with ``scopes`` (None: all), ``until`` then."""

    account: str
    scopes: frozenset[str] | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as people see it; its bytes are the emulator's blob of that SHA-256 (hex)."""

    sha256: str
    mime: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """One thing people can see; ``by_hand`` was not made through the API.

    ``place`` is where it stands, in words for people (a board and section, an audience); a
    ``draft`` only the account's owner sees. ``labels`` are what the platform shows beside it.
    """

    platform: str
    account: str
    user: str
    remote_id: str
    kind: str
    at: datetime
    text: str
    in_reply_to: str | None
    url: str
    by_hand: bool = False
    deleted: bool = False
    title: str = ""
    link: str = ""
    place: str = ""
    media: tuple[Shown, ...] = ()
    labels: tuple[str, ...] = ()
    draft: bool = False


class Emulator:
    """One vendor's service. ``hosts`` are those of its API, ``sites`` those of its pages."""

    name: str
    hosts: tuple[str, ...]
    sites: tuple[str, ...] = ()
    dialect: Dialect | None = None
    """How it lets apps in, where it does."""

    def __init__(
        self,
        *,
        clock: Clock,
        lock: Lock | None = None,
        seed: str = "microcom",
        probe: Probe | None = None,
    ) -> None:
        self.clock = clock
        self.lock: Lock = nullcontext() if lock is None else lock
        self.seed = seed
        self.probe = probe
        self.faults = Faults()
        self.blobs = Blobs()
        self._grants: dict[str, Grant] = {}
        self._accounts: dict[str, str] = {}
        self.oauth = None if self.dialect is None else self._lets_in(self.dialect)
        own = () if self.oauth is None else self.oauth.routes()
        self.routes: tuple[Route, ...] = (*self.endpoints(), *own)
        self.furnish()

    # --- what a vendor fills in ---------------------------------------------------------------

    def furnish(self) -> None:
        """Make what the service keeps: people, posts, limits; nothing unless a vendor needs it."""

    def endpoints(self) -> Iterable[Route]:
        """Return the endpoints."""
        raise NotImplementedError

    def refusals(self) -> Mapping[str, Callable[[Request], Answer]]:
        """Return the refusals that can be switched on, by name, in the vendor's words."""
        raise NotImplementedError

    def broken(self, status: int) -> Answer:
        """Return a 5xx in the vendor's words."""
        raise NotImplementedError

    def unknown(self, request: Request) -> Answer:
        """Return the answer to a path or method that does not exist."""
        raise NotImplementedError

    def published(self) -> Sequence[Published]:
        """Return everything people can see or could, in the order it was made."""
        raise NotImplementedError

    def recognised(self, address: str) -> str | None:
        """Return the id that the address of one of its pages names (``x.com/NAME/status/1``)."""
        raise NotImplementedError

    # --- what tests and the sandbox use -------------------------------------------------------

    def grant(
        self,
        token: str,
        account: str,
        *,
        scopes: Iterable[str] | None = None,
        until: datetime | None = None,
    ) -> None:
        """Let a token speak for an account."""
        self._note(account)
        self._grants[token] = Grant(account, None if scopes is None else frozenset(scopes), until)

    def end(self, token: str) -> None:
        """Let a token speak no longer."""
        self._grants.pop(token, None)

    def takes(self, method: str, path: str) -> bool:
        """Say whether a call is one of its endpoints."""
        return any(route.match(method, path) is not None for route in self.routes)

    def ledger(self) -> list[dict[str, JsonValue]]:
        """Return everything that was published through the API, in order, ready for JSON."""
        with self.lock:
            made = [one for one in self.published() if not one.by_hand]
        return [_entry(one) for one in made]

    def kinds(self, endpoint: str) -> tuple[str, ...]:
        """Return the faults that an endpoint can be given."""
        lists = next(route.lists for route in self.routes if route.name == endpoint)
        broken = [f"{status}-{when}" for status in BROKEN for when in (BEFORE, AFTER)]
        return (*self.refusals(), *broken, *SPOILED, *(LISTS_LATE if lists else ()))

    # --- what happens -------------------------------------------------------------------------

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        """Answer one WSGI call."""
        opening = head(environ, self.clock())
        request = whole(environ, opening, self._largest(opening))
        if request is None:
            page = b"<!doctype html><title>Too large</title>"
            return send(Answer(413, page, HTML), start, opening.at)
        with self.lock:
            answer = self.answer(request)
        return send(answer, start, self.clock())

    def answer(self, request: Request) -> Answer:
        """Return the answer to a call, with the faults that are switched on."""
        for route in self.routes:
            params = route.match(request.method, request.path)
            if params is not None:
                return self._at(route, replace(request, params=params))
        return self.unknown(request)

    def holder(self, request: Request) -> Grant | None:
        """Return what the request's token allows, or None for one that is unknown or lapsed."""
        token = request.token
        if token.startswith(SANDBOX) and is_name(token.removeprefix(SANDBOX)):
            return Grant(self._note(token.removeprefix(SANDBOX)))
        grant = self._grants.get(token)
        if grant is None or (grant.until is not None and grant.until <= request.at):
            return None
        return grant

    def digest(self, *words: str) -> str:
        """Return hexadecimal digits that follow from the seed and the words."""
        return sha256("\0".join((self.seed, *words)).encode()).hexdigest()

    def _lets_in(self, dialect: Dialect) -> OAuth:
        def grant(token: str, account: str, scopes: frozenset[str], until: datetime) -> None:
            self.grant(token, account, scopes=scopes, until=until)

        return OAuth(dialect, self.digest, grant, self.end, who=self._called)

    def _note(self, account: str) -> str:
        """Note an account by the username that people see of it."""
        self._accounts.setdefault(account.replace("-", "_"), account)
        return account

    def _called(self, username: str) -> str:
        """Return the account of a username; one that nobody has is an account of its own."""
        return self._accounts.get(username, username)

    def _largest(self, opening: Request) -> int:
        found = (route for route in self.routes if route.match(opening.method, opening.path))
        route = next(found, None)
        return LARGEST_BODY if route is None else route.largest

    def _at(self, route: Route, request: Request) -> Answer:
        fault = self.faults.take(route.name)
        if fault is None:
            return _handled(route, request)
        if fault.kind in LISTS_LATE:
            return _handled(route, replace(request, veil=fault))
        refusal = self.refusals().get(fault.kind)
        if refusal is not None:
            return refusal(request)
        if fault.kind in {"garbage", "cut", "redirect-after"}:
            return _spoiled(fault.kind, _handled(route, request))
        if fault.kind in {"foreign", "redirect"}:
            return _spoiled(fault.kind, Answer(403))
        status, _, when = fault.kind.partition("-")
        if when == AFTER:
            _handled(route, request)
        return self.broken(int(status))


def _entry(one: Published) -> dict[str, JsonValue]:
    """Return a thing as JSON values; what a text alone never has is left out where it is empty."""
    row = {**asdict(one), "at": rfc3339(one.at)}
    return {key: value for key, value in row.items() if value or key not in EXTRAS}


def _handled(route: Route, request: Request) -> Answer:
    try:
        return route.handler(request)
    except Refusal as refusal:
        return refusal.answer


def _spoiled(kind: str, answer: Answer) -> Answer:
    if kind == "cut":
        return replace(answer, body=answer.body[: len(answer.body) // 2])
    if kind.startswith("redirect"):
        return Answer(302, b"", {**HTML, "location": "https://login.example/again"})
    page = b"<!doctype html><title>One moment</title><p>Checking your browser ...</p>"
    return Answer(answer.status, page, HTML)
