"""Faults that come again and again: how many are borne, by which step, and what a look does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests.conformance.kits import X_MEDIA_KIT
from tests.conformance.pinterest_kit import PINTEREST_KIT
from tests.conformance.tiktok_kit import TIKTOK_SHORT_KIT
from tests.delivery.meddling import Aim, MeddledWire, marks, meddled, reason, roomy, says

from microcom.core.delivery import State
from microcom.emulator.faults import Fault
from microcom.testing.stage import Kit, Stage, stages

TEN = tuple(f"Part {number}" for number in range(10))
KITS = {"x": X_MEDIA_KIT, "pinterest": PINTEREST_KIT, "tiktok": TIKTOK_SHORT_KIT}
HOUR = timedelta(hours=1)


class Unplugged(MeddledWire):
    """A network on which connections fail while somebody says so."""

    fails: Callable[[], bool] = staticmethod(lambda: False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry a call, unless there is no network."""
        if self.fails():
            message = "[Errno -3] Temporary failure in name resolution"
            raise httpx.ConnectError(message, request=request)
        return super().handle_request(request)


def unplugged(stage: Stage, fails: Callable[[], bool]) -> None:
    """Put a wire into a stage that fails while ``fails`` says so."""
    wire = Unplugged(stage)
    wire.fails = fails
    stage.wire = wire


@pytest.fixture(params=KITS)
def any_stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Return each platform's account, whose posts need calls before the one that publishes."""
    yield from on(KITS[request.param], tmp_path)


@pytest.fixture
def busy_pins(tmp_path: Path) -> Iterator[Stage]:
    """Return Pinterest's account, which no ceiling stops."""
    yield from on(roomy(PINTEREST_KIT), tmp_path)


def on(kit: Kit, folder: Path) -> Iterator[Stage]:
    """Yield a stage of a kit."""
    with stages(kit, folder) as make:
        yield make()


# --- failures in a row, and failures one by one ---------------------------------------------------


def test_a_thread_whose_every_part_stumbles_once(stage: Stage) -> None:
    """Ten parts, each of which gets its connection at the second try, are all out."""
    turns = iter(range(10**6))
    unplugged(stage, lambda: next(turns) % 2 == 0)
    ended = stage.play(stage.queue(*TEN))
    assert (ended.state, stage.published()) == (State.PUBLISHED, list(TEN))
    assert stage.sends() == 10


def test_patience_does_not_wear_a_delivery_out(busy_pins: Stage) -> None:
    """Asked to wait eight times, and then busy for a moment, a pin still goes out."""
    faults = busy_pins.emulator.faults
    faults.arm(Fault("create_pin", "429", count=8), Fault("create_pin", "busy", skip=8))
    ended = busy_pins.play(busy_pins.queue())
    assert (ended.state, len(busy_pins.published())) == (State.PUBLISHED, 1)
    assert busy_pins.sends() == 10


def test_a_board_that_moved_after_a_busy_moment(pins: Stage) -> None:
    """Busy first and gone then, the board is looked up by its name all the same."""
    pins.emulator.faults.arm(Fault("create_pin", "busy"), Fault("create_pin", "no-board", skip=1))
    ended = pins.play(pins.queue())
    assert (ended.state, len(pins.published()), pins.sends()) == (State.PUBLISHED, 1, 3)


# --- an hour in which nothing works ---------------------------------------------------------------


def test_an_hour_without_a_network(any_stage: Stage) -> None:
    """A machine that is cut off for an hour sends what was due when it is back, once."""
    stage = any_stage
    end = stage.clock.now() + HOUR
    unplugged(stage, lambda: stage.clock.now() < end)
    ended = stage.play(stage.queue())
    assert (ended.state, ended.reason) == (State.PUBLISHED, None)
    assert stage.published() == list(stage.kit.parts)


def test_an_hour_of_503_to_every_call(any_stage: Stage) -> None:
    """A platform of which nothing works for an hour, lookups and uploads included, loses none."""
    stage = any_stage
    end = stage.clock.now() + HOUR
    wire = meddled(stage)
    failure = says(stage, 503, "Service Unavailable")
    for method in ("GET", "POST", "PUT"):
        wire.instead.append((While(lambda: stage.clock.now() < end, method), failure))
    ended = stage.play(stage.queue())
    assert (ended.state, ended.reason) == (State.PUBLISHED, None)
    assert stage.published() == list(stage.kit.parts)


class While(Aim):
    """Every call of a method, as long as something is so."""

    def __init__(self, is_so: Callable[[], bool], method: str) -> None:
        super().__init__(method)
        self._is_so = is_so

    def meets(self, request: httpx.Request) -> bool:
        """Say whether a call is meant."""
        return request.method == self.method and self._is_so()


# --- looks that fail ------------------------------------------------------------------------------


def in_doubt(stage: Stage) -> None:
    """Let a post be in doubt whose answer was lost, until its first look is due."""
    stage.wire.arm("lost_reply", method="POST")
    stage.queue("One")
    stage.work()
    stage.clock.sleep(16)


@pytest.mark.parametrize("kind", ["503-before", "garbage", "cut", "foreign"])
def test_a_look_that_fails_is_made_again_in_a_minute(stage: Stage, kind: str) -> None:
    """What a failed look saw proves nothing: the post stays in doubt, and is found by the next."""
    in_doubt(stage)
    stage.emulator.faults.arm(Fault("user_posts", kind))
    stage.work()
    (delivery,) = [stage.store.queue.find(1)]
    assert delivery is not None
    assert (delivery.state, marks(stage, delivery)) == (State.IN_DOUBT, ["open"])
    assert "post:0 may have gone out: could not look" in reason(stage, delivery)
    assert delivery.wake == stage.clock.now() + timedelta(minutes=1)
    ended = stage.play(delivery)
    assert (ended.state, stage.published(), stage.sends()) == (State.PUBLISHED, ["One"], 1)


def test_a_look_that_is_asked_to_wait(stage: Stage) -> None:
    """X asks to wait a quarter of an hour at the look: no second look is made before."""
    in_doubt(stage)
    stage.emulator.faults.arm(Fault("user_posts", "429"))
    stage.work()
    looks = len(stage.wire.calls)
    for _ in range(14):
        stage.clock.sleep(60)
        stage.work()
    assert len(stage.wire.calls) == looks
    delivery = stage.store.queue.find(1)
    assert delivery is not None
    assert stage.play(delivery).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["One"], 1)


def test_a_look_with_a_login_that_was_ended(stage: Stage) -> None:
    """A look that is refused for its token parks the account, and is not made each minute."""
    in_doubt(stage)
    stage.emulator.faults.arm(Fault("user_posts", "401", count=None))
    stage.work()
    (stop,) = stage.store.accounts.stops()
    assert (stop.scope, stop.state) == ("account", "parked")
    looks = len(stage.wire.calls)
    for _ in range(10):
        stage.clock.sleep(60)
        stage.work()
    assert len(stage.wire.calls) == looks


def test_a_doubt_waits_for_a_login(stage: Stage) -> None:
    """However long nobody can look, the post stays in doubt; after a login it is found."""
    in_doubt(stage)
    stage.emulator.faults.arm(Fault("user_posts", "401", count=None))
    for _ in range(10):
        stage.work()
        stage.clock.sleep(60)
    delivery = stage.store.queue.find(1)
    assert delivery is not None
    assert (delivery.state, marks(stage, delivery)) == (State.IN_DOUBT, ["open"])
    assert (stage.published(), stage.sends()) == (["One"], 1)
    stage.emulator.faults.clear()
    stage.log_in()
    assert stage.play(delivery).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["One"], 0)  # logging in forgets what was sent


def test_one_probe_wakes_the_app(stage: Stage) -> None:
    """An app that rests after a 503 is woken by one call, and then everything due leaves."""
    queued = [stage.queue(f"Text {number}") for number in range(5)]
    stage.emulator.faults.arm(Fault("create_post", "503-before"))
    stage.work()
    assert stage.sends() == 1
    stage.clock.sleep(61)
    stage.work()
    assert stage.sends() == 5  # the other four, one after the other
    assert {stage.play(one).state for one in queued} == {State.PUBLISHED}
    assert (len(stage.published()), stage.sends()) == (5, 6)
