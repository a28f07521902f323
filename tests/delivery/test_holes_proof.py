"""Holes 1, 2, 8 and 13: what proves that a post is out, or that it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from tests.conformance.pinterest_kit import PINTEREST_KIT
from tests.delivery.meddling import marks, reason

from microcom.core.delivery import State
from microcom.core.media import Media, MediaKind
from microcom.core.post import Snapshot
from microcom.emulator.faults import Fault
from microcom.platforms.pinterest.emulator import PinterestEmulator
from microcom.platforms.pinterest.emulator.people import Pin
from microcom.platforms.x.emulator import XEmulator
from microcom.testing.stage import Keep, Stage, stages

PARTS = ("One", "Two", "Three")


class OldestFirst(PinterestEmulator):
    """A Pinterest that lists pins in the order they were made."""

    def _veiled(self, request: object, pins: list[Pin]) -> list[Pin]:
        del request
        return pins


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Stage]:
    """Return Pinterest's account of a shop: each pin another picture, one title, one link."""
    number = count()

    def another(parts: tuple[str, ...], keep: Keep) -> Snapshot:
        facts = Media("", 0, "image/png", MediaKind.IMAGE, 1000, 1500, name="a.png")
        picture = b"\x89PNG\r\n\x1a\n picture %d" % next(number)
        return Snapshot(parts, (keep(picture, facts),), "A cup", "https://acme.example/cup")

    kit = replace(PINTEREST_KIT, content=another, emulator=lambda clock: OldestFirst(clock=clock))
    with stages(kit, tmp_path) as make:
        yield make()


def of_pinterest(stage: Stage) -> PinterestEmulator:
    """Return the emulated Pinterest."""
    assert isinstance(stage.emulator, PinterestEmulator)
    return stage.emulator


# --- 1: absence is believed too easily ------------------------------------------------------------


@pytest.mark.parametrize("minutes", [-5, 5])
def test_hole_01_a_clock_that_is_minutes_off(make: Callable[..., Stage], minutes: int) -> None:
    """A post whose answer was lost is found although the platform's clock is not ours."""
    stage = make(ahead=timedelta(minutes=minutes))
    stage.wire.arm("lost_reply", method="POST")
    ended = stage.play(stage.queue("One"))
    assert (ended.state, stage.published(), stage.sends()) == (State.PUBLISHED, ["One"], 1)


def test_hole_01_a_board_of_hundreds_listed_oldest_first(shop: Stage) -> None:
    """A pin at the end of a board of 800, on its fourth page, is found: the board is read whole."""
    service = of_pinterest(shop)
    me = service.person(shop.kit.account.name)
    board = me.called("Latte art")
    old = board.pins[0]
    for _ in range(800):
        service.people.pin(me, board, board.sections[0], old.new, old.at, by_hand=True)
    shop.wire.arm("lost_reply", **shop.kit.wire)
    ended = shop.play(shop.queue())
    assert (ended.state, len(shop.published()), shop.sends()) == (State.PUBLISHED, 1, 1)


def test_hole_01_a_link_that_pinterest_rewrote(pins: Stage) -> None:
    """A pin that is there but reads otherwise is unexplained: a person is asked, none is made."""
    pins.wire.arm("lost_reply", **pins.kit.wire)
    delivery = pins.queue()
    pins.work()
    (made,) = [pin for pin in of_pinterest(pins).people.pins.values() if not pin.by_hand]
    made.new = replace(made.new, link="https://pin.it/abc", title="A  Tulip!")
    ended = pins.play(delivery)
    assert (ended.state, ended.wake) == (State.IN_DOUBT, None)
    assert "a post that nobody here made stands where this one would" in reason(pins, delivery)
    assert "https://www.pinterest.com/acme_pins" in reason(pins, delivery)
    assert (len(pins.published()), pins.sends(), marks(pins, delivery)) == (1, 1, ["open"])


@pytest.mark.parametrize("landed", [True, False])
def test_hole_01_a_listing_that_answers_200_with_nothing(stage: Stage, *, landed: bool) -> None:
    """A timeline that does not even show what is known to exist proves nothing, however empty."""
    stage.emulator.faults.arm(Fault("user_posts", "empty", count=None))
    stage.wire.arm("lost_reply" if landed else "lost_request", method="POST")
    delivery = stage.queue("One")
    ended = stage.play(delivery)
    assert (ended.state, ended.wake, stage.sends()) == (State.IN_DOUBT, None, 1)
    assert "does not show a post that is known to exist" in reason(stage, delivery)
    assert stage.published() == (["One"] if landed else [])


# --- 2: a thread stops where it was doubtful ------------------------------------------------------


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_hole_02_a_thread_goes_on_after_its_doubt(stage: Stage, nth: int) -> None:
    """The lost reply to a part is found again, and the parts after it hang on the right one."""
    stage.wire.arm("lost_reply", method="POST", nth=nth)
    ended = stage.play(stage.queue(*PARTS))
    assert (ended.state, stage.published(), stage.sends()) == (State.PUBLISHED, list(PARTS), 3)
    first, second, third = stage.emulator.ledger()
    assert (second["in_reply_to"], third["in_reply_to"]) == (
        first["remote_id"],
        second["remote_id"],
    )
    assert ended.remote_id == first["remote_id"]


def test_hole_02_a_video_is_still_waited_for(clip: Stage) -> None:
    """After the last chunk is found to have come, TikTok is asked until it says "live"."""
    clip.wire.arm("lost_reply", **clip.kit.wire)
    delivery = clip.queue()
    clip.work()
    assert clip.now(delivery).state is State.IN_DOUBT
    ended = clip.play(delivery)
    assert (ended.state, len(clip.published()), clip.sends()) == (State.PUBLISHED, 1, 1)
    assert (ended.remote_id or "").isdigit()  # the post's own id, which only "live" brings


# --- 8: a post is not this post -------------------------------------------------------------------


def test_hole_08_a_duplicate_is_no_proof(stage: Stage) -> None:
    """X refuses the second send for an older post of the same words: a person is asked."""
    service = stage.emulator
    assert isinstance(service, XEmulator)
    text = "Good morning Friday!"
    service.people.write(service.person("acme-x"), text, service.clock(), by_hand=True)
    stage.clock.sleep(3600)
    stage.wire.arm("lost_request", method="POST")
    delivery = stage.queue(text)
    ended = stage.play(delivery)
    assert (ended.state, ended.wake, ended.remote_id) == (State.IN_DOUBT, None, None)
    assert "it was not found, and the platform says that it has it" in reason(stage, delivery)
    assert (stage.published(), stage.sends()) == ([], 2)
    assert marks(stage, delivery) == ["absent", "open"]


@pytest.mark.parametrize("fault", ["lost_request", "lost_reply"])
def test_hole_08_two_pins_that_say_the_same(shop: Stage, fault: str) -> None:
    """The first pin belongs to the first receipt: the second one is found or sent by itself."""
    first = shop.queue()
    shop.play(first)
    shop.clock.sleep(30)
    shop.wire.arm(fault, **shop.kit.wire)
    ended = shop.play(shop.queue(again=True))
    assert ended.state is State.PUBLISHED
    assert ended.remote_id != shop.now(first).remote_id
    assert len(shop.published()) == 2
    assert len({str(one["media"]) for one in shop.emulator.ledger()}) == 2
    assert shop.sends() == (3 if fault == "lost_request" else 2)


def test_a_pin_of_ours_that_a_board_counts_and_does_not_show_yet(pins: Stage) -> None:
    """While a younger pin may still have to appear, the board is looked at again: nobody is asked.

    Seeds 6674 and 8636 of the simulation.
    """
    assert pins.play(pins.queue("Before")).state is State.PUBLISHED
    pins.clock.sleep(7200)
    pins.wire.arm("lost_request", **pins.kit.wire)
    lost = pins.queue("Lost")
    for listing in ("board_pins", "section_pins"):
        pins.emulator.faults.arm(Fault(listing, "lag", count=None, seconds=250))
    young = pins.queue("Young", due=pins.clock.now() + timedelta(seconds=380))
    ended = pins.play(lost)
    assert (ended.state, ended.reason) == (State.PUBLISHED, None)
    assert pins.now(young).state is State.PUBLISHED
    assert (pins.published(), pins.sends()) == (["Before", "Young", "Lost"], 4)


# --- 13: a mark is history ------------------------------------------------------------------------


def test_hole_13_marks_are_closed_and_stay(stage: Stage) -> None:
    """Three sends in all, whoever died between them; each is kept with its state and cause."""
    stage.wire.arm("lost_request", method="POST", count=9)
    delivery = stage.queue("One")
    for _ in range(9):
        stage.work()
        stage.rise()
        wake = stage.store.lanes.next_wake()
        if wake is not None:
            stage.clock.reach(wake)
    ended = stage.now(delivery)
    assert (ended.state, stage.sends(), stage.published()) == (State.FAILED, 3, [])
    assert ended.reason == "sent three times without effect"
    found = stage.pages(delivery).marks
    assert [(one.state, one.send) for one in found] == [(("absent"), n) for n in (1, 2, 3)]
    assert all("nothing unexplained" in (one.cause or "") for one in found)


def test_hole_13_a_first_send_that_arrives_very_late(stage: Stage) -> None:
    """Looking for the second send goes back to the first: what arrived late is found, not made."""
    stage.wire.arm("stall", method="POST", nth=1)
    stage.wire.arm("lost_request", method="POST", nth=2, count=9)
    delivery = stage.queue("One")
    while stage.sends() < 2:
        stage.work()
        stage.clock.reach(stage.store.lanes.next_wake() or stage.clock.now())
    assert stage.wire.deliver_late() == 1
    ended = stage.play(delivery)
    assert (ended.state, stage.published(), stage.sends()) == (State.PUBLISHED, ["One"], 2)
    assert marks(stage, delivery) == ["absent", "answered"]


def test_hole_13_a_retry_remembers_what_is_out(stage: Stage) -> None:
    """A person's retry of a thread that stopped sends what is not out, and keeps every mark."""
    stage.wire.arm("lost_request", method="POST", nth=2, count=3)
    delivery = stage.queue(*PARTS)
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (State.PARTIAL, ["One"])
    stage.store.people.retry(ended, stage.clock.now())
    assert stage.play(delivery).state is State.PUBLISHED
    assert stage.published() == list(PARTS)
    assert marks(stage, delivery) == ["answered", *["absent"] * 3, "answered", "answered"]
