"""All benchmarks, in a few minutes: what `make bench` runs. None passes or fails by a clock."""
# ruff: noqa: S603 - a script, which starts our own scripts

from __future__ import annotations

import subprocess
import sys

from benchmarks.machine import described
from benchmarks.stagehand import say

PARTS = (
    ("Start-up", "benchmarks.startup", ("--rounds", "15")),
    ("Draining a queue", "benchmarks.drain", ("--jobs", "1", "4", "--rounds", "2")),
    ("Lateness", "benchmarks.lateness", ("--jobs", "2", "4")),
    ("Looking for due work", "benchmarks.duescan", ("--sizes", "1000", "100000")),
    ("Workers on both engines", "benchmarks.claims", ("--deliveries", "400", "--accounts", "100")),
    ("Uploading a gigabyte", "benchmarks.upload", ()),
    ("Planning", "benchmarks.plans", ()),
    ("The calendar", "benchmarks.calendar", ()),
    ("Sameness", "benchmarks.sameness", ("--sizes", "1000", "100000")),
)


def main() -> None:
    """Say what the machine is, then run one part after the other."""
    say(described())
    for title, module, words in PARTS:
        say(f"\n{title}\n{'=' * len(title)}\n")
        done = subprocess.run(
            [sys.executable, "-m", module, *words], stderr=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            sys.exit(f"{module} ended with {done.returncode}; run it alone to read why.")


if __name__ == "__main__":
    main()
