"""One queue with everything it knows, opened for one thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.store.accounts import Accounts
from microcom.store.events import Events
from microcom.store.journal import Journal
from microcom.store.lanes import Lanes
from microcom.store.leave import Leave
from microcom.store.people import People
from microcom.store.queue import Queue
from microcom.store.sqlite import connect
from microcom.store.times import moment_or_none

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.store.sqlite import Clock, Database


class Store:
    """One queue, opened by one thread of one process for one world."""

    def __init__(self, db: Database, world: str, actor: str) -> None:
        self.world = world
        self.db = db
        self.events = Events(db, actor)
        self.lanes = Lanes(db)
        self.accounts = Accounts(db, self.events, self.lanes, world)
        self.queue = Queue(db, self.events, self.lanes, world)
        self.journal = Journal(db, self.events)
        self.leave = Leave(db, self.events)
        self.people = People(db, self.queue, self.journal, self.events)

    def note_run(self) -> None:
        """Note that somebody is running the queue."""
        self.db.run(
            """INSERT INTO meta (name, value) VALUES ('last_run', :now)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
            now=str(self.db.now()),
        )

    def last_run(self) -> datetime | None:
        """Return when somebody last ran the queue, or None if nobody ever did."""
        value = self.db.value("SELECT value FROM meta WHERE name = 'last_run'")
        return moment_or_none(None if value is None else int(value))

    def close(self) -> None:
        """Let go of the database."""
        self.db.close()


def open_store(path: str, world: str, clock: Clock, *, actor: str, create: bool = False) -> Store:
    """Open the queue at ``path``; see :func:`microcom.store.sqlite.connect` for what may fail."""
    return Store(connect(path, world, clock, create=create), world, actor)
