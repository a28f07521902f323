"""Network faults on a real wire: the same names, and the same for the caller."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest

from microcom.core.bodies import Json
from microcom.core.login import Credential
from microcom.core.steps import Call, Effect, Reply
from microcom.runner.http import Http, SilenceError
from microcom.runner.sandbox import Server, of_platforms, serve
from microcom.testing.faults import FAULTS
from microcom.testing.proxy import Proxy

TOKEN = "sandbox:acme"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A sandbox in this process, on a free port."""
    server = serve(of_platforms(lambda: datetime.now(UTC)))
    yield server
    server.stop()


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    """A proxy in front of the sandbox."""
    with Proxy(server.url, hold=0.3, drip=0.05) as proxy:
        yield proxy


@pytest.fixture
def http(proxy: Proxy) -> Iterator[Http]:
    """A caller whose sandbox is behind the proxy."""
    http = Http(sandbox=proxy.url, sleep=lambda _: None)
    yield http
    http.close()


def _post(http: Http, text: str, deadline: float = 10) -> Reply:
    call = Call(
        name="post:0",
        method="POST",
        url="https://api.x.com/2/tweets",
        effect=Effect.PUBLISH,
        body=Json({"text": text}),
        remote_id="data.id",
        deadline=deadline,
    )
    return http.send(call, Credential(http.world, ("api.x.com",), TOKEN), lambda: None)


def _published(server: Server, text: str) -> bool:
    posts = httpx.get(f"{server.url}/_/ledger").json()["posts"]
    return text in [post["text"] for post in posts]


def test_without_a_fault_a_call_arrives(server: Server, http: Http) -> None:
    """Calls pass in both directions, whole."""
    reply = _post(http, "Through the proxy")
    assert (reply.status, reply.at is not None) == (201, True)
    assert reply.headers["x-rate-limit-limit"] == "100"
    assert _published(server, "Through the proxy")


@pytest.mark.parametrize(
    ("fault", "published"),
    [
        ("lost_request", False),
        ("lost_reply", True),
        ("reset", True),
        ("cut_body", True),
        ("trickle", True),
    ],
)
def test_each_fault_is_silence_to_the_caller(
    server: Server, proxy: Proxy, http: Http, fault: str, *, published: bool
) -> None:
    """Whether it took effect or not, the caller learns nothing within its deadline."""
    proxy.arm(fault, method="POST", path="/2/tweets")
    with pytest.raises(SilenceError):
        _post(http, f"Under {fault}", deadline=0.2)
    assert _published(server, f"Under {fault}") is published
    assert _post(http, f"After {fault}").status == 201


def test_a_stalled_call_arrives_after_its_caller_gave_up(server: Server) -> None:
    """A call held on the wire takes effect when nobody waits for it any more."""
    with Proxy(server.url, hold=2) as proxy:
        http = Http(sandbox=proxy.url, sleep=lambda _: None)
        proxy.arm("stall")
        with pytest.raises(SilenceError):
            _post(http, "Stalled", deadline=0.1)
        assert not _published(server, "Stalled")
        assert any(_published(server, "Stalled") for _ in range(5_000))


def test_a_patient_caller_hears_nothing_of_a_stalled_call(proxy: Proxy, http: Http) -> None:
    """Even a caller that waits longer than the wire holds gets no answer."""
    proxy.arm("stall")
    with pytest.raises(SilenceError):
        _post(http, "Patience", deadline=0.5)


def test_a_call_that_is_cut_off_reaches_nobody(server: Server, proxy: Proxy) -> None:
    """A caller that dies while it sends has its line closed; the sandbox never hears of it."""
    address = urlsplit(proxy.url)
    head = "POST /_/faults HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"
    with socket.create_connection((address.hostname or "", address.port or 0), 5) as line:
        line.sendall(head.encode())
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100) == b""
    assert httpx.get(f"{server.url}/_/faults").status_code == 200


def test_ending_lets_nobody_hang(server: Server) -> None:
    """A proxy that ends hangs up on those who still wait."""
    heard: list[BaseException] = []
    with Proxy(server.url) as proxy:
        proxy.arm("lost_reply")
        caller = threading.Thread(target=_wait_for_ever, args=(proxy.url, heard))
        caller.start()
        while not proxy.arms.waiting[0].met:
            assert _published(server, "Nobody's words") is False
    caller.join(5)
    assert not caller.is_alive()
    assert len(heard) == 1


def test_the_names_are_those_of_the_transport(proxy: Proxy) -> None:
    """Every fault of the transport can be armed here, and no other."""
    for fault in FAULTS:
        proxy.arm(fault)
    proxy.clear()
    with pytest.raises(ValueError, match="gremlins"):
        proxy.arm("gremlins")


def _wait_for_ever(url: str, heard: list[BaseException]) -> None:
    try:
        httpx.get(f"{url}/_/ledger", timeout=None)  # noqa: S113 - to wait is the point
    except httpx.HTTPError as error:
        heard.append(error)
