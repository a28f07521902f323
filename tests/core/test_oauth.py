"""The messages of OAuth 2 as the platforms want them, and what their answers mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth2 import WebApplicationClient
from oauthlib.oauth2.rfc6749.parameters import prepare_grant_uri

from microcom.core import oauth
from microcom.core.login import Challenge, OAuth2
from microcom.core.steps import Call, Reply
from microcom.errors import NeedsLogin, PlatformError, RateLimited, Rejected, Transient, UserError
from microcom.platforms import load

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
PUBLIC = oauth.AppKeys("app-1")
SECRETIVE = oauth.AppKeys("app-1", "hush-hush-hush")


def way(name: str) -> OAuth2:
    """Return a platform's way."""
    found = load(name).login.oauth2
    assert found is not None
    return found


def form(call: Call) -> dict[str, str]:
    """Return the fields that leave with a call, each once."""
    assert call.body is not None
    content = b"".join(piece for piece in call.body.pieces() if isinstance(piece, bytes))
    pairs = parse_qsl(content.decode(), strict_parsing=True, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_challenges() -> None:
    """The challenge is the published one of RFC 7636, and TikTok's own in hexadecimal."""
    assert (
        oauth.challenge(VERIFIER, Challenge.S256) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
    hexadecimal = "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3"
    assert oauth.challenge(VERIFIER, Challenge.HEX) == hexadecimal


@given(verifier=st.text("abcXYZ019-._~", min_size=43, max_size=128))
def test_challenges_agree_with_a_library(verifier: str) -> None:
    """Every verifier's challenge is the one that oauthlib makes."""
    theirs = WebApplicationClient("app-1").create_code_challenge(verifier, "S256")
    assert oauth.challenge(verifier, Challenge.S256) == theirs


def test_the_page_is_what_a_library_would_open() -> None:
    """X's page is asked for exactly as oauthlib would ask."""
    x, scopes = way("x"), ("tweet.read", "offline.access")
    page = oauth.page(x, PUBLIC, "http://127.0.0.1:8085/cb", scopes, state="s", verifier=VERIFIER)
    theirs = prepare_grant_uri(
        x.authorize,
        "app-1",
        "code",
        redirect_uri="http://127.0.0.1:8085/cb",
        scope=list(scopes),
        state="s",
        code_challenge=oauth.challenge(VERIFIER, Challenge.S256),
        code_challenge_method="S256",
    )
    assert sorted(parse_qsl(urlsplit(page).query)) == sorted(parse_qsl(urlsplit(theirs).query))
    assert page.partition("?")[0] == theirs.partition("?")[0]


@pytest.mark.parametrize(
    ("platform", "keys", "scopes"),
    [
        ("x", {"client_id", "code_challenge", "code_challenge_method"}, "a b"),
        ("pinterest", {"client_id"}, "a,b"),
        (
            "tiktok",
            {"client_key", "code_challenge", "code_challenge_method", "disable_auto_auth"},
            "a,b",
        ),
    ],
)
def test_each_platforms_page(platform: str, keys: set[str], scopes: str) -> None:
    """Each platform's page gets the names, separators and proofs that it wants."""
    page = oauth.page(
        way(platform), PUBLIC, "http://localhost:1/", ("a", "b"), state="s", verifier=VERIFIER
    )
    query = dict(parse_qsl(urlsplit(page).query))
    assert set(query) == keys | {"response_type", "redirect_uri", "scope", "state"}
    assert query["scope"] == scopes


@pytest.mark.parametrize(
    ("platform", "app", "fields", "basic"),
    [
        ("x", PUBLIC, {"client_id", "code", "code_verifier"}, False),
        ("x", SECRETIVE, {"code", "code_verifier"}, True),
        ("pinterest", SECRETIVE, {"code", "continuous_refresh"}, True),
        ("tiktok", SECRETIVE, {"client_key", "client_secret", "code", "code_verifier"}, False),
    ],
)
def test_each_exchange(platform: str, app: oauth.AppKeys, fields: set[str], *, basic: bool) -> None:
    """A code is exchanged with exactly the fields that the platform takes; nothing shows itself."""
    call = oauth.exchange(way(platform), app, "http://localhost:1/", "code-7788", VERIFIER)
    assert set(form(call)) == fields | {"grant_type", "redirect_uri"}
    assert bool(dict(call.headers).get("authorization")) is basic
    assert call.body is not None
    shown = json.dumps(call.body.described()) + repr(call.body)
    assert "code-7788" not in shown
    assert "hush" not in shown


@pytest.mark.parametrize("platform", ["x", "pinterest", "tiktok"])
def test_each_renewal(platform: str) -> None:
    """A renewal shows the refresh token, and the app as the exchange did."""
    call = oauth.renewal(way(platform), SECRETIVE, "rt-1")
    sent = form(call)
    assert sent["grant_type"] == "refresh_token"
    assert sent["refresh_token"] == "rt-1"
    assert set(sent) - {"client_key", "client_secret"} == {"grant_type", "refresh_token"}


def test_each_revocation() -> None:
    """Only platforms that can be asked to end a login are asked."""
    assert oauth.revocation(way("pinterest"), SECRETIVE, "t") is None
    for name in ("x", "tiktok"):
        call = oauth.revocation(way(name), SECRETIVE, "t")
        assert call is not None
        assert form(call)["token"] == "t"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://127.0.0.1:1/cb?state=other&code=1", "login.state"),
        ("http://127.0.0.1:1/cb?code=1", "login.state"),
        ("http://127.0.0.1:1/cb?state=mine&error=access_denied&code=1", "login.denied"),
        ("http://127.0.0.1:1/cb?state=mine&error=invalid_scope", "login.refused"),
        ("http://127.0.0.1:1/cb?state=mine", "login.callback"),
        ("http://127.0.0.1:1/cb?state=mine&code=", "login.callback"),
        (f"http://127.0.0.1:1/cb?state=mine&code={'x' * 9000}", "login.callback"),
        ("", "login.state"),
        ("not an address", "login.state"),
    ],
)
def test_what_is_no_answer(address: str, code: str) -> None:
    """Anything but this login's own yes is an error with a name."""
    with pytest.raises(UserError) as caught:
        oauth.code_from(address, "mine", "x")
    assert caught.value.code == code


def test_the_code_of_an_answer() -> None:
    """The code is decoded; the answer's other words do not matter."""
    address = "http://127.0.0.1:1/cb?scopes=a%2Cb&code=a%2Ab%21c&state=mine"
    assert oauth.code_from(address, "mine", "tiktok") == "a*b!c"


def granted(platform: str, body: object, status: int = 200) -> object:
    """Return what an answer means."""
    reply = Reply(status, {}, json.dumps(body).encode())
    return oauth.granted(way(platform), reply, NOON, platform)


def test_what_is_granted() -> None:
    """Tokens, their ends and scopes are read as each platform writes them, and show nothing."""
    body = {"access_token": "at", "refresh_token": "rt", "expires_in": 7200, "scope": "a b"}
    tokens = oauth.granted(way("x"), Reply(200, {}, json.dumps(body).encode()), NOON, "x")
    assert (tokens.access, tokens.refresh, tokens.scopes) == ("at", "rt", ("a", "b"))
    assert tokens.expires == NOON + timedelta(hours=2)
    assert tokens.refresh_expires is None
    assert "at" not in repr(tokens).replace("datetime", "").replace("at=", "")
    body |= {"scope": "a,b", "refresh_expires_in": 86400}
    tokens = oauth.granted(way("tiktok"), Reply(200, {}, json.dumps(body).encode()), NOON, "tiktok")
    assert tokens.scopes == ("a", "b")
    assert tokens.refresh_expires == NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("platform", "status", "body", "kind"),
    [
        ("x", 400, {"error": "invalid_request", "error_description": "Value…"}, NeedsLogin),
        ("x", 400, {"error": "invalid_grant"}, NeedsLogin),
        ("x", 401, {"error": "unauthorized_client"}, Rejected),
        ("pinterest", 401, {"code": 283, "message": "invalid"}, NeedsLogin),
        ("pinterest", 401, {"code": 2, "message": "Authentication failed"}, Rejected),
        ("tiktok", 200, {"error": "invalid_grant", "log_id": "1"}, NeedsLogin),
        ("tiktok", 200, {"error": "invalid_client"}, Rejected),
        ("x", 429, {"error": "slow_down"}, RateLimited),
        ("x", 503, {"error": "invalid_grant"}, Transient),
        ("x", 200, {"token": "at"}, Transient),
        ("x", 200, ["at"], Transient),
        ("x", 200, "<html>", Transient),
        ("x", 400, {"error": "<b>" * 100}, Transient),
        ("x", 200, {"access_token": "x" * 9000}, Transient),
    ],
)
def test_what_is_not_granted(
    platform: str, status: int, body: object, kind: type[PlatformError]
) -> None:
    """Only the platform's own definite word ends a login; a failing service does not."""
    with pytest.raises(kind) as caught:
        granted(platform, body, status)
    assert type(caught.value) is kind


def test_what_was_not_allowed() -> None:
    """Scopes that are missing are named; where the platform does not say, none are."""
    tokens = oauth.granted(
        way("x"), Reply(200, {}, b'{"access_token": "at", "scope": "a"}'), NOON, "x"
    )
    assert oauth.missing(("a", "b"), tokens) == ("b",)
    tokens = oauth.granted(way("x"), Reply(200, {}, b'{"access_token": "at"}'), NOON, "x")
    assert oauth.missing(("a", "b"), tokens) == ()


@pytest.mark.parametrize(
    ("text", "port", "here"),
    [
        ("http://127.0.0.1:8085/callback", 8085, True),
        ("http://localhost:8085/", 8085, True),
        ("http://[::1]:8085/cb", 8085, True),
        ("http://127.0.0.1:*/callback/", None, True),
        ("https://agency.example/back", 443, False),
    ],
)
def test_redirects(text: str, port: int | None, *, here: bool) -> None:
    """Addresses to come back to are read as they were registered."""
    redirect = oauth.read_redirect(text)
    assert (redirect.port, redirect.is_here) == (port, here)


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1:8085", "ftp://127.0.0.1:1/", "http://agency.example/back"),
        *("http://127.0.0.1/", "http://127.0.0.1:1/?a=1", "http://127.0.0.1:1/#a"),
        *("http://me@127.0.0.1:1/", "http://127.0.0.1:99999/", "https://", ""),
    ],
)
def test_no_redirects(text: str) -> None:
    """What a browser could not come back to is refused."""
    with pytest.raises(ValueError, match=r"it|http"):
        oauth.read_redirect(text)
