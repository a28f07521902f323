"""The workers of a torture: real processes that are killed, stopped and started again."""

from __future__ import annotations

import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

LAST_STEP = 40.0
"""Seconds that workers have for the step in flight when they are asked to end."""
OURS = frozenset({-signal.SIGKILL, -signal.SIGALRM, 3})
"""How a tormented worker may end: killed, by its own dead-man timer, by a queue that is locked."""


@dataclass(frozen=True, slots=True)
class Torment:
    """How often, in seconds, each worker meets something, and how long it is stopped."""

    apart: float
    short: tuple[float, float]
    long: tuple[float, float]
    """Longer than a lease lasts."""


@dataclass(slots=True)
class Victim:
    """One worker, ``until`` when it is stopped, if it is."""

    process: subprocess.Popen[bytes]
    until: float | None = None


@dataclass(slots=True)
class Workers:
    """Several workers over one queue; ``start`` starts one, ``chance`` decides what it meets."""

    start: Callable[[int], subprocess.Popen[bytes]]
    chance: Random
    torment: Torment
    happened: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    victims: list[Victim] = field(default_factory=list)

    def begin(self, count: int) -> None:
        """Start so many."""
        self.victims = [Victim(self.start(number)) for number in range(count)]

    def hurt(self, now: float, passed: float) -> None:
        """Let each worker meet what chance wants after ``passed`` seconds; start the dead anew."""
        for victim in self.victims:
            if victim.until is None and self.chance.random() < passed / self.torment.apart:
                self._one(victim, now)
        self.tend(now)

    def tend(self, now: float) -> None:
        """Let the stopped go on when it is time; start those anew that have ended."""
        for number, victim in enumerate(self.victims):
            if victim.until is not None and now >= victim.until:
                victim.until = None
                victim.process.send_signal(signal.SIGCONT)
            if victim.process.poll() is not None:
                self._ended(victim.process.returncode)
                self.victims[number] = Victim(self.start(number))

    def spare(self) -> None:
        """Let every stopped worker go on now."""
        for victim in self.victims:
            victim.until = None if victim.until is None else 0.0
        self.tend(0.0)

    def end(self) -> None:
        """Ask all of them to end, wait for it, and note who did not end well."""
        for victim in self.victims:
            victim.process.terminate()
        for victim in self.victims:
            if victim.process.wait(LAST_STEP) not in {0, -signal.SIGTERM}:
                self._ended(victim.process.returncode)

    def kill(self) -> None:
        """End every process, whatever it does."""
        for victim in self.victims:
            with suppress(ProcessLookupError):
                victim.process.kill()
            victim.process.wait()

    def _one(self, victim: Victim, now: float) -> None:
        what = self.chance.choice(("killed", "stopped", "stopped for long"))
        self.happened[what] += 1
        if what == "killed":
            victim.process.kill()
            victim.process.wait()
            return
        span = self.torment.long if what == "stopped for long" else self.torment.short
        victim.until = now + self.chance.uniform(*span)
        victim.process.send_signal(signal.SIGSTOP)

    def _ended(self, code: int) -> None:
        if code == -signal.SIGALRM:
            self.happened["ended by the dead-man timer"] += 1
        if code == 3:
            self.happened["ended by a locked queue"] += 1
        if code not in OURS:
            self.wrong.append(f"a worker ended by itself with {code}")


def started(
    command: Sequence[str], number: int, folder: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start a worker whose words go to a file of the folder."""
    with (folder / f"worker-{number}.log").open("ab") as log:
        return subprocess.Popen(
            [*command, "worker"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
