"""Ending, for a signal or by one's own `--for`: what is in flight ends, the rest stays queued."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import House, move_in, now, queue_of

from microcom.core.delivery import State
from microcom.runner.sandbox import Sandbox, of_platforms, serve

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

COMMAND = Path(sys.executable).with_name("microcom")
BOUND = 30
"""Seconds within which a process that is asked to end has to have ended."""


class Gate:
    """A sandbox that keeps each post waiting until it may go on."""

    def __init__(self) -> None:
        self.sandbox: Sandbox = of_platforms(now)
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        if environ["REQUEST_METHOD"] == "POST" and str(environ["PATH_INFO"]).endswith("/2/tweets"):
            self.reached.set()
            self.go_on.wait(BOUND)
        return self.sandbox(environ, start)


@pytest.fixture
def gate() -> Iterator[tuple[Gate, str]]:
    """Return a gate, served, and its address."""
    gate = Gate()
    server = serve(gate)
    yield gate, server.url
    gate.go_on.set()
    server.stop()


@pytest.fixture
def waiting(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    gate: tuple[Gate, str],
) -> House:
    """Return a machine with two posts of one account that are due."""
    move_in(tmp_path, monkeypatch, gate[1])
    house = House(tmp_path, capsys, gate[0].sandbox)
    house.run("post", "Before", "--to", "lumen-x", "--at", "+1h")
    for text in ("One", "Two"):
        house.run("post", text, "--to", "acme-x", "--at", "+1h")
    fall_due(house, "acme-x")
    return house


def fall_due(house: House, account: str, micros: int = 0) -> None:
    """Let an account's posts fall due now, or so many microseconds later."""
    with queue_of(house) as store:
        values = {"account": account, "at": store.db.now() + micros}
        store.db.run(
            "UPDATE delivery SET due_at = :at, wake_at = :at WHERE account = :account", **values
        )
        store.db.run(
            """UPDATE lane SET next_at = :at WHERE name =
               (SELECT lane FROM account WHERE name = :account)""",
            **values,
        )


def start(house: House, *words: str) -> subprocess.Popen[str]:
    """Start the installed command as a process of its own."""
    return subprocess.Popen(
        [COMMAND, *words],
        cwd=house.home,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def standing(house: House) -> tuple[list[State], int]:
    """Return the states of the account's posts, and how many lanes are held."""
    with queue_of(house) as store:
        states = [store.queue.find(number).state for number in (2, 3)]  # type: ignore[union-attr]
        held = store.db.value("SELECT count(*) FROM lane WHERE owner <> '' OR lease_until > 0")
    return states, held


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("words", [["worker"], ["run"], ["run", "--for", "90s"]], ids=" ".join)
def test_a_signal_ends_after_the_step_in_flight(
    waiting: House, gate: tuple[Gate, str], number: signal.Signals, words: list[str]
) -> None:
    """The post that is leaving is recorded, no other begins, and the lane is free at once."""
    with start(waiting, *words) as process:
        assert gate[0].reached.wait(BOUND)
        process.send_signal(number)
        gate[0].go_on.set()
        out, err = process.communicate(timeout=BOUND)
    assert (process.returncode, "Traceback" in err) == (0, False), err
    assert "published" in out
    assert waiting.published() == ["One"]
    assert standing(waiting) == ([State.PUBLISHED, State.QUEUED], 0)
    assert waiting.run("run").code == 0
    assert waiting.published() == ["One", "Two"]


def test_a_run_leaves_what_might_outlast_it(waiting: House, gate: tuple[Gate, str]) -> None:
    """--for begins no post whose call could end after its own end: it says so, the next run sends.

    A call has thirty seconds, and this run one.
    """
    gate[0].go_on.set()
    said = waiting.run("run", "--for", "1s")
    assert said.code == 0
    assert (waiting.published(), gate[0].reached.is_set()) == ([], False)
    assert "might have outlasted this run" in said.out
    assert standing(waiting) == ([State.QUEUED, State.QUEUED], 0)
    said = waiting.run("run", "--json")
    assert [row["state"] for row in said.deliveries] == ["published", "published"]
    assert waiting.published() == ["One", "Two"]


def test_a_run_publishes_what_falls_due_meanwhile(waiting: House, gate: tuple[Gate, str]) -> None:
    """A run that goes on for a while sends what was not due when it began."""
    for one in ("2", "3"):
        waiting.run("queue", "cancel", one)
    fall_due(waiting, "lumen-x", 1_500_000)
    gate[0].go_on.set()
    with start(waiting, "run", "--for", "90s") as process:
        assert gate[0].reached.wait(BOUND)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=BOUND)
    assert (process.returncode, "published" in out) == (0, True), err
    assert waiting.published() == ["Before"]
