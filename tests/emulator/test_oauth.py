"""Emulated platforms let apps in as strictly as the platforms do."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from microcom.core.login import OAuth2
from microcom.core.oauth import challenge
from microcom.emulator import Emulator
from microcom.platforms import emulator, load

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
BACK = "http://127.0.0.1:8085/callback"
SECRET = "app-secret-77"


@dataclass
class Desk:
    """An app's developer at one platform, with a clock that stands until it is moved."""

    name: str
    now: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)
    service: Emulator = field(init=False)
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        made = emulator(self.name, clock=lambda: self.now, lock=nullcontext())
        assert made is not None
        self.service = made
        self.client = httpx.Client(transport=httpx.WSGITransport(app=made))
        assert made.oauth is not None
        made.oauth.register("app", secret=SECRET, redirects=[BACK])

    @property
    def way(self) -> OAuth2:
        """Return what our own adapter knows of the platform's way."""
        way = load(self.name).login.oauth2
        assert way is not None
        return way

    def asked(self, **changes: str | None) -> str:
        """Return the page's address, with some parameters changed or (None) left out."""
        scopes = load(self.name).login.scopes
        query: dict[str, str | None] = {
            self.way.client_id: "app",
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": self.way.separator.join(scopes),
            "state": "mine",
        }
        if self.way.challenge != "none":
            query["code_challenge"] = challenge(VERIFIER, self.way.challenge)
            query["code_challenge_method"] = "S256"
        given = {name: value for name, value in (query | changes).items() if value is not None}
        return f"{self.way.authorize}?{httpx.QueryParams(given)}"

    def page(self, **changes: str | None) -> httpx.Response:
        """Return the page."""
        return self.client.get(self.asked(**changes))

    def agree(self, *, nonce: str | None = None, **form: str | list[str]) -> httpx.Response:
        """Answer the page; return where that leads."""
        found = re.search(r'name="nonce" value="(\w+)"', self.page().text)
        assert found is not None
        usual = {"nonce": nonce or found[1], "answer": "allow", "username": "acmecoffee"}
        scopes = list(load(self.name).login.scopes)
        return self.client.post(self.asked(), data={**usual, "scope": scopes, **form})

    def code(self) -> str:
        """Return the code of a yes."""
        return dict(parse_qsl(urlsplit(self.agree().headers["location"]).query))["code"]

    def post(self, url: str, *, basic: str | None = None, **form: str) -> httpx.Response:
        """Make a token request; the app is named as the platform wants it unless told."""
        headers = {}
        if basic is None and self.way.secret_in == "basic":
            basic = f"app:{SECRET}"
        elif basic is None:
            form = {self.way.client_id: "app", "client_secret": SECRET, **form}
        if basic:
            headers["authorization"] = f"Basic {b64encode(basic.encode()).decode()}"
        return self.client.post(url, data=form, headers=headers)

    def exchange(self, code: str, **changes: str) -> httpx.Response:
        """Exchange a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
        if self.way.challenge != "none":
            form["code_verifier"] = VERIFIER
        return self.post(self.way.token, **{**form, **dict(self.way.gives), **changes})

    def renew(self, token: str, **changes: str) -> httpx.Response:
        """Show a refresh token."""
        form = {"grant_type": "refresh_token", "refresh_token": token, **changes}
        return self.post(self.way.token, **form)

    def is_heard(self, token: str) -> bool:
        """Say whether an access token lets a call in."""
        calls = {
            "x": "https://api.x.com/2/users/me",
            "pinterest": "https://api.pinterest.com/v5/user_account",
            "tiktok": "https://open.tiktokapis.com/v2/user/info/?fields=open_id",
        }
        headers = {"authorization": f"Bearer {token}"}
        return self.client.get(calls[self.name], headers=headers).is_success


@pytest.fixture(params=["x", "pinterest", "tiktok"])
def desk(request: pytest.FixtureRequest) -> Desk:
    """Return a developer's desk at each platform."""
    return Desk(request.param)


def test_a_whole_consent(desk: Desk) -> None:
    """A yes gives a code, the code tokens, and the access token lets in until it ends."""
    got = desk.exchange(desk.code()).json()
    assert got["access_token"] != got["refresh_token"]
    assert desk.is_heard(got["access_token"])
    desk.now += timedelta(seconds=got["expires_in"])
    assert not desk.is_heard(got["access_token"])
    again = desk.renew(got["refresh_token"]).json()
    assert desk.is_heard(again["access_token"])
    assert again["refresh_token"] != got["refresh_token"]
    assert set(again["scope"].split(desk.way.separator)) == set(load(desk.name).login.scopes)


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "http://127.0.0.1:8086/callback"},
        {"redirect_uri": f"{BACK}/"},
        {"redirect_uri": "https://evil.example/"},
        {"client_id": "", "client_key": ""},
    ],
)
def test_a_page_that_leads_nowhere(desk: Desk, changes: dict[str, str]) -> None:
    """A wrong app or address is said on the page, and nobody is sent there."""
    named = {name: value for name, value in changes.items() if "client" not in name}
    own = named or {desk.way.client_id: ""}
    reply = desk.page(**own)
    assert reply.status_code == 400
    assert "location" not in reply.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "everything"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"colour": "red"}, "invalid_request"),
        ({"state": None}, "invalid_request"),
    ],
)
def test_a_page_that_is_asked_wrongly(
    desk: Desk, changes: dict[str, str | None], error: str
) -> None:
    """A known app is told what is wrong at its own address."""
    reply = desk.page(**changes)
    assert reply.status_code == 302
    assert dict(parse_qsl(urlsplit(reply.headers["location"]).query))["error"] == error


def test_proof_is_asked_for(desk: Desk) -> None:
    """Where a platform wants proof, a page without it and a code with another's are refused."""
    if desk.way.challenge == "none":
        return
    for changes in ({"code_challenge": None}, {"code_challenge": "abc"}):
        assert "error=invalid_request" in desk.page(**changes).headers["location"]
    assert desk.exchange(desk.code(), code_verifier="x" * 60).status_code >= 400


def test_a_no_and_a_forged_yes(desk: Desk) -> None:
    """A no is told to the app; a form that this page did not ask for is refused."""
    reply = desk.agree(answer="deny")
    assert "error=access_denied" in reply.headers["location"]
    assert "state=mine" in reply.headers["location"]
    assert desk.agree(nonce="forged").status_code == 403
    assert "Type the username" in desk.agree(username="<b>").text


def test_a_code_is_used_once(desk: Desk) -> None:
    """A second use is refused, and ends what the first one gave."""
    code = desk.code()
    got = desk.exchange(code).json()
    assert desk.exchange(code).status_code >= 400
    assert not desk.is_heard(got["access_token"])


@pytest.mark.parametrize(
    "harm",
    [
        lambda desk: desk.exchange("another"),
        lambda desk: desk.exchange(desk.code(), redirect_uri=f"{BACK}/"),
        lambda desk: desk.exchange(desk.code(), colour="red"),
        lambda desk: desk.exchange(desk.code(), grant_type="password"),
        lambda desk: desk.post(desk.way.token, basic="app:wrong", grant_type="refresh_token"),
        lambda desk: desk.renew("another"),
        lambda desk: desk.client.post(desk.way.token, json={"grant_type": "refresh_token"}),
    ],
)
def test_what_gives_no_token(desk: Desk, harm: Callable[[Desk], httpx.Response]) -> None:
    """Whatever does not fit is refused in the platform's own words."""
    reply = harm(desk)
    assert 400 <= reply.status_code < 500
    assert ("code" if desk.name == "pinterest" else "error") in reply.json()


def test_a_spent_refresh_token(desk: Desk) -> None:
    """The one before is dead at once; on X showing it ends every token of the consent."""
    first = desk.exchange(desk.code()).json()
    second = desk.renew(first["refresh_token"]).json()
    reply = desk.renew(first["refresh_token"])
    assert reply.status_code >= 400
    assert desk.is_heard(second["access_token"]) is (desk.name != "x")
    errors = {"x": "invalid_request", "tiktok": "invalid_grant", "pinterest": 283}
    said = reply.json()
    assert errors[desk.name] in {said.get("error"), said.get("code")}


def test_a_logout(desk: Desk) -> None:
    """Where a platform can be asked, every token of the consent ends."""
    got = desk.exchange(desk.code()).json()
    if desk.way.revoke is None:
        assert desk.client.post("https://api.pinterest.com/v5/oauth/revoke").status_code == 404
        return
    shown = got["refresh_token" if desk.way.revokes_refresh else "access_token"]
    assert desk.post(desk.way.revoke, token=shown).is_success
    assert not desk.is_heard(got["access_token"])
    assert desk.renew(got["refresh_token"]).status_code >= 400


def test_codes_age() -> None:
    """X's codes live for thirty seconds."""
    desk = Desk("x")
    code = desk.code()
    desk.now += timedelta(seconds=31)
    assert desk.exchange(code).status_code == 400


def test_how_apps_name_themselves() -> None:
    """X: a confidential app by header alone, a public one by its id alone; TikTok: client_key."""
    desk = Desk("x")
    assert desk.service.oauth is not None
    desk.service.oauth.register("native", secret=None, redirects=[BACK])
    form = {"grant_type": "refresh_token", "refresh_token": "r"}
    reply = desk.post(desk.way.token, basic="", **form, client_id="app")
    assert (reply.status_code, reply.json()["error"]) == (401, "unauthorized_client")
    reply = desk.post(desk.way.token, basic=f"app:{SECRET}", client_id="app", **form)
    assert reply.json()["error"] == "invalid_request"
    reply = desk.post(desk.way.token, basic="", client_id="native", **form)
    assert reply.json()["error_description"] == "Value passed for the token was invalid."
    tiktok = Desk("tiktok")
    reply = tiktok.client.post(tiktok.way.token, data={"client_id": "app", **form})
    assert reply.status_code == 400


def test_a_box_that_is_not_ticked() -> None:
    """On TikTok a person may leave rights out: the answer and the token say which were given."""
    desk = Desk("tiktok")
    reply = desk.agree(scope=["user.info.basic"])
    query = dict(parse_qsl(urlsplit(reply.headers["location"]).query))
    assert query["scopes"] == "user.info.basic"
    got = desk.exchange(query["code"]).json()
    assert got["scope"] == "user.info.basic"
    headers = {"authorization": f"Bearer {got['access_token']}"}
    url = "https://open.tiktokapis.com/v2/post/publish/creator_info/query/"
    assert desk.client.post(url, headers=headers).json()["error"]["code"] == "scope_not_authorized"


def test_a_refresh_token_is_asked_for() -> None:
    """X gives none without offline.access."""
    desk = Desk("x")
    scopes = "tweet.read users.read"
    found = re.search(r'name="nonce" value="(\w+)"', desk.page(scope=scopes).text)
    assert found is not None
    form = {"nonce": found[1], "answer": "allow", "username": "acmecoffee"}
    location = desk.client.post(desk.asked(scope=scopes), data=form).headers["location"]
    got = desk.exchange(dict(parse_qsl(urlsplit(location).query))["code"]).json()
    assert "refresh_token" not in got
    assert got["scope"] == scopes
