"""What a network or a proxy does to the call that publishes: replies lost, spoiled, never there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.conformance.kits import X_KIT
from tests.conformance.pinterest_kit import PINTEREST_KIT
from tests.conformance.tiktok_kit import TIKTOK_SHORT_KIT
from tests.delivery.meddling import HTML, Aim, MeddledWire, marks, meddled, reason, says

from microcom.core.bodies import Json
from microcom.core.delivery import State
from microcom.core.login import Credential
from microcom.core.steps import Call, Effect
from microcom.emulator.faults import Fault
from microcom.runner.http import Http, NotConnectedError
from microcom.testing.stage import Kit, Stage, stages

KITS = {"x": X_KIT, "pinterest": PINTEREST_KIT, "tiktok": TIKTOK_SHORT_KIT}
SILENT = {
    "lost_reply": "did not answer in full (no answer in time).",
    "lost_request": "did not answer in full (no answer in time).",
    "stall": "did not answer in full (no answer in time).",
    "reset": "did not answer in full (the connection broke).",
    "cut_body": "did not answer in full (the connection ended too soon).",
    "trickle": "did not answer in full (no answer in time).",
}
"""What is said of each fault of the network."""
NEVER_THERE = ("lost_request",)


@pytest.fixture(params=KITS)
def kit(request: pytest.FixtureRequest) -> Kit:
    """Return each platform's kit, with posts of one part."""
    return KITS[request.param]


@pytest.fixture
def any_stage(kit: Kit, tmp_path: Path) -> Iterator[Stage]:
    """Return each platform's account with an empty queue."""
    with stages(kit, tmp_path) as make:
        yield make()


def aim(stage: Stage, nth: int = 1) -> Aim:
    """Return the call that publishes."""
    return Aim(stage.kit.wire["method"], stage.kit.wire.get("path", ""), nth)


@pytest.mark.parametrize(
    ("fault", "kit"),
    [
        *((fault, "x") for fault in SILENT),
        *((fault, "pinterest") for fault in ("lost_reply", "lost_request", "cut_body")),
        *((fault, "tiktok") for fault in ("lost_reply", "lost_request", "cut_body")),
    ],
    indirect=["kit"],
)
def test_silence(any_stage: Stage, fault: str) -> None:
    """Lost before or after its effect, reset, cut or trickling: in doubt, looked for, out once."""
    stage, part = any_stage, any_stage.kit.parts[0]
    stage.wire.arm(fault, **stage.kit.wire)
    delivery = stage.queue(part)
    stage.work()
    assert (stage.now(delivery).state, marks(stage, delivery)) == (State.IN_DOUBT, ["open"])
    assert SILENT[fault] in reason(stage, delivery)
    assert stage.published() == ([] if fault in {"lost_request", "stall"} else [part])
    stage.wire.deliver_late()
    ended = stage.play(delivery)
    assert (ended.state, ended.reason, stage.published()) == (State.PUBLISHED, None, [part])
    again = fault in NEVER_THERE
    assert stage.sends() == (2 if again else 1)
    assert marks(stage, delivery) == (["absent", "answered"] if again else ["answered"])


GARBAGE = {
    "page": HTML,
    "bytes": "\x00\x01\x02 not JSON",
    "half": '{"data":{"id":"19',
    "nothing": None,
    "no-id": {"data": {}, "ok": True},
}


@pytest.mark.parametrize(
    ("body", "kit"), [*((body, "x") for body in GARBAGE), ("page", "pinterest")], indirect=["kit"]
)
def test_200_with_something_else(any_stage: Stage, body: str) -> None:
    """A 200 that does not say what was made is doubt; nothing was made, so it is sent again."""
    stage, part = any_stage, any_stage.kit.parts[0]
    meddled(stage).instead.append((aim(stage), says(stage, 200, GARBAGE[body])))
    delivery = stage.queue(part)
    stage.work()
    assert (stage.now(delivery).state, marks(stage, delivery)) == (State.IN_DOUBT, ["open"])
    assert "with 200 and nothing readable" in reason(stage, delivery)
    assert stage.published() == []
    ended = stage.play(delivery)
    assert (ended.state, stage.published(), stage.sends()) == (State.PUBLISHED, [part], 2)


@pytest.mark.parametrize(
    ("fault", "says_so", "sends"),
    [
        ("garbage", "and nothing readable", 1),
        ("cut", "and nothing readable", 1),
        ("redirect", "with 302 and nothing readable", 2),
        ("redirect-after", "with 302 and nothing readable", 1),
    ],
)
@pytest.mark.parametrize("kit", ["x", "pinterest"], indirect=True)
def test_a_proxy_in_between(any_stage: Stage, fault: str, says_so: str, sends: int) -> None:
    """A page, half a reply or a redirect is doubt; redirects are not followed; it is out once."""
    stage, part = any_stage, any_stage.kit.parts[0]
    stage.emulator.faults.arm(Fault(stage.kit.publish, fault))
    delivery = stage.queue(part)
    stage.work()
    assert stage.now(delivery).state is State.IN_DOUBT
    assert says_so in reason(stage, delivery)
    ended = stage.play(delivery)
    assert (ended.state, stage.published(), stage.sends()) == (State.PUBLISHED, [part], sends)
    assert not any("login.example" in call.url for call in stage.wire.calls)


def test_a_video_whose_answer_is_a_page(tmp_path: Path) -> None:
    """TikTok's chunks are answered by status alone: a redirect is doubt, and it is out once."""
    with stages(TIKTOK_SHORT_KIT, tmp_path) as make:
        stage = make()
        stage.emulator.faults.arm(Fault("put", "redirect-after"))
        delivery = stage.queue()
        stage.work()
        assert "with 302 and nothing readable" in reason(stage, delivery)
        assert stage.play(delivery).state is State.PUBLISHED
        assert (len(stage.published()), stage.sends()) == (1, 1)


@pytest.mark.parametrize("nth", [1, 2], ids=["first-chunk", "last-chunk"])
def test_a_page_with_200_in_place_of_a_chunks_answer(film: Stage, nth: int) -> None:
    """A portal's page with 200 is neither TikTok's 201 nor its 206: the chunk is sent again."""
    meddled(film).instead.append((Aim("PUT", nth=nth), says(film, 200, HTML)))
    ended = film.play(film.queue(), most=100)
    assert (ended.state, len(film.published()), film.sends()) == (State.PUBLISHED, 1, 3)


# --- no connection at all -------------------------------------------------------------------------


class Unreachable(MeddledWire):
    """A network on which no connection comes about, so many times."""

    words = ""
    times = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Fail as a connection fails that never stood: nobody is asked for leave."""
        if self.times > 0:
            self.times -= 1
            raise httpx.ConnectError(self.words, request=request)
        return super().handle_request(request)


NO_CONNECTION = {
    "dns": "[Errno -2] Name or service not known",
    "tls": "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired",
    "refused": "[Errno 111] Connection refused",
}


@pytest.mark.parametrize("words", NO_CONNECTION.values(), ids=NO_CONNECTION)
def test_no_connection(stage: Stage, words: str) -> None:
    """Without a connection nothing was sent and nothing is marked: tried again, later each time."""
    wire = Unreachable(stage)
    stage.wire, wire.words, wire.times = wire, words, 3
    delivery = stage.queue("One")
    stage.work()
    waiting = stage.now(delivery)
    assert (waiting.state, waiting.tries, marks(stage, delivery)) == (State.QUEUED, 1, [])
    assert waiting.reason == f"api.x.com could not be reached ({words})."
    assert (stage.wire.calls, stage.published()) == ([], [])
    ended = stage.play(delivery)
    assert (ended.state, stage.published(), stage.sends()) == (State.PUBLISHED, ["One"], 1)


def test_a_network_that_stays_away(stage: Stage) -> None:
    """After thirteen tries a delivery has failed, in words, without a single call or mark."""
    wire = Unreachable(stage)
    stage.wire, wire.words, wire.times = wire, NO_CONNECTION["dns"], 99
    delivery = stage.queue("One")
    ended = stage.play(delivery)
    assert (ended.state, ended.tries, marks(stage, delivery)) == (State.FAILED, 12, [])
    assert "api.x.com could not be reached" in (ended.reason or "")
    assert (stage.wire.calls, stage.published(), wire.times) == ([], [], 86)


@contextmanager
def answering(words: bytes) -> Iterator[int]:
    """Serve something that is no TLS on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(words)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("words", [b"HTTP/1.1 200 OK\r\n\r\n", b""], ids=["plain", "hung-up"])
def test_a_handshake_that_fails_on_a_real_wire(words: bytes) -> None:
    """A TLS handshake that fails is no connection: leave is not even asked for."""
    asked: list[str] = []
    with answering(words) as port:
        url = f"https://127.0.0.1:{port}"
        call = Call(
            name="post:0",
            method="POST",
            url="https://api.x.com/2/tweets",
            effect=Effect.PUBLISH,
            body=Json({"text": "One"}),
            deadline=5.0,
        )
        http = Http(sandbox=url, sleep=lambda _: None)
        credential = Credential(url, ("api.x.com",), "sandbox:acme")
        with pytest.raises(NotConnectedError) as caught:
            http.send(call, credential, lambda: asked.append("leave"))
    assert (caught.value.code, asked) == ("http.unreachable", [])


def test_a_login_page_of_a_hotel(make: Callable[..., Stage]) -> None:
    """Where each call is answered with somebody's page, nothing is taken for sent or absent."""
    stage = make()
    wire = meddled(stage)
    for method in ("POST", "GET"):
        wire.instead.append((Aim(method, count=40), says(stage, 200, HTML)))
    delivery = stage.queue("One")
    for _ in range(10):
        stage.work()
        stage.clock.sleep(60)
    assert (stage.now(delivery).state, marks(stage, delivery)) == (State.IN_DOUBT, ["open"])
    assert "could not look" in reason(stage, delivery)
    assert stage.sends() == 1
    wire.instead.clear()
    ended = stage.play(delivery)
    assert (ended.state, stage.published(), stage.sends()) == (State.PUBLISHED, ["One"], 2)
