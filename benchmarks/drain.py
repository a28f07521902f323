"""How fast `microcom run` drains a queue, beside bare httpx threads making the same requests.

From the repository's top:

    .venv/bin/python -m benchmarks.drain [--deliveries 2000] [--accounts 200]
        [--jobs 1 2 4 8] [--processes 1 2] [--rounds 1]

The emulator answers from another process. Each measurement begins with a fresh sandbox and ends
with a look at its ledger: each text is out exactly once. A rate counts all of a command, from the
start of Python to its last line; of several rounds, which take turns, the best of each counts, so
that what else a machine does matters less. "Noted" are bare requests each of which has one row on
disk before it leaves. The budget is 60 % of the rate over fresh connections.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.bare import post_all
from benchmarks.stagehand import Spent, Stand, Wanted, counted, fill, rows, run, say, stand, texts

BUDGET = 0.60
MOST_AN_HOUR = 50
"""Posts of one account: the ceiling of the platform they are queued for."""
TITLES = ("what", "processes", "threads", "wall s", "per s", "of fresh", "CPU ms", "sandbox CPU ms")

Post = Callable[[Stand], Spent]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of posting all of it; ``queued`` when it takes it from a queue."""

    what: str
    processes: int
    threads: int
    post: Post
    queued: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One way, measured; ``answering`` is the sandbox's processor time in seconds."""

    way: Way
    count: int
    spent: Spent
    answering: float

    @property
    def rate(self) -> float:
        """Return the posts a second."""
        return self.count / self.spent.wall

    def cells(self, fresh: Line) -> list[str]:
        """Return the line as it is printed; processor times are those of one post."""
        each = 1000 / self.count
        return [
            self.way.what,
            str(self.way.processes),
            str(self.way.threads),
            f"{self.spent.wall:.2f}",
            f"{self.rate:.0f}",
            f"{self.rate / fresh.rate:.0%}",
            f"{self.spent.cpu * each:.2f}",
            f"{self.answering * each:.2f}",
        ]


def main() -> None:
    """Measure, for each number of threads, and print one table."""
    asked = _asked()
    wanted = texts(asked.accounts, asked.deliveries)
    say(f"{len(wanted)} texts of {asked.accounts} accounts, best of {asked.rounds}.")
    cells: list[list[str]] = []
    best = 0.0
    for jobs in asked.jobs:
        ways = _ways(wanted, jobs, asked.processes)
        fresh, kept, noted, *ours = _measured(ways, wanted, asked.accounts, asked.rounds)
        cells += [line.cells(fresh) for line in (fresh, kept, noted, *ours)]
        best = max(best, *(line.rate / fresh.rate for line in ours))
    say()
    rows(TITLES, cells)
    say()
    say(f"Each text is out exactly once. Budget {'kept' if best >= BUDGET else 'missed'}: at best")
    say(f"{best:.0%} of the rate of bare httpx over fresh connections, {BUDGET:.0%} asked.")


def _ways(wanted: Sequence[Wanted], jobs: int, processes: Sequence[int]) -> list[Way]:
    """Return the bare requests, over fresh and over kept connections, and microcom's."""

    def bare(*, kept: bool, noted: bool = False) -> Post:
        return lambda here: post_all(here, wanted, jobs, kept=kept, noted=noted)

    def drained(count: int) -> Post:
        return lambda here: run(["run", "--jobs", str(jobs)], here, count)

    return [
        Way("bare httpx, fresh", 1, jobs, bare(kept=False)),
        Way("bare httpx, kept", 1, jobs, bare(kept=True)),
        Way("bare httpx, noted", 1, jobs, bare(kept=False, noted=True)),
        *(Way("microcom run", count, jobs, drained(count), queued=True) for count in processes),
    ]


def _measured(
    ways: Sequence[Way], wanted: Sequence[Wanted], accounts: int, rounds: int
) -> list[Line]:
    """Measure each way in turn, round after round; return the best of each."""
    tries = [[_line(way, wanted, accounts) for way in ways] for _ in range(rounds)]
    return [min(lines, key=lambda line: line.spent.wall) for lines in zip(*tries, strict=True)]


def _line(way: Way, wanted: Sequence[Wanted], accounts: int) -> Line:
    with stand() as here:
        if way.queued:
            fill(here, accounts, wanted)
        before = here.server_cpu()
        spent = way.post(here)
        answering = here.server_cpu() - before
        here.check(wanted)
    return Line(way, len(wanted), spent, answering)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.drain", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--deliveries", type=counted, default=2000)
    parser.add_argument("--accounts", type=counted, default=200)
    parser.add_argument("--jobs", type=counted, nargs="+", default=[4])
    parser.add_argument("--processes", type=counted, nargs="+", default=[1])
    parser.add_argument("--rounds", type=counted, default=1)
    asked = parser.parse_args()
    if asked.deliveries > MOST_AN_HOUR * asked.accounts:
        parser.error(f"more than {MOST_AN_HOUR} texts for an account: its ceiling would park it")
    return asked


if __name__ == "__main__":
    main()
