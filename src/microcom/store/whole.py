"""One queue with everything it knows, opened for one thread.

Each part is loaded when it is first asked for: a command that lists the queue needs no journal.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from microcom.store.connect import connect
from microcom.store.times import moment_or_none

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.store.accounts import Accounts
    from microcom.store.agenda import Agenda
    from microcom.store.alike import Alike
    from microcom.store.allowance import Allowances
    from microcom.store.applying import Applying
    from microcom.store.database import Clock, Database
    from microcom.store.events import Events
    from microcom.store.journal import Journal
    from microcom.store.lanes import Lanes
    from microcom.store.leave import Leave
    from microcom.store.lookups import Lookups
    from microcom.store.moving import Moving
    from microcom.store.people import People
    from microcom.store.planned import Planned
    from microcom.store.queue import Queue
    from microcom.store.sealed import Sealed
    from microcom.store.secrets import Secrets
    from microcom.store.standing import Standing
    from microcom.store.supposed import Supposed
    from microcom.store.tokens import Tokens
    from microcom.store.witness import Witness


class Store:
    """One queue, opened by one thread of one process for one world."""

    def __init__(self, db: Database, world: str, actor: str, witnesses: str | None = None) -> None:
        self.world = world
        self.db = db
        self._actor = actor
        self._witnesses = witnesses

    @cached_property
    def events(self) -> Events:
        """Return the history."""
        from microcom.store.events import Events

        return Events(self.db, self._actor)

    @cached_property
    def lanes(self) -> Lanes:
        """Return who speaks for which login."""
        from microcom.store.lanes import Lanes

        return Lanes(self.db)

    @cached_property
    def accounts(self) -> Accounts:
        """Return the accounts and apps."""
        from microcom.store.accounts import Accounts

        return Accounts(self.db, self.events, self.lanes, self.world)

    @cached_property
    def queue(self) -> Queue:
        """Return the deliveries."""
        from microcom.store.queue import Queue

        return Queue(self.db, self.events, self.lanes, self.world)

    @cached_property
    def journal(self) -> Journal:
        """Return the steps of deliveries."""
        from microcom.store.journal import Journal

        return Journal(self.db, self.events)

    @cached_property
    def leave(self) -> Leave:
        """Return who gives leave to send."""
        from microcom.store.leave import Leave

        return Leave(self.db, self.events, self._saw)

    @cached_property
    def standing(self) -> Standing:
        """Return whether this queue has the right to send what is in it."""
        from microcom.store.standing import Standing

        return Standing(self.db, self.events, self.lanes, self.world, self._witnesses)

    @cached_property
    def supposed(self) -> Supposed:
        """Return what notes the calls that another queue may have made."""
        from microcom.store.supposed import Supposed

        return Supposed(self.db, self.events)

    def look_at_server(self) -> None:
        """Hold what is due where another server keeps the queue now, and over new connections."""
        from microcom.store.failover import watch

        watch(self.db, lambda reason, since: self.standing.hold(reason, due_since=since))

    def look_at_witness(self) -> None:
        """Hold what is unfinished where the queue's witness says that it is a copy of another.

        On a server, whose queue other machines use, that is only what is due by now.
        Whoever may only read the queue sends nothing, and leaves this to others.
        """
        if self._witnesses is None or (self.db.is_file and not os.access(self.db.path, os.W_OK)):
            return
        from microcom.store.witness import disagreement

        store = str(self.db.value("SELECT value FROM meta WHERE name = 'store'"))
        why = disagreement(self.db, self._witnesses)
        if why is not None and self.db.is_file:
            self.standing.disown(f"this queue may not send: {why}", store)
        elif why is not None:
            self.standing.step_back(f"this queue may not send: {why}")

    @cached_property
    def allowances(self) -> Allowances:
        """Return what is left of the limits on calls."""
        from microcom.store.allowance import Allowances

        return Allowances(self.db, self.world)

    @cached_property
    def lookups(self) -> Lookups:
        """Return what was looked up and holds for a while."""
        from microcom.store.lookups import Lookups

        return Lookups(self.db, self.world)

    @cached_property
    def tokens(self) -> Tokens:
        """Return what is known of each login's tokens."""
        from microcom.store.tokens import Tokens

        return Tokens(self.db)

    @cached_property
    def secrets(self) -> Secrets:
        """Return the names of what the vault holds."""
        from microcom.store.secrets import Secrets

        return Secrets(self.db)

    @cached_property
    def sealed(self) -> Sealed:
        """Return the rows of the database vault."""
        from microcom.store.sealed import Sealed

        return Sealed(self.db)

    @cached_property
    def people(self) -> People:
        """Return what people may decide."""
        from microcom.store.people import People

        return People(self.db, self.queue, self.journal, self.events, self.planned)

    @cached_property
    def planned(self) -> Planned:
        """Return which files and whose decisions deliveries come from."""
        from microcom.store.planned import Planned

        return Planned(self.db, self._actor, self.world)

    @cached_property
    def applying(self) -> Applying:
        """Return what makes the queue say what files say."""
        from microcom.store.applying import Applying

        return Applying(self.db, self.queue, self.planned, self.lanes, self.events)

    @cached_property
    def moving(self) -> Moving:
        """Return what gives deliveries other times."""
        from microcom.store.moving import Moving

        return Moving(self.db, self.queue, self.planned, self.lanes, self.events)

    @cached_property
    def agenda(self) -> Agenda:
        """Return what goes out and went out, by time."""
        from microcom.store.agenda import Agenda

        return Agenda(self.db, self.world)

    @cached_property
    def alike(self) -> Alike:
        """Return what finds deliveries that may say the same."""
        from microcom.store.alike import Alike

        return Alike(self.db, self.world)

    def note_run(self) -> None:
        """Note that somebody is running the queue."""
        self.db.run_light(
            """INSERT INTO meta (name, value) VALUES ('last_run', :now)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
            now=str(self.db.now()),
        )

    def last_run(self) -> datetime | None:
        """Return when somebody last ran the queue, or None if nobody ever did."""
        value = self.db.value("SELECT value FROM meta WHERE name = 'last_run'")
        return moment_or_none(None if value is None else int(value))

    def needs_media(self, sha256: str) -> bool:
        """Say whether a delivery may still need a media file of that SHA-256 (hex)."""
        from microcom.store.media import is_needed

        return is_needed(self.db, sha256)

    def may_tidy(self) -> bool:
        """Say whether nobody has tidied for a day; whoever asks first is to do it now."""
        from microcom.store.times import DAY

        now = self.db.now()
        taken = self.db.one(
            """INSERT INTO meta (name, value) VALUES ('tidied', :now)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value
               WHERE CAST(meta.value AS BIGINT) < :before RETURNING 1""",
            now=str(now),
            before=now - DAY,
        )
        return taken is not None

    def _saw(self, mark: int) -> None:
        """Let the witness see a mark, where there is one."""
        if self._witness is not None:
            self._witness.saw(mark)

    @cached_property
    def _witness(self) -> Witness | None:
        from microcom.store.witness import Witness

        return None if self._witnesses is None else Witness(self._witnesses, self.standing.store)

    def close(self) -> None:
        """Let go of the database."""
        if "_witness" in self.__dict__ and self._witness is not None:
            self._witness.close()
        self.db.close()


def open_store(
    path: str,
    world: str,
    clock: Clock,
    *,
    actor: str,
    create: bool = False,
    witnesses: str | None = None,
) -> Store:
    """Open the queue at ``path``; see :func:`microcom.store.connect.connect` for what may fail.

    ``witnesses`` is the folder of the files that know how far queues have come; without it nobody
    looks whether this one is a copy. One that is holds what is unfinished.
    """
    store = Store(connect(path, world, clock, create=create), world, actor, witnesses)
    try:
        store.look_at_witness()
        if not store.db.is_file:
            store.look_at_server()
    except BaseException:
        store.close()
        raise
    return store
