"""What other command-line tools cost to start, beside ours: `--version` and `--help`.

From the repository's top:

    .venv/bin/python -m benchmarks.peers [--rounds 9] [--peers toot apprise llm crosspost]

`--peers` installs each into a folder of its own, which is gone in the end (pip, npm): nothing is
installed without it. The commands take turns, round after round, and the median of each counts.
Times are also multiples of what the same language takes to do nothing, as Node is not Python.
"""
# ruff: noqa: S603 - a script, which starts programs that it was told to

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.stagehand import COMMAND, counted, rows, say

PYTHON_PEERS = ("toot", "apprise", "llm")
NODE_PEER, NODE_PACKAGE = "crosspost", "@humanwhocodes/crosspost"
ASKED = (("--version",), ("--help",))


@dataclass(frozen=True, slots=True)
class Program:
    """A program, how it is started, and what its language takes to do nothing."""

    name: str
    words: tuple[str, ...]
    bare: tuple[str, ...]


def main() -> None:
    """Install what was named, measure in turns, and print one table."""
    asked = _asked()
    with TemporaryDirectory(prefix="microcom-bench-") as folder:
        programs = [Program("microcom", COMMAND, (sys.executable, "-c", "pass"))]
        for name in asked.peers:
            found = _installed(name, Path(folder) / name)
            if isinstance(found, str):
                say(f"{name} is left out: {found}")
            else:
                programs.append(found)
        lines = _measured(programs, folder, asked.rounds)
    if not asked.peers:
        say("Nobody to compare with: --peers toot apprise llm crosspost installs them for a while.")
    say(f"Processor time, the median of {asked.rounds} rounds after a first one.")
    say()
    rows(("what", "CPU ms", "x of nothing", "x of microcom"), lines)


def _measured(programs: Sequence[Program], folder: str, rounds: int) -> list[list[str]]:
    ways = [(f"{one.name} {words[0]}", (*one.words, *words)) for one in programs for words in ASKED]
    ways += [(f"nothing, as {one.name}", one.bare) for one in programs]
    tries: dict[str, list[float]] = {what: [] for what, _ in ways}
    environment = {**os.environ, "HOME": folder, "MICROCOM_HOME": folder}
    for _ in range(rounds + 1):
        for what, words in ways:
            tries[what].append(_spent(words, environment, folder))
    cost = {what: median(seconds[1:]) for what, seconds in tries.items()}
    return [
        [
            f"{one.name} {words[0]}",
            f"{1000 * cost[f'{one.name} {words[0]}']:.0f}",
            f"{cost[f'{one.name} {words[0]}'] / cost[f'nothing, as {one.name}']:.1f}",
            f"{cost[f'{one.name} {words[0]}'] / cost[f'microcom {words[0]}']:.1f}",
        ]
        for words in ASKED
        for one in programs
    ]


def _spent(words: Sequence[str], environment: Mapping[str, str], folder: str) -> float:
    """Return the seconds of processor time of a command, however it ends: some say 1 of help."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        words, env=environment, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def _installed(name: str, folder: Path) -> Program | str:
    """Return a program that was just installed, or why it could not be."""
    if name == NODE_PEER:
        return _with_npm(name, folder)
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    wrong = _failure([python, "-m", "pip", "install", "--quiet", name])
    if wrong:
        return f"pip could not install it ({wrong})"
    return Program(name, (str(folder / "bin" / name),), (str(python), "-c", "pass"))


def _with_npm(name: str, folder: Path) -> Program | str:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return "it takes node and npm, which are not on this machine"
    folder.mkdir()
    wrong = _failure([npm, "install", "--silent", "--prefix", folder, NODE_PACKAGE])
    if wrong:
        return f"npm could not install it ({wrong})"
    return Program(name, (str(folder / "node_modules" / ".bin" / name),), (node, "-e", "0"))


def _failure(words: Sequence[str | Path]) -> str:
    """Run a command; return the last line it said where it fails, else ""."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
    return lines[-1] if done.returncode else ""


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.peers", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rounds", type=counted, default=9)
    known = [*PYTHON_PEERS, NODE_PEER]
    parser.add_argument("--peers", nargs="*", choices=known, default=[], metavar="NAME")
    return parser.parse_args()


if __name__ == "__main__":
    main()
