"""A real worker is stopped (SIGSTOP) at four points of sending; another one takes over meanwhile.

Times are those of brisk.py: a lease lapses within seconds, and so does a call's deadline.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.torture.scene import PATIENCE, Scene, ended, played, stopped


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Return a scene in which one post is out."""
    with played(tmp_path, {}) as scene:
        yield scene


def test_before_the_mark(scene: Scene) -> None:
    """Stopped after an upload, it finds that it may no longer decide, and sends nothing."""
    scene.queue("Latte", "--media", "a.jpg", "--alt", "a")
    scene.door.hold("/2/media/upload")
    first = scene.start("worker", "--jobs", "1")
    assert scene.door.reached.wait(PATIENCE)
    first.send_signal(signal.SIGSTOP)
    stopped(first)
    scene.door.go_on.set()
    scene.start("worker")
    scene.published()
    ended(first, by=0)
    assert scene.texts() == ["Known", "Latte"]
    assert scene.answers() == [("answered", "reply")]


def test_between_mark_and_send(scene: Scene) -> None:
    """Stopped with its mark made, it is ended before a byte leaves; the other one's post is out."""
    scene.queue("Latte")
    first = scene.start("worker", "--jobs", "1", stops="marked")
    stopped(first)
    scene.start("worker")
    scene.published()
    ended(first, by=-signal.SIGALRM)
    assert scene.texts() == ["Known", "Latte"]
    assert scene.answers() == [("absent", None), ("answered", "reply")]


def test_before_the_reply_is_read(scene: Scene) -> None:
    """Stopped with the answer on its wire, it is ended; the other one finds the post itself."""
    scene.queue("Latte")
    scene.door.hold("/2/tweets")
    first = scene.start("worker", "--jobs", "1")
    assert scene.door.reached.wait(PATIENCE)
    first.send_signal(signal.SIGSTOP)
    stopped(first)
    scene.door.go_on.set()
    scene.start("worker")
    scene.published()
    ended(first, by=-signal.SIGALRM)
    assert scene.texts() == ["Known", "Latte"]
    assert scene.answers() == [("answered", "settled")]


def test_before_the_record(scene: Scene) -> None:
    """Stopped with the answer read, it still stores that fact, though another decides by now."""
    scene.queue("Latte")
    first = scene.start("worker", "--jobs", "1", stops="read")
    stopped(first)
    scene.door.sandbox.arm(["x.user_posts:empty:*"])  # the other one sees nothing of it
    scene.door.hold("/tweets")
    scene.start("worker")
    assert scene.door.reached.wait(PATIENCE)
    first.send_signal(signal.SIGCONT)
    scene.until(lambda: scene.answers() == [("answered", "reply")])
    scene.door.go_on.set()
    scene.published()
    ended(first, by=0)
    assert scene.texts() == ["Known", "Latte"]
    assert scene.answers() == [("answered", "reply")]
