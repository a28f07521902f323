"""Staging: files go up before a post is due, and at its second nothing but the post leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.conformance.kits import X_MEDIA_KIT
from tests.conformance.pinterest_kit import PINTEREST_KIT, PINTEREST_VIDEO_KIT
from tests.conformance.tiktok_kit import TIKTOK_KIT
from tests.delivery.meddling import Aim, meddled

from microcom.core.account import STAGE
from microcom.core.delivery import Delivery, State
from microcom.emulator.faults import Fault
from microcom.platforms.x.emulator import XEmulator
from microcom.testing.stage import Stage, in_text, stages

KITS = {
    "x": X_MEDIA_KIT,
    "pinterest": PINTEREST_KIT,
    "pinterest-video": PINTEREST_VIDEO_KIT,
    "tiktok": TIKTOK_KIT,
}
HOUR = timedelta(hours=1)
TEXT = "Now"


@pytest.fixture(params=KITS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Return each platform's account, whose posts have files."""
    with stages(KITS[request.param], tmp_path) as make:
        yield make()


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[Stage]:
    """Return X's account, whose posts have uploads before them."""
    with stages(X_MEDIA_KIT, tmp_path) as make:
        yield make()


def planned(stage: Stage) -> Delivery:
    """Queue a post for in an hour, and let time pass until it is staged."""
    delivery = stage.queue(due=stage.clock.now() + HOUR, ahead=STAGE)
    stage.work()
    assert stage.wire.calls == []  # an hour before, nothing of it leaves
    stage.clock.reach(delivery.due - STAGE)
    stage.work()
    while (wake := stage.now(delivery).wake) is not None and wake < delivery.due:
        stage.clock.reach(wake)
        stage.work()
    return stage.now(delivery)


def first_out(stage: Stage) -> datetime:
    """Return when the first post went out that nobody made by hand."""
    return next(one.at for one in stage.emulator.published() if not one.by_hand)


def test_files_go_up_before_a_post_is_due(stage: Stage) -> None:
    """Ten minutes before its time everything but the post leaves; at its second, nothing else."""
    delivery = planned(stage)
    assert (delivery.state, delivery.wake, delivery.reason) == (State.STAGED, delivery.due, None)
    assert stage.published() == []
    stage.wire.calls.clear()
    stage.clock.reach(delivery.due)
    stage.work()
    first = stage.wire.calls[0]
    assert first.method == stage.kit.wire["method"]
    assert first.url.endswith(str(stage.kit.wire.get("path", "")))
    assert stage.play(delivery).state is State.PUBLISHED
    assert first_out(stage) == delivery.due
    assert len(stage.published()) == len(stage.kit.parts)


def test_staging_is_never_a_reason_to_post_early(stage: Stage) -> None:
    """A worker that looks each minute of those ten sends nothing that people see."""
    delivery = stage.queue(due=stage.clock.now() + STAGE, ahead=STAGE)
    for _ in range(10):
        stage.work()
        assert stage.published() == []
        stage.clock.sleep(59)
    assert stage.now(delivery).state is State.STAGED


def test_an_upload_that_fails_ahead_is_tried_again_ahead(pictures: Stage) -> None:
    """A busy moment while files go up costs the post no second: it is tried again before."""
    pictures.emulator.faults.arm(Fault("append", "503-before", count=2))
    delivery = planned(pictures)
    assert delivery.state is State.STAGED
    assert pictures.play(delivery).state is State.PUBLISHED
    assert first_out(pictures) == delivery.due


def test_a_post_that_waited_beyond_the_life_of_its_upload(pictures: Stage) -> None:
    """Held up for longer than X keeps an upload, a staged post's files go up once more."""
    delivery = planned(pictures)
    pictures.store.accounts.park("acme-x", "a rest", by_person=True)
    pictures.clock.reach(delivery.due + timedelta(hours=23))
    pictures.store.accounts.resume("acme-x")
    held = pictures.play(delivery)
    assert held.state is State.HELD  # the missed policy first
    pictures.store.people.release(held, pictures.clock.now())
    assert pictures.play(delivery).state is State.PUBLISHED
    uploads = [call for call in pictures.wire.calls if call.url.endswith("/media/upload")]
    assert sum(call.method == "POST" for call in uploads) == 4  # two pictures, each twice


@pytest.mark.parametrize("nth", [1, 3, 5, 8])
def test_what_is_due_goes_before_staging_between_any_two_calls(pictures: Stage, nth: int) -> None:
    """A post that falls due while another's files go up leaves after the call in flight."""
    wire = meddled(pictures)
    staged = pictures.queue(due=pictures.clock.now() + STAGE, ahead=STAGE)
    at = len(pictures.wire.calls) + nth
    begun: list[int] = []

    def falls_due() -> None:
        if len(pictures.wire.calls) >= at and not begun:
            begun.append(len(pictures.wire.calls))
            say(pictures, TEXT)

    wire.after.append((Aim(method="POST", count=99), falls_due))
    pictures.work()
    texts = [number for number, call in enumerate(wire.calls) if call.url.endswith("/2/tweets")]
    assert texts == begun  # the very next call
    assert pictures.published() == [TEXT]
    assert pictures.play(staged).state is State.PUBLISHED
    assert first_of(pictures, X_MEDIA_KIT.parts[0]) == staged.due


def test_staging_gives_way_and_goes_on_where_it_was(pictures: Stage) -> None:
    """Files that were up when others came first do not go up again."""
    wire = meddled(pictures)
    staged = pictures.queue(due=pictures.clock.now() + STAGE, ahead=STAGE)
    wire.after.append((Aim(path="/append"), lambda: say(pictures, TEXT)))
    assert pictures.play(staged).state is State.PUBLISHED
    appended = sum(call.url.endswith("/append") for call in wire.calls)
    assert appended == 3  # a film of three chunks, each once
    assert pictures.published() == [TEXT, *X_MEDIA_KIT.parts]


def test_a_process_that_died_while_staging(pictures: Stage) -> None:
    """The next process goes on with the uploads, and the post leaves at its time, once."""
    due = pictures.clock.now() + STAGE
    delivery = pictures.queue(due=due, ahead=STAGE)
    pictures.die(4, "after")
    pictures.work_and_die()
    assert pictures.play(delivery).state is State.PUBLISHED
    assert first_out(pictures) == due
    assert pictures.published() == list(X_MEDIA_KIT.parts)


def test_a_file_in_the_works_is_staged_until_it_is_ready(pictures: Stage) -> None:
    """X works on a film for a minute before the post is due: nothing of it is waited for then."""
    assert isinstance(pictures.emulator, XEmulator)
    pictures.emulator.uploads.polls = 12
    delivery = planned(pictures)
    assert delivery.state is State.STAGED
    pictures.wire.calls.clear()
    pictures.clock.reach(delivery.due)
    pictures.work()
    assert [call.method for call in pictures.wire.calls] == ["POST", "POST"]
    assert first_out(pictures) == delivery.due


def say(stage: Stage, text: str) -> Delivery:
    """Queue a text without files, due now."""
    plain = replace(stage.kit, content=in_text)
    kit, stage.kit = stage.kit, plain
    try:
        return stage.queue(text)
    finally:
        stage.kit = kit


def first_of(stage: Stage, text: str) -> datetime:
    """Return when a text went out."""
    return next(one.at for one in stage.emulator.published() if one.text == text)
