"""Hole 12: TikTok's last chunk is what publishes, and TikTok says no in ways of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conformance.tiktok_kit import FILM, TIKTOK_SHORT_KIT
from tests.delivery.meddling import Aim, marks, meddled, reason, says

from microcom.core.delivery import State
from microcom.emulator.call import Answer, Request
from microcom.emulator.faults import Fault
from microcom.platforms.tiktok.chunks import cut
from microcom.platforms.tiktok.emulator import TikTokEmulator
from microcom.platforms.tiktok.emulator.said import said
from microcom.testing.stage import Stage, stages


class Lagging(TikTokEmulator):
    """A TikTok that says of the first ten minutes that it does not have the last chunk."""

    def _status(self, request: Request) -> Answer:
        answer = super()._status(request)
        work = next(iter(self.works.values()))
        if request.at - work.begun < timedelta(minutes=10):
            return said({"status": "PROCESSING_UPLOAD", "uploaded_bytes": 0})
        return answer


@pytest.fixture
def lagging(tmp_path: Path) -> Iterator[Stage]:
    """Return TikTok's account at a TikTok that lags behind itself."""
    kit = replace(TIKTOK_SHORT_KIT, emulator=lambda clock: Lagging(clock=clock))
    with stages(kit, tmp_path) as make:
        yield make()


def works(stage: Stage) -> int:
    """Return how many uploads were announced to TikTok."""
    assert isinstance(stage.emulator, TikTokEmulator)
    return len(stage.emulator.works)


def test_hole_12_a_count_of_bytes_that_lags(lagging: Stage) -> None:
    """Sent once more, the last chunk is answered 416: that is doubt, and no second video."""
    wire = lagging.wire
    wire.arm("lost_reply", **lagging.kit.wire)
    delivery = lagging.queue()
    ended = lagging.play(delivery)
    assert (ended.state, len(lagging.published()), works(lagging)) == (State.PUBLISHED, 1, 1)
    assert marks(lagging, delivery) == ["absent", "answered"]
    assert lagging.sends() == 2  # the last chunk, which is the first, twice


@pytest.mark.parametrize("status", [403, 404, 416])
def test_hole_12_a_refused_last_chunk_is_doubt(clip: Stage, status: int) -> None:
    """403, 404 and 416 to a marked chunk are no refusal: TikTok is asked what it has."""
    aim = Aim("PUT")
    meddled(clip).instead.append((aim, says(clip, status)))
    delivery = clip.queue()
    clip.work()
    assert (clip.now(delivery).state, marks(clip, delivery)) == (State.IN_DOUBT, ["open"])
    assert f"tiktok answered chunk:0:0 with {status}, not in its own words" in reason(
        clip, delivery
    )
    ended = clip.play(delivery)
    assert (ended.state, marks(clip, delivery)) == (State.FAILED, ["absent"])
    assert "it surely did not go out" in (ended.reason or "")
    assert (clip.published(), clip.sends(), works(clip)) == ([], 1, 1)


def test_hole_12_a_failure_after_acceptance_begins_anew(clip: Stage) -> None:
    """FAILED: internal after the 201 ends the attempt; the next one announces a new upload."""
    service = clip.emulator
    assert isinstance(service, TikTokEmulator)
    service.polls = 3

    def fail() -> None:
        next(iter(service.works.values())).fail_reason = "internal"

    meddled(clip).after.append((Aim("PUT"), fail))
    ended = clip.play(clip.queue())
    assert (ended.state, ended.attempt, works(clip)) == (State.PUBLISHED, 2, 2)
    assert (len(clip.published()), clip.sends()) == (1, 2)


def test_hole_12_a_failure_that_stays_ends_after_three(clip: Stage) -> None:
    """A video that TikTok fails each time is announced three times, then the delivery fails."""
    service = clip.emulator
    assert isinstance(service, TikTokEmulator)

    def fail() -> None:
        for work in service.works.values():
            work.fail_reason = "internal"

    meddled(clip).after.append((Aim("PUT", count=99), fail))
    delivery = clip.queue()
    ended = clip.play(delivery)
    assert (ended.state, ended.attempt, works(clip)) == (State.FAILED, 3, 3)
    assert "TikTok could not process it (internal)" in reason(clip, delivery)
    assert (clip.published(), clip.sends()) == ([], 3)


def test_hole_12_the_last_chunk_is_small(film: Stage) -> None:
    """From ten mebibytes on there are two chunks or more, and all but the last go up before."""
    for size in (len(FILM), 64_000_000, 600_000_000, 4_000_000_000):
        chunks = cut(size)
        start, stop = chunks.bounds(chunks.count - 1)
        assert chunks.count >= 2
        assert stop - start < 2 * chunks.size
    delivery = film.queue()
    film.die(film.kit.before + 1, "before leave")
    film.work_and_die()
    assert marks(film, delivery) == []
    assert film.play(delivery).state is State.PUBLISHED
    assert (film.sends(), len(film.published())) == (2, 1)  # no chunk went up twice


def test_hole_12_a_refusal_with_200(clip: Stage) -> None:
    """TikTok's daily cap comes with status 200: the account rests a day, and nothing is sent."""
    clip.emulator.faults.arm(Fault("creator_info", "cap-with-200"))
    delivery = clip.queue()
    clip.work()
    (stop,) = clip.store.accounts.stops()
    assert (stop.scope, stop.state) == ("account", "parked")
    assert stop.until == clip.clock.now() + timedelta(hours=24)
    assert "The account has posted as much as TikTok lets tools post in a day" in stop.reason
    assert (clip.now(delivery).state, clip.sends(), works(clip)) == (State.QUEUED, 0, 0)
    ended = clip.play(delivery)
    assert (ended.state, clip.published()) == (State.HELD, [])
    assert "24 h 00 min late" in (ended.reason or "")
    released = clip.store.people.release(ended, clip.clock.now()).delivery
    assert clip.play(released).state is State.PUBLISHED
    assert len(clip.published()) == 1
