"""How planning grows with its work: `check`, `plan` and the search for a free slot.

From the repository's top:

    .venv/bin/python -m benchmarks.plans [--files 10 100 1000] [--taken 1000 10000 100000 1000000]

`check` and `plan` are commands of their own, in processor time, with what a start costs taken off
(the same command with one file). Every post is for ten accounts, each in its next free slot: a
thousand files are ten thousand deliveries. The search is one call beside so many that are taken.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.stagehand import COMMAND, counted, rows, say, spent

from microcom.core.openings import free_slots, opening
from microcom.core.schedule import on_clock, zone
from microcom.core.slots import read_slots

TARGETS = 10
PARIS = zone("Europe/Paris")
START = datetime(2031, 1, 1, tzinfo=UTC)
SLOTS = read_slots("daily 09:00")
GAP = timedelta(minutes=20)
ALIKE = "sameness: {text: off, media: off, link: off}"
"""Every post says nearly the same to all: what is too alike has a benchmark of its own."""
NOBODY = "http://127.0.0.1:9"
"""A sandbox that nobody asks: plans need no network."""
POST = """---
id: post-{number}
to: [everybody]
at: slot after 2031-01-01
tags: [one, two]
---
Post number {number}, with some words to say, and a few more of them.
"""


def main() -> None:
    """Measure, and print two tables."""
    asked = _asked()
    with TemporaryDirectory(prefix="microcom-bench-") as folder:
        lines = _commands(Path(folder), asked.files)
    say("Processor time of commands, what a start costs taken off.")
    say()
    rows(("what", "files", "deliveries", "CPU ms", "ms a delivery"), lines)
    say()
    rows(("what", "taken", "microseconds"), _searches(asked.taken))


def _commands(folder: Path, sizes: Sequence[int]) -> list[list[str]]:
    environment = _home(folder)
    lines = []
    for words in ("check", "plan"):
        start = _spent(folder, environment, words, 1)
        for size in sizes:
            more = max(_spent(folder, environment, words, size) - start, 0.0)
            count = size * TARGETS
            each = f"{1000 * more / count:.2f}"
            lines.append([f"microcom {words}", f"{size}", f"{count}", f"{1000 * more:.0f}", each])
    return lines


def _spent(folder: Path, environment: dict[str, str], word: str, size: int) -> float:
    posts = folder / f"posts-{size}"
    if not posts.is_dir():
        posts.mkdir()
        for number in range(size):
            (posts / f"{number}.md").write_text(POST.format(number=number), encoding="utf-8")
    return median(spent((*COMMAND, word, str(posts)), environment, str(folder)) for _ in range(3))


def _home(folder: Path) -> dict[str, str]:
    """Return the environment of a user with ten accounts that have slots."""
    slots = "[daily 09:00 12:00 15:00 18:00]"
    names = [f"acct-{number}" for number in range(TARGETS)]
    accounts = "".join(
        f"  {name}: {{platform: x, handle: {name}, slots: {slots}}}\n" for name in names
    )
    (folder / "accounts.yaml").write_text(
        f"project: bench\ntimezone: Europe/Paris\nrules: {{gap: 20m, {ALIKE}}}\n"
        f"accounts:\n{accounts}"
        f"groups: {{everybody: [{', '.join(names)}]}}\n",
        encoding="utf-8",
    )
    kept = {key: text for key, text in os.environ.items() if not key.startswith("MICROCOM_")}
    return {**kept, "MICROCOM_HOME": str(folder), "MICROCOM_SANDBOX": NOBODY}


def _searches(sizes: Sequence[int]) -> list[list[str]]:
    """Measure one search beside so many dues, each an hour apart."""
    lines = []
    for size in sizes:
        taken = [START + timedelta(hours=hour) for hour in range(size)]
        lines += [
            ["next free slot", f"{size}", _timed(_slot, taken)],
            ["time beside others", f"{size}", _timed(_beside, taken)],
        ]
    return lines


def _slot(taken: Sequence[datetime]) -> None:
    """Look for a free slot from the first due on; every slot of these is taken."""
    next(free_slots(SLOTS, PARIS, taken[0], taken, gap=GAP), None)


def _beside(taken: Sequence[datetime]) -> None:
    """Look for a time apart from others, in the middle of them."""
    wanted = on_clock(taken[len(taken) // 2], PARIS)
    opening(wanted, zone=PARIS, gap=GAP, taken=taken)


def _timed(search: Callable[[Sequence[datetime]], None], taken: Sequence[datetime]) -> str:
    tries = []
    for _ in range(20):
        begun = time.perf_counter()
        search(taken)
        tries.append(time.perf_counter() - begun)
    return f"{1e6 * median(tries):.0f}"


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.plans", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--files", type=counted, nargs="+", default=[10, 100, 1000])
    taken = [1000, 10_000, 100_000, 1_000_000]
    parser.add_argument("--taken", type=counted, nargs="+", default=taken)
    return parser.parse_args()


if __name__ == "__main__":
    main()
