"""What the calendar costs, by how many deliveries the queue holds: processor time of the command.

From the repository's top:

    .venv/bin/python -m benchmarks.calendar [--sizes 1000 10000 100000 1000000] [--rounds 7]

Each queue has 200 accounts that post once a day, half of it before the day that is looked at and
half after: the more deliveries, the more years. In one more queue, as many as in the largest lie
within a month. The views take turns, and the median of each counts, also as a multiple of what it
costs with an empty queue.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.stagehand import COMMAND, counted, rows, say, spent

from microcom.core.schedule import micros
from microcom.intake.places import find_places
from microcom.runner.clock import SystemClock
from microcom.store import open_store

TITLES = ("deliveries", "--week", "x", "--week --account", "x", "--month", "x")
SIZES = (1_000, 10_000, 100_000, 1_000_000)
ACCOUNTS = 200
DAY = 86_400_000_000
NOON = datetime(2031, 3, 15, 12, tzinfo=UTC)
VIEWS = (
    ("calendar", "--from", "2031-03-15"),
    ("calendar", "--from", "2031-03-15", "--account", "acct-7"),
    ("calendar", "--month", "--from", "2031-03-15"),
)
FILL = """
    WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n + 1 < :size)
    INSERT INTO delivery (world, project, post, account, community, kind, platform, lane,
        snapshot, state, due_at, zone, created_at)
    SELECT 'real', 'p', 'post-' || n, 'acct-' || (n % :accounts), 'timeline', 'timeline', 'x',
        'lane', 'd', CASE n % 10 WHEN 0 THEN 'held' ELSE 'queued' END,
        :first + n * :apart, 'Europe/Paris', :first
    FROM number"""


@dataclass(frozen=True, slots=True)
class Filled:
    """A queue with so many deliveries, so many microseconds apart."""

    name: str
    size: int
    apart: int


def main() -> None:
    """Measure each view of each queue, and print one table."""
    asked = _asked()
    most = max(asked.sizes)
    queues = [
        Filled("none", 0, 0),
        *(Filled(f"{size:,}", size, DAY // ACCOUNTS) for size in asked.sizes),
        Filled(f"{most:,} in a month", most, 30 * DAY // most),
    ]
    lines: list[list[str]] = []
    empty: Sequence[float] = ()
    for one in queues:
        with TemporaryDirectory(prefix="microcom-bench-") as folder:
            found = _measured(_home(Path(folder), one), folder, asked.rounds)
        empty = empty or found
        pairs = zip(found, empty, strict=True)
        cells = (cell for own, unit in pairs for cell in _cells(own, unit))
        lines.append([one.name, *cells])
    say(f"Processor ms, the median of {asked.rounds} rounds after a first one.")
    say()
    rows(TITLES, lines)


def _cells(seconds: float, unit: float) -> tuple[str, str]:
    return f"{1000 * seconds:.0f}", f"{seconds / unit:.2f}"


def _home(folder: Path, one: Filled) -> dict[str, str]:
    """Return the environment of a user who has such a queue."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith("MICROCOM_")}
    environment = {**kept, "MICROCOM_HOME": str(folder)}
    places = find_places(environment)
    clock = SystemClock()
    made = open_store(places.queue, places.world, clock, actor="benchmark", create=True)
    with closing(made) as store:
        if one.size:
            first = micros(NOON) - one.size // 2 * one.apart
            store.db.run(FILL, size=one.size, accounts=ACCOUNTS, first=first, apart=one.apart)
    return environment


def _measured(environment: Mapping[str, str], folder: str, rounds: int) -> list[float]:
    """Return what each view costs, in seconds."""
    tries: list[list[float]] = [[] for _ in VIEWS]
    for _ in range(rounds + 1):
        for words, seconds in zip(VIEWS, tries, strict=True):
            seconds.append(spent((*COMMAND, *words), environment, folder))
    return [median(seconds[1:]) for seconds in tries]


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.calendar", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--sizes", type=counted, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=counted, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
