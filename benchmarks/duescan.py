"""What looking for due work costs, by how many deliveries wait: it is to cost the same with any.

From the repository's top:

    .venv/bin/python -m benchmarks.duescan [--sizes 1000 100000 1000000] [--rounds 7]
        [--engine sqlite | postgres]

Up to a thousand accounts have all of them, each a hundred or more. Doors of the store are timed in
microseconds: asking while nothing is due, and taking the one lane that has work, seeing whose turn
it is and giving it back. `microcom run` is a process, in processor time beside a bare Python's.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.agency import Agency, fill, settle_in, write_agency
from benchmarks.agency_doors import Hand, first_due
from benchmarks.engines import ENGINES, postgres_server
from benchmarks.stagehand import COMMAND, counted, rows, say, spent

from microcom.intake.places import REAL, find_places
from microcom.runner.clock import SystemClock
from microcom.store import open_store

if TYPE_CHECKING:
    from microcom.store import Store

SIZES = (1_000, 100_000, 1_000_000)
MOST_ACCOUNTS = 1_000
TRIES = 200
TITLES = ("waiting", "nothing due, µs", "a claim, µs", "the line, µs", "giving back, µs")
BARE = (sys.executable, "-c", "pass")


def main() -> None:
    """Measure each size, and print one table."""
    asked = _asked()
    titles = TITLES if asked.engine != "sqlite" else (*TITLES, "microcom run, x of bare Python")
    lines = [_line(size, asked.engine, asked.rounds) for size in asked.sizes]
    say(f"The median of {TRIES} tries on {asked.engine}.")
    say()
    rows(titles, lines)


def _line(size: int, engine: str, rounds: int) -> list[str]:
    accounts = min(MOST_ACCOUNTS, size // 100 or 1)
    agency = Agency(max(1, accounts // 20), accounts, size, 0)
    with TemporaryDirectory(prefix="microcom-bench-") as name, _place(Path(name), engine) as path:
        environment = _environment(Path(name))
        write_agency(Path(name) / "accounts.yaml", agency)
        hand = Hand(SystemClock().now())
        made = open_store(path, REAL, hand, actor="benchmark", create=True)
        with closing(made) as store:
            settle_in(store, find_places(environment), Path(name), agency)
            fill(store, agency, hand.now() + timedelta(days=1), bare=True)
            found = [f"{1e6 * one:.0f}" for one in _timed(store, hand)]
        if engine != "sqlite":
            return [f"{size:,}", *found]
        idle = _cpu((*COMMAND, "run"), environment, name, rounds)
        bare = _cpu(BARE, environment, name, rounds)
        return [f"{size:,}", *found, f"{idle / bare:.1f}"]


@contextmanager
def _place(folder: Path, engine: str) -> Iterator[str]:
    if engine == "sqlite":
        path = Path(find_places(_environment(folder)).queue)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        yield str(path)
    else:
        with postgres_server() as server:
            yield server.queue("duescan")


def _environment(folder: Path) -> dict[str, str]:
    kept = {key: text for key, text in os.environ.items() if not key.startswith("MICROCOM_")}
    return {**kept, "MICROCOM_HOME": str(folder)}


def _timed(store: Store, hand: Hand) -> tuple[float, float, float, float]:
    """Return what asking in quiet, a claim, the line and giving back take; one lane is due."""
    lanes = store.lanes
    quiet = _median(lambda: lanes.claim("me", "me", after=""))
    hand.at = first_due(store) - timedelta(hours=1)
    lane = store.db.value("SELECT min(name) FROM lane")
    account = store.db.value("SELECT name FROM account WHERE lane = :lane", lane=lane)
    with store.db.transaction():
        store.db.run(
            """UPDATE delivery SET due_at = :now, wake_at = :now WHERE id =
                (SELECT min(id) FROM delivery WHERE account = :account)""",
            now=store.db.now(),
            account=account,
        )
        store.lanes.refresh(lane)
    tries: tuple[list[float], ...] = ([], [], [])
    for _ in range(TRIES):
        begun = time.perf_counter()
        lease = lanes.claim("me", "me", after="")
        claimed = time.perf_counter()
        assert lease is not None  # noqa: S101 - its work is due and nobody holds it
        delivery = store.queue.next(lease)
        seen = time.perf_counter()
        assert delivery is not None  # noqa: S101 - likewise
        lanes.release(lease)
        stops = (claimed - begun, seen - claimed, time.perf_counter() - seen)
        for one, seconds in zip(tries, stops, strict=True):
            one.append(seconds)
    claim, line, back = map(median, tries)
    return quiet, claim, line, back


def _median(call: Callable[[], object]) -> float:
    seconds = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
    return median(seconds)


def _cpu(words: tuple[str, ...], environment: dict[str, str], folder: str, rounds: int) -> float:
    return median([spent(words, environment, folder) for _ in range(rounds + 1)][1:])


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.duescan", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--sizes", type=counted, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=counted, default=7)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    return parser.parse_args()


if __name__ == "__main__":
    main()
