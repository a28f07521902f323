"""What it costs to compare a post with earlier ones, by how many there are: processor time.

From the repository's top:

    .venv/bin/python -m benchmarks.sameness [--sizes 1000 10000 100000] [--rounds 200]

Each queue holds so many texts of two accounts of one client, all due within the 30 days that are
compared: 40 words each, drawn from 3,000. Compared are new texts, and earlier ones with a word
changed, which the other account would post; each of these has to be found. Queueing, which writes
the index, is measured while the queue fills.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.stagehand import counted, rows, say

from microcom.core.account import Account, Community
from microcom.core.config import Config
from microcom.core.login import Identity
from microcom.core.passage import Fresh
from microcom.core.post import Snapshot
from microcom.core.sameness import Said
from microcom.core.target import Target
from microcom.runner.clock import SystemClock
from microcom.store import Store, open_store

TITLES = (
    "earlier posts",
    "queue one, ms",
    "x",
    "compare a new one, ms",
    "x",
    "a like one, ms",
    "x",
)
SIZES = (1_000, 10_000, 100_000)
LETTERS = "abcdefghiklmnoprstuvwyz"
NAMES = ("one", "two")
SPAN = timedelta(days=30)
BATCH = 1_000


class Texts:
    """Texts drawn by chance, the same in every run."""

    def __init__(self) -> None:
        self._dice = random.Random(6)  # noqa: S311 - no secrets
        self._words = ["".join(self._dice.choices(LETTERS, k=6)) for _ in range(3_000)]

    def drawn(self) -> str:
        """Return another text."""
        return " ".join(self._dice.choices(self._words, k=40))


def main() -> None:
    """Measure each size, and print one table."""
    asked = _asked()
    lines: list[list[str]] = []
    least: Sequence[float] = ()
    for size in asked.sizes:
        with TemporaryDirectory(prefix="microcom-bench-") as folder:
            found = _measured(Path(folder), size, asked.rounds)
        least = least or found
        cells = [
            (f"{1000 * own:.2f}", f"{own / unit:.2f}")
            for own, unit in zip(found, least, strict=True)
        ]
        lines.append([f"{size:,}", *(cell for pair in cells for cell in pair)])
    say(f"Processor ms, the median of {asked.rounds} texts; queueing: the mean.")
    say()
    rows(TITLES, lines)


def _measured(folder: Path, size: int, rounds: int) -> tuple[float, float, float]:
    texts, start = Texts(), datetime.now(UTC)
    path = str(folder / "queue.db")
    with closing(open_store(path, "real", SystemClock(), actor="bench", create=True)) as store:
        begun = time.process_time()
        written = _fill(store, texts, size, start)
        queueing = (time.process_time() - begun) / size
        new = [_compared(store, texts.drawn(), start)[0] for _ in range(rounds)]
        like = [_like(store, written, number, start) for number in range(rounds)]
    return queueing, median(new), median(like)


def _fill(store: Store, texts: Texts, size: int, start: datetime) -> list[str]:
    """Queue so many texts of the first account; return them."""
    place = {"timeline": Community("timeline", "timeline")}
    accounts = {
        name: Account(
            name, "x", name, "p", "UTC", None, "x", place, "timeline", place["timeline"].rules
        )
        for name in NAMES
    }
    config = Config("p", "UTC", (str(Path.cwd() / "accounts.yaml"),), "0", accounts, {}, {}, {})
    with store.db.transaction():
        store.accounts.register(config, NAMES)
        store.accounts.identify(NAMES[0], Identity("1", NAMES[0]), timedelta())
    known = store.accounts.find(NAMES[0])
    if known is None:
        sys.exit("The account was not written.")
    written = [texts.drawn() for _ in range(size)]
    for first in range(0, size, BATCH):
        some = enumerate(written[first : first + BATCH], first)
        fresh = [_fresh(text, start + SPAN * (number / size)) for number, text in some]
        store.queue.add([(one, known) for one in fresh], again=True)
    return written


def _fresh(text: str, due: datetime) -> Fresh:
    return Fresh(Target(NAMES[0], "timeline"), Snapshot((text,)), due, "UTC", text[:20])


def _like(store: Store, written: Sequence[str], number: int, start: datetime) -> float:
    """Return what comparing an earlier text costs, changed in one word; it has to be found."""
    earlier = written[number * len(written) // 1_000 % len(written)]
    words = earlier.split()
    words[number % len(words)] = "otherwise"
    seconds, found = _compared(store, " ".join(words), start)
    if earlier not in found:
        sys.exit("A text that is nearly the same was not found.")
    return seconds


def _compared(store: Store, text: str, start: datetime) -> tuple[float, list[str]]:
    """Return what looking for texts like one costs, in seconds, and those that were found."""
    said = Said(
        ("p", None), "x", Target(NAMES[1], "timeline"), "new", start, "UTC", Snapshot((text,))
    )
    begun = time.process_time()
    found = list(store.alike.near(said, start - SPAN, start + SPAN))
    return time.process_time() - begun, [one.snapshot.parts[0] for one in found]


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.sameness", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--sizes", type=counted, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=counted, default=200)
    return parser.parse_args()


if __name__ == "__main__":
    main()
