"""Every call that X's adapter makes, and every answer of its emulator, against X's own document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from tests.contract.deviations import Deviation, X
from tests.contract.tape import Tape
from tests.contract.vendor import Exchange, Vendor, described, vendor
from tests.platforms.x.talk import TOKEN, Talk, outgoing

from microcom.core.media import MediaKind
from microcom.core.passage import Outgoing
from microcom.core.post import Labels, Snapshot
from microcom.emulator.faults import BROKEN, Fault
from microcom.platforms.x import platform

pytestmark = pytest.mark.filterwarnings(
    "ignore:Unsupported scheme type"  # openapi-core does not look into OAuth; nor do we
)


PNG = b"\x89PNG\r\n\x1a\n and so on"
MP4 = b"\0\0\0\x20ftypisom" + bytes(1024 * 1024)


@pytest.fixture
def document() -> Vendor:
    """X's own description of its API."""
    return vendor("x")


@pytest.fixture(scope="module")
def exchanges() -> list[Exchange]:
    """All that the adapter says, and all that the emulator answers, refusals included."""
    talk = Talk()
    tape = Tape(talk.wire)
    talk.over(tape)
    talk.hold(platform.identify())
    _conversations(talk)
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(transport=tape, base_url="https://api.x.com", headers=headers) as api:
        _questions(talk, api)
        _refusals(talk, api)
    return tape.exchanges


def test_calls_and_answers_are_what_x_describes(
    document: Vendor, exchanges: list[Exchange]
) -> None:
    """Nothing differs from X's document but what is listed, with its source."""
    unexpected = [
        f"{exchange.method} {exchange.url} -> {exchange.status}: {complaint}"
        for exchange, complaint in _complaints(document, exchanges)
        if not any(deviation.covers(exchange, complaint) for deviation in X)
    ]
    assert unexpected == []


@pytest.mark.parametrize("deviation", X, ids=lambda deviation: deviation.name)
def test_each_deviation_is_still_met(
    document: Vendor, exchanges: list[Exchange], deviation: Deviation
) -> None:
    """A difference that nothing shows any more is taken off the list."""
    assert any(deviation.covers(*found) for found in _complaints(document, exchanges))


def test_every_endpoint_was_tried(exchanges: list[Exchange]) -> None:
    """No emulated endpoint is left out, whether it agrees or refuses."""
    talk = Talk()
    for route in described(talk.x.routes):
        met = [one for one in exchanges if route.match(one.method, one.path) is not None]
        assert {one.status < 400 for one in met} == {True, False}, route.name


@pytest.mark.parametrize(
    ("body", "answer", "complaint"),
    [
        (b'{"text": 7}', b'{"data": {"id": "1", "text": ""}}', "not of type 'string'"),
        (b'{"text": "", "x": 1}', b'{"data": {"id": "1", "text": ""}}', "Additional properties"),
        (b'{"text": ""}', b'{"data": {"id": "one", "text": ""}}', "does not match"),
        (b'{"text": ""}', b'{"data": {"id": "1"}}', "required property"),
    ],
)
def test_the_document_bites(document: Vendor, body: bytes, answer: bytes, complaint: str) -> None:
    """A wrong call and a wrong answer are complained about."""
    exchange = Exchange("POST", "https://api.x.com/2/tweets", body, 201, "application/json", answer)
    assert complaint in " ".join(document.complaints(exchange))


def _complaints(document: Vendor, exchanges: list[Exchange]) -> Iterator[tuple[Exchange, str]]:
    """Yield what the document has against them, but for calls that were made wrong on purpose."""
    for exchange in exchanges:
        for complaint in document.complaints(exchange):
            if exchange.status != 400 or complaint.startswith("response"):
                yield exchange, complaint


def _conversations(talk: Talk) -> None:
    """Publish and settle, with and without something known, over several pages."""
    talk.x.person("acme-x").premium = True
    first, _ = talk.publish("Hello https://example.com & co", "And <more>")
    talk.publish("long " * 100)
    talk.hold(platform.publish(_illustrated(talk, "A picture", PNG, alt="A latte")))
    video = {"kind": MediaKind.VIDEO, "mime": "video/mp4", "seconds": 2.0}
    talk.hold(platform.publish(_illustrated(talk, "A video", MP4, **video)))
    talk.hold(platform.settle(talk.mark("Part", first), set()))
    talk.hold(platform.settle(talk.mark("Nothing", known=None), set()))
    for number in range(150):
        talk.by_hand(f"Post {number}")
    talk.hold(platform.settle(talk.mark("Nothing"), set()))


def _illustrated(talk: Talk, text: str, content: bytes, **facts: object) -> Outgoing:
    """Return a delivery with a file and every label."""
    snapshot = Snapshot((text,), (talk.file(content, **facts),), labels=Labels(ai=True, paid=True))
    return replace(outgoing(text), snapshot=snapshot)


def _questions(talk: Talk, api: httpx.Client) -> None:
    """Ask in the new words, which the document knows, and for what is not there."""
    me = talk.x.person("acme-x").id
    fields = "post.fields=created_at,entities,note_post,conversation_id"
    more = "expansions=referenced_posts,author_id&user.fields=subscription_type"
    listing = api.get(f"/2/users/{me}/tweets?max_results=100&{fields}&{more}").json()
    api.get(f"/2/users/{me}/tweets?{fields}&pagination_token={listing['meta']['next_token']}")
    api.get(f"/2/users/{me}/tweets?start_time=2026-11-20T00:00:00Z&end_time=2026-11-20T01:00:00Z")
    api.get(f"/2/tweets/{listing['data'][0]['id']}?{fields}&{more}")
    api.get("/2/users/me?user.fields=subscription_type,verified")
    for missing in ("/2/tweets/12", "/2/users/12/tweets"):
        api.get(missing)
    api.delete(f"/2/tweets/{listing['data'][0]['id']}")
    api.delete("/2/tweets/12")


def _refusals(talk: Talk, api: httpx.Client) -> None:
    """Meet every refusal there is."""
    api.post("/2/tweets", json={})
    api.post("/2/tweets", json={"text": "Hi", "colour": "red"})
    api.get("/2/users/me?colour=red")
    api.post("/2/media/upload", files={"media": PNG}, data={"media_category": "dm_image"})
    api.get("/2/media/upload?command=STATUS&media_id=12")
    api.post("/2/media/upload/initialize", json={"total_bytes": 0})
    api.post("/2/media/upload/12/append", data={"segment_index": "0"}, files={"media": PNG})
    api.post("/2/media/upload/12/finalize", json={})
    api.post("/2/media/metadata", json={"id": "12"})
    api.post("/2/tweets", json={"text": "Hi", "media": {"media_ids": ["12"]}})
    api.post("/2/tweets", json={"text": "$AAPL $MSFT"})
    api.get("/2/users/me", headers={"authorization": "Bearer nobody"})
    api.get("/2/tweets/12", headers={"authorization": "Bearer nobody"})
    api.get(f"/2/users/{talk.x.person('acme-x').id}/tweets", headers={"authorization": ""})
    for kind in (*talk.x.refusals(), *(f"{status}-before" for status in BROKEN)):
        talk.now += timedelta(seconds=1)
        talk.x.faults.arm(Fault("create_post", kind))
        api.post("/2/tweets", json={"text": "Hi"})
