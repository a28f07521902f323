"""What an agency's queue costs beside a small one: every door that a queue's size could slow down.

From the repository's top:

    .venv/bin/python -m benchmarks.scale [--waiting 1000000] [--past 200000] [--accounts 10000]
        [--clients 500] [--rounds 5] [--engine sqlite | postgres]

The small queue has 10 accounts and 1,000 deliveries waiting. Both are filled in bulk, row for row
as queueing and publishing fill them (benchmarks/agency.py). Doors of the store are timed in this
process, on a clock of their own: first while nothing is due, then at a second at which every
account has a post due, and up to 512 lanes are held. Commands are processes of their own, beside
a sandbox, measured in processor time. Last, posts that are due now are queued and drained by
`microcom run`. On PostgreSQL (a server made for it) only the doors are timed.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.agency import Agency, fill, settle_in, write_agency
from benchmarks.agency_doors import Hand, time_doors
from benchmarks.children import Cost, costs
from benchmarks.engines import ENGINES, postgres_server
from benchmarks.stagehand import COMMAND, Stand, counted, rows, say, stand

from microcom.core.passage import Fresh
from microcom.core.post import Snapshot
from microcom.core.target import Target
from microcom.intake.places import find_places
from microcom.runner.clock import SystemClock
from microcom.store import open_store

if TYPE_CHECKING:
    from microcom.store import Store
    from microcom.store.database import Clock

SMALL = Agency(clients=2, accounts=10, waiting=1_000, past=200)
AHEAD = timedelta(hours=1)
"""How long after a queue is filled its first posts are due."""
TRIES = 15
DRAINED, DRAINED_BY = 400, 200
"""Posts that are queued and drained, and by how many accounts at most."""
ONE_MORE = """---
id: one-more
to: [acct-7]
at: {day} 09:00
---
One more post, that nobody has planned before.
"""
COMMANDS = (
    ("status",),
    ("queue", "list"),
    ("queue", "list", "--client", "client-1"),
    ("queue", "show", "7"),
    ("log", "--account", "acct-7"),
    ("calendar",),
    ("calendar", "--client", "client-1"),
    ("slots", "--account", "acct-7"),
    ("plan", "one-more.md"),
    ("apply", "one-more.md"),
    ("pause", "--client", "client-1", "--dry-run"),
    ("doctor",),
)
IDLE = "import sys; from microcom.store.idle import is_idle; is_idle(sys.argv[1])"


@dataclass(slots=True)
class Queue:
    """A queue and its sandbox: where it is, how long filling took, what asking it costs."""

    agency: Agency
    here: Stand
    path: str
    filled: float = 0.0
    doors: dict[str, float] = field(default_factory=dict)
    commands: dict[str, float] = field(default_factory=dict)
    queueing: float = 0.0
    drain: Cost | None = None
    whole: int = 0
    sizes: Mapping[str, int] = field(default_factory=dict)

    def opened(self, clock: Clock, *, create: bool = False) -> Store:
        """Return a connection that tells the time by ``clock``."""
        return open_store(self.path, self.here.url, clock, actor="benchmark", create=create)


def main() -> None:
    """Fill two queues, ask both the same, and print what the large one costs more."""
    asked = _asked()
    large = Agency(asked.clients, asked.accounts, asked.waiting, asked.past)
    small, big = (_measured(one, asked.engine, asked.rounds) for one in (SMALL, large))
    say(f"{large.waiting:,} deliveries wait and {large.past:,} are out, of {large.accounts:,}")
    say(f"accounts of {large.clients:,} clients, on {asked.engine}; filled in {big.filled:.0f} s.")
    say("The small queue: 1,000 deliveries of 10 accounts, and 200 that are out.")
    say()
    rows(("a door, microseconds", "small", "large", "x"), _beside(small.doors, big.doors, 1e6))
    if big.drain and small.drain:
        say()
        titles = ("a command, processor ms", "small", "large", "x")
        rows(titles, _beside(small.commands, big.commands, 1e3))
        say()
        rows(("a worker", "small", "large", "x"), _drains(small, big))
        say()
        _show_sizes(big)


def _measured(agency: Agency, engine: str, rounds: int) -> Queue:
    with stand() as here, _place(here, engine) as path:
        queue = Queue(agency, here, path)
        _fill(queue, engine)
        hand = Hand(SystemClock().now())
        with closing(queue.opened(hand)) as store:
            queue.doors = time_doors(store, hand, TRIES)
        if engine == "sqlite":
            _time_commands(queue, rounds)
            _drain(queue)
            queue.whole, queue.sizes = Path(path).stat().st_size, _sizes(path)
        return queue


@contextmanager
def _place(here: Stand, engine: str) -> Iterator[str]:
    """Yield where the queue is to be."""
    if engine == "sqlite":
        path = Path(find_places(here.environment).queue)
        path.parent.mkdir(parents=True, mode=0o700)
        yield str(path)
    else:
        with postgres_server() as server:
            yield server.queue("agency")


def _fill(queue: Queue, engine: str) -> None:
    begun = time.perf_counter()
    folder = queue.here.home
    write_agency(folder / "accounts.yaml", queue.agency)
    with closing(queue.opened(SystemClock(), create=True)) as store:
        settle_in(store, find_places(queue.here.environment), folder, queue.agency)
        fill(store, queue.agency, SystemClock().now() + AHEAD)
        if engine == "postgres":
            store.db.run("ANALYZE")  # a server does it by itself, but only after a while
    os.sync()  # what filling wrote is not to be written while something is measured
    queue.filled = time.perf_counter() - begun


def _time_commands(queue: Queue, rounds: int) -> None:
    here = queue.here
    tomorrow = SystemClock().now() + timedelta(days=1)
    file = here.home / "one-more.md"
    file.write_text(ONE_MORE.format(day=f"{tomorrow:%Y-%m-%d}"), encoding="utf-8")
    for words in COMMANDS:
        name = f"microcom {' '.join(words)}"
        queue.commands[name] = costs((*COMMAND, *words), here, rounds).cpu
    bare = costs((COMMAND[0], "-c", IDLE, queue.path), here, rounds)
    queue.commands["what `microcom run` asks first"] = bare.cpu


def _drain(queue: Queue) -> None:
    """Queue posts that are due now, and drain them; the rest is due later."""
    accounts = min(DRAINED_BY, queue.agency.accounts)
    now = SystemClock().now()
    with closing(queue.opened(SystemClock())) as store:
        known = [store.accounts.find(name) for name in queue.agency.names[:accounts]]
        fresh = [_fresh(f"acct-{number % accounts}", number, now) for number in range(DRAINED)]
        pairs = [(one, known[number % accounts]) for number, one in enumerate(fresh)]
        begun = time.perf_counter()
        store.queue.add([(one, who) for one, who in pairs if who is not None])
        queue.queueing = (time.perf_counter() - begun) / DRAINED
    queue.drain = costs((*COMMAND, "run"), queue.here, 0)
    out = len(queue.here.ledger())
    assert out == DRAINED, f"{out} of {DRAINED} posts are out"  # noqa: S101 - a benchmark's own


def _fresh(account: str, number: int, now: datetime) -> Fresh:
    words = f"Drained note {number}, written by nobody."
    return Fresh(Target(account, "timeline"), Snapshot((words,)), now, "UTC", f"drained-{number}")


def _beside(
    small: Mapping[str, float], big: Mapping[str, float], unit: float
) -> Sequence[Sequence[str]]:
    return [
        [name, f"{unit * small[name]:,.0f}", f"{unit * one:,.0f}", f"{one / small[name]:,.1f}"]
        for name, one in big.items()
    ]


def _drains(small: Queue, big: Queue) -> Sequence[Sequence[str]]:
    one, other = small.drain, big.drain
    assert one is not None and other is not None  # noqa: S101, PT018 - asked before
    figures = (
        ("queueing one, ms", 1e3 * small.queueing, 1e3 * big.queueing),
        ("draining one, processor ms", 1e3 * one.cpu / DRAINED, 1e3 * other.cpu / DRAINED),
        ("draining one, ms", 1e3 * one.wall / DRAINED, 1e3 * other.wall / DRAINED),
        ("memory at most, MiB", one.peak / 2**20, other.peak / 2**20),
    )
    return [[what, f"{a:.2f}", f"{b:.2f}", f"{b / a:.1f}"] for what, a, b in figures]


def _sizes(path: str) -> Mapping[str, int]:
    """Return the bytes of each table and index, none where this SQLite cannot tell."""
    try:
        with closing(sqlite3.connect(path)) as file:
            found = file.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name")
            return dict(found.fetchall())
    except sqlite3.OperationalError:
        return {}


def _show_sizes(queue: Queue) -> None:
    whole, count = queue.whole, queue.agency.waiting + queue.agency.past
    say(f"The file has {whole / 2**20:,.0f} MiB: {whole / count:,.0f} bytes a delivery.")
    say()
    largest = sorted(queue.sizes.items(), key=lambda one: -one[1])
    lines = [[name, f"{size / 2**20:,.1f}"] for name, size in largest if size > whole / 200]
    rows(("table or index", "MiB"), lines)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.scale", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--waiting", type=counted, default=1_000_000)
    parser.add_argument("--past", type=counted, default=200_000)
    parser.add_argument("--accounts", type=counted, default=10_000)
    parser.add_argument("--clients", type=counted, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    return parser.parse_args()


if __name__ == "__main__":
    main()
