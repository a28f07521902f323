"""A scene of real workers: a sandbox that can hold an answer back, and processes that stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
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
    keeper: Mapping[str, str] = field(default_factory=dict)
    """What its commands are told of where the queue is kept."""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *words: str, stops: str = "") -> subprocess.Popen[bytes]:
        """Start a command; ``stops`` is where it stops itself."""
        with self.words.open("ab") as said:
            process = subprocess.Popen(
                [sys.executable, brisk.__file__, *words],
                cwd=self.home,
                env=self.environment | ({brisk.STOPS: stops} if stops else {}),
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        self.running.append(process)
        return process

    @property
    def words(self) -> Path:
        """Return the file of what its commands said to people."""
        return self.home / "said"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of its commands."""
        home = str(self.home)
        own = {"PATH": "", "HOME": home, "MICROCOM_HOME": home, "MICROCOM_SANDBOX": self.url}
        return own | dict(self.keeper)

    def queue(self, text: str, *words: str) -> None:
        """Queue a post that is due at once."""
        done = self.start("post", text, *words, "--to", "acme-x", "--at", "+1s")
        assert done.wait(PATIENCE) == 0

    def store(self) -> Store:
        """Open the queue."""
        places = find_places(self.environment)
        queue = places.database or places.queue
        return open_store(queue, places.world, SystemClock(), actor="tester")

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


@contextmanager
def played(home: Path, keeper: Mapping[str, str]) -> Iterator[Scene]:
    """Yield a scene in which one post is out."""
    (home / "accounts.yaml").write_text(ACCOUNTS)
    picture(home / "a.jpg", "a", (600, 900), 25)
    door = Door(of_platforms(now))
    server = serve(door)
    scene = Scene(home, door, server.url, keeper)
    try:
        assert scene.start("post", "Known", "--to", "acme-x").wait(PATIENCE) == 0
        yield scene
    finally:
        door.go_on.set()
        for process in scene.running:
            process.kill()
            process.wait()
        server.stop()


def stopped(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process stands still."""
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)


def ended(process: subprocess.Popen[bytes], *, by: int) -> None:
    """Let a process go on, ask it to end and see how it does."""
    process.send_signal(signal.SIGCONT)
    if by == 0:
        process.terminate()
    assert process.wait(PATIENCE) == by
