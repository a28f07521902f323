"""Real workers, a real wire, kill -9 and SIGSTOP: what `make torture` runs.

Four workers empty one queue through a proxy that loses, cuts, stalls and resets, while they are
killed and stopped by chance. In the end the sandbox's ledger is compared with the queue, part by
part. The seed decides on what is posted and what is done to whom; how processes run is the
machine's.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from urllib.request import ProxyHandler, build_opener

from tests.simulation.broken import RULES
from tests.torture import brisk, campaign
from tests.torture.judging import faults, is_asked
from tests.torture.server import File, Harm, Keeper, on_server
from tests.torture.workers import Torment, Workers, started

from microcom.intake.places import find_places
from microcom.runner.agreement import Part, parts_of
from microcom.runner.children import child, ending_like_ctrl_c, first_line
from microcom.runner.clock import SystemClock
from microcom.store import open_store
from microcom.testing.faults import FAULTS
from microcom.testing.proxy import Proxy

if TYPE_CHECKING:
    from microcom.core.delivery import Delivery
    from microcom.core.steps import JsonValue
    from microcom.runner.demo_campaign import Piece

INSTALLED = (str(Path(sys.executable).with_name("microcom")),)
BRISK = (sys.executable, brisk.__file__)
BEAT = 0.1
WORKERS = 4
AS_INSTALLED = Torment(apart=25.0, short=(0.5, 5.0), long=(60.0, 90.0))
PUBLISHES = ("/2/tweets", "/v5/pins", "/video/init/")


@dataclass(frozen=True, slots=True)
class Torture:
    """What is done, and for how many seconds; ``apart`` are the seconds between two pieces.

    ``faulty`` is how often in a second a fault waits for a call, ``hold`` how long a call is
    stalled: longer than most callers wait, and less than until it has to have landed.
    ``patience`` is how long what is left may take in the end. All in seconds.
    """

    seconds: float
    seed: int
    command: Sequence[str] = INSTALLED
    apart: float = 4.0
    faulty: float = 0.5
    hold: float = 45.0
    patience: float = 1500.0
    torment: Torment = AS_INSTALLED
    harm: Harm | None = None
    """What is done to the server that the queue is on, if it is on one."""
    broken: str = ""
    """A rule that is broken on purpose, to see that the judging bites."""


def in_short(seconds: float, seed: int) -> Torture:
    """Return a torture over the short times of :mod:`tests.torture.brisk`."""
    return Torture(
        seconds,
        seed,
        command=BRISK,
        apart=1.5,
        faulty=1.5,
        hold=4.0,
        torment=Torment(apart=4.0, short=(0.1, 1.0), long=(7.0, 10.0)),
    )


def on_postgres(plan: Torture) -> Torture:
    """Return a torture whose queue is on a PostgreSQL server, which is hurt too."""
    if plan.command == BRISK:
        return replace(plan, harm=Harm(apart=3.0, stall=(0.2, 6.0)))
    return replace(plan, harm=Harm(apart=12.0, stall=(0.5, 40.0)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a torture ended; ``wrong`` says in words what differs."""

    parts: tuple[Part, ...]
    ledger: tuple[Mapping[str, JsonValue], ...]
    asked: tuple[str, ...]
    happened: Mapping[str, int]
    wrong: tuple[str, ...]

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Return the deliveries, each once."""
        return tuple(dict.fromkeys(part.delivery for part in self.parts))


def torture(plan: Torture, folder: Path) -> Outcome:
    """Run a torture in a folder of its own and return how it ended."""
    with ExitStack() as stack:
        stand = stack.enter_context(_stand(plan, folder))
        _open(stand)
        workers = Workers(
            lambda number: started(plan.command, number, folder, stand.of_worker(number)),
            _chance(plan, "workers"),
            plan.torment,
        )
        stack.callback(workers.kill)
        workers.begin(WORKERS)
        feeding = _Feeding(stand, plan)
        stack.callback(feeding.end)
        _torment(plan, stand, workers)
        stand.keeper.mend()  # first: what is being queued may hang on it
        feeding.end()
        stand.proxy.clear()
        workers.spare()
        _wait(plan, stand, workers)
        workers.end()
        return _judged(stand, workers, feeding)


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where it plays: a folder, a sandbox in its own process, a proxy in front of it."""

    folder: Path
    sandbox: str
    proxy: Proxy
    environment: Mapping[str, str]
    command: Sequence[str]
    keeper: Keeper

    def of_worker(self, number: int) -> Mapping[str, str]:
        """Return the environment of a worker, which may be on another machine."""
        return {**self.environment, **self.keeper.environment(number)}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*self.command, *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def ledger(self) -> list[Mapping[str, JsonValue]]:
        """Return what the sandbox holds, asked past the proxy; keep it in the folder."""
        with build_opener(ProxyHandler({})).open(f"{self.sandbox}/_/ledger", timeout=30) as reply:
            content: bytes = reply.read()
        (self.folder / "ledger.json").write_bytes(content)
        posts: list[Mapping[str, JsonValue]] = json.loads(content)["posts"]
        return posts

    def parts(self) -> list[Part]:
        """Return every part of every delivery, as the queue knows it now."""
        places = find_places(self.environment)
        queue = places.database or places.queue
        store = open_store(queue, places.world, SystemClock(), actor="torture")
        try:
            return parts_of(store)
        finally:
            store.close()


@contextmanager
def _stand(plan: Torture, folder: Path) -> Iterator[_Stand]:
    campaign.furnish(folder)
    clean = {name: text for name, text in os.environ.items() if not name.startswith("MICROCOM_")}
    environment = clean | {"MICROCOM_HOME": str(folder), "MICROCOM_ACTOR": "torture"}
    words = ("sandbox", "--port", "0", "--json")
    with child(words, folder, environment, heard=True) as process, _kept(plan, folder) as keeper:
        url = json.loads(first_line(process, words, 60))["url"]
        with Proxy(url, hold=plan.hold) as proxy:
            aimed = environment | {"MICROCOM_SANDBOX": proxy.url, brisk.BREAKS: plan.broken}
            aimed |= keeper.environment(0)
            yield _Stand(folder, url, proxy, aimed, plan.command, keeper)


@contextmanager
def _kept(plan: Torture, folder: Path) -> Iterator[Keeper]:
    if plan.harm is None:
        yield File()
        return
    with on_server(folder, plan.harm) as keeper:
        keeper.chance = _chance(plan, "server")
        yield keeper


def _open(stand: _Stand) -> None:
    """Let every account post once in peace: absence is proven by what is known to be there."""
    for text, (targets, media) in campaign.OPENING.items():
        keys = f"media: [{media}]\n" if media else ""
        name = f"{text.replace(' ', '-')}.md"
        page = f"---\nto: [{targets}]\n{keys}---\n{text}\n"
        (stand.folder / name).write_text(page, encoding="utf-8")
        done = stand.run("post", name)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)


class _Feeding:
    """Queues piece after piece with the installed command, in a thread of its own.

    A command that could not write is run again with the same key, as a script would do it.
    """

    def __init__(self, stand: _Stand, plan: Torture) -> None:
        self.wrong: list[str] = []
        self.again = 0
        self._stand, self._plan = stand, plan
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._feed, name="feeding")
        self._thread.start()

    def end(self) -> None:
        """Queue the piece in hand and no more."""
        self._over.set()
        self._thread.join()

    def _feed(self) -> None:
        for piece in campaign.pieces(_chance(self._plan, "pieces")):
            self._queue(piece)
            if self._over.wait(self._plan.apart):
                return

    def _queue(self, piece: Piece) -> None:
        name = piece.write(self._stand.folder).name
        while True:
            done = self._stand.run("post", name, "--at", "+2s", "--key", piece.name)
            if done.returncode != 3:
                break
            self.again += 1
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            self.wrong.append(f"queueing {name} ended with {done.returncode}: {said}")


def _torment(plan: Torture, stand: _Stand, workers: Workers) -> None:
    """Hurt workers and the wire until the time is over."""
    chance = _chance(plan, "network")
    begun = last = time.monotonic()
    while (now := time.monotonic()) - begun < plan.seconds:
        passed, last = now - last, now
        workers.hurt(now, passed)
        stand.keeper.hurt(now, passed)
        if chance.random() < passed * plan.faulty:
            fault, path = chance.choice(sorted(FAULTS)), chance.choice(("", *PUBLISHES))
            workers.happened[f"armed: {fault}"] += 1
            stand.proxy.clear()
            stand.proxy.arm(fault, path=path)
        time.sleep(BEAT)


def _wait(plan: Torture, stand: _Stand, workers: Workers) -> None:
    """Wait until nothing more happens by itself, or patience ends."""
    end = time.monotonic() + plan.patience
    while time.monotonic() < end:
        deliveries = {part.delivery for part in stand.parts()}
        if all(one.over or is_asked(one) for one in deliveries):
            return
        workers.tend(time.monotonic())
        time.sleep(10 * BEAT)


def _judged(stand: _Stand, workers: Workers, feeding: _Feeding) -> Outcome:
    parts, ledger = stand.parts(), stand.ledger()
    asked = dict.fromkeys(part.delivery for part in parts if is_asked(part.delivery))
    return Outcome(
        parts=tuple(parts),
        ledger=tuple(ledger),
        asked=tuple(_named(one) for one in asked),
        happened=workers.happened
        + stand.keeper.happened
        + Counter({"queued again": feeding.again}),
        wrong=(*faults(parts, ledger), *workers.wrong, *feeding.wrong),
    )


def _chance(plan: Torture, what: str) -> Random:
    """Return the chance of one thing, which what happens to the others does not change."""
    return Random(f"{plan.seed} {what}")  # noqa: S311 - chance, not a secret


def _named(delivery: Delivery) -> str:
    return f"#{delivery.id} to {delivery.target}: {delivery.reason}"


# --- by hand -----------------------------------------------------------------------------------


def main() -> int:
    """Run a torture as its arguments say; 1 when something differs."""
    wanted = _arguments()
    make = in_short if wanted.brisk or wanted.broken else Torture
    plan = replace(make(wanted.seconds, wanted.seed), broken=wanted.broken)
    if wanted.engine == "postgres":
        plan = on_postgres(plan)
    print(f"seed {plan.seed}, {plan.seconds:g} s", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="microcom-torture-"))
    begun = time.monotonic()
    with ending_like_ctrl_c():
        outcome = torture(plan, folder)
    _tell(outcome, time.monotonic() - begun)
    if outcome.wrong:
        print(f"Everything is kept in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100_000)
    parser.add_argument("--brisk", action="store_true", help="with the short times of brisk.py")
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--broken", choices=["", *RULES], default="")
    return parser.parse_args()


def _tell(outcome: Outcome, seconds: float) -> None:
    met = ", ".join(f"{name} {count}" for name, count in sorted(outcome.happened.items()) if count)
    parts, deliveries = len(outcome.parts), len(outcome.deliveries)
    print(f"{parts} parts of {deliveries} deliveries in {seconds:.0f} s: {met}")
    for sentence in outcome.asked:
        print(f"in doubt, by the rule: {sentence}")
    for sentence in outcome.wrong:
        print(f"wrong: {sentence}")
    if not outcome.wrong:
        print("The ledger is the queue: every part is out once, and nothing else.")


if __name__ == "__main__":
    sys.exit(main())
