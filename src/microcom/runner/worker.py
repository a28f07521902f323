"""A worker: takes lanes that have work due, drives their deliveries, gives them back."""

from __future__ import annotations

import os
import secrets
import socket
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.errors import Superseded
from microcom.runner.conversation import LONGEST_NAP, LONGEST_SLEEP
from microcom.runner.engine import drive
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.runner.doors import Doors
    from microcom.store.lanes import Lease


DAY = 86_400.0
TURN = 10
"""Deliveries after which a lane gives way, if another one has work due."""
LONGEST_TURN = timedelta(seconds=10)
SHORTEST_NAP = 0.02


@dataclass(frozen=True, slots=True)
class Holder:
    """A process on a machine, told apart from a later one with the same number.

    ``host`` is the machine's name and, behind a colon, what tells it from another one that has the
    same name: which kernel runs since when, and whose process numbers these are.
    """

    host: str
    pid: int
    born: str

    def __str__(self) -> str:
        return f"{self.host} {self.pid} {self.born}"

    @classmethod
    def me(cls) -> Holder:
        """Return this process."""
        pid = os.getpid()
        name = socket.gethostname().replace(" ", "-")
        return cls(f"{name}:{_kernel()}", pid, _born(pid))

    @property
    def name(self) -> str:
        """Return the process in words."""
        return f"process {self.pid} on {self.host.partition(':')[0]}"

    @classmethod
    def read(cls, text: str) -> Holder | None:
        """Return the holder that ``str`` wrote, or None for anything else."""
        words = text.split(" ")
        if len(words) != 3 or not words[1].isdigit():  # noqa: PLR2004 - host, pid, born
            return None
        return cls(words[0], int(words[1]), words[2])

    def is_gone(self, me: Holder) -> bool:
        """Say whether the process surely no longer runs, as far as this machine can tell."""
        return self.host == me.host and _born(self.pid) != self.born


class Worker:
    """Publishes what is due, one lane at a time."""

    def __init__(self, doors: Doors, holder: Holder | None = None) -> None:
        self._doors = doors
        self._me = holder or Holder.me()
        self._owner = secrets.token_hex(8)
        self._served: str | None = None
        """The client whose lane was worked on last."""
        self._soon: datetime | None = None
        """When what gave way goes on, if that is so soon that the worker stays for it."""

    def run(self, *, only: str | None = None) -> set[int]:
        """Drive everything that is due (of one lane, if named); return whom it drove.

        What became of it is on disk then, and can be told.
        """
        driven: set[int] = set()
        while not self._doors.stopping():
            lease = self.take(only)
            if lease is not None:
                driven |= self.work(lease)
            elif not self._stays(only):
                break
        self._doors.store.db.to_disk()
        return driven

    def due_in(self) -> float:
        """Return the seconds until a lane that nobody holds has work; a day when none will."""
        wake = self._doors.store.lanes.next_wake(free=True)
        if wake is None:
            return DAY
        return (wake - self._doors.clock.now()).total_seconds()

    def take(self, only: str | None = None) -> Lease | None:
        """Return a lane that has work due, or None; one whose holder has died is freed first."""
        lanes = self._doors.store.lanes
        lease = self._claim(only)
        if lease is not None:
            return lease
        dead = [held for held in lanes.held(only) if self._is_gone(held.holder)]
        for held in dead:
            lanes.free(held)
        return self._claim(only) if dead else None

    def work(self, lease: Lease) -> set[int]:
        """Drive the lane's deliveries until none can move now or its turn ends; give it back."""
        store = self._doors.store
        driven: set[int] = set()
        end, count = self._doors.clock.now() + LONGEST_TURN, 0
        try:
            while not self._doors.stopping():
                delivery = store.queue.next(lease)
                if delivery is None:
                    break
                if (count >= TURN or self._doors.clock.now() > end) and store.lanes.is_wanted():
                    break
                driven.add(delivery.id)
                self._stay_for(drive(self._doors, lease, delivery))
                count += 1
        except Superseded:
            return driven  # somebody else speaks for this login now, or a person changed the row
        finally:
            store.lanes.release(lease)
        return driven

    def _claim(self, only: str | None) -> Lease | None:
        """Take a lane of whichever client's turn it is."""
        lanes = self._doors.store.lanes
        lease = lanes.claim(self._owner, str(self._me), only=only, after=self._served)
        if lease is not None:
            self._served = lease.client
        return lease

    def _stay_for(self, wake: datetime | None) -> None:
        """Note when a delivery goes on, if that is within the time that waits are slept."""
        now = self._doors.clock.now()
        if wake is not None and now < wake <= now + timedelta(seconds=LONGEST_SLEEP):
            self._soon = wake if self._soon is None else max(self._soon, wake)

    def _stays(self, only: str | None) -> bool:
        """Wait a moment for what goes on soon; say whether there is any such thing."""
        if self._soon is None:
            return False
        left = (self._soon - self._doors.clock.now()).total_seconds()
        if not 0 < left <= LONGEST_SLEEP:  # it has come, or the clock was set back
            self._soon = None
            return False
        due = left if only is not None else max(self.due_in(), SHORTEST_NAP)
        self._doors.clock.sleep(min(left, due, LONGEST_NAP))
        return True

    def _is_gone(self, text: str) -> bool:
        holder = Holder.read(text)
        return holder is not None and holder.is_gone(self._me)


def _kernel() -> str:
    """Return what no other machine has, nor a container with process numbers of its own."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        return f"{boot[:8]}-{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _born(pid: int) -> str:
    """Return when a process began, in the kernel's ticks; "" where it does not run."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return stat.rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return _alive(pid)


def _alive(pid: int) -> str:
    if Path("/proc/self").is_dir():
        return ""  # this system has /proc, and the process is not in it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "alive"
    return "alive"
