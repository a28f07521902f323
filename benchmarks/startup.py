"""What commands cost that do little: processor time, as multiples of `python -c pass`.

From the repository's top:

    .venv/bin/python -m benchmarks.startup [--rounds 15]

The commands take turns, round after round, and the median of each counts, so that what else a
machine does meets all of them alike. The queue is of the real world, with one account, whose
accounts file was read before; what is queued is due tomorrow, and nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.stagehand import COMMAND, counted, rows, say, spent, write_accounts

from microcom import platforms
from microcom.core.login import Identity
from microcom.intake.cache import open_config
from microcom.intake.places import find_places
from microcom.runner.clock import SystemClock
from microcom.store import open_store

TITLES = ("what", "CPU ms", "x", "budget x", "")
ACCOUNT = "acct-0000"
BARE = (sys.executable, "-c", "pass")

Words = Callable[[int], tuple[str, ...]]
"""The words of a command in a round, counted from 1: what is queued differs each time."""


@dataclass(frozen=True, slots=True)
class Small:
    """A command that does little, and the most it may cost as a multiple of a bare Python."""

    what: str
    words: Words
    budget: float


TOMORROW = (SystemClock().now() + timedelta(days=1)).strftime("%Y-%m-%d %H:%M")


def _post(number: int) -> tuple[str, ...]:
    return ("post", f"Round {number}", "--to", ACCOUNT, "--at", TOMORROW)


SMALL = (
    Small("microcom --version", lambda _: ("--version",), 1.5),
    Small("microcom run, nothing due", lambda _: ("run",), 3),
    Small("microcom queue list", lambda _: ("queue", "list"), 8),
    Small("microcom post, for tomorrow", _post, 8),
    Small("microcom queue cancel", lambda number: ("queue", "cancel", str(number)), 8),
)


def main() -> None:
    """Measure round after round, and print one table."""
    rounds = _asked().rounds
    bare: list[float] = []
    tries: list[list[float]] = [[] for _ in SMALL]
    with TemporaryDirectory(prefix="microcom-bench-") as folder:
        home = _home(Path(folder))
        for number in range(1, rounds + 2):
            bare.append(spent(BARE, home, folder))
            for one, seconds in zip(SMALL, tries, strict=True):
                seconds.append(spent((*COMMAND, *one.words(number)), home, folder))
    unit = median(bare[1:])
    lines = [
        _cells(one, median(seconds[1:]), unit) for one, seconds in zip(SMALL, tries, strict=True)
    ]
    say(f"Processor time, the median of {rounds} rounds after a first one.")
    say()
    rows(TITLES, [["python -c pass", f"{1000 * unit:.0f}", "1.0", "", ""], *lines])


def _home(folder: Path) -> dict[str, str]:
    """Return the environment of a user who has one account, which is logged in."""
    write_accounts(folder / "accounts.yaml", [ACCOUNT])
    kept = {key: text for key, text in os.environ.items() if not key.startswith("MICROCOM_")}
    environment = {**kept, "MICROCOM_HOME": str(folder)}
    places = find_places(environment)
    config = open_config(places, platforms, None, folder)
    clock = SystemClock()
    made = open_store(places.queue, places.world, clock, actor="benchmark", create=True)
    with closing(made) as store:
        store.accounts.register(config, [ACCOUNT])
        store.accounts.identify(ACCOUNT, Identity("1", "acct_0000"), timedelta())
    return environment


def _cells(one: Small, seconds: float, unit: float) -> list[str]:
    ratio = seconds / unit
    kept = "kept" if ratio <= one.budget else "missed"
    return [one.what, f"{1000 * seconds:.0f}", f"{ratio:.1f}", f"{one.budget:g}", kept]


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.startup", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rounds", type=counted, default=15)
    return parser.parse_args()


if __name__ == "__main__":
    main()
