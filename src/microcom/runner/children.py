"""Processes of our own command, ended in every case."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from microcom.errors import MicrocomError

LAST_STEP = 10.0
"""Seconds that a process which was asked to end has for the step in flight."""
ENDINGS = (signal.SIGTERM, signal.SIGHUP) if hasattr(signal, "SIGHUP") else (signal.SIGTERM,)


class ChildError(MicrocomError):
    """A process of ours did not do what it was started for."""


@contextmanager
def child(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], *, heard: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a process of its own for as long as the block lasts.

    What it says is thrown away unless it is ``heard``.
    """
    says = subprocess.PIPE if heard else subprocess.DEVNULL
    with subprocess.Popen(  # noqa: S603 - our own command
        _command(words),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=says,
        stderr=says,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            _end(process)


def finished(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """Run a command to its end and return what it printed; raise ChildError unless it succeeds."""
    with child(words, folder, environment, heard=True) as process:
        said, complained = process.communicate()
    if process.returncode != 0:
        raise _failed(words, process.returncode, complained or said)
    return said


def first_line(process: subprocess.Popen[str], words: Sequence[str], seconds: float) -> str:
    """Return the first line that a process prints; raise ChildError when none comes in time."""
    assert process.stdout is not None  # noqa: S101 - only of processes that are heard
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    line = process.stdout.readline() if ready else ""
    if line:
        return line
    process.kill()
    _, complained = process.communicate()
    raise _failed(words, process.returncode, complained)


@contextmanager
def ending_like_ctrl_c() -> Iterator[None]:
    """Let a request to end this process unwind it as Ctrl-C does, so that no child is left."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=LAST_STEP)
    except subprocess.TimeoutExpired:
        process.kill()


def _command(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "microcom", *words]


def _failed(words: Sequence[str], code: int, said: str) -> ChildError:
    message = f"microcom {words[0]} ended with {code}: {said.strip() or 'it said nothing'}"
    return ChildError(message, code="child.failed", hint="Run it again; it may have been a chance.")
