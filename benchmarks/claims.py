"""How many deliveries a second workers take, with nothing to send: the queue's own rate.

From the repository's top:

    .venv/bin/python -m benchmarks.claims [--deliveries 2000] [--accounts 200]
        [--workers 1 2 4 8] [--engines sqlite postgres] [--procrastinate]

A worker is a process. "Finished" takes a lane, sees who is first, ends that delivery with its
event, and gives the lane back. "Published" is what a post costs: a mark before, and the answer,
the part, the receipt and their events after, each waiting for the disk. `--procrastinate` installs
Procrastinate 3.10 into a folder that is gone in the end, and lets it do the like of "finished" on
the same server: fetch a job under its account's lock, finish it. All of one number of workers take
turns. A rate is that of all workers together, from the first to begin to the last to end.
"""
# ruff: noqa: S603 - a script, which starts our own workers

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.agency import Agency, fill, settle_in, write_agency
from benchmarks.claiming import NAMES
from benchmarks.engines import ENGINES, postgres_server
from benchmarks.stagehand import counted, rows, say

from microcom.intake.places import REAL, find_places
from microcom.runner.clock import SystemClock
from microcom.store import open_store

if TYPE_CHECKING:
    from tests.postgres import Server

OTHER = "procrastinate[psycopg]>=3.10,<3.11"
DRIVER = "psycopg[binary,pool]"
BESIDE = Path(__file__).with_name("claims_procrastinate.py")
WEEKS = timedelta(weeks=4)
"""All of it is due by now."""


def main() -> None:
    """Measure each number of workers, and print one table."""
    asked = _asked()
    agency = Agency(max(1, asked.accounts // 20), asked.accounts, asked.deliveries, 0)
    with ExitStack() as ends:
        wants_server = asked.procrastinate or "postgres" in asked.engines
        server = ends.enter_context(postgres_server()) if wants_server else None
        other = _python_with_it(ends) if asked.procrastinate else None
        lines = []
        for number, workers in enumerate(asked.workers):
            for engine in asked.engines:
                for name in NAMES:
                    place = _place(server, engine, f"{name}_{number}")
                    rate = _ours(agency, engine, place, name, workers)
                    lines.append([f"microcom, {name}", engine, str(workers), f"{rate:.0f}"])
            if server is not None and other is not None:
                address = server.queue(f"other_{number}")
                rate = _theirs(other, address, asked.deliveries, asked.accounts, workers)
                lines.append(["Procrastinate, finished", "postgres", str(workers), f"{rate:.0f}"])
    say(f"{asked.deliveries:,} deliveries of {asked.accounts:,} accounts, all due.")
    say()
    rows(("what", "engine", "workers", "a second"), lines)


def _place(server: Server | None, engine: str, name: str) -> str:
    """Return the address of a new queue on the server, "" for one in a file."""
    return server.queue(name) if server is not None and engine == "postgres" else ""


def _ours(agency: Agency, engine: str, place: str, name: str, workers: int) -> float:
    with TemporaryDirectory(prefix="microcom-bench-") as folder:
        path = place if engine == "postgres" else str(Path(folder) / "queue.db")
        _fill(path, Path(folder), agency)
        words = [sys.executable, "-m", "benchmarks.claiming", path, name]
        return _rate([words] * workers, agency.waiting)


def _fill(path: str, folder: Path, agency: Agency) -> None:
    write_agency(folder / "accounts.yaml", agency)
    places = find_places({"MICROCOM_HOME": str(folder)})
    clock = SystemClock()
    made = open_store(path, REAL, clock, actor="benchmark", create=True)
    with closing(made) as store:
        settle_in(store, places, folder, agency)
        fill(store, agency, clock.now() - WEEKS)


def _theirs(python: Path, address: str, jobs: int, accounts: int, workers: int) -> float:
    words = [str(python), "-P", str(BESIDE), address]  # our files beside it are none of its own
    subprocess.run([*words, "fill", str(jobs), str(accounts)], check=True)
    return _rate([[*words, "work"]] * workers, jobs)


def _rate(workers: Sequence[Sequence[str]], expected: int) -> float:
    """Let workers begin at once; return how many they did a second, together."""
    with ExitStack() as ends:
        crew = [ends.enter_context(_begun(words)) for words in workers]
        for one in crew:
            assert one.stdin is not None  # noqa: S101 - it was asked for
            one.stdin.write("go\n")
            one.stdin.flush()
        done = [json.loads(one.communicate()[0]) for one in crew]
    counts, begins, ends_at = zip(*done, strict=True)
    assert sum(counts) == expected, f"{sum(counts)} of {expected}"  # noqa: S101 - none twice
    return expected / (max(ends_at) - min(begins))


@contextmanager
def _begun(words: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Yield a worker that is ready."""
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as worker:
        try:
            assert worker.stdout is not None  # noqa: S101 - it was asked for
            worker.stdout.readline()
            yield worker
        finally:
            if worker.poll() is None:
                worker.terminate()


def _python_with_it(ends: ExitStack) -> Path:
    """Return a Python that has Procrastinate, for as long as ``ends`` is open."""
    folder = Path(ends.enter_context(TemporaryDirectory(prefix="microcom-bench-")))
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", OTHER, DRIVER]
    subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    return python


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.claims", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--deliveries", type=counted, default=2000)
    parser.add_argument("--accounts", type=counted, default=200)
    parser.add_argument("--workers", type=counted, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--engines", choices=ENGINES, nargs="+", default=list(ENGINES))
    parser.add_argument("--procrastinate", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
