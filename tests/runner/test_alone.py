"""What publishes has a connection of its own: how answers are read there, and where they break."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import h11
import httpx
import pytest
from tests.runner.raw import HOSTS, credential, served, trickle
from tests.runner.web import certified

from microcom.core.bodies import Json
from microcom.core.login import Credential
from microcom.core.steps import Call, Effect, Reply
from microcom.runner.alone import Reading
from microcom.runner.gate import Leave
from microcom.runner.http import Http, NotConnectedError, SilenceError

LARGE = 20_000_000
"""Characters: more than fits into what systems hold for who does not read."""
BODY = b'{"data":{"id":"7"}}'
SIZED = b"HTTP/1.1 201 Created\r\nContent-Length: 19\r\n\r\n" + BODY
CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
PACKED = gzip.compress(BODY)
ANSWERS = {
    "sized": SIZED,
    "in chunks": CHUNKED + b'5\r\n{"dat\r\ne\r\na":{"id":"7"}}\r\n0\r\n\r\n',
    "with trailers": CHUNKED + b"13\r\n" + BODY + b"\r\n0\r\nDigest: none\r\n\r\n",
    "to the end": b"HTTP/1.1 201 Created\r\n\r\n" + BODY,
    "of 1.0": b"HTTP/1.0 201 Created\r\n\r\n" + BODY,
    "after others": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"
    + SIZED,
    "before another": SIZED + b"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}",
    "before anything": SIZED + b"and so on",
    "packed": b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    % len(PACKED)
    + PACKED,
}
BROKEN = {
    "nothing": b"",
    "half a head": SIZED[:20],
    "half a body": SIZED[:-3],
    "a chunk that lies": CHUNKED + b"40\r\n" + BODY,
    "no end of chunks": CHUNKED + b"13\r\n" + BODY + b"\r\n",
    "a size that is none": b"HTTP/1.1 201 Created\r\nContent-Length: few\r\n\r\n" + BODY,
    "two sizes": b"HTTP/1.1 201 Created\r\nContent-Length: 19\r\nContent-Length: 3\r\n\r\n" + BODY,
    "no HTTP": b"220 mail.example ESMTP\r\n",
    "a switch": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
    "a switch agreed on": b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
    b"Upgrade: h2c\r\n\r\n" + SIZED,
    "only before": b"HTTP/1.1 100 Continue\r\n\r\n",
    "a head without end": b"HTTP/1.1 201 Created\r\n" + b"A: b\r\n" * 40_000,
    "packed wrongly": b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\n\r\n" + BODY,
}


def publish(
    url: str, size: int = 3, *, deadline: float = 5.0, leave: Leave = lambda: None
) -> Reply:
    """Return what a text of so many characters is answered."""
    door = Http(sandbox=url, sleep=lambda _: None)
    return door.send(text(size, deadline), credential(url), leave)


def text(size: int = 3, deadline: float = 5.0) -> Call:
    """Return the call that makes a text of so many characters seen."""
    return Call(
        name="post:0",
        method="POST",
        url=f"https://{HOSTS[0]}/it",
        effect=Effect.PUBLISH,
        body=Json({"text": "x" * size}),
        deadline=deadline,
    )


def saying(words: bytes, step: int = LARGE) -> Callable[[socket.socket], None]:
    """Return who answers with some words, in pieces of so many bytes, and hangs up."""

    def answer(peer: socket.socket) -> None:
        with suppress(ConnectionError):  # nobody listens to an endless head
            for at in range(0, len(words), step):
                peer.sendall(words[at : at + step])

    return answer


@pytest.mark.parametrize("step", [LARGE, 1, 7], ids=["whole", "bytes", "pieces"])
@pytest.mark.parametrize("words", ANSWERS.values(), ids=ANSWERS)
def test_answers(words: bytes, step: int) -> None:
    """However an answer is framed and wherever it is cut, it is read to its end."""
    with served(saying(words, step)) as server:
        reply = publish(server.url)
    assert (reply.status, reply.at_path("data.id")) == (201, "7")


@pytest.mark.parametrize("words", BROKEN.values(), ids=BROKEN)
def test_answers_that_break(words: bytes) -> None:
    """What ends too soon or is no answer leaves nobody knowing: never taken for one."""
    left: list[bool] = []
    with served(saying(words)) as server, pytest.raises(SilenceError) as caught:
        publish(server.url, leave=lambda: left.append(True))
    assert left == [True]
    assert caught.value.message.startswith("127.0.0.1 did not answer in full (")


def test_an_answer_that_trickles() -> None:
    """The deadline is for the whole call, however often a byte comes."""
    with served(lambda peer: trickle(peer, SIZED * 50, server.ended)) as server:
        begun = time.monotonic()
        with pytest.raises(SilenceError, match="no answer in time"):
            publish(server.url, deadline=0.3)
        assert time.monotonic() - begun < 2


def test_nobody_reads() -> None:
    """A request that does not get out in time ends with the call, too."""

    def deaf(_: socket.socket) -> None:
        server.ended.wait(10)

    with served(deaf, reads=False) as server:
        with pytest.raises(SilenceError, match="the request did not go out in time"):
            publish(server.url, LARGE, deadline=0.3)
        server.ended.set()


def test_a_refusal_before_all_is_said() -> None:
    """Who answers early and hangs up is heard, though the rest of the request never gets out."""

    def refuse(peer: socket.socket) -> None:
        peer.recv(1)
        peer.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}")

    with served(refuse, reads=False) as server:
        assert publish(server.url, LARGE).status == 413


def test_a_small_request_leaves_in_one_piece() -> None:
    """Head and body go out together."""
    came: list[bytes] = []

    def look(peer: socket.socket) -> None:
        came.append(peer.recv(100_000))
        peer.sendall(SIZED)

    with served(look, reads=False) as server:
        publish(server.url)
    assert came[0].startswith(b"POST /api.example/it HTTP/1.1\r\nhost: 127.0.0.1:")
    assert came[0].endswith(b'\r\n\r\n{"text":"xxx"}')


def test_a_large_request_leaves_whole() -> None:
    """A body that takes many packets comes as it was said."""
    with served(saying(SIZED)) as server:
        publish(server.url, LARGE)
    assert server.came[0].endswith(b'{"text":"' + b"x" * LARGE + b'"}')


@pytest.mark.parametrize("shown", [HOSTS[0], "somebody.example"])
def test_tls(shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform is spoken to inside TLS; the certificate of another one is no connection."""
    context, trust = certified(tmp_path, shown)
    left: list[bool] = []
    with served(saying(SIZED), context=context) as server:
        place, connect = server.listener.getsockname(), socket.create_connection
        monkeypatch.setattr(socket, "create_connection", lambda _, most: connect(place, most))
        door = Http(sandbox=None, sleep=lambda _: None, trust=lambda: trust)
        let_in = Credential("real", HOSTS, "pina-77")
        if shown == HOSTS[0]:
            reply = door.send(text(), let_in, lambda: left.append(True))
            assert (reply.at_path("data.id"), left) == ("7", [True])
        else:
            with pytest.raises(NotConnectedError, match="certificate verify failed"):
                door.send(text(), let_in, lambda: left.append(True))
            assert (server.came, left) == ([], [])


# --- beside another reader ------------------------------------------------------------------------

LETTERS = b"\r\n :;,0123456789abcdefABCDEF\x00\xff\t-HTTP/1.chunked"


def mangled(words: bytes, chance: Random) -> bytes:
    """Return an answer with a few bytes changed, gone or put in, or cut off."""
    changed = bytearray(words)
    for _ in range(chance.randint(0, 3)):
        at, some = chance.randrange(len(changed) + 1), chance.randint(1, 5)
        more = bytes(chance.choices(LETTERS, k=some))
        changed[at : at + chance.choice([0, some, len(changed)])] = chance.choice([b"", more])
    return bytes(changed)


def read_here(words: bytes, chance: Random) -> tuple[int, bytes] | None:
    """Return status and content of an answer that comes in pieces, None for one that breaks."""
    reading, content, at = Reading(), b"", 0
    try:
        while not reading.ended:
            end = at + chance.randint(1, 40)
            reading.more(words[at:end])
            content += b"".join(reading.taken())
            at = end
    except httpx.RemoteProtocolError:
        return None
    return reading.status, content


def read_by_h11(words: bytes) -> tuple[int, bytes] | None:
    """Return the same, as h11 has it."""
    other, status, content = h11.Connection(h11.CLIENT), 0, b""
    other.send(h11.Request(method="POST", target="/", headers=[("host", "a")]))
    other.send(h11.EndOfMessage())
    other.receive_data(words)
    try:
        while not isinstance(event := other.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                other.receive_data(b"")
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                content += bytes(event.data)
    except h11.RemoteProtocolError:
        return None
    return status, content


def test_no_answer_means_something_else_to_another_reader() -> None:
    """Of two thousand mangled answers, those that both take say the same: none is cut short."""
    chance = Random(7)  # noqa: S311 - the same ones each time
    short = [words for words in (*ANSWERS.values(), *BROKEN.values()) if len(words) < 1000]
    taken = 0
    for _ in range(2000):
        words = mangled(chance.choice(short), chance)
        ours, theirs = read_here(words, chance), read_by_h11(words)
        assert None in {ours, theirs} or ours == theirs, words
        taken += ours is not None and ours == theirs
    assert taken > 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-one", "a\nb"),
        ("x-one", "a\r\nx-two: b"),
        ("x-one", "a" * 10_000 + "\n"),
        ("x-one", "a " * 5_000),
        ("x one", "a"),
        ("", "a"),
    ],
    ids=["broken", "another", "long", "spaced", "named", "unnamed"],
)
def test_what_no_header_can_hold(name: str, value: str) -> None:
    """Nothing leaves with such a header, and nobody is asked for leave."""
    with served(saying(SIZED)) as server:
        door = Http(sandbox=server.url, sleep=lambda _: None)
        call = replace(text(), headers=((name, value),))
        with pytest.raises(SilenceError):
            door.send(call, credential(server.url), pytest.fail)
    assert server.came == []
