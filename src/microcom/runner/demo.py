"""The demo: real commands in real processes against a sandbox in another one.

Everything lives in a folder of its own; every process that was started is ended.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.request import ProxyHandler, build_opener

from microcom.errors import MicrocomError
from microcom.intake.places import find_places
from microcom.runner.agreement import Part, differences, parts_of
from microcom.runner.children import child, ending_like_ctrl_c, finished, first_line
from microcom.runner.clock import SystemClock
from microcom.runner.demo_campaign import ACCOUNTS, PIECES, THREAD, make_media
from microcom.store import Store, open_store
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.delivery import Delivery
    from microcom.core.steps import JsonValue

PATIENCE = 60.0
"""Seconds after which a demo that does not move has failed."""
BEAT = 0.05
SOON = "+1s"
"""When a post is due that names no time: once all of them are queued, all of them are."""


class DemoError(MicrocomError):
    """The demo could not go on."""


class Teller(Protocol):
    """Tells the story to whoever watches."""

    def begins(self, what: str) -> None:
        """Something is being done now."""
        ...

    def did(self, what: str) -> None:
        """It is done."""
        ...

    def broke(self, what: str) -> None:
        """Something was broken on purpose."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the queue and the sandbox hold in the end, and where they disagree, in words.

    ``kept`` is the folder that stays, if one does.
    """

    world: str
    parts: tuple[Part, ...]
    ledger: tuple[Mapping[str, JsonValue], ...]
    differences: tuple[str, ...]
    kept: str | None

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Return the deliveries, each once."""
        return tuple(dict.fromkeys(part.delivery for part in self.parts))

    @property
    def agrees(self) -> bool:
        """Say whether every part of every delivery is out exactly once, and nothing else."""
        return not self.differences


def play(teller: Teller, *, keep: bool = False) -> Outcome:
    """Run the demo and return how it ended.

    Raises DemoError when something does not happen in time. With ``keep`` the folder stays.
    """
    with ExitStack() as stack:
        stack.enter_context(ending_like_ctrl_c())
        folder = Path(tempfile.mkdtemp(prefix="microcom-demo-"))
        if not keep:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / "accounts.yaml").write_text(ACCOUNTS, encoding="utf-8")
        teller.begins("making pictures, a GIF and videos")
        make_media(folder)
        teller.did("Four pictures, an animated GIF and three videos are made")
        teller.begins("starting a sandbox")
        stage = stack.enter_context(_stage(folder))
        teller.did(f"A sandbox answers at {stage.url}, in a process of its own")
        _post(stage, teller)
        _die_in_the_middle(stage, teller)
        _go_on(stage, teller)
        if keep:
            stage.write_down()
        return _outcome(stage, str(folder) if keep else None)


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where the demo plays: a folder, a sandbox's address, the environment of its commands."""

    folder: Path
    url: str
    environment: Mapping[str, str]

    def post(self, *words: str) -> Mapping[str, JsonValue]:
        """Run ``microcom post`` to its end; return the delivery it made."""
        said = finished(("post", *words, "--json"), self.folder, self.environment)
        delivery: Mapping[str, JsonValue] = json.loads(said)["data"]["deliveries"][0]
        return delivery

    @contextmanager
    def worker(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Run a worker; it is ended in every case."""
        with child(("worker", *words), self.folder, self.environment) as process:
            yield process

    def ledger(self) -> list[Mapping[str, JsonValue]]:
        """Return everything that was published through the API, oldest first."""
        posts: list[Mapping[str, JsonValue]] = json.loads(self.page("/_/ledger"))["posts"]
        return posts

    def texts(self) -> list[str]:
        """Return what the posts in the sandbox say."""
        return [str(post["text"]) for post in self.ledger()]

    def page(self, path: str) -> bytes:
        """Return what the sandbox answers; no proxy of this machine is asked."""
        with build_opener(ProxyHandler({})).open(f"{self.url}{path}", timeout=5) as reply:
            content: bytes = reply.read()
        return content

    def write_down(self) -> None:
        """Keep what the sandbox holds beside the queue, for after its end."""
        (self.folder / "ledger.json").write_bytes(self.page("/_/ledger"))
        (self.folder / "posts.html").write_bytes(self.page("/"))

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the demo's queue to look at it."""
        places = find_places(self.environment)
        store = open_store(places.queue, places.world, SystemClock(), actor="demo")
        try:
            yield store
        finally:
            store.close()

    def parts(self) -> list[Part]:
        """Return every part of every delivery, as the queue knows it now."""
        with self.store() as store:
            return parts_of(store)


@contextmanager
def _stage(folder: Path) -> Iterator[_Stage]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("MICROCOM_")
    }
    environment = inherited | {"MICROCOM_HOME": str(folder), "MICROCOM_ACTOR": "demo"}
    words = ("sandbox", "--port", "0", "--json")
    with child(words, folder, environment, heard=True) as process:
        url = json.loads(first_line(process, words, PATIENCE))["url"]
        yield _Stage(folder, url, environment | {"MICROCOM_SANDBOX": url})


def _post(stage: _Stage, teller: Teller) -> None:
    """Queue the whole campaign, each post for its own room."""
    for piece in PIECES:
        file = piece.write(stage.folder)
        teller.begins(f"{piece.target}: {piece.what}")
        delivery = stage.post(file.name, "--at", piece.at or SOON)
        teller.did(f"{piece.target}: {piece.what}, for {delivery['due_local'][11:19]}")


def _die_in_the_middle(stage: _Stage, teller: Teller) -> None:
    """Kill a worker with SIGKILL while the first part of the thread is out and the second not.

    It does one thing at a time: a call that is cut off in its flight is only looked for once its
    time is up, which is longer than anybody would watch.
    """
    teller.begins("a worker sends what is due")
    with stage.worker("--jobs", "1") as process:
        _until(lambda: _is_out(stage, THREAD[0]), "the first part of the thread", process)
        process.kill()
        process.wait()
    out = sum(text in THREAD for text in stage.texts())
    teller.broke(f"kill -9 ends the worker in the middle: {out} of 3 parts of the thread are out")


def _go_on(stage: _Stage, teller: Teller) -> None:
    teller.begins("another worker goes on")
    with stage.worker() as process:
        _until(
            lambda: all(part.delivery.over for part in stage.parts()), "the other posts", process
        )
    teller.did("Another worker sends the rest, and the last post when it is due")


def _is_out(stage: _Stage, text: str) -> bool:
    """Say whether the sandbox holds that text and the queue knows it."""
    if text not in stage.texts():
        return False
    return any(part.text == text and part.remote_id is not None for part in stage.parts())


def _until(holds: Callable[[], bool], what: str, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        if process.poll() is not None:
            raise DemoError("The worker ended by itself.", code="demo.worker")
        if time.monotonic() > end:
            raise DemoError(
                f"The demo waited {PATIENCE:g} s for {what}.",
                code="demo.late",
                hint="This machine may be very busy. Run it again: microcom demo",
            )
        time.sleep(BEAT)


def _outcome(stage: _Stage, kept: str | None) -> Outcome:
    parts, ledger = stage.parts(), stage.ledger()
    found = tuple(differences(parts, ledger))
    return Outcome(stage.url, tuple(parts), tuple(ledger), found, kept)
