"""A real worker is stopped (SIGSTOP) at four points of sending; another one takes over meanwhile.

Times are those of brisk.py: a lease lapses within seconds, and so does a call's deadline.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import ACCOUNTS, now
from tests.torture import brisk

from microcom.core.delivery import State
from microcom.intake.places import find_places
from microcom.media.samples import picture
from microcom.runner.clock import SystemClock
from microcom.runner.sandbox import Sandbox, of_platforms, serve
from microcom.store import Store, open_store
from microcom.store.filter import Filter

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from microcom.core.delivery import Delivery

PATIENCE = 60
LOOK = 0.02


@dataclass(slots=True)
class Door:
    """A sandbox that lets the first call of a path take effect and holds its answer back."""

    sandbox: Sandbox
    path: str = ""
    reached: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def hold(self, path: str) -> None:
        """Hold the next call whose path ends so."""
        self.reached.clear()
        self.go_on.clear()
        self.path = path

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        answer = self.sandbox(environ, start)
        if self.path and str(environ["PATH_INFO"]).endswith(self.path):
            self.path = ""
            self.reached.set()
            self.go_on.wait(PATIENCE)
        return answer


@dataclass(slots=True)
class Scene:
    """One account of X with a post that is known, and workers that are real processes."""

    home: Path
    door: Door
    url: str
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *words: str, stops: str = "") -> subprocess.Popen[bytes]:
        """Start a command; ``stops`` is where it stops itself."""
        process = subprocess.Popen(
            [sys.executable, brisk.__file__, *words],
            cwd=self.home,
            env=self.environment | ({brisk.STOPS: stops} if stops else {}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.running.append(process)
        return process

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of its commands."""
        home = str(self.home)
        return {"PATH": "", "HOME": home, "MICROCOM_HOME": home, "MICROCOM_SANDBOX": self.url}

    def queue(self, text: str, *words: str) -> None:
        """Queue a post that is due at once."""
        done = self.start("post", text, *words, "--to", "acme-x", "--at", "+1s")
        assert done.wait(PATIENCE) == 0

    def store(self) -> Store:
        """Open the queue."""
        places = find_places(self.environment)
        return open_store(places.queue, places.world, SystemClock(), actor="tester")

    def last(self) -> Delivery:
        """Return the delivery that was queued last."""
        with closing(self.store()) as store:
            return max(store.queue.list(Filter(limit=9)), key=lambda one: one.id)

    def answers(self) -> list[tuple[str, str]]:
        """Return what is durably known of the last delivery's calls: states, and from whom."""
        with closing(self.store()) as store:
            rows = store.db.all(
                """SELECT mark.state, answer.source FROM mark
                   LEFT JOIN answer ON answer.mark = mark.id
                   WHERE mark.delivery = (SELECT max(id) FROM delivery) ORDER BY mark.id"""
            )
        return [(row[0], row[1]) for row in rows]

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that a process brings about."""
        for _ in range(int(PATIENCE / LOOK)):
            if holds():
                return
            threading.Event().wait(LOOK)
        pytest.fail(f"it never came true: {self.last()}")

    def published(self) -> None:
        """Wait until the last delivery is published."""
        self.until(lambda: self.last().state is State.PUBLISHED)

    def texts(self) -> list[str]:
        """Return what is out."""
        return [str(post["text"]) for post in self.door.sandbox.ledger()["posts"]]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Return a scene in which one post is out."""
    (tmp_path / "accounts.yaml").write_text(ACCOUNTS)
    picture(tmp_path / "a.jpg", "a", (600, 900), 25)
    door = Door(of_platforms(now))
    server = serve(door)
    scene = Scene(tmp_path, door, server.url)
    assert scene.start("post", "Known", "--to", "acme-x").wait(PATIENCE) == 0
    yield scene
    door.go_on.set()
    for process in scene.running:
        process.kill()
        process.wait()
    server.stop()


def _stopped(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process stands still."""
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)


def _ended(process: subprocess.Popen[bytes], *, by: int) -> None:
    """Let a process go on, ask it to end and see how it does."""
    process.send_signal(signal.SIGCONT)
    if by == 0:
        process.terminate()
    assert process.wait(PATIENCE) == by


def test_before_the_mark(scene: Scene) -> None:
    """Stopped after an upload, it finds that it may no longer decide, and sends nothing."""
    scene.queue("Latte", "--media", "a.jpg", "--alt", "a")
    scene.door.hold("/2/media/upload")
    first = scene.start("worker", "--jobs", "1")
    assert scene.door.reached.wait(PATIENCE)
    first.send_signal(signal.SIGSTOP)
    _stopped(first)
    scene.door.go_on.set()
    scene.start("worker")
    scene.published()
    _ended(first, by=0)
    assert scene.texts() == ["Known", "Latte"]
    assert scene.answers() == [("answered", "reply")]


def test_between_mark_and_send(scene: Scene) -> None:
    """Stopped with its mark made, it is ended before a byte leaves; the other one's post is out."""
    scene.queue("Latte")
    first = scene.start("worker", "--jobs", "1", stops="marked")
    _stopped(first)
    scene.start("worker")
    scene.published()
    _ended(first, by=-signal.SIGALRM)
    assert scene.texts() == ["Known", "Latte"]
    assert scene.answers() == [("absent", None), ("answered", "reply")]


def test_before_the_reply_is_read(scene: Scene) -> None:
    """Stopped with the answer on its wire, it is ended; the other one finds the post itself."""
    scene.queue("Latte")
    scene.door.hold("/2/tweets")
    first = scene.start("worker", "--jobs", "1")
    assert scene.door.reached.wait(PATIENCE)
    first.send_signal(signal.SIGSTOP)
    _stopped(first)
    scene.door.go_on.set()
    scene.start("worker")
    scene.published()
    _ended(first, by=-signal.SIGALRM)
    assert scene.texts() == ["Known", "Latte"]
    assert scene.answers() == [("answered", "settled")]


def test_before_the_record(scene: Scene) -> None:
    """Stopped with the answer read, it still stores that fact, though another decides by now."""
    scene.queue("Latte")
    first = scene.start("worker", "--jobs", "1", stops="read")
    _stopped(first)
    scene.door.sandbox.arm(["x.user_posts:empty:*"])  # the other one sees nothing of it
    scene.door.hold("/tweets")
    scene.start("worker")
    assert scene.door.reached.wait(PATIENCE)
    first.send_signal(signal.SIGCONT)
    scene.until(lambda: scene.answers() == [("answered", "reply")])
    scene.door.go_on.set()
    scene.published()
    _ended(first, by=0)
    assert scene.texts() == ["Known", "Latte"]
    assert scene.answers() == [("answered", "reply")]
