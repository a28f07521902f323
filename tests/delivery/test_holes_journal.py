"""Holes 6, 15, 16, 17 and 18: what is kept of a delivery, and what that answers."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.conformance.kits import X_MEDIA_KIT
from tests.conformance.tiktok_kit import TIKTOK_SHORT_KIT
from tests.delivery.meddling import Aim, marks, meddled, reason

from microcom.core.delivery import Delivery, State
from microcom.core.media import Media, MediaKind
from microcom.core.post import Snapshot
from microcom.emulator.faults import Fault
from microcom.platforms.tiktok.emulator import TikTokEmulator
from microcom.store import sqlite
from microcom.testing.stage import Keep, Stage, stages

PARTS = ("One", "Two", "Three")
FIVE = ("One", "Two", "Three", "Four", "Five")


@pytest.fixture
def album(tmp_path: Path) -> Iterator[Stage]:
    """Return X's account, each post with another picture and the same words."""
    number = count()

    def another(parts: tuple[str, ...], keep: Keep) -> Snapshot:
        facts = Media("", 0, "image/png", MediaKind.IMAGE, 640, 480, alt="", name="a.png")
        return Snapshot(parts, (keep(b"\x89PNG\r\n\x1a\n %d" % next(number), facts),))

    kit = replace(X_MEDIA_KIT, parts=("Look",), content=another, before=1)
    with stages(kit, tmp_path) as make:
        yield make()


def dead_after_part_one(stage: Stage) -> Delivery:
    """Return a thread whose process died when its first part was out."""
    delivery = stage.queue(*PARTS)
    stage.die(2, "before leave")
    stage.work_and_die()
    assert (stage.published(), marks(stage, delivery)) == (["One"], ["answered"])
    return delivery


# --- 6: the journal is keyed by step name only ----------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            "UPDATE mark SET step = 'tweet:0'",
            "tweet:0 went out before, and this microcom does not ask for it.",
        ),
        (
            "UPDATE delivery SET snapshot = (SELECT snapshot FROM delivery WHERE id = 2)",
            "post:0 went out saying something else than it would say now.",
        ),
    ],
    ids=["renamed", "cut-elsewhere"],
)
def test_hole_06_new_code_never_guesses(stage: Stage, change: str, says: str) -> None:
    """Steps renamed or texts cut elsewhere by a new release stop the thread: a person is asked."""
    delivery = dead_after_part_one(stage)
    stage.queue("One Two", "Three", due=stage.clock.now() + timedelta(days=9))
    stage.store.db.run(change)
    ended = stage.play(delivery)
    assert (ended.state, ended.wake, ended.reason) == (State.IN_DOUBT, None, says)
    assert (stage.published(), stage.sends()) == (["One"], 1)


def test_hole_06_a_picture_that_was_replaced(album: Stage) -> None:
    """An upload that was made for another picture is made again: the new picture is what shows."""
    delivery = album.queue()
    other = album.queue(again=True, due=album.clock.now() + timedelta(days=9))
    album.die(2, "before leave")
    album.work_and_die()
    album.store.db.run("UPDATE delivery SET snapshot = :it WHERE id = 1", it=other.digest)
    assert album.play(delivery).state is State.PUBLISHED
    (made,) = album.emulator.ledger()
    (picture,) = album.store.queue.snapshot(other).media
    assert [one["sha256"] for one in made["media"]] == [picture.sha256]
    assert album.sends() == 1


# --- 15: a wait that never ends -------------------------------------------------------------------


def test_hole_15_a_wait_is_over_when_its_time_is(stage: Stage) -> None:
    """However often a thread is resumed between two parts, it waits once, and then goes on."""
    delivery = dead_after_part_one(stage)
    for _ in range(8):
        stage.die(1, "before leave")
        stage.work_and_die()
    moment = stage.clock.now()
    stage.work()
    second, third = (stage.pages(delivery).of(step)[0].at for step in ("post:1", "post:2"))
    assert (second, third - second) == (moment, timedelta(seconds=2))
    assert (stage.now(delivery).state, stage.published()) == (State.PUBLISHED, list(PARTS))
    assert stage.sends() == 3


def test_hole_15_asking_again_stays_within_the_limits(tmp_path: Path) -> None:
    """While TikTok works for half an hour, each question is asked far less often than it allows."""
    with stages(TIKTOK_SHORT_KIT, tmp_path) as make:
        stage = make()
        assert isinstance(stage.emulator, TikTokEmulator)
        stage.emulator.polls = 40
        asked: dict[str, list[datetime]] = {"creator_info/query/": [], "status/fetch/": []}
        wire = meddled(stage)
        for path, times in asked.items():
            aim = Aim(path=path, count=10_000)
            wire.after.append((aim, noting(stage, times)))
        delivery = stage.queue()
        assert stage.play(delivery, most=200).state is State.PUBLISHED
        assert (len(stage.published()), stage.sends()) == (1, 1)
        for path, most in (("creator_info/query/", 20), ("status/fetch/", 30)):
            assert most_in_a_minute(asked[path]) <= most / 2
        assert len(asked["status/fetch/"]) == 41


def noting(stage: Stage, times: list[datetime]) -> Callable[[], None]:
    """Return what notes the moment."""
    return lambda: times.append(stage.clock.now())


def most_in_a_minute(times: list[datetime]) -> int:
    """Return how many of the moments lie within one minute at most."""
    minute = timedelta(minutes=1)
    return max(sum(start <= one < start + minute for one in times) for start in times)


# --- 16: secrets in what is kept ------------------------------------------------------------------


def test_hole_16_an_upload_resumes_and_nothing_is_in_clear(film: Stage) -> None:
    """The secret address of an upload serves the next process, and stands in no file."""
    delivery = film.queue()
    film.die(film.kit.before + 1, "before leave")
    film.work_and_die()
    (secret,) = {call.url.partition("=")[2] for call in film.wire.calls if call.method == "PUT"}
    assert len(secret) > 24
    for file in filter(Path.is_file, film.folder.rglob("*")):
        assert secret.encode() not in file.read_bytes(), file.name
    film.wire.calls.clear()
    assert film.play(delivery).state is State.PUBLISHED
    assert (len(film.published()), film.sends()) == (1, 1)
    assert not any(call.url.endswith("/video/init/") for call in film.wire.calls)
    said = [event.data for event in film.store.events.recent(delivery=delivery.id)]
    assert secret not in str(said)


# --- 17: threads of which some parts are out ------------------------------------------------------


def half_out(stage: Stage) -> Delivery:
    """Return a thread of five whose third part X refused."""
    stage.emulator.faults.arm(Fault("create_post", "forbidden", skip=2))
    ended = stage.play(stage.queue(*FIVE))
    assert (ended.state, stage.published()) == (State.PARTIAL, ["One", "Two"])
    assert "X does not permit this post" in (ended.reason or "")
    return ended


def test_hole_17_retry_goes_on_at_the_first_part_that_is_not_out(stage: Stage) -> None:
    """A thread that stopped at its third part goes on there when a person says so."""
    ended = half_out(stage)
    stage.store.people.retry(ended, stage.clock.now())
    assert stage.play(ended).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (list(FIVE), 6)


def test_hole_17_finish_takes_it_as_it_is(stage: Stage) -> None:
    """A person may be content with two parts; nothing is sent any more."""
    ended = half_out(stage)
    assert stage.store.people.finish(ended).said == "accepted with 2 live part(s)"
    finished = stage.play(ended)
    assert (finished.state, finished.reason) == (State.PUBLISHED, "accepted in part")
    assert (stage.published(), stage.sends()) == (["One", "Two"], 3)


def test_hole_17_credit_that_ends_in_the_middle(stage: Stage) -> None:
    """402 at the third part stops the app, not the thread: once paid, the rest follows."""
    stage.emulator.faults.arm(Fault("create_post", "402", skip=2))
    delivery = stage.queue(*FIVE)
    stage.work()
    (stop,) = stage.store.accounts.stops()
    assert (stop.scope, stop.state) == ("app", "parked")
    assert (stage.now(delivery).state, stage.published()) == (State.QUEUED, ["One", "Two"])
    stage.store.accounts.resume_app("x")
    assert stage.play(delivery).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (list(FIVE), 6)


@pytest.mark.parametrize("landed", [True, False])
def test_hole_17_resolving_speaks_of_one_part(stage: Stage, *, landed: bool) -> None:
    """What a person says of part three settles part three; four and five follow, none twice."""
    stage.emulator.faults.arm(Fault("user_posts", "empty", count=None))
    stage.wire.arm("lost_reply" if landed else "lost_request", method="POST", nth=3)
    ended = stage.play(stage.queue(*FIVE))
    assert (ended.state, ended.wake) == (State.IN_DOUBT, None)
    assert "post:2 may have gone out" in (ended.reason or "")
    remote_id = str(stage.emulator.ledger()[2]["remote_id"]) if landed else None
    stage.store.people.resolve(ended, stage.clock.now(), remote_id=remote_id, part=3)
    assert stage.play(ended).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (list(FIVE), 5 if landed else 6)


# --- 18: only the mark survives a power cut -------------------------------------------------------


@pytest.fixture
def drive(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with what a power cut would leave: the queue as it was last waited for."""
    drive = stage.folder / "drive"
    drive.mkdir()

    def to_drive(number: int) -> None:
        assert os.path.samestat(os.fstat(number), os.stat(stage.folder / "queue.db-wal"))  # noqa: PTH116
        for file in stage.folder.glob("queue.db*"):
            if not file.name.endswith("-shm"):
                shutil.copy(file, drive)

    monkeypatch.setattr(sqlite, "to_drive", to_drive)
    return drive


def found(drive: Path, sql: str) -> list[tuple[object, ...]]:
    """Return what the queue holds that is found on a drive."""
    with TemporaryDirectory() as folder:
        copied = Path(shutil.copytree(drive, folder, dirs_exist_ok=True), "queue.db")
        with closing(sqlite3.connect(copied)) as copy:
            return copy.execute(sql).fetchall()


@pytest.mark.sqlite("a file and its drive")
def test_hole_18_what_a_person_was_told_is_on_disk(stage: Stage, drive: Path) -> None:
    """What is said to be queued, or cancelled, is so on the drive by then."""
    delivery = stage.queue("One")
    assert found(drive, "SELECT state FROM delivery") == [("queued",)]
    assert stage.store.people.cancel(delivery).said == "cancelled; nothing of it was sent"
    assert found(drive, "SELECT state FROM delivery") == [("cancelled",)]
    stage.play(delivery)
    assert (stage.published(), stage.sends()) == ([], 0)


@pytest.mark.sqlite("a file and its drive")
def test_hole_18_the_mark_is_on_disk_before_the_call(stage: Stage, drive: Path) -> None:
    """While a call is on its way its mark is on the drive; its answer waits for the next mark."""
    seen: list[list[tuple[object, ...]]] = []
    marks = "SELECT delivery, step, state FROM mark ORDER BY id"
    meddled(stage).marked += [
        (Aim(nth=nth), lambda: seen.append(found(drive, marks))) for nth in (1, 2)
    ]
    for text in ("One", "Two"):
        stage.queue(text)
    stage.work()
    first, second = (1, "post:0"), (2, "post:0")
    assert seen == [[(*first, "open")], [(*first, "answered"), (*second, "open")]]
    assert found(drive, marks) == [(*first, "answered"), (*second, "answered")]


@pytest.mark.sqlite("a file and its drive")
def test_hole_18_what_became_of_it_is_on_disk_before_it_is_told(stage: Stage, drive: Path) -> None:
    """An answer waits for no disk by itself, but for whoever tells of it."""
    stage.queue("One")
    stage.work()
    assert stage.published() == ["One"]
    assert found(drive, "SELECT state FROM delivery") == [("published",)]


@pytest.mark.sqlite("a file and its drive")
def test_hole_18_an_answer_that_a_power_cut_took_is_looked_for(stage: Stage, drive: Path) -> None:
    """What is on disk then is the mark: the post is found again, and not made again."""
    left = stage.folder / "left"
    meddled(stage).marked.append((Aim(), lambda: shutil.copytree(drive, left)))
    delivery = stage.queue("One")
    stage.work()
    stage.store.close()
    for file in stage.folder.glob("queue.db*"):
        file.unlink()
    for file in left.iterdir():
        shutil.copy(file, stage.folder)
    stage.store = stage.opened()
    stage.clock.sleep(60)
    assert stage.now(delivery).state is State.PUBLISHING
    assert stage.play(delivery).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["One"], 1)


@pytest.mark.sqlite("a file and its pragmas")
@pytest.mark.parametrize(
    ("pragma", "value"), [("synchronous", 1), ("fullfsync", 1), ("journal_mode", "wal")]
)
def test_hole_18_the_log_is_kept_in_order(
    make: Callable[..., Stage], pragma: str, value: object
) -> None:
    """Each connection waits for the log before it is brought into the file, down to the drive."""
    stage = make()
    for store in (stage.store, stage.opened()):
        assert store.db.value(f"PRAGMA {pragma}") == value


@pytest.mark.sqlite("a file and its drive")
def test_hole_18_reasons_survive_too(stage: Stage, drive: Path) -> None:
    """A process that is gone leaves in the files why a delivery stands where it stands."""
    stage.wire.arm("lost_reply", method="POST")
    delivery = stage.queue("One")
    stage.work()
    assert found(drive, "SELECT state, reason FROM delivery") == [
        ("in_doubt", reason(stage, delivery))
    ]
