"""One seed, whole: it happens, and is judged."""

from __future__ import annotations

import functools
import gc
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from httpx._urlparse import urlparse
from tests.simulation.broken import RULES_ON_A_SERVER
from tests.simulation.engine import Engine, engine
from tests.simulation.judging import faults
from tests.simulation.plan import Beyond, Stocks
from tests.simulation.world import World

RAM = Path("/dev/shm")  # noqa: S108 - a RAM disk: its commits cost no wait


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a seed ended: what is wrong, and what had happened.

    ``history`` is a digest of all events, by which two runs are the same or not.
    """

    seed: int
    wrong: tuple[str, ...]
    happened: Counter[str]
    history: str = ""


class Simulation:
    """Runs seeds in a folder of its own, on a RAM disk where there is one."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self._folder = folder
        self._engine = engine
        self._stocks = Stocks(folder / "stocks", engine)

    def run(self, seed: int, beyond: Beyond = Beyond.NOTHING) -> Outcome:
        """Let a seed happen, inside the fault model or beyond it, and judge it."""
        folder = self._folder / "run"
        folder.mkdir()
        random.seed(seed)  # what libraries roll: the waits between two tries of a READ
        world = World(seed, folder, self._stocks, self._engine, beyond)
        history = ""
        try:
            world.run()
            wrong = tuple(faults(world))
            history = world.history()
        except Exception as error:  # noqa: BLE001 - whatever it was, it is this seed's
            wrong = (f"{type(error).__name__}: {error}",)
        finally:
            world.close()
            for file in folder.iterdir():
                file.unlink()
            folder.rmdir()
        return Outcome(seed, wrong, world.happened + world.network.met, history)


@contextmanager
def simulation(name: str = "sqlite") -> Iterator[Simulation]:
    """Yield a place to run seeds in; its files are gone afterwards.

    The same addresses are read again and again: a fifth of the time, if they were not remembered.
    """
    home = str(RAM) if RAM.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="microcom-", dir=home) as folder:
        gc.disable()
        read = functools.lru_cache(4096)(urlparse)
        try:
            with mock.patch("httpx._urls.urlparse", read), engine(name) as kept:
                yield Simulation(Path(folder), kept)
        finally:
            gc.enable()


def batch(first: int, end: int, broken: str, beyond: str, name: str) -> list[Outcome]:
    """Run seeds in this process until one fails; ``broken`` names a rule to break."""
    outcomes = []
    with simulation(name) as place, RULES_ON_A_SERVER[broken]() if broken else nullcontext():
        for seed in range(first, end):
            outcomes.append(place.run(seed, Beyond(beyond)))
            if outcomes[-1].wrong:
                break
    return outcomes
