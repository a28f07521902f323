"""A service that lets apps in, with OAuth 2: codes, tokens, renewals, and their end.

What vendors do differently is a :class:`Dialect`; the rest is RFC 6749, 7636 and 7009 taken
strictly: everything is used once, matched literally, and ends when it is said to.
"""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from microcom.emulator.call import HTML, Answer, Request, Route
from microcom.emulator.consent import GUARDS, Asked, page, wrong
from microcom.emulator.dialect import App, Consent, Dialect, Refused
from microcom.emulator.forms import fields

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue

USERNAME = re.compile(r"[A-Za-z0-9._]{1,30}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
LONGEST_STATE = 500
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
LOOSE = "sandbox:"
"""An app that nobody registered is made on first use; its secret is this and its client id."""

Grants = Callable[[str, str, frozenset[str], datetime], None]
"""Lets a token speak: token, account, scopes, until."""


class OAuth:
    """Lets apps in.

    ``grant`` and ``end`` make tokens speak and fall silent; ``who`` is the account of a username.
    """

    def __init__(
        self,
        dialect: Dialect,
        digest: Callable[..., str],
        grant: Grants,
        end: Callable[[str], None],
        *,
        who: Callable[[str], str] = str,
    ) -> None:
        self.dialect = dialect
        self._digest = digest
        self._grant = grant
        self._end = end
        self._who = who
        self.apps: dict[str, App] = {}
        self.people: list[str] = []
        self.renewals = 0
        self._codes: dict[str, Consent] = {}
        self._consents: list[Consent] = []
        self._made = 0

    def register(
        self, client_id: str, *, secret: str | None, redirects: Sequence[str] | None = None
    ) -> None:
        """Register an app as a developer does: from then on it is held to it."""
        held = None if redirects is None else tuple(redirects)
        self.apps[client_id] = App(client_id, secret, held)

    def routes(self) -> Iterable[Route]:
        """Return the endpoints."""
        dialect = self.dialect
        yield Route("authorize", "GET", dialect.page_at, self._ask)
        yield Route("consent", "POST", dialect.page_at, self._answered)
        yield Route("token", "POST", dialect.exchange_at, self._token)
        if dialect.revoke_at is not None:
            yield Route("revoke", "POST", dialect.revoke_at, self._revoke)

    def end_account(self, account: str) -> None:
        """Let nobody in as an account any more: its owner has said so on the platform's pages."""
        for consent in self._consents:
            if consent.account == account:
                self._over(consent)

    # --- the page -----------------------------------------------------------------------------

    def _ask(self, request: Request) -> Answer:
        try:
            asked = self._asked(request)
        except Refused as refused:
            return self._turned_away(request, refused)
        suggested = dict(request.query).get("as", "")
        return _html(200, page(self._page(request, asked, suggested)))

    def _answered(self, request: Request) -> Answer:
        try:
            asked = self._asked(request)
        except Refused as refused:
            return self._turned_away(request, refused)
        try:
            pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
        except ValueError:
            pairs = []
        said, ticked = dict(pairs), [value for name, value in pairs if name == "scope"]
        if said.get("nonce") != self._nonce(request):
            return _html(403, wrong(self.dialect.platform, "This page was not asked from here."))
        redirect, state = asked["redirect_uri"], asked["state"]
        if said.get("answer") != "allow":
            return _sent_back(redirect, error="access_denied", state=state, **DENIED)
        username = said.get("username", "").strip().removeprefix("@")
        if not USERNAME.fullmatch(username):
            again = self._page(request, asked, username, "Type the username of an account.")
            return _html(200, page(again))
        scopes = self._scopes(asked)
        granted = tuple(one for one in scopes if not self.dialect.ticks or one in ticked)
        code = self._consent(asked, self._who(username), granted, request.at)
        more = {"scopes": self.dialect.separator.join(granted)} if self.dialect.ticks else {}
        return _sent_back(redirect, code=code, state=state, **more)

    def _asked(self, request: Request) -> dict[str, str]:
        """Return what the page was asked with; raise Refused for anything that does not fit."""
        dialect = self.dialect
        asked = dict(request.query)
        if len(asked) != len(request.query):
            raise Refused("invalid_request", "A parameter stands twice.")
        app = self._app(asked.get(dialect.client_id, ""))
        redirect = asked.get("redirect_uri", "")
        if not _is_registered(redirect, app.redirects):
            raise Refused("invalid_request", "The redirect address is not one of the app's.")
        proof = {"code_challenge", "code_challenge_method"} if dialect.challenge else set()
        usual = {dialect.client_id, "redirect_uri", "response_type", "scope", "state", "as"}
        for name in asked.keys() - usual - proof - dialect.extra_page:
            raise Refused("invalid_request", f"{name} is not a parameter of this page.")
        if asked.get("response_type") != "code":
            raise Refused("unsupported_response_type", "response_type has to be code.")
        if not 0 < len(asked.get("state", "")) <= LONGEST_STATE:
            raise Refused("invalid_request", "state is missing or too long.")
        self._scopes(asked)
        self._proves(asked)
        return asked

    def _scopes(self, asked: Mapping[str, str]) -> tuple[str, ...]:
        scopes = tuple(asked.get("scope", "").split(self.dialect.separator))
        unknown = sorted(set(scopes) - self.dialect.known)
        if unknown:
            raise Refused("invalid_scope", f"There is no scope {', '.join(unknown)}.")
        return scopes

    def _proves(self, asked: Mapping[str, str]) -> None:
        if not self.dialect.challenge:
            return
        length = 64 if self.dialect.challenge == "hex" else 43
        given = asked.get("code_challenge", "")
        if asked.get("code_challenge_method") != "S256" or len(given) != length:
            raise Refused("invalid_request", "code_challenge is missing or not as it should be.")

    def _turned_away(self, request: Request, refused: Refused) -> Answer:
        """Say what is wrong: to the app if it is known and asks from where it may, else here."""
        asked = dict(request.query)
        redirect = asked.get("redirect_uri", "")
        try:
            app = self._app(asked.get(self.dialect.client_id, ""))
        except Refused:
            app = None
        if app is None or not _is_registered(redirect, app.redirects):
            return _html(400, wrong(self.dialect.platform, refused.words))
        more = {"error": refused.error, "error_description": refused.words}
        return _sent_back(redirect, state=asked.get("state", ""), **more)

    def _page(
        self, request: Request, asked: Mapping[str, str], suggested: str, said: str = ""
    ) -> Asked:
        dialect = self.dialect
        app, scopes = asked[dialect.client_id], self._scopes(asked)
        nonce, known = self._nonce(request), self.people
        return Asked(dialect.platform, app, scopes, dialect.ticks, nonce, suggested, known, said)

    def _nonce(self, request: Request) -> str:
        return self._digest("consent", urlencode(request.query))[:32]

    def _consent(
        self, asked: Mapping[str, str], account: str, scopes: tuple[str, ...], now: datetime
    ) -> str:
        app = self._app(asked[self.dialect.client_id])
        if self.dialect.one_grant:
            for before in self._consents:
                if (before.app, before.account) == (app, account):
                    self._over(before)
        challenge = asked.get("code_challenge", "")
        consent = Consent(app, account, scopes, asked["redirect_uri"], challenge, now)
        self._consents.append(consent)
        if account not in self.people:
            self.people.append(account)
        code = self._new("code")
        self._codes[code] = consent
        return code

    # --- tokens -------------------------------------------------------------------------------

    def _token(self, request: Request) -> Answer:
        dialect = self.dialect
        try:
            said = _form(request)
            app = self._authenticated(request, said)
            match said.get("grant_type"):
                case "authorization_code":
                    consent = self._redeemed(app, said, request.at)
                case "refresh_token":
                    consent = self._renewed(app, said, request.at)
                case _:
                    words = "There is no such grant type."
                    return dialect.says(Refused("unsupported_grant_type", words))
        except Refused as refused:
            return dialect.says(refused)
        return self._given(consent, request.at)

    def _authenticated(self, request: Request, said: Mapping[str, str]) -> App:
        """Return the app that asks, by its own proof."""
        dialect = self.dialect
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        named = said.get(dialect.client_id)
        if dialect.basic and scheme.lower() == "basic":
            if named is not None or "client_secret" in said:
                raise Refused("invalid_request", "The app is named twice.")
            return self._known(*_pair(pair), "client secret")
        if scheme:
            raise Refused("invalid_request", "This header is not expected.")
        if named is None:
            raise Refused("invalid_request", f"{dialect.client_id} is missing.")
        if not dialect.basic:
            return self._known(named, said.get("client_secret", ""), "client secret")
        app = self.apps.get(named) or App(named, None)
        if not dialect.public or app.secret is not None or "client_secret" in said:
            words = "Missing valid authorization header"
            raise Refused("unauthorized_client", words, 401)
        self.apps[named] = app
        return app

    def _known(self, client_id: str, secret: str, what: str) -> App:
        app = self.apps.setdefault(client_id, App(client_id, f"{LOOSE}{client_id}"))
        if app.secret is None or app.secret != secret:
            raise Refused("invalid_client", f"The {what} is not the app's.", 401)
        return app

    def _app(self, client_id: str) -> App:
        """Return an app by its id; one that nobody registered is not held to anything yet."""
        if not client_id:
            raise Refused("invalid_request", f"{self.dialect.client_id} is missing.")
        return self.apps.get(client_id) or App(client_id, None)

    def _redeemed(self, app: App, said: Mapping[str, str], now: datetime) -> Consent:
        dialect = self.dialect
        own = {"grant_type", "code", "redirect_uri", "client_secret", dialect.client_id}
        proof = {"code_verifier"} if dialect.challenge else set()
        _no_others(said, own | proof | dialect.extra_token)
        consent = self._codes.get(said.get("code", ""))
        if consent is None or consent.app.client_id != app.client_id or consent.ended:
            raise Refused(*dialect.bad_code)
        if consent.used:
            self._over(consent)
            raise Refused(*dialect.bad_code)
        consent.used = True
        verifier = said.get("code_verifier", "")
        if said.get("redirect_uri") != consent.redirect or now - consent.at > dialect.code_lives:
            raise Refused(*dialect.bad_code)
        if dialect.challenge and not _proven(verifier, consent.challenge, dialect.challenge):
            raise Refused("invalid_grant", "code_verifier does not fit.")
        consent.app = app
        return consent

    def _renewed(self, app: App, said: Mapping[str, str], now: datetime) -> Consent:
        dialect = self.dialect
        own = {"grant_type", "refresh_token", "client_secret", dialect.client_id}
        _no_others(said, own | {"scope"})
        shown = said.get("refresh_token", "")
        consent = next((one for one in self._consents if shown in one.refresh), None)
        if consent is None or consent.app.client_id != app.client_id or consent.ended:
            raise Refused(*dialect.spent)
        if shown != consent.refresh[-1]:
            if dialect.family:
                self._over(consent)
            raise Refused(*dialect.spent)
        if consent.refreshed is not None and now - consent.refreshed > dialect.refresh_lives:
            raise Refused(*dialect.spent)
        self.renewals += 1
        return consent

    def _given(self, consent: Consent, now: datetime) -> Answer:
        dialect = self.dialect
        access = self._new("access")
        consent.access.append(access)
        self._grant(access, consent.account, frozenset(consent.scopes), now + dialect.access_lives)
        body: dict[str, JsonValue] = {
            "token_type": "bearer",
            "expires_in": int(dialect.access_lives.total_seconds()),
            "access_token": access,
            "scope": dialect.separator.join(consent.scopes),
        }
        if dialect.refresh_scope is None or dialect.refresh_scope in consent.scopes:
            consent.refresh.append(self._new("refresh"))
            consent.refreshed = now
            body["refresh_token"] = consent.refresh[-1]
            if dialect.refresh_ends is not None:
                body[dialect.refresh_ends] = int(dialect.refresh_lives.total_seconds())
        return Answer.of_json(
            200, body | dict(dialect.more(consent, now)), cache_control="no-store"
        )

    def _revoke(self, request: Request) -> Answer:
        dialect = self.dialect
        try:
            said = _form(request)
            app = self._authenticated(request, said)
            _no_others(said, {"token", "token_type_hint", "client_secret", dialect.client_id})
        except Refused as refused:
            return dialect.says(refused)
        shown = said.get("token", "")
        for consent in self._consents:
            if consent.app.client_id == app.client_id and shown in (
                *consent.access,
                *consent.refresh,
            ):
                self._over(consent)
        return Answer.of_json(200, {} if dialect.basic is False else {"revoked": True})

    def _over(self, consent: Consent) -> None:
        consent.ended = True
        for token in consent.access:
            self._end(token)

    def _new(self, kind: str) -> str:
        self._made += 1
        return f"{kind}-{self._digest(self.dialect.platform, kind, str(self._made))[:40]}"


DENIED = {"error_description": "The person said no."}


def _form(request: Request) -> dict[str, str]:
    try:
        return fields(request)
    except ValueError as error:
        raise Refused("invalid_request", str(error)) from error


def _no_others(said: Mapping[str, str], known: set[str] | frozenset[str]) -> None:
    for name in sorted(said.keys() - known):
        raise Refused("invalid_request", f"{name} is not a parameter of this call.")


def _pair(encoded: str) -> tuple[str, str]:
    try:
        client_id, colon, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (NotBase64, ValueError) as error:
        raise Refused("invalid_client", "The authorization header is unreadable.", 401) from error
    if not colon:
        raise Refused("invalid_client", "The authorization header is unreadable.", 401)
    return unquote(client_id), unquote(secret)


def _proven(verifier: str, challenge: str, kind: str) -> bool:
    if not VERIFIER.fullmatch(verifier):
        return False
    digest = sha256(verifier.encode())
    if kind == "hex":
        return digest.hexdigest() == challenge
    return urlsafe_b64encode(digest.digest()).rstrip(b"=").decode() == challenge


def _is_registered(redirect: str, registered: tuple[str, ...] | None) -> bool:
    """Say whether a browser may be sent back there; ``*`` for a port matches any."""
    try:
        parts = urlsplit(redirect)
        here = parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port is not None
    except ValueError:
        return False
    if registered is None:
        return here and not parts.query and not parts.fragment
    loose = f"{parts.scheme}://{parts.hostname}:*{parts.path}"
    return redirect in registered or loose in registered


def _sent_back(redirect: str, **query: str) -> Answer:
    return Answer(302, b"", {**HTML, **GUARDS, "location": f"{redirect}?{urlencode(query)}"})


def _html(status: int, text: str) -> Answer:
    return Answer(status, text.encode(), {**HTML, **GUARDS})
