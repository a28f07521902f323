"""401, 402, 404, 409 and 413 to the call that publishes, or to one before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conformance.kits import X_KIT, X_MEDIA_KIT
from tests.conformance.pinterest_kit import PINTEREST_KIT
from tests.conformance.tiktok_kit import TIKTOK_SHORT_KIT
from tests.delivery.meddling import HTML, Aim, marks, meddled, reason, says
from tests.runner.signing import agreed, log_in, service, with_app

from microcom.core.delivery import State
from microcom.core.login import AppKind
from microcom.emulator.faults import Fault
from microcom.testing.stage import Kit, Stage, stages

KITS = {"x": X_KIT, "pinterest": PINTEREST_KIT, "tiktok": TIKTOK_SHORT_KIT}
FIRST = {"x": "create_post", "pinterest": "create_pin", "tiktok": "init"}
"""The call that a lapsed token stops."""
SENDS = {"x": 3, "pinterest": 2, "tiktok": 1}
"""The post twice and the renewal; the pin twice; one chunk, as TikTok's 401 came before it."""


@pytest.fixture(params=KITS)
def renewable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Return each platform's account, logged in with a token that can be renewed."""
    with stages(with_app(KITS[request.param]), tmp_path) as make:
        stage = make()
        log_in(stage)
        yield stage


def first_part(stage: Stage) -> str:
    """Return the text of a post of one part."""
    return stage.kit.parts[0]


def test_401_once(renewable: Stage) -> None:
    """A token that the platform calls lapsed is renewed once, and the call made once more."""
    stage = renewable
    stage.emulator.faults.arm(Fault(FIRST[stage.kit.platform.name], "401"))
    delivery = stage.queue(first_part(stage))
    ended = stage.play(delivery)
    assert (ended.state, ended.reason) == (State.PUBLISHED, None)
    assert (stage.published(), service(stage).renewals) == ([first_part(stage)], 1)
    assert stage.store.accounts.stops() == []
    assert stage.sends() == SENDS[stage.kit.platform.name]


def test_401_twice(renewable: Stage) -> None:
    """Refused with a new token too, the account is parked; a login brings the post out, once."""
    stage = renewable
    stage.emulator.faults.arm(Fault(FIRST[stage.kit.platform.name], "401", count=2))
    delivery = stage.queue(first_part(stage))
    stage.work()
    (stop,) = stage.store.accounts.stops()
    assert (stop.scope, stop.state, stop.until) == ("account", "parked", None)
    assert "token" in stop.reason
    assert stage.now(delivery).state is State.QUEUED
    assert (service(stage).renewals, stage.published()) == (1, [])
    left = len(stage.wire.calls)
    stage.clock.sleep(600)
    stage.work()
    assert len(stage.wire.calls) == left
    stage.keep_tokens(agreed(stage), AppKind.CONFIDENTIAL)
    stage.store.accounts.resume(stage.kit.account.name)
    assert stage.play(delivery).state is State.PUBLISHED
    assert (stage.published(), service(stage).renewals) == ([first_part(stage)], 1)


def test_401_of_a_token_that_cannot_be_renewed(stage: Stage) -> None:
    """A pasted token that lapsed parks the account at once; nothing is lost."""
    stage.emulator.faults.arm(Fault("create_post", "401"))
    delivery = stage.queue("One")
    stage.work()
    (stop,) = stage.store.accounts.stops()
    assert "The token of acme-x has lapsed, and it is not one that can be renewed." in stop.reason
    assert (marks(stage, delivery), stage.sends()) == (["refused"], 1)
    stage.log_in()
    assert stage.play(delivery).state is State.PUBLISHED
    assert (stage.published(), marks(stage, delivery)) == (["One"], ["refused", "answered"])


def test_402(stage: Stage) -> None:
    """Without credit every account of the app waits; once paid, all goes out, each once."""
    stage.emulator.faults.arm(Fault("create_post", "402", count=None))
    deliveries = [stage.queue(text) for text in ("One", "Two", "Three")]
    stage.work()
    (stop,) = stage.store.accounts.stops()
    assert (stop.scope, stop.name, stop.until) == ("app", "x", None)
    assert "The app has no credit left with X" in stop.reason
    assert {stage.now(one).state for one in deliveries} == {State.QUEUED}
    assert (stage.sends(), stage.published()) == (1, [])
    stage.emulator.faults.clear()
    stage.store.accounts.resume_app("x")
    assert {stage.play(one).state for one in deliveries} == {State.PUBLISHED}
    assert (stage.published(), stage.sends()) == (["One", "Two", "Three"], 4)


@pytest.mark.parametrize(("count", "state"), [(1, State.PUBLISHED), (2, State.FAILED)])
def test_404_of_a_board(pins: Stage, count: int, state: State) -> None:
    """A board that is gone is looked up again by its name once; gone again, the pin has failed."""
    pins.emulator.faults.arm(Fault("create_pin", "no-board", count=count))
    delivery = pins.queue()
    ended = pins.play(delivery)
    assert (ended.state, pins.sends(), len(pins.published())) == (state, 2, 2 - count)
    looked_up = sum("/v5/boards" in call.url for call in pins.wire.calls)
    assert looked_up == 4  # board and section, each twice
    assert marks(pins, delivery) == ["refused", "answered" if count == 1 else "refused"]
    if state is State.FAILED:
        assert "Pinterest no longer has this board" in reason(pins, delivery)


def test_409_of_a_busy_board(pins: Stage) -> None:
    """Pinterest says that it changes the board right now: tried again soon, out once."""
    pins.emulator.faults.arm(Fault("create_pin", "busy", count=2))
    delivery = pins.queue()
    pins.work()
    waiting = pins.now(delivery)
    assert (waiting.state, waiting.tries) == (State.QUEUED, 1)
    assert waiting.reason == "Pinterest is changing the board right now."
    ended = pins.play(delivery)
    assert (ended.state, len(pins.published()), pins.sends()) == (State.PUBLISHED, 1, 3)
    assert marks(pins, delivery) == ["refused", "refused", "answered"]


CONFLICT = {
    "title": "Conflict",
    "detail": "It may have been taken.",
    "type": "https://api.x.com/2/problems/conflict",
    "status": 409,
}


@pytest.mark.parametrize("body", [CONFLICT, HTML, None], ids=["own", "page", "empty"])
def test_409_of_x(stage: Stage, body: object) -> None:
    """X's 409 does not say whether it took the post: looked for, and never sent twice."""
    meddled(stage).instead.append((Aim(), says(stage, 409, body)))
    delivery = stage.queue("One")
    stage.work()
    assert (stage.now(delivery).state, marks(stage, delivery)) == (State.IN_DOUBT, ["open"])
    assert "x answered post:0 with 409, not in its own words." in reason(stage, delivery)
    ended = stage.play(delivery)
    assert (ended.state, marks(stage, delivery)) == (State.FAILED, ["absent"])
    assert "it surely did not go out" in (ended.reason or "")
    assert (stage.published(), stage.sends()) == ([], 1)


@pytest.mark.parametrize("kit", [X_KIT, PINTEREST_KIT], ids=["x", "pinterest"])
def test_413(tmp_path: Path, kit: Kit) -> None:
    """A proxy that finds the post too large is no platform: looked for, then failed in words."""
    with stages(kit, tmp_path) as make:
        stage = make()
        aim = Aim(path=kit.wire.get("path", ""))
        meddled(stage).instead.append((aim, says(stage, 413, HTML)))
        delivery = stage.queue(first_part(stage))
        stage.work()
        assert "with 413, not in its own words." in reason(stage, delivery)
        ended = stage.play(delivery)
        assert (ended.state, marks(stage, delivery)) == (State.FAILED, ["absent"])
        assert (stage.published(), stage.sends()) == ([], 1)


def test_413_of_a_chunk(tmp_path: Path) -> None:
    """An upload that no proxy lets through is tried thirteen times, then failed; no post leaves."""
    with stages(X_MEDIA_KIT, tmp_path) as make:
        stage = make()
        aim = Aim(path="/append", count=99)
        meddled(stage).instead.append((aim, says(stage, 413, HTML)))
        delivery = stage.queue()
        ended = stage.play(delivery)
        assert (ended.state, aim.met, marks(stage, delivery)) == (State.FAILED, 13, [])
        assert ended.reason == "x answered chunk:2:0 with 413 and nothing readable."
        assert (stage.published(), stage.sends()) == ([], 0)
        uploads = sum(call.url.endswith("/media/upload") for call in stage.wire.calls)
        assert uploads == 2  # the two pictures, once each
