"""What a platform with uploads and processing needs of the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.platforms.madeup.rooms import ROOMS_KIT, RoomsEmulator

from microcom.core.delivery import State
from microcom.emulator.faults import Fault
from microcom.testing.stage import POINTS, Stage, stages


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Return a maker of stages for the made-up platform's account."""
    with stages(ROOMS_KIT, tmp_path) as make:
        yield make


@pytest.fixture
def rooms(make: Callable[..., Stage]) -> Stage:
    """Return the made-up platform's account with an empty queue."""
    return make()


def service(stage: Stage) -> RoomsEmulator:
    """Return the made-up service."""
    assert isinstance(stage.emulator, RoomsEmulator)
    return stage.emulator


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_around_any_call(make: Callable[..., Stage], point: str) -> None:
    """Wherever the process dies, the text is out once or in doubt; a kept upload stays."""
    for call in range(1, 7):
        stage = make()
        delivery = stage.queue()
        stage.die(call, point)
        try:
            stage.work_and_die()
        except AssertionError:
            stage.wire.fatal = None  # fewer calls than that before the first long wait
        ended = stage.play(delivery)
        if (point, call) == ("before", 3):  # marked, never arrived, and nobody can prove it
            assert (ended.state, stage.published()) == (State.IN_DOUBT, [])
            continue
        assert stage.published() == ["Hello, room."], (call, ended.reason)
        assert ended.state is State.PUBLISHED
        assert len(service(stage).uploads) <= (2 if call == 1 else 1)


def test_processing_gives_the_lane_back(rooms: Stage) -> None:
    """A post that the platform works on is processing; the lane is free meanwhile."""
    delivery = rooms.queue()
    rooms.work()
    waiting = rooms.now(delivery)
    assert waiting.state is State.PROCESSING
    assert waiting.wake == rooms.clock.now() + timedelta(seconds=30)
    assert rooms.store.lanes.held() == []
    ended = rooms.play(delivery)
    assert ended.state is State.PUBLISHED
    assert rooms.sends() == 2  # one upload, one post


def test_a_sealed_handle_is_never_in_clear(rooms: Stage) -> None:
    """What a call declares secret is kept sealed, and nothing undeclared is kept at all."""
    rooms.emulator.faults.arm(Fault("post", "busy"))
    delivery = rooms.queue()
    rooms.work()
    kept = rooms.pages(delivery).kept["upload"]
    assert kept.reply.json() == {"upload": {"id": "1"}}
    assert kept.sealed is not None
    for file in filter(Path.is_file, rooms.folder.rglob("*")):
        assert b"hush-1" not in file.read_bytes(), file.name
    assert rooms.play(delivery).state is State.PUBLISHED
    assert len(service(rooms).uploads) == 1


def test_lapsed_handles_are_made_again_once(rooms: Stage) -> None:
    """An upload that expired while waiting is made again; the second time is the last."""
    rooms.emulator.faults.arm(Fault("post", "busy"))
    delivery = rooms.queue()
    rooms.work()
    rooms.clock.sleep(2 * 3600 - 60)
    assert rooms.play(delivery).state is State.PUBLISHED
    assert len(service(rooms).uploads) == 2
    assert rooms.published() == ["Hello, room."]


def test_another_request_is_not_answered_by_an_old_upload(rooms: Stage) -> None:
    """A kept reply whose request would differ now is made again."""
    rooms.emulator.faults.arm(Fault("post", "busy"))
    delivery = rooms.queue()
    rooms.work()
    rooms.store.db.run("UPDATE kept SET fingerprint = 'another'")
    assert rooms.play(delivery).state is State.PUBLISHED
    assert len(service(rooms).uploads) == 2


def test_what_cannot_be_proven_absent_is_put_to_a_person(rooms: Stage) -> None:
    """A lost request on a platform that cannot prove absence is never sent again."""
    rooms.wire.arm("lost_request", method="POST", path="/posts")
    ended = rooms.play(rooms.queue())
    assert (ended.state, ended.wake, rooms.published()) == (State.IN_DOUBT, None, [])
    assert "https://rooms.example/me" in (ended.reason or "")


def test_a_lost_answer_is_found_by_its_own_name(rooms: Stage) -> None:
    """Where the platform can be asked for the very thing, doubt ends by itself."""
    rooms.wire.arm("lost_reply", method="POST", path="/posts")
    assert rooms.play(rooms.queue()).state is State.PUBLISHED
    assert rooms.published() == ["Hello, room."]


def test_a_busy_service_is_tried_again(rooms: Stage) -> None:
    """A stated passing failure has no effect: it is tried again, later each time, till too late."""
    rooms.emulator.faults.arm(Fault("post", "busy", count=None))
    ended = rooms.play(rooms.queue())
    assert ended.state is State.HELD
    assert "late (missed: hold after" in (ended.reason or "")
    assert rooms.published() == []


def test_an_adapter_that_fails_stops_one_delivery(rooms: Stage) -> None:
    """An adapter's own bug fails that delivery in words, and no other."""
    platform = ROOMS_KIT.platform
    broken = rooms.queue("")
    rooms.store.db.run("""UPDATE snapshot SET body = '{"parts":[]}'""")
    assert platform.name == "rooms"
    ended = rooms.play(broken)
    assert ended.state is State.FAILED
    assert "bug" in (ended.reason or "")


@pytest.mark.parametrize(("spoiled", "state"), [(1, State.PUBLISHED), (3, State.FAILED)])
def test_what_fails_after_it_was_accepted_begins_anew(
    rooms: Stage, spoiled: int, state: State
) -> None:
    """A post that the platform accepted and then failed is made anew, twice at the most."""
    service(rooms).spoiled.update(str(number + 1) for number in range(spoiled))
    ended = rooms.play(rooms.queue())
    assert (ended.state, ended.attempt) == (state, min(spoiled + 1, 3))
    assert rooms.published() == (["Hello, room."] if state is State.PUBLISHED else [])
    assert len(service(rooms).uploads) == min(spoiled + 1, 3)


def test_a_call_that_surely_never_left_is_no_doubt(rooms: Stage) -> None:
    """A mark whose connection then turns out never to have stood is closed as unsent."""
    rooms.wire.unplug(3)
    delivery = rooms.queue()
    rooms.work()
    assert [mark.state for mark in rooms.pages(delivery).marks] == ["unsent"]
    assert rooms.play(delivery).state is State.PUBLISHED
    assert rooms.published() == ["Hello, room."]
