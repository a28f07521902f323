"""The messages of OAuth 2: the page to open, the code that comes back, tokens for it, their end.

Pure: addresses and calls are made here, replies are read here, nothing is sent. Of RFC 6749, 7636
and 7009 this holds what the platforms use; what each does its own way is data in
:class:`~microcom.core.login.OAuth2`.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from microcom.core.bodies import Form
from microcom.core.login import Challenge, OAuth2, SecretIn, Tokens
from microcom.core.steps import Call, Effect
from microcom.errors import NeedsLogin, PlatformError, RateLimited, Rejected, Transient, UserError
from microcom.redaction import hide
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue, Reply

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ANY_PORT = "*"
TOO_MANY = 429
BROKEN = 500
DEADLINE = 60.0
"""Seconds for a token request: its answer may be the only copy of a token, so it gets time."""
LONGEST_TOKEN = 8192
LONGEST_REASON = 200
ERROR = re.compile(r"[A-Za-z0-9_.-]{1,60}")


@dataclass(frozen=True, slots=True)
class AppKeys:
    """A developer app as a token request needs it; ``secret`` is None for a public one."""

    client_id: str
    secret: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        hide(self.secret)


@dataclass(frozen=True, slots=True)
class Redirect:
    """The address that a browser is sent back to; ``port`` is None for ``*``, any port."""

    scheme: str
    host: str
    port: int | None
    path: str

    @property
    def is_here(self) -> bool:
        """Say whether it is this machine, so that the answer can be waited for."""
        return self.scheme == "http" and self.host in LOOPBACK

    def at(self, port: int) -> str:
        """Return the address with a port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{port}{self.path}"


def read_redirect(text: str) -> Redirect:
    """Return the parts of a redirect address; raise ValueError with what is wrong with it."""
    loose = text.replace(":*/", ":1/", 1)
    try:
        parts = urlsplit(loose)
        port = parts.port
    except ValueError as error:
        raise ValueError("it is no address") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it is no http address")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("it has a query, a fragment or a name before an @")
    here = parts.hostname in LOOPBACK
    if parts.scheme == "http" and not here:
        raise ValueError("http is for this machine only (127.0.0.1 or localhost)")
    if parts.scheme == "http" and port is None:
        raise ValueError("it has no port")
    if loose != text:
        port = None
    elif port is None:
        port = 443
    return Redirect(parts.scheme, parts.hostname, port, parts.path or "/")


def challenge(verifier: str, kind: Challenge) -> str:
    """Return what is shown of a verifier when a login begins (RFC 7636, and TikTok's hex)."""
    digest = hashlib.sha256(verifier.encode("ascii"))
    if kind is Challenge.HEX:
        return digest.hexdigest()
    return urlsafe_b64encode(digest.digest()).rstrip(b"=").decode("ascii")


def page(
    way: OAuth2,
    app: AppKeys,
    redirect: str,
    scopes: tuple[str, ...],
    *,
    state: str,
    verifier: str,
) -> str:
    """Return the address where a person lets the app in."""
    query = [
        ("response_type", "code"),
        (way.client_id, app.client_id),
        ("redirect_uri", redirect),
        ("scope", way.separator.join(scopes)),
        ("state", state),
    ]
    if way.challenge is not Challenge.NONE:
        query.append(("code_challenge", challenge(verifier, way.challenge)))
        query.append(("code_challenge_method", "S256"))
    return f"{way.authorize}?{urlencode([*query, *way.asks], quote_via=quote)}"


def code_from(address: str, state: str, platform: str) -> str:
    """Return the code in an address that a browser was sent back to.

    Raises UserError: ``login.state`` for another login's answer, ``login.denied`` when the person
    said no, ``login.callback`` for what is no answer at all.
    """
    query = dict(parse_qsl(urlsplit(address.strip()).query, keep_blank_values=True))
    again = "Begin again: microcom login ACCOUNT"
    if not compare_digest(query.get("state", "").encode(), state.encode()):
        message = "This address is not the answer to this login (its state is another one)."
        raise UserError(message, code="login.state", hint=again)
    if query.get("error") == "access_denied":
        message = f"The login was declined on {platform}'s page."
        raise UserError(message, code="login.denied", hint=again)
    if "error" in query:
        said = _words(query["error"], query.get("error_description"))
        message = f"{platform} did not begin the login: {said}."
        raise UserError(message, code="login.refused", hint="Compare the app with accounts.yaml.")
    code = query.get("code", "")
    if not code or len(code) > LONGEST_TOKEN:
        message = "There is no code in this address."
        raise UserError(message, code="login.callback", hint=again)
    return code


def exchange(way: OAuth2, app: AppKeys, redirect: str, code: str, verifier: str) -> Call:
    """Return the call that gives tokens for a code."""
    hide(code, verifier)
    hidden = [("code", code)]
    if way.challenge is not Challenge.NONE:
        hidden.append(("code_verifier", verifier))
    fields = (("grant_type", "authorization_code"), ("redirect_uri", redirect), *way.gives)
    return _asking("login", way.token, fields, hidden, _named(way, app))


def renewal(way: OAuth2, app: AppKeys, refresh: str) -> Call:
    """Return the call that gives new tokens for a refresh token."""
    fields = (("grant_type", "refresh_token"),)
    return _asking("renew", way.token, fields, [("refresh_token", refresh)], _named(way, app))


def revocation(way: OAuth2, app: AppKeys, token: str) -> Call | None:
    """Return the call that ends a token, None where the platform has none."""
    if way.revoke is None:
        return None
    return _asking("logout", way.revoke, (), [("token", token)], _named(way, app))


def granted(way: OAuth2, reply: Reply, now: datetime, platform: str) -> Tokens:
    """Return the tokens that a token request was answered with.

    Raises NeedsLogin (code or refresh token are not accepted: a definite refusal), Rejected (the
    app is not), RateLimited, or Transient: anything that is no whole answer.
    """
    body = reply.json()
    if not reply.ok:
        raise _refused(way, reply, body, now, platform)
    access = _text(body, "access_token")
    if access is None:
        if isinstance(body, dict) and "error" in body:
            raise _refused(way, reply, body, now, platform)
        message = f"{platform} answered the login with nothing readable."
        raise Transient(message, code="login.unreadable")
    scope = _text(body, "scope")
    return Tokens(
        access=access,
        refresh=_text(body, "refresh_token"),
        expires=_after(now, body.get("expires_in")),
        refresh_expires=_refresh_expires(way, body, now),
        scopes=None if scope is None else tuple(re.split(r"[ ,]+", scope.strip())),
    )


def missing(wanted: tuple[str, ...], tokens: Tokens) -> tuple[str, ...]:
    """Return the scopes that were wanted and not granted; none where the platform does not say."""
    if tokens.scopes is None:
        return ()
    return tuple(scope for scope in wanted if scope not in tokens.scopes)


Fields: TypeAlias = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Naming:
    """How a request says which app asks."""

    headers: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    hidden: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def _named(way: OAuth2, app: AppKeys) -> _Naming:
    if app.secret is None:
        return _Naming(fields=((way.client_id, app.client_id),))
    if way.secret_in is SecretIn.FORM:
        return _Naming(
            fields=((way.client_id, app.client_id),), hidden=(("client_secret", app.secret),)
        )
    pair = f"{quote(app.client_id, safe='')}:{quote(app.secret, safe='')}"
    return _Naming(headers=(("authorization", f"Basic {b64encode(pair.encode()).decode()}"),))


def _asking(name: str, url: str, fields: Fields, hidden: Fields, app: _Naming) -> Call:
    return Call(
        name=name,
        method="POST",
        url=url,
        effect=Effect.WRITE,
        body=Form((*app.fields, *fields), (*app.hidden, *hidden)),
        headers=app.headers,
        deadline=DEADLINE,
    )


def _refused(
    way: OAuth2, reply: Reply, body: JsonValue, now: datetime, platform: str
) -> PlatformError:
    if reply.status == TOO_MANY:
        message = f"{platform} gives no tokens for a while: too many requests."
        return RateLimited(message, code="login.limited", until=now + timedelta(minutes=1))
    error = _error_of(body)
    if reply.status >= BROKEN or error is None:
        message = f"{platform} answered the login with {reply.status} and no tokens."
        return Transient(message, code="login.unreadable")
    said = _words(error, _text(body, "error_description") or _text(body, "message"))
    if error in way.refused:
        return NeedsLogin(f"{platform} no longer accepts this login: {said}.", code="login.refused")
    hint = "Compare client_id, kind and redirect in accounts.yaml with the app's page, and its "
    hint += "secret: microcom apps secret APP"
    return Rejected(f"{platform} does not accept the app: {said}.", code="app.refused", hint=hint)


def _error_of(body: JsonValue) -> str | None:
    """Return the name or number of the error that a token request was answered with."""
    if not isinstance(body, dict):
        return None
    error = body.get("error") or body.get("code")
    if isinstance(error, bool) or not isinstance(error, str | int):
        return None
    return str(error) if ERROR.fullmatch(str(error)) else None


def _words(error: str, description: str | None) -> str:
    """Return the platform's reason, short and printable."""
    plain = "".join(one for one in f"{error} {description or ''}" if one.isprintable())
    return " ".join(plain.split())[:LONGEST_REASON].rstrip(" .")


def _text(body: JsonValue, name: str) -> str | None:
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) and value and len(value) <= LONGEST_TOKEN else None


def _after(now: datetime, seconds: JsonValue) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < 1 << 31:
        return None
    return now + timedelta(seconds=seconds)


def _refresh_expires(way: OAuth2, body: JsonValue, now: datetime) -> datetime | None:
    if way.refresh_expires is not None:
        told = _after(now, body.get(way.refresh_expires))
        if told is not None:
            return told
    return None if way.refresh_lives is None else now + way.refresh_lives
