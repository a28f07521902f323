"""The demo: real commands in real processes against a sandbox in another one.

Everything lives in a folder of its own; every process that was started is ended.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.errors import MicrocomError
from microcom.intake.places import find_places
from microcom.runner.clock import SystemClock
from microcom.store import Store, open_store
from microcom.store.queue import Filter

if TYPE_CHECKING:
    from microcom.core.delivery import Delivery
    from microcom.core.steps import JsonValue

PATIENCE = 60.0
"""Seconds after which a demo that does not move has failed."""
BEAT = 0.05
AHEAD = "+4s"

ACCOUNTS = """\
microcom: 1
project: demo
clients:
  acme: {name: Acme Coffee, timezone: Europe/Paris}
  lumen: {name: Lumen Studio, timezone: America/New_York}
accounts:
  acme-x: {platform: x, client: acme, handle: acme_x}
  lumen-x: {platform: x, client: lumen, handle: lumen_x}
"""

MENU = "The winter menu is here: five drinks, one of them never served before."
THREAD = (
    "The cardamom latte took us eleven tries.",
    "The first ten tasted of soap.",
    "The eleventh is on the menu from Friday.",
)
AFTERNOON = "The studio is open this afternoon. Bring the desk you are not proud of."


class DemoError(MicrocomError):
    """The demo could not go on."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the queue and the sandbox hold in the end."""

    world: str
    deliveries: tuple[Delivery, ...]
    parts: Mapping[int, int]
    ledger: tuple[Mapping[str, JsonValue], ...]
    differences: tuple[str, ...]
    ended: datetime
    kept: str | None

    @property
    def agrees(self) -> bool:
        """Say whether every part of every delivery is out exactly once, and nothing else."""
        return not self.differences


def play(tell: Callable[[str], None], *, keep: bool = False) -> Outcome:
    """Run the demo and return how it ended; ``tell`` is told each step as it happens.

    Raises DemoError when something does not happen in time. With ``keep`` the folder stays.
    """
    folder = Path(tempfile.mkdtemp(prefix="microcom-demo-"))
    with ExitStack() as stack:
        if not keep:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / "accounts.yaml").write_text(ACCOUNTS, encoding="utf-8")
        stage = stack.enter_context(_stage(folder))
        tell(f"A sandbox answers at {stage.url}, in a process of its own.")
        _post(stage, tell)
        _die_in_the_middle(stage, tell)
        _go_on(stage, tell)
        return _outcome(stage, str(folder) if keep else None)


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where the demo plays: a folder, a sandbox's address, the environment of its commands."""

    folder: Path
    url: str
    environment: Mapping[str, str]

    def run(self, *words: str) -> None:
        """Run a command to its end; raise DemoError unless it succeeds."""
        done = subprocess.run(  # noqa: S603 - our own command
            _command(words),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise DemoError(
                f"microcom {words[0]} ended with {done.returncode}: {done.stderr.strip()}",
                code="demo.failed",
            )

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[str]]:
        """Start a worker; it is ended in every case."""
        with _process(("worker",), self.folder, self.environment) as process:
            yield process

    def ledger(self) -> list[Mapping[str, JsonValue]]:
        """Return everything that was published through the API, oldest first."""
        with urllib.request.urlopen(f"{self.url}/_/ledger", timeout=5) as reply:  # noqa: S310
            posts = json.load(reply)["posts"]
        return [post for post in posts if not post["by_hand"]]

    def store(self) -> Store:
        """Open the demo's queue to look at it."""
        places = find_places(self.environment)
        return open_store(places.queue, places.world, SystemClock(), actor="demo")


@contextmanager
def _stage(folder: Path) -> Iterator[_Stage]:
    inherited = {name: value for name, value in os.environ.items() if _is_ours(name) is False}
    environment = inherited | {"MICROCOM_HOME": str(folder), "MICROCOM_ACTOR": "demo"}
    with _process(("sandbox", "--port", "0", "--json"), folder, environment) as process:
        assert process.stdout is not None  # noqa: S101 - piped below
        said = process.stdout.readline()
        if not said:
            raise DemoError("The sandbox did not start.", code="demo.sandbox")
        url = json.loads(said)["url"]
        yield _Stage(folder, url, environment | {"MICROCOM_SANDBOX": url})


def _post(stage: _Stage, tell: Callable[[str], None]) -> None:
    stage.run("post", MENU, "--to", "acme-x")
    tell("Acme Coffee posts a text: published.")
    later = ["post", THREAD[0], "--to", "acme-x", "--at", "+1s"]
    stage.run(*later, "--then", THREAD[1], "--then", THREAD[2])
    stage.run("post", AFTERNOON, "--to", "lumen-x", "--at", AHEAD)
    tell("Acme queues a thread of three, Lumen Studio a text a few seconds ahead.")


def _die_in_the_middle(stage: _Stage, tell: Callable[[str], None]) -> None:
    """Kill a worker with SIGKILL while the first part of the thread is out and the second not."""
    with stage.worker() as process:
        _until(lambda: _texts(stage).count(THREAD[0]) == 1, "the first part of the thread")
        _until(lambda: _recorded(stage, THREAD[0]), "its receipt")
        process.kill()
        process.wait()
    out = sum(text in THREAD for text in _texts(stage))
    tell(f"kill -9 of the worker, with {out} of 3 parts of the thread out.")


def _go_on(stage: _Stage, tell: Callable[[str], None]) -> None:
    tell("Another worker takes over.")
    with stage.worker():
        _until(lambda: all(one.over for one in _deliveries(stage)), "everything to be published")


def _outcome(stage: _Stage, kept: str | None) -> Outcome:
    store = stage.store()
    try:
        deliveries = tuple(store.queue.list(Filter()))
        wanted = {one.id: store.queue.snapshot(one).parts for one in deliveries}
        owned = store.journal.owned
        ids = {remote_id for one in deliveries for remote_id in owned(one.lane)}
    finally:
        store.close()
    ledger = tuple(stage.ledger())
    return Outcome(
        world=stage.url,
        deliveries=deliveries,
        parts={number: len(parts) for number, parts in wanted.items()},
        ledger=ledger,
        differences=tuple(_differences(list(wanted.values()), ids, ledger)),
        ended=SystemClock().now(),
        kept=kept,
    )


def _differences(
    wanted: Sequence[Sequence[str]],
    ids: set[str],
    ledger: Sequence[Mapping[str, JsonValue]],
) -> Iterator[str]:
    """Yield where receipts and ledger disagree: in ids, in texts, or in how often."""
    texts = sorted(part for parts in wanted for part in parts)
    if sorted(post["text"] for post in ledger) != texts:
        yield f"texts: {len(ledger)} in the sandbox, {len(texts)} in the queue"
    there = {str(post["remote_id"]) for post in ledger}
    yield from (f"{one} is in no receipt" for one in sorted(there - ids))
    yield from (f"{one} is not in the sandbox" for one in sorted(ids - there))


@contextmanager
def _process(
    words: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        _command(words),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _command(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "microcom", *words]


def _is_ours(name: str) -> bool:
    return name.startswith("MICROCOM_")


def _texts(stage: _Stage) -> list[str]:
    return [str(post["text"]) for post in stage.ledger()]


def _deliveries(stage: _Stage) -> list[Delivery]:
    store = stage.store()
    try:
        return store.queue.list(Filter())
    finally:
        store.close()


def _recorded(stage: _Stage, text: str) -> bool:
    """Say whether the queue already owns the post with that text."""
    remote_id = next(post["remote_id"] for post in stage.ledger() if post["text"] == text)
    store = stage.store()
    try:
        lanes = {one.lane for one in store.queue.list(Filter())}
        return any(remote_id in store.journal.owned(lane) for lane in lanes)
    finally:
        store.close()


def _until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise DemoError(f"The demo waited {PATIENCE:g} s for {what}.", code="demo.late")
        time.sleep(BEAT)
