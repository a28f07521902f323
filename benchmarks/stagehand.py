"""What the benchmarks share: a sandbox in another process, a folder with accounts, a filled queue.

Each measurement has a sandbox and a folder of its own, so that none finds what another left.
"""
# ruff: noqa: S603 - scripts, which start our own command

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx

from microcom import platforms
from microcom.core.passage import Fresh
from microcom.core.post import Snapshot
from microcom.core.target import Target
from microcom.intake.cache import open_config
from microcom.intake.places import find_places
from microcom.runner.clock import SystemClock
from microcom.runner.http import Http
from microcom.runner.ready import logged_in
from microcom.store import open_store

if TYPE_CHECKING:
    from microcom.store.accounts import Known

COMMAND = (sys.executable, "-m", "microcom")
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 30.0
"""Seconds that a process may take to begin or to end."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One text that is to go out once, for one account."""

    account: str
    text: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command cost: seconds of the clock, seconds of processor time."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One post in the sandbox's ledger, and when its request was received."""

    account: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stand:
    """A sandbox that answers at ``url``, and the folder of the user that posts to it."""

    url: str
    server: int
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of commands: this one's, with places of its own."""
        kept = {key: text for key, text in os.environ.items() if not key.startswith("MICROCOM_")}
        return {**kept, "MICROCOM_HOME": str(self.home), "MICROCOM_SANDBOX": self.url}

    def server_cpu(self) -> float:
        """Return the seconds of processor time the sandbox has used; 0 where nobody can say."""
        try:
            stat = Path(f"/proc/{self.server}/stat").read_text(encoding="ascii")
        except OSError:
            return 0.0
        words = stat.rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / TICKS

    def ledger(self) -> list[Entry]:
        """Return what was published, in order."""
        reply = httpx.get(f"{self.url}/_/ledger", trust_env=False, timeout=PATIENCE)
        posts = reply.raise_for_status().json()["posts"]
        return [
            Entry(one["account"], one["text"], datetime.fromisoformat(one["at"])) for one in posts
        ]

    def check(self, wanted: Sequence[Wanted]) -> None:
        """End the benchmark unless each text is out exactly once, by its own account."""
        out = Counter(Wanted(one.account, one.text) for one in self.ledger())
        missing = [one for one in wanted if one not in out]
        twice = [one for one, count in out.items() if count > 1]
        strange = len(out.keys() - set(wanted))
        if missing or twice or strange:
            said = f"{len(missing)} texts are missing, {len(twice)} are out twice, {strange} new"
            sys.exit(f"The ledger is wrong: {said}.")


@contextmanager
def stand() -> Iterator[Stand]:
    """Yield a fresh sandbox, with a fresh folder beside it; both are gone in the end."""
    with ExitStack() as ends:
        home = Path(ends.enter_context(TemporaryDirectory(prefix="microcom-benchmark-")))
        server = subprocess.Popen(
            [*COMMAND, "sandbox", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True
        )
        ends.callback(ended, server)
        assert server.stdout is not None  # noqa: S101 - it was asked for
        yield Stand(json.loads(server.stdout.readline())["url"], server.pid, home)


def ended(process: subprocess.Popen[str]) -> None:
    """Ask a process to end, and wait until it has."""
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)
    if process.stdout is not None:
        process.stdout.close()


def texts(accounts: int, deliveries: int) -> list[Wanted]:
    """Return distinct texts, spread over the accounts in turn."""
    return [
        Wanted(f"acct-{number % accounts:04}", f"Note {number} of a long day, written by nobody.")
        for number in range(deliveries)
    ]


class Queueing:
    """The queue of a stand, with its accounts written, registered and logged in."""

    def __init__(self, stand: Stand, accounts: int) -> None:
        names = [f"acct-{number:04}" for number in range(accounts)]
        write_accounts(stand.home / "accounts.yaml", names)
        places = find_places(stand.environment)
        clock = SystemClock()
        config = open_config(places, platforms, None, stand.home)
        Path(places.queue).parent.mkdir(parents=True, mode=0o700)
        self.store = open_store(places.queue, places.world, clock, actor="benchmark", create=True)
        door = Http(sandbox=places.world, sleep=clock.sleep)  # one, and so one TLS context
        with self.store.db.transaction():
            self.store.accounts.register(config, names)
            self.known = {name: logged_in(self.store, lambda: door, name) for name in names}

    def add(self, wanted: Sequence[Wanted], due: datetime) -> None:
        """Queue texts, all in one transaction."""
        accounts = [self.known[one.account] for one in wanted]
        fresh = [_fresh(one, known, due) for one, known in zip(wanted, accounts, strict=True)]
        self.store.queue.add(list(zip(fresh, accounts, strict=True)))

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


def fill(stand: Stand, accounts: int, wanted: Sequence[Wanted]) -> None:
    """Queue texts that are due now."""
    queueing = Queueing(stand, accounts)
    queueing.add(wanted, SystemClock().now())
    queueing.close()


def run(words: Sequence[str], stand: Stand, processes: int = 1) -> Spent:
    """Run a command of microcom to its end, so many times at once; return what all of it cost.

    Ends the benchmark when one of them fails.
    """
    begun = time.perf_counter()
    crew = [
        subprocess.Popen(
            [*COMMAND, *words], env=stand.environment, cwd=stand.home, stdout=subprocess.DEVNULL
        )
        for _ in range(processes)
    ]
    cpu = sum(_reaped(process) for process in crew)
    return Spent(time.perf_counter() - begun, cpu)


def spent(words: Sequence[str], environment: Mapping[str, str], folder: str) -> float:
    """Run a command to its end, its words unheard; return the processor time it used.

    Ends the benchmark when it fails.
    """
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(words, env=environment, cwd=folder, stdout=quiet, stderr=quiet)
    return _reaped(process)


def headers(account: str) -> Mapping[str, str]:
    """Return the headers of a text that microcom posts, with a token the sandbox knows."""
    return {
        "accept": "application/json",
        "user-agent": "microcom/benchmark",
        "accept-encoding": "identity",
        "authorization": f"Bearer sandbox:{account}",
        "content-type": "application/json",
    }


def content(one: Wanted) -> bytes:
    """Return the body of a text that microcom posts."""
    return json.dumps({"text": one.text}, ensure_ascii=False, separators=(",", ":")).encode()


def counted(text: str) -> int:
    """Return a number from 1 that was typed."""
    number = int(text)
    if number < 1:
        message = "a number from 1"
        raise argparse.ArgumentTypeError(message)
    return number


def rows(titles: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """Print a table: the first column to the left, figures to the right."""
    table = [titles, *lines]
    widths = [max(len(line[place]) for line in table) for place in range(len(titles))]
    for line in table:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        say("  ".join(cells).rstrip())


def say(line: str = "") -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Look several times a second whether something has become true; say whether it has."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def _reaped(process: subprocess.Popen[bytes]) -> float:
    """Wait for the end of a process; return the seconds of processor time it used."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{process.args!r} ended with {process.returncode}.")
    return usage.ru_utime + usage.ru_stime


def write_accounts(path: Path, names: Sequence[str]) -> None:
    """Write an accounts file with accounts of these names."""
    lines = ["microcom: 1", "project: benchmark", "timezone: UTC", "accounts:"]
    lines += [f"  {name}: {{platform: x, handle: {name.replace('-', '_')}}}" for name in names]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _fresh(one: Wanted, known: Known, due: datetime) -> Fresh:
    return Fresh(
        target=Target(one.account, known.account.default),
        snapshot=Snapshot((one.text,)),
        due=due,
        zone="UTC",
        post=one.text.partition(",")[0],
    )
