"""Each call of Pinterest's adapter, and each answer of its emulator, against its own document.

The document is 5.23; what changed up to 5.28 is listed as deviations.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from tests.contract.deviations import PINTEREST, Deviation
from tests.contract.tape import Tape
from tests.contract.vendor import Exchange, Vendor, described, vendor
from tests.platforms.pinterest.talk import PNG, TOKEN, Talk, account, pin

from microcom.core.post import Labels, Snapshot
from microcom.emulator.faults import Fault
from microcom.platforms.pinterest import platform

pytestmark = pytest.mark.filterwarnings("ignore:Unsupported scheme type")


@pytest.fixture
def document() -> Vendor:
    """Pinterest's own description of its API."""
    return vendor("pinterest")


@pytest.fixture(scope="module")
def exchanges() -> list[Exchange]:
    """All that the adapter says, and all that the emulator answers, refusals included."""
    talk = Talk()
    tape = Tape(talk.wire)
    talk.over(tape)
    talk.hold(platform.identify())
    talk.hold(platform.communities(account()))
    whole = pin(talk, title="T", link="https://a.example/t", labels=Labels(ai=True))
    talk.publish(whole, board="Latte art", section="Tulips")
    talk.hold(platform.settle(talk.mark(), set()))
    talk.publish(Snapshot(("Two",), (talk.file(PNG + b"1"), talk.file(PNG + b"2"))))
    talk.hold(platform.settle(talk.mark(), set()))
    talk.publish(Snapshot(("Film",), (talk.film(cover=1.0),)))
    base = "https://api.pinterest.com/v5"
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(transport=tape, base_url=base, headers=headers) as api:
        _by_hand(talk, api)
    return [one for one in tape.exchanges if "amazonaws" not in one.url]


def test_calls_and_answers_are_what_pinterest_describes(
    document: Vendor, exchanges: list[Exchange]
) -> None:
    """Nothing differs from Pinterest's document but what is listed, with its source."""
    unexpected = [
        f"{exchange.method} {exchange.url} -> {exchange.status}: {complaint[:300]}"
        for exchange, complaint in _complaints(document, exchanges)
        if not any(deviation.covers(exchange, complaint) for deviation in PINTEREST)
    ]
    assert unexpected == []


@pytest.mark.parametrize("deviation", PINTEREST, ids=lambda deviation: deviation.name)
def test_each_deviation_is_still_met(
    document: Vendor, exchanges: list[Exchange], deviation: Deviation
) -> None:
    """A difference that nothing shows any more is taken off the list."""
    assert any(deviation.covers(*found) for found in _complaints(document, exchanges))


def test_every_endpoint_was_tried(exchanges: list[Exchange]) -> None:
    """No emulated endpoint is left out, whether it agrees or refuses."""
    for route in described(Talk().service.routes):
        met = [one for one in exchanges if route.match(one.method, one.path) is not None]
        if route.name != "upload":  # the bucket's, which no document describes
            assert {one.status < 400 for one in met} == {True, False}, route.name


def _complaints(document: Vendor, exchanges: list[Exchange]) -> Iterator[tuple[Exchange, str]]:
    """Yield what the document has against them, but for calls that were made wrong on purpose."""
    for exchange in exchanges:
        for complaint in document.complaints(exchange):
            if exchange.status < 400 or complaint.startswith("response"):
                yield exchange, complaint


def _by_hand(talk: Talk, api: httpx.Client) -> None:
    """Ask for what the adapter does not, and for what is not there or not allowed."""
    first = talk.me.pins[0].id
    api.get(f"/pins/{first}")
    api.get("/pins?page_size=2")
    board = talk.me.called("Home bar").id
    api.get(f"/boards/{board}")
    for path in ("/pins/1", "/boards/1", "/boards/1/pins", "/boards/1/sections", "/media/1"):
        api.get(path)
    api.get(f"/boards/{board}/sections/1/pins")
    for path in ("/boards", "/pins", "/user_account"):
        api.get(f"{path}?page_size=0" if path != "/user_account" else path, headers=NOBODY)
    api.delete("/pins/1")
    api.delete(f"/pins/{first}")
    api.post("/media", json={"media_type": "image"})
    api.post("/pins", json={"board_id": board})
    api.post("/pins", json={"board_id": board, "colour": "red"})
    for kind in talk.service.refusals():
        talk.service.faults.arm(Fault("create_pin", kind))
        api.post("/pins", json={"board_id": board})


NOBODY = {"authorization": "Bearer nobody"}
