"""Media on their way out: streamed, checked, counted, and stopped when they are damaged."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from tests.conformance.pinterest_kit import PINTEREST_KIT

from microcom.core.bodies import InBase64, Json, Raw, Slice
from microcom.core.delivery import State
from microcom.core.login import Credential
from microcom.core.steps import Call, Effect
from microcom.errors import Rejected, UserError
from microcom.media.kept import BLOCK, MediaStore, lost
from microcom.runner.http import Http
from microcom.runner.worker import Holder, Worker
from microcom.testing.stage import stages

TOKEN = Credential("real", ("a.example", "up.example"), "t")
CONTENT = bytes(range(251)) * 12_000
"""Nearly three blocks."""
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Answering(httpx.BaseTransport):
    """Keeps what arrives and answers 200."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[httpx.Headers] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Take one request."""
        self.headers.append(request.headers)
        self.bodies.append(request.read())
        return httpx.Response(200, json={"id": "1"})


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    """Return a media store that holds one file."""
    source = tmp_path / "pour.mp4"
    source.write_bytes(CONTENT)
    store = MediaStore(str(tmp_path / "media"))
    store.keep(source, DIGEST)
    return store


def _http(store: MediaStore, wire: Answering) -> Http:
    return Http(sandbox=None, sleep=lambda _: None, transport=lambda: wire, files=store.read)


def _call(effect: Effect, start: int = 0, stop: int = len(CONTENT), **more: object) -> Call:
    body = Raw(Slice(DIGEST, start, stop), "video/mp4")
    options = {"name": "put", "method": "PUT", "url": "https://up.example/x?key=1", **more}
    return Call(effect=effect, body=body, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "stop"),
    [(0, len(CONTENT)), (0, 1), (BLOCK, 2 * BLOCK), (BLOCK - 1, BLOCK + 1), (7, len(CONTENT))],
)
def test_a_stretch_leaves_as_it_is(store: MediaStore, start: int, stop: int) -> None:
    """Exactly the stretch that is named leaves, whole blocks or not, and is counted."""
    wire = Answering()
    moved: list[int] = []
    _http(store, wire).send(_call(Effect.WRITE, start, stop), TOKEN, moved=moved.append)
    assert wire.bodies == [CONTENT[start:stop]]
    assert sum(moved) == stop - start
    assert wire.headers[0]["content-length"] == str(stop - start)
    assert wire.headers[0]["content-type"] == "video/mp4"


def test_a_picture_inside_json(store: MediaStore) -> None:
    """A file inside JSON arrives as base64 of its bytes, in one body of a known length."""
    wire = Answering()
    body = Json({"data": InBase64(Slice(DIGEST, 0, len(CONTENT)))})
    call = Call(name="pin", method="POST", url="https://a.example", effect=Effect.WRITE, body=body)
    _http(store, wire).send(call, TOKEN)
    assert b64decode(httpx.Response(200, content=wire.bodies[0]).json()["data"]) == CONTENT


def test_a_bare_call_carries_no_token(store: MediaStore) -> None:
    """A signed address is used as it is, with its own headers and without the token."""
    wire = Answering()
    more = {"bare": True, "headers": (("content-range", "bytes 0-0/1"),)}
    _http(store, wire).send(_call(Effect.WRITE, 0, 1, **more), TOKEN)
    assert "authorization" not in wire.headers[0]
    assert wire.headers[0]["content-range"] == "bytes 0-0/1"


@pytest.mark.parametrize("effect", [Effect.WRITE, Effect.PUBLISH])
def test_damage_stops_it(store: MediaStore, effect: Effect) -> None:
    """A file that changed in the store is refused; of a PUBLISH nothing was marked or sent."""
    path = store.path(DIGEST)
    path.chmod(0o600)
    path.write_bytes(CONTENT[:BLOCK] + b"x" + CONTENT[BLOCK + 1 :])
    wire = Answering()
    left: list[str] = []
    with pytest.raises(Rejected, match="gone or damaged"):
        _http(store, wire).send(_call(effect), TOKEN, lambda: left.append("left"))
    assert (wire.bodies, left) == ([], [])


def test_damage_after_the_mark_is_doubt(tmp_path: Path) -> None:
    """A file that breaks between its mark and its last byte leaves doubt, never a false failure."""
    with stages(PINTEREST_KIT, tmp_path) as make:
        stage = make()
        reads: list[Slice] = []

        def read(stretch: Slice) -> Iterator[bytes]:
            reads.append(stretch)
            if len(reads) > 1:
                raise lost(stage.media.path(stretch.media), "on purpose")
            yield from stage.media.read(stretch)

        doors = replace(
            stage.doors(),
            http=Http(
                sandbox=None, sleep=stage.clock.sleep, transport=lambda: stage.wire, files=read
            ),
        )
        delivery = stage.queue()
        Worker(doors, Holder("stage", 1, "1")).run()
        assert stage.now(delivery).state is State.IN_DOUBT
        assert stage.play(delivery).state is State.PUBLISHED
        assert stage.published() == list(stage.kit.parts)


def test_a_file_cut_short_or_gone_stops_it(store: MediaStore) -> None:
    """A file that ends too soon, or is no longer there, is refused in words."""
    path = store.path(DIGEST)
    path.chmod(0o600)
    path.write_bytes(CONTENT[:BLOCK])
    for _ in range(2):
        with pytest.raises(Rejected, match="gone or damaged") as caught:
            list(store.read(Slice(DIGEST, 0, len(CONTENT))))
        assert caught.value.code == "media.lost"
        path.unlink(missing_ok=True)


def test_a_file_that_changes_while_it_is_copied(tmp_path: Path) -> None:
    """A copy that is not what was looked at is said, and not kept under that name."""
    source = tmp_path / "a.jpg"
    source.write_bytes(b"another")
    store = MediaStore(str(tmp_path / "media"))
    with pytest.raises(UserError) as caught:
        store.keep(source, DIGEST)
    assert caught.value.code == "media.changed"
    assert not store.holds(DIGEST)
