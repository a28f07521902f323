"""What other processes cost: time on the clock, processor time, memory at its largest."""
# ruff: noqa: S603 - scripts, which start our own command

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.stagehand import Stand

KIB = 1 if sys.platform == "darwin" else 1024
"""The unit of ``ru_maxrss``."""

# A process begins with the memory of whoever made it, and is charged for that at its largest: so a
# small one stands between, which says what its child cost.
BETWEEN = """
import json, os, sys, time
begun = time.perf_counter()
quiet = os.open(os.devnull, os.O_RDWR)
files = [(os.POSIX_SPAWN_DUP2, quiet, number) for number in (0, 1, 2)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=files)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - begun
print(json.dumps([seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, status]))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of the clock and of processor time; ``peak`` is in bytes."""

    wall: float
    cpu: float
    peak: int


def costs(words: Sequence[str], here: Stand, rounds: int) -> Cost:
    """Run a command ``rounds`` times after a first one; return the median of each figure.

    Without rounds the first one counts. What a command says and how it ends is not looked at.
    """
    tries = [_once(words, here) for _ in range(rounds + 1)]
    found = tries[1:] or tries
    return Cost(
        median(one.wall for one in found),
        median(one.cpu for one in found),
        max(one.peak for one in found),
    )


def _once(words: Sequence[str], here: Stand) -> Cost:
    done = subprocess.run(
        [sys.executable, "-S", "-c", BETWEEN, *words],
        env=here.environment,
        cwd=here.home,
        stdout=subprocess.PIPE,
        check=True,
    )
    wall, cpu, peak, _ = json.loads(done.stdout)
    return Cost(wall, cpu, peak * KIB)
