"""What a simulation asks of the engine that keeps its queues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path
    from random import Random

    from tests.simulation.network import Weather
    from tests.simulation.plan import Plan
    from tests.simulation.process import Process
    from tests.simulation.world import World

    from microcom.runner.clock import Clock
    from microcom.store.database import Database

ENGINES = ("sqlite", "postgres")


@dataclass(frozen=True, slots=True)
class Machine:
    """One of the machines that processes run on, and how wrong its own clock is."""

    name: str
    ahead: timedelta = timedelta()


class Engine(Protocol):
    """Keeps the queues of one simulation, and of one world at a time."""

    machines: tuple[Machine, ...]

    def stock_place(self, name: str, folder: Path) -> str:
        """Return where a queue is to be made that worlds begin with."""
        ...

    def stocked(self, database: Database) -> None:
        """Hear that such a queue is whole, and about to be closed."""
        ...

    def planned(self, plan: Plan, chance: Random) -> Plan:
        """Return what a seed's choice becomes where this engine keeps its queue."""
        ...

    def begin(self, world: World, folder: Path) -> str:
        """Give a world a queue like its stock's; return where it is."""
        ...

    def end(self) -> None:
        """Let go of the world's queue."""
        ...

    def opened(self, world: World) -> Database:
        """Return a connection for somebody who never dies."""
        ...

    def joined(self, process: Process) -> Database:
        """Return a connection for a process, which passes its doors before each transaction."""
        ...

    def owes_a_mark(self, database: Database) -> bool:
        """Say whether a connection has made a mark that a power cut would take now."""
        ...

    def brew(self, world: World, weather: Weather) -> Weather:
        """Decide what else a storm does to the queue; return what weather it is."""
        ...

    def clock(self, process: Process, database: Database) -> Clock:
        """Return what a process takes the time from."""
        ...


def engine(name: str) -> AbstractContextManager[Engine]:
    """Return an engine by its name, to be let go of."""
    if name == "sqlite":
        from tests.simulation.on_sqlite import on_sqlite

        return on_sqlite()
    from tests.simulation.on_postgres import on_postgres

    return on_postgres()
