"""Many seeds, for a long time: what `make simulate` runs.

Goes on where the last run of the same sources stopped, and writes commit, range and count into
docs/simulation.md as it goes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from tests.simulation.broken import RULES_ON_A_SERVER
from tests.simulation.engine import ENGINES
from tests.simulation.plan import Beyond
from tests.simulation.simulate import Outcome, batch

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "simulation.md"
SOURCES = ("src", "tests/simulation", "tests/conformance", "tests/postgres.py")
BATCH = 250
HEAD = "| commit | engine | seeds | passed | date |"


def main() -> int:
    """Run the seeds; 1 when one of them fails."""
    wanted = _arguments()
    commit = "" if wanted.broken or wanted.beyond else _commit()
    end = wanted.first + wanted.seeds
    first = _done(commit, wanted.engine, wanted.first)
    if first > wanted.first:
        print(f"Seeds {wanted.first} to {first - 1} have passed on {commit} before.")
    begun, ran, met = time.monotonic(), 0, Counter[str]()
    for outcomes in _batches(first, end, wanted):
        wrong = [outcome for outcome in outcomes if outcome.wrong]
        ran += len(outcomes)
        for outcome in outcomes:
            met += outcome.happened
        if wrong:
            return _failed(wrong, wanted)
        if commit:
            _record(commit, wanted.engine, wanted.first, outcomes[-1].seed)
        _tell(outcomes[-1].seed, ran, time.monotonic() - begun)
    print(", ".join(f"{name} {count}" for name, count in met.most_common()))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--broken", choices=["", *RULES_ON_A_SERVER], default="")
    parser.add_argument("--beyond", choices=[one.value for one in Beyond], default="")
    return parser.parse_args()


def _batches(first: int, end: int, wanted: argparse.Namespace) -> Iterator[list[Outcome]]:
    """Yield outcomes in the order of their seeds, worked out ``jobs`` at a time."""
    starts = range(first, end, BATCH)
    how = (wanted.broken, wanted.beyond, wanted.engine)
    with ProcessPoolExecutor(wanted.jobs, mp_context=get_context("spawn")) as pool:
        batches = [pool.submit(batch, start, min(start + BATCH, end), *how) for start in starts]
        try:
            for one in batches:
                yield one.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _failed(wrong: list[Outcome], wanted: argparse.Namespace) -> int:
    for outcome in wrong:
        print(f"Seed {outcome.seed} failed:")
        for sentence in outcome.wrong:
            print(f"  {sentence}")
    words = [f"SEEDS=1 FROM={wrong[0].seed}"]
    words += [f"ENGINE={wanted.engine}"] * (wanted.engine != ENGINES[0])
    words += [f"BROKEN={wanted.broken}"] * bool(wanted.broken)
    words += [f"BEYOND={wanted.beyond}"] * bool(wanted.beyond)
    print("Again: make simulate", *words)
    return 1


def _tell(seed: int, ran: int, seconds: float) -> None:
    print(f"{ran} seeds passed, up to {seed}: {seconds / ran * 1000:.0f} ms each", flush=True)


# --- the page ----------------------------------------------------------------------------------


def _commit() -> str:
    """Return the commit of the sources that a run is about, "" where they have changed since."""
    if _git("status", "--porcelain", "--", *SOURCES):
        print("There are changes that are not committed: this run is not recorded.")
        return ""
    return _git("log", "-1", "--format=%h", "--", *SOURCES)


def _git(*words: str) -> str:
    git = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    return git.stdout.strip()


def _done(commit: str, engine: str, first: int) -> int:
    """Return the first seed from ``first`` on that has not passed on a commit and engine."""
    for row in _rows():
        if row[:3] == [commit, engine, str(first)]:
            return int(row[3]) + 1
    return first


def _rows() -> list[list[str]]:
    """Return the page's rows: commit, engine, first and last seed."""
    rows = []
    for text in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in text.strip("|").split("|")]
        seeds = cells[2].split(" to ") if len(cells) == HEAD.count("|") - 1 else []
        if len(seeds) == 2 and seeds[0].isdigit():
            rows.append([*cells[:2], *seeds])
    return rows


def _record(commit: str, engine: str, first: int, last: int) -> None:
    """Write how far a commit has come; its row is made or made longer."""
    date = datetime.now(UTC).date().isoformat()
    row = f"| {commit} | {engine} | {first} to {last} | {last - first + 1:,} | {date} |"
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = f"| {commit} | {engine} | {first} to "
    for number, text in enumerate(lines):
        if text.startswith(start):
            lines[number] = row
            break
    else:
        lines.insert(lines.index(HEAD) + 2, row)
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
