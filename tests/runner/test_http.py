"""The door to HTTP: deadlines, the moment of leave, what is certain and what is not."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import httpcore
import httpx
import pytest
import respx
from tests.runner.raw import HOSTS, TOKEN, credential, served, trickle

from microcom.core.bodies import Json
from microcom.core.login import Credential
from microcom.core.steps import MAX_REPLY_BYTES, Call, Effect
from microcom.errors import MicrocomError
from microcom.runner.alone import SMALL
from microcom.runner.http import Http, NotConnectedError, SilenceError
from microcom.runner.transport import Stream

API = "https://api.example"
OK = b"HTTP/1.1 200 OK\r\nDate: Mon, 23 Nov 2026 12:00:00 GMT\r\nContent-Length: 2\r\n\r\n{}"
REAL = Credential("real", HOSTS, "pina-77")


def call(effect: Effect = Effect.READ, *, deadline: float = 5.0) -> Call:
    """Return a call of an effect."""
    body = None if effect is Effect.READ else Json({"text": "One"})
    method = "GET" if effect is Effect.READ else "POST"
    return Call(
        name="it", method=method, url=f"{API}/it", effect=effect, body=body, deadline=deadline
    )


_opened: list[Http] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Close the connections that doors kept open: whether a server ended them first is chance."""
    yield
    while _opened:
        _opened.pop().close()


def door(url: str) -> Http:
    """Return a door to a raw server, as to a sandbox; it is closed when the test ends."""
    _opened.append(Http(sandbox=url, sleep=lambda _: None))
    return _opened[-1]


def test_a_reply_that_trickles_ends_with_the_deadline() -> None:
    """The deadline is for the whole call, however often a byte comes."""
    words = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b"x" * 900
    with served(lambda peer: trickle(peer, words, server.ended)) as server:
        begun = time.monotonic()
        with pytest.raises(SilenceError):
            door(server.url).send(call(Effect.WRITE, deadline=0.3), credential(server.url))
        assert time.monotonic() - begun < 2


def test_leave_is_asked_before_the_first_byte() -> None:
    """Leave that is refused sends nothing at all, though the connection stands."""

    def refuse() -> None:
        message = "no"
        raise RuntimeError(message)

    with served(lambda peer: peer.sendall(OK)) as server:
        http = door(server.url)
        with pytest.raises(RuntimeError):
            http.send(call(Effect.PUBLISH), credential(server.url), refuse)
        http.send(call(Effect.PUBLISH), credential(server.url), lambda: None)
    assert server.came[0] == b""
    assert server.came[1].startswith(b"POST /api.example/it HTTP/1.1")
    assert server.came[1].endswith(b'{"text":"One"}')


def test_a_publish_has_a_connection_of_its_own() -> None:
    """A kept connection that the server closed is never used to publish."""
    with served(lambda peer: peer.sendall(OK)) as server:
        http = door(server.url)
        for _ in range(3):
            assert http.send(call(Effect.PUBLISH), credential(server.url), lambda: None).ok
        http.close()
    assert len([one for one in server.came if one]) == 3


def test_nobody_listens() -> None:
    """A refused connection is certain: leave is not even asked for."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(NotConnectedError):
            door(url).send(
                call(Effect.PUBLISH), credential(url), lambda: pytest.fail("leave was asked")
            )


def test_a_reset_after_the_request_is_silence() -> None:
    """A connection that ends after the request leaves nobody knowing."""
    with served(lambda peer: peer.close()) as server:
        left: list[bool] = []
        with pytest.raises(SilenceError):
            door(server.url).send(
                call(Effect.PUBLISH), credential(server.url), lambda: left.append(True)
            )
    assert left == [True]


def test_reads_are_tried_again_and_writes_are_not() -> None:
    """A READ whose answer was lost is made again, three times in all; a WRITE is not."""
    with served(lambda peer: peer.close()) as server:
        with pytest.raises(SilenceError):
            door(server.url).send(call(Effect.READ), credential(server.url))
        reads = len(server.came)
        with pytest.raises(SilenceError):
            door(server.url).send(call(Effect.WRITE), credential(server.url))
        assert (reads, len(server.came)) == (3, 4)


def test_a_reply_without_end_is_silence() -> None:
    """A reply larger than any should be is not read to its end."""

    def flood(peer: socket.socket) -> None:
        try:
            peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            for _ in range(MAX_REPLY_BYTES // 65536 + 2):
                peer.sendall(b"x" * 65536)
        except OSError:
            return

    with served(flood) as server, pytest.raises(SilenceError):
        door(server.url).send(call(Effect.WRITE), credential(server.url))


@respx.mock
def test_redirects_are_not_followed() -> None:
    """A redirect is the answer, and its target is never asked."""
    respx.post(f"{API}/it").respond(307, headers={"location": f"{API}/other"})
    other = respx.post(f"{API}/other")
    http = Http(sandbox=None, sleep=lambda _: None, transport=httpx.HTTPTransport)
    assert http.send(call(Effect.PUBLISH), REAL, lambda: None).status == 307
    assert not other.called


@respx.mock
def test_leave_is_asked_by_a_transport_that_does_not_trace() -> None:
    """Where no connection says that it is about to write, reading the body asks."""
    respx.post(f"{API}/it").respond(201, json={"data": {"id": "7"}})
    left: list[bool] = []
    http = Http(sandbox=None, sleep=lambda _: None, transport=httpx.HTTPTransport)
    reply = http.send(call(Effect.PUBLISH), REAL, lambda: left.append(True))
    assert left == [True]
    assert reply.at_path("data.id") == "7"


@pytest.mark.parametrize(
    ("sandbox", "url", "world"),
    [
        (None, "http://127.0.0.1:9/it", "real"),
        (None, "https://127.9.9.9:9/it", "real"),
        (None, "https://a.localhost:9/it", "real"),
        (None, f"{API}/it", "http://127.0.0.1:9"),
        ("http://127.0.0.1:9", f"{API}/it", "real"),
        ("http://127.0.0.1:9", f"{API}/it", "http://127.0.0.1:8"),
        (None, "https://api.example.evil.test/it", "real"),
        (None, "https://api.example@evil.test/it", "real"),
        (None, "http://api.example/it", "real"),
    ],
)
def test_a_token_goes_to_its_platform_in_its_world_alone(
    sandbox: str | None, url: str, world: str
) -> None:
    """A token leaves for its platform's own hosts only, encrypted, and never into another world."""
    http = Http(sandbox=sandbox, sleep=lambda _: None)
    asked = Call(name="it", method="GET", url=url, effect=Effect.READ)
    with pytest.raises(MicrocomError) as caught:
        http.send(asked, Credential(world, HOSTS, "pina-77"))
    assert caught.value.code.startswith("world.")
    assert "pina-77" not in str(caught.value)


def test_no_error_repeats_a_token() -> None:
    """A token that cannot even be sent stands in no message."""
    with served(lambda peer: peer.sendall(OK)) as server, pytest.raises(SilenceError) as caught:
        door(server.url).send(call(Effect.WRITE), credential(server.url, TOKEN + "\nhush"))
    assert "hush" not in caught.value.message


def test_the_platforms_clock_is_read() -> None:
    """A reply carries the platform's own time, to the second."""
    with served(lambda peer: peer.sendall(OK)) as server:
        reply = door(server.url).send(call(Effect.WRITE), credential(server.url))
    assert reply.at is not None
    assert reply.at.isoformat() == "2026-11-23T12:00:00+00:00"


def test_a_small_request_leaves_in_one_piece() -> None:
    """Headers wait for their body, and a request without one for the look at its answer."""
    sent: list[bytes] = []

    class Wire(httpcore.NetworkStream):
        """A wire that notes what is written, and answers nothing."""

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            """Give nothing."""
            del max_bytes, timeout
            return b""

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            """Note a piece."""
            del timeout
            sent.append(buffer)

        def close(self) -> None:
            """Do nothing."""

    stream = Stream(Wire())
    for pieces, packets in (
        ([b"head", b"body"], [b"headbody"]),
        ([b"head"], [b"head"]),
        ([b"head", b"x" * SMALL * 2, b"tail"], [b"head", b"x" * SMALL * 2, b"tail"]),
    ):
        sent.clear()
        for piece in pieces:
            stream.write(piece)
        stream.read(10)
        assert sent == packets
    sent.clear()
    stream.write(b"never")
    stream.close()
    assert sent == []
