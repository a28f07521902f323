"""The PostgreSQL server of a torture: it restarts and crashes, connections are cut and stall."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol

from tests import postgres
from tests.cable import Cable
from tests.torture import brisk

SCHEMA = "torture"
ONE_BACKEND = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'microcom' ORDER BY random() LIMIT 1"""
EVERY_BACKEND = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'microcom'"""

HARMS = (
    *("backend ended", "backend ended", "all backends ended", "cable cut", "cable stalled"),
    *("server restarted", "server crashed"),
)


class Keeper(Protocol):
    """Whatever keeps the queue of a torture."""

    def environment(self, number: int) -> Mapping[str, str]:
        """Return what a worker of this number, or a command (-1), is told of it."""
        ...

    def hurt(self, now: float, passed: float) -> None:
        """Do to it what chance wants after ``passed`` seconds."""
        ...

    def mend(self) -> None:
        """Do nothing more to it."""
        ...

    @property
    def happened(self) -> Counter[str]:
        """Return what was done, counted."""
        ...


class File:
    """A queue in a file: there is nothing to hurt."""

    def __init__(self) -> None:
        self.happened: Counter[str] = Counter()

    def environment(self, number: int) -> Mapping[str, str]:
        """Return nothing: a file is where it is."""
        del number
        return {}

    def hurt(self, now: float, passed: float) -> None:
        """Do nothing."""

    def mend(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Harm:
    """How often, in seconds, something is done to the server, and for how long it stalls."""

    apart: float
    stall: tuple[float, float]


class OnServer:
    """A queue on a server behind a cable, used from two machines."""

    def __init__(
        self, server: postgres.Server, cable: Cable, homes: tuple[Path, Path], harm: Harm
    ) -> None:
        self.happened: Counter[str] = Counter()
        self.chance = Random()  # noqa: S311 - chance, not a secret
        self._server, self._cable, self._homes, self._harm = server, cable, homes, harm
        self._until: float | None = None
        with server.session() as session:
            session.execute(f'CREATE SCHEMA "{SCHEMA}"'.encode())

    def environment(self, number: int) -> Mapping[str, str]:
        """Return the address by way of the cable, and on which machine a worker is."""
        machine = number % 2
        address = f"postgresql://postgres@127.0.0.1:{self._cable.port}/postgres"
        return {
            "MICROCOM_SANDBOX_DATABASE": f"{address}?options=-csearch_path%3D{SCHEMA}",
            "MICROCOM_HOME": str(self._homes[machine]),
            brisk.HOST: f"machine-{machine}",
        }

    def hurt(self, now: float, passed: float) -> None:
        """Cut, stall, end connections, restart or crash, as chance wants."""
        if self._until is not None and now >= self._until:
            self._until = None
            self._cable.mend()
        if self.chance.random() >= passed / self._harm.apart:
            return
        what = self.chance.choice(HARMS)
        self.happened[what] += 1
        match what:
            case "backend ended":
                self._end(ONE_BACKEND)
            case "all backends ended":
                self._end(EVERY_BACKEND)
            case "cable cut":
                self._cable.cut()
            case "cable stalled":
                self._cable.stall()
                self._until = now + self.chance.uniform(*self._harm.stall)
            case "server restarted":
                self._restart("fast")
            case _:
                self._restart("immediate")

    def mend(self) -> None:
        """Let everything through from now on."""
        self._cable.mend()

    def _end(self, query: str) -> None:
        with self._server.session() as session:
            session.execute(query.encode())

    def _restart(self, how: str) -> None:
        self._server.stop(how)
        self._server.start()


@contextmanager
def on_server(folder: Path, harm: Harm) -> Iterator[OnServer]:
    """Yield a queue on a new server, whose commits wait for the disk, for two machines.

    They share the folder of media, and what seals uploads, as several machines have to.
    """
    other = folder / "other-machine"
    other.mkdir()
    (folder / "sandbox").mkdir(exist_ok=True)
    (other / "sandbox").symlink_to(folder / "sandbox")
    with postgres.served("max_connections=60") as server, Cable(server.port) as cable:
        yield OnServer(server, cable, (folder, other), harm)
