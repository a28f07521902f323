"""A PostgreSQL server goes and comes back under real workers; one of them stops in a transaction.

Times are those of brisk.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from signal import SIGALRM, SIGCONT

import pytest
from tests import postgres
from tests.torture.scene import PATIENCE, Scene, ended, played, stopped

_numbers = count()


@pytest.fixture(scope="module")
def own() -> Iterator[postgres.Server]:
    """Return a server that may be stopped: nobody else has anything on it."""
    with postgres.served() as server:
        yield server


@pytest.fixture
def scene(own: postgres.Server, tmp_path: Path) -> Iterator[Scene]:
    """Return a scene whose queue is on that server, in which one post is out."""
    address = own.queue(f"scene_{next(_numbers)}")
    with played(tmp_path, {"MICROCOM_SANDBOX_DATABASE": address}) as scene:
        yield scene


def test_a_worker_goes_on_when_it_is_back(scene: Scene, own: postgres.Server) -> None:
    """It says once that the server is away, waits, and publishes what is due afterwards."""
    worker = scene.start("worker")
    scene.queue("Latte")
    scene.published()
    own.stop("immediate")
    scene.until(lambda: "Waiting for it." in scene.words.read_text())
    own.start()
    scene.queue("Mocha")
    scene.published()
    ended(worker, by=0)
    assert scene.texts() == ["Known", "Latte", "Mocha"]
    assert scene.words.read_text().count("Waiting for it.") == 1


def test_a_run_ends_where_it_stays_away(scene: Scene, own: postgres.Server) -> None:
    """It ends with 3 and a sentence; the next run finds what went out, and sends it no more."""
    scene.queue("Latte")
    scene.door.hold("/2/tweets")
    run = scene.start("run", "--for", "20s")
    assert scene.door.reached.wait(PATIENCE)
    own.stop("immediate")
    scene.door.go_on.set()
    try:
        assert run.wait(PATIENCE) == 3
        assert "cannot be reached" in scene.words.read_text()
        assert scene.start("run").wait(PATIENCE) == 3
    finally:
        own.start()
    scene.start("worker")
    scene.published()
    assert scene.texts() == ["Known", "Latte"]
    assert scene.answers() == [("answered", "settled")]


def test_an_answer_outlives_a_restart(scene: Scene, own: postgres.Server) -> None:
    """What the platform answered while the server was away is stored when it is back."""
    scene.queue("Latte")
    scene.door.hold("/2/tweets")
    worker = scene.start("worker")
    assert scene.door.reached.wait(PATIENCE)
    own.stop("immediate")
    scene.door.go_on.set()
    own.start()
    scene.published()
    ended(worker, by=0)
    assert scene.texts() == ["Known", "Latte"]
    assert scene.answers() == [("answered", "reply")]


def test_stopped_inside_a_transaction(scene: Scene) -> None:
    """Others wait no longer than a transaction may stand still; the stopped one sends nothing."""
    scene.queue("Latte")
    first = scene.start("worker", "--jobs", "1", stops="marking")
    stopped(first)
    scene.queue("Mocha")
    first.send_signal(SIGCONT)
    scene.start("worker")
    scene.published()
    scene.until(lambda: len(scene.texts()) == 3)
    first.terminate()
    assert first.wait(PATIENCE) in {0, -SIGALRM}  # its dead-man timer, on a busy machine
    assert sorted(scene.texts()) == ["Known", "Latte", "Mocha"]
