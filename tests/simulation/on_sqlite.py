"""Worlds whose queue is a file, on one machine."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.simulation.engine import Machine

from microcom.store.sqlite import SqliteDatabase, attach
from microcom.store.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from tests.simulation.network import Weather
    from tests.simulation.plan import Plan
    from tests.simulation.process import OwnClock, Process
    from tests.simulation.world import World

    from microcom.store.database import Database


class Shared(SqliteDatabase):
    """A connection whose holder may have to wait, or die, before each transaction."""

    process: Process | None = None
    """None while it is being opened."""
    owes_a_mark = False
    """Whether a mark is committed that the disk was not waited for since."""
    _marks = False

    def turns(self) -> Turns:
        """Wait for nobody: the baton lets one run at a time."""
        return Turns()

    def all(self, sql: str, /, **values: object) -> list[tuple[Any, ...]]:
        """Return every row of a query."""
        self._door()
        return super().all(sql, **values)

    def _begin(self) -> None:
        self._door()
        super()._begin()
        self._marks = False

    def value(self, sql: str, /, **values: object) -> Any:  # noqa: ANN401 - what SQL gives
        """Return the first column of the first row."""
        self._marks = self._marks or "INSERT INTO mark" in sql
        return super().value(sql, **values)

    def _commit(self) -> None:
        super()._commit()
        self.owes_a_mark = self.owes_a_mark or self._marks

    def _flush(self) -> None:
        super()._flush()
        self.owes_a_mark = False

    def _door(self) -> None:
        if self.process is not None and not self._is_inside():
            self.process.door()


class OnSqlite:
    """Keeps queues in files."""

    machines: tuple[Machine, ...] = (Machine("machine"),)

    def stock_place(self, name: str, folder: Path) -> str:
        """Return the path of a file of its own."""
        del name
        return str(folder / "queue.db")

    def stocked(self, database: Database) -> None:
        """Bring everything into the one file."""
        database.all("PRAGMA wal_checkpoint(TRUNCATE)")

    def planned(self, plan: Plan, chance: Random) -> Plan:
        """Change nothing."""
        del chance
        return plan

    def begin(self, world: World, folder: Path) -> str:
        """Copy the file."""
        path = str(folder / "queue.db")
        shutil.copyfile(world.stock.queue, path)
        return path

    def end(self) -> None:
        """Do nothing: the folder is deleted."""

    def opened(self, world: World) -> Database:
        """Return a connection for somebody who never dies."""
        return attach(world.path, world.clock)

    def joined(self, process: Process) -> Database:
        """Return a connection for a process."""
        shared = attach(process.world.path, process.clock, Shared)
        assert isinstance(shared, Shared)
        shared.process = process
        return shared

    def owes_a_mark(self, database: Database) -> bool:
        """Say whether a connection has made a mark that is not on disk yet."""
        assert isinstance(database, Shared)
        return database.owes_a_mark

    def brew(self, world: World, weather: Weather) -> Weather:
        """Add nothing: nothing comes between a process and a file."""
        del world
        return weather

    def clock(self, process: Process, database: Database) -> OwnClock:
        """Return the machine's clock: a queue in a file has no other."""
        del database
        return process.clock


@contextmanager
def on_sqlite() -> Iterator[OnSqlite]:
    """Yield the engine."""
    yield OnSqlite()
