"""Files that are not taken, not finished, or whose upload lapses half-way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conformance.kits import X_MEDIA_KIT
from tests.conformance.pinterest_kit import PINTEREST_VIDEO_KIT
from tests.conformance.tiktok_kit import TIKTOK_KIT, TIKTOK_SHORT_KIT, filmed
from tests.delivery.meddling import HTML, Aim, marks, meddled, reason, says

from microcom.core.delivery import State
from microcom.platforms.pinterest.emulator import PinterestEmulator
from microcom.platforms.tiktok.emulator import TikTokEmulator
from microcom.platforms.x.emulator import XEmulator
from microcom.testing.stage import Kit, Stage, stages

MEBIBYTE = 1024 * 1024
KITS = {"x": X_MEDIA_KIT, "pinterest": PINTEREST_VIDEO_KIT, "tiktok": TIKTOK_SHORT_KIT}
LONG_KIT = replace(
    TIKTOK_KIT,
    content=lambda parts, keep: filmed(parts, keep, b"\0\0\0\x20ftypisom" + bytes(16 * MEBIBYTE)),
    wire={"method": "PUT", "nth": 3},
    first=3,
    before=4,
)
"""A film of three chunks."""


def on(kit: Kit, folder: Path) -> Iterator[Stage]:
    """Yield a stage of a kit."""
    with stages(kit, folder) as make:
        yield make()


@pytest.fixture(params=KITS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Return each platform's account, whose posts have a video."""
    yield from on(KITS[request.param], tmp_path)


@pytest.fixture
def long_film(tmp_path: Path) -> Iterator[Stage]:
    """Return TikTok's account, whose posts are a video of three chunks."""
    yield from on(LONG_KIT, tmp_path)


@pytest.fixture
def pinned_film(tmp_path: Path) -> Iterator[Stage]:
    """Return Pinterest's account, whose pins are a video."""
    yield from on(PINTEREST_VIDEO_KIT, tmp_path)


def spoil(stage: Stage) -> None:
    """Let the service find that no file is what it should be."""
    service = stage.emulator
    if isinstance(service, TikTokEmulator):
        service.probe = lambda _: None
    elif isinstance(service, PinterestEmulator):
        service.uploads = type(service.uploads)(service.blobs, lambda _: None, service.digest)
    elif isinstance(service, XEmulator):
        service.uploads = type(service.uploads)(service.blobs, lambda _: None)


def keep_busy(stage: Stage) -> None:
    """Let the service work on each file for ever."""
    service = stage.emulator
    if isinstance(service, TikTokEmulator):
        service.polls = 10**9
    elif isinstance(service, PinterestEmulator | XEmulator):
        service.uploads.polls = 10**9


def works(stage: Stage) -> int:
    """Return how many uploads were announced to TikTok."""
    assert isinstance(stage.emulator, TikTokEmulator)
    return len(stage.emulator.works)


FAILED = {
    "x": "X could not process the file. Convert it: MP4 with H.264 video",
    "pinterest": "Pinterest could not process the video, and does not say why.",
    "tiktok": "TikTok does not take the video for its format.",
}


def test_a_file_that_is_not_taken(stage: Stage) -> None:
    """A file that fails in processing fails the delivery in words, once; nothing is out."""
    spoil(stage)
    delivery = stage.queue()
    ended = stage.play(delivery)
    name = stage.kit.platform.name
    assert (ended.state, ended.attempt) == (State.FAILED, 1)
    assert FAILED[name] in reason(stage, delivery)
    assert stage.published() == []
    # TikTok judges what it was given whole: its last chunk had left, and is answered.
    assert stage.sends() == (1 if name == "tiktok" else 0)
    assert marks(stage, delivery) == (["answered"] if name == "tiktok" else [])


SLOW = {
    "x": ("X is still processing the file after 10 minutes.", 10),
    "pinterest": ("Pinterest is still processing the video after 15 minutes.", 15),
}


@pytest.mark.parametrize("stage", SLOW, indirect=True)
def test_a_file_that_is_never_finished(stage: Stage) -> None:
    """A file that is worked on for ever fails the delivery after thirteen tries; no post leaves."""
    keep_busy(stage)
    aim = Aim("GET", "/2/media/upload", count=99)
    meddled(stage).after.append((aim, lambda: stage.clock.sleep(20)))  # X answers slowly, too
    words, minutes = SLOW[stage.kit.platform.name]
    began = stage.clock.now()
    delivery = stage.queue()
    while not stage.now(delivery).tries:
        stage.work()
        stage.clock.reach(stage.store.lanes.next_wake() or stage.clock.now())
    waiting = stage.now(delivery)
    assert (waiting.state, waiting.reason) == (State.QUEUED, words)
    assert stage.clock.now() - began > timedelta(minutes=minutes)
    ended = stage.play(delivery)
    assert (ended.state, ended.reason, ended.tries) == (State.FAILED, words, 12)
    assert (stage.sends(), stage.published(), marks(stage, delivery)) == (0, [], [])
    asked = sum(call.method == "GET" for call in stage.wire.calls)
    assert asked < 100
    assert stage.clock.now() - began < timedelta(hours=2)


def test_a_post_that_tiktok_never_calls_live(tmp_path: Path) -> None:
    """Taken and worked on for a week, it is for a person; it is not sent again by anybody."""
    for stage in on(TIKTOK_SHORT_KIT, tmp_path):
        keep_busy(stage)
        delivery = stage.queue()
        stage.work()
        stage.clock.sleep(timedelta(days=6, hours=20).total_seconds())
        assert stage.now(delivery).state is State.PROCESSING
        ended = stage.play(delivery)
        assert (ended.state, ended.wake) == (State.PARTIAL, None)
        assert "TikTok took it 7 days ago and has not said that it is live." in (ended.reason or "")
        assert "microcom queue finish" in (ended.reason or "")
        assert (len(stage.published()), stage.sends(), works(stage)) == (1, 1, 1)
        assert stage.store.people.finish(ended).delivery.state is State.PUBLISHED
        assert (len(stage.published()), stage.sends()) == (1, 1)


# --- uploads that lapse ---------------------------------------------------------------------------


def test_an_address_that_lapsed_half_way(long_film: Stage) -> None:
    """After an hour TikTok refuses the second chunk: announced anew, all chunks again, out once."""
    delivery = long_film.queue()
    long_film.die(4, "before leave")
    long_film.work_and_die()
    assert (long_film.sends(), works(long_film)) == (1, 1)
    long_film.clock.sleep(3600)
    ended = long_film.play(delivery)
    assert (ended.state, len(long_film.published()), works(long_film)) == (State.PUBLISHED, 1, 2)
    assert long_film.sends() == 1 + 1 + 3  # the first, the refused second, and all of them
    assert marks(long_film, delivery) == ["answered"]


def test_an_address_that_lapses_again(long_film: Stage) -> None:
    """Refused again after it was announced anew, the delivery has failed; nothing is out."""
    aim = Aim("PUT", nth=2, count=99)
    meddled(long_film).instead.append((aim, says(long_film, 404)))
    delivery = long_film.queue()
    ended = long_film.play(delivery)
    assert (ended.state, works(long_film)) == (State.FAILED, 2)
    assert "The upload lapsed again" in reason(long_film, delivery)
    assert (long_film.published(), long_film.sends(), marks(long_film, delivery)) == ([], 3, [])


def test_a_form_of_pinterests_that_lapsed(pinned_film: Stage) -> None:
    """A form that the bucket no longer takes is asked for anew: one pin, the video sent once."""
    delivery = pinned_film.queue()
    pinned_film.die(3, "before leave")
    pinned_film.work_and_die()
    pinned_film.clock.sleep(3600)
    ended = pinned_film.play(delivery)
    assert (ended.state, len(pinned_film.published()), pinned_film.sends()) == (
        State.PUBLISHED,
        1,
        1,
    )
    registered = sum(call.url.endswith("/v5/media") for call in pinned_film.wire.calls)
    assert registered == 2


def test_a_chunk_that_tiktok_has_already(film: Stage) -> None:
    """A chunk whose answer was lost is answered 416 when sent again: TikTok has it, it goes on."""
    film.wire.arm("lost_reply", method="PUT", nth=1)
    delivery = film.queue()
    film.work()
    waiting = film.now(delivery)
    assert (waiting.state, waiting.tries) == (State.QUEUED, 1)
    assert "did not answer in full" in (waiting.reason or "")
    ended = film.play(delivery)
    assert (ended.state, len(film.published()), works(film)) == (State.PUBLISHED, 1, 1)
    assert film.sends() == 3


def test_a_chunk_that_tiktok_misses(film: Stage) -> None:
    """416 to a chunk that TikTok does not have means that it lost the rest: announced anew."""
    meddled(film).instead.append((Aim("PUT"), says(film, 416)))
    delivery = film.queue()
    ended = film.play(delivery)
    assert (ended.state, len(film.published()), works(film)) == (State.PUBLISHED, 1, 2)
    assert (film.sends(), marks(film, delivery)) == (3, ["answered"])


def test_a_chunk_that_a_page_answers(film: Stage) -> None:
    """A proxy's page to a chunk is tried again: it publishes nothing, so there is no doubt."""
    meddled(film).instead.append((Aim("PUT", count=2), says(film, 502, HTML)))
    delivery = film.queue()
    film.work()
    assert "tiktok answered chunk:0:0 with 502 and nothing readable." in reason(film, delivery)
    ended = film.play(delivery)
    assert (ended.state, len(film.published()), works(film)) == (State.PUBLISHED, 1, 1)
    assert film.sends() == 4
