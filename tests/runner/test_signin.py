"""The listener that waits for a browser, and addresses that are pasted instead."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
from tests.conformance.kits import X_KIT
from tests.runner.signing import BACK, SECRET, service, with_app

from microcom.core.login import Challenge
from microcom.core.oauth import AppKeys, read_redirect
from microcom.errors import UserError
from microcom.platforms import load
from microcom.runner.signin import Answers, Attempt, begin, listen_at, listening, redeem
from microcom.testing.stage import Stage, bearer, stages


def attempt(redirect: str = "http://localhost:*/cb") -> Attempt:
    """Return a login that has begun."""
    way = load("x").login.oauth2
    assert way is not None
    return begin("x", way, AppKeys("a"), redirect=redirect, scopes=("a",), world="real")


@contextmanager
def waiting(
    redirect: str, notes: list[str] | None = None
) -> Iterator[tuple[Attempt, Answers, int]]:
    """Wait on a free port; yield the login, its answers and the port."""
    found = read_redirect(redirect)
    sockets = listen_at(found)
    begun = attempt(redirect)
    answers = Answers(begun, (notes if notes is not None else []).append)
    with listening(sockets, found.path, answers):
        yield begun, answers, sockets[0].getsockname()[1]


def get(address: str) -> tuple[int, str]:
    """Return the status and the page of an address."""
    reply = httpx.get(address, timeout=5)
    return reply.status_code, reply.text


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_browser_comes_back(host: str) -> None:
    """`localhost` is listened to by both families; the page repeats nothing of what came."""
    with waiting("http://localhost:*/cb") as (begun, answers, port):
        status, page = get(f"http://{host}:{port}/cb?state={begun.state}&code=canary-code")
        assert (status, "Back to the terminal" in page) == (200, True)
        assert "canary" not in page
        assert answers.wait(1) == "canary-code"


def test_a_second_callback() -> None:
    """The first answer counts; a second one is told that the login is over."""
    with waiting("http://127.0.0.1:*/cb") as (begun, answers, port):
        address = f"http://127.0.0.1:{port}/cb?state={begun.state}&code="
        assert get(f"{address}first")[0] == 200
        status, page = get(f"{address}second")
        assert (status, "over already" in page) == (400, True)
        assert answers.wait(1) == "first"


def test_somebody_elses_callback() -> None:
    """A wrong state is refused and noted, and the wait goes on; other paths and hosts are none."""
    notes: list[str] = []
    with waiting("http://127.0.0.1:*/cb", notes) as (begun, answers, port):
        here = f"http://127.0.0.1:{port}"
        assert get(f"{here}/cb?state=other&code=1")[0] == 400
        assert get(f"{here}/other?state={begun.state}&code=1")[0] == 404
        foreign = {"host": "evil.example"}
        reply = httpx.get(f"{here}/cb?state={begun.state}&code=1", headers=foreign, timeout=5)
        assert reply.status_code == 404
        assert len(notes) == 1
        with pytest.raises(UserError) as caught:
            answers.wait(0.01)
        assert caught.value.code == "login.timeout"
        assert get(f"{here}/cb?state={begun.state}&code=mine")[0] == 200
        assert answers.wait(1) == "mine"


def test_a_declined_login() -> None:
    """A no ends the wait at once."""
    with waiting("http://127.0.0.1:*/cb") as (begun, answers, port):
        get(f"http://127.0.0.1:{port}/cb?state={begun.state}&error=access_denied")
        with pytest.raises(UserError) as caught:
            answers.wait(1)
        assert caught.value.code == "login.denied"


def test_a_port_that_is_taken() -> None:
    """A taken port is said, and nothing is left listening."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError) as caught:
            listen_at(read_redirect(f"http://localhost:{port}/cb"))
    assert caught.value.code == "login.port"
    assert str(port) in caught.value.message


def test_a_pasted_address() -> None:
    """An address that is pasted is as good as a browser; garbage is said and waited past."""
    notes: list[str] = []
    begun = attempt()
    answers = Answers(begun, notes.append)
    assert answers.came("what?") is not None
    assert answers.came(f"  http://localhost:1/cb?code=pasted&state={begun.state}\n") is None
    assert answers.wait(1) == "pasted"


def test_each_attempt_is_its_own() -> None:
    """State and verifier are never the same twice, long enough, and do not show themselves."""
    one, other = attempt(), attempt()
    assert one.state != other.state
    assert one.verifier != other.verifier
    assert 43 <= len(one.verifier) <= 128
    assert one.state not in repr(one)
    assert one.verifier not in repr(one)
    assert one.verifier not in one.page


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return an account of X with an app."""
    with stages(with_app(X_KIT), tmp_path_factory.mktemp("stage")) as make:
        stage = make()
        service(stage).register("north", secret=SECRET, redirects=[BACK])
        yield stage


@pytest.mark.parametrize("wrong", ["late", "twice", "verifier", "secret", "silence", "foreign"])
def test_a_code_that_gives_nothing(stage: Stage, wrong: str) -> None:
    """A code that is late, used, somebody else's or unanswered is one sentence; nothing is kept."""
    platform = stage.kit.platform
    way = platform.login.oauth2
    assert way is not None
    app = AppKeys("north", "wrong-secret-11" if wrong == "secret" else SECRET)
    scopes = platform.login.scopes
    begun = begin("x", way, app, redirect=BACK, scopes=scopes, world="real")
    with httpx.Client(transport=httpx.WSGITransport(app=stage.emulator)) as browser:
        nonce = browser.get(begun.page).text.partition('name="nonce" value="')[2][:32]
        form = {"nonce": nonce, "answer": "allow", "username": "acme_x"}
        code = begun.code(browser.post(begun.page, data=form).headers["location"])
    nobody, http = replace(bearer(platform), access=""), stage.http()
    if wrong == "late":
        stage.clock.sleep(31)
    elif wrong == "twice":
        redeem(http, nobody, begun, code, stage.clock.now())
    elif wrong == "verifier":
        begun = replace(begun, verifier="x" * 60)
    elif wrong == "silence":
        stage.wire.arm("lost_reply", path="/token")
    elif wrong == "foreign":
        stage.wire.arm("cut_body", path="/token")
    with pytest.raises(UserError) as caught:
        redeem(http, nobody, begun, code, stage.clock.now())
    codes = {"secret": "app.refused", "silence": "http.silence", "foreign": "http.silence"}
    assert caught.value.code == codes.get(wrong, "login.code")
    assert code not in f"{caught.value} {caught.value.hint}"


def test_no_challenge_where_none_is_wanted() -> None:
    """A platform that knows no verifier is shown none."""
    way = load("pinterest").login.oauth2
    assert way is not None
    assert way.challenge is Challenge.NONE
    keys = AppKeys("1", "secret-secret")
    begun = begin("p", way, keys, redirect="http://localhost:1/", scopes=("a",), world="real")
    assert begun.verifier == ""
    assert "challenge" not in begun.page
