"""Accounts and apps as publishing needs them: who they are, their rules, whether they may speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.core.delivery import OVER
from microcom.errors import UserError
from microcom.store import frozen
from microcom.store.times import SECOND, micros, moment, moment_or_none
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from microcom.core.account import Account
    from microcom.core.config import Config
    from microcom.core.login import Identity
    from microcom.store.database import Database, Row
    from microcom.store.events import Events
    from microcom.store.lanes import Lanes

COLUMNS = """settings, file, remote_id, known, lane, state, reason, until, failures,
    adopted_at, (SELECT clock_offset FROM lane WHERE lane.name = account.lane)"""


@dataclass(frozen=True, slots=True)
class Known:
    """An account as the store holds it: the file's words plus what was learned and decided.

    ``failures`` is how many of its deliveries failed in a row, up to now; whoever holds its lane
    counts them. ``ahead`` is how far the platform's clock is ahead of ours (microseconds).
    """

    account: Account
    file: str
    remote_id: str | None
    known: str | None
    lane: str | None
    state: str
    reason: str | None
    until: datetime | None
    failures: int = 0
    adopted: datetime | None = None
    """When this queue took over publishing for it from another one."""
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """An account by name alone, with the app it speaks through and whose it is."""

    name: str
    app: str
    client: str | None


@dataclass(frozen=True, slots=True)
class Stop:
    """An account or app that was stopped, by microcom (``parked``) or a person (``paused``).

    One that is ``unadopted`` waits because another queue may publish for it.
    """

    scope: str
    name: str
    state: str
    reason: str
    until: datetime | None

    @property
    def remedy(self) -> str:
        """Return the command that ends it."""
        if self.state == "unadopted":
            return f"microcom store adopt --account {self.name}"
        return f"microcom resume {'' if self.scope == 'account' else '--app '}{self.name}"


class Accounts:
    """Writes what an accounts file says and reads it back without the file."""

    def __init__(self, db: Database, events: Events, lanes: Lanes, world: str) -> None:
        self._db = db
        self._events = events
        self._lanes = lanes
        self._world = world

    def register(self, config: Config, names: Iterable[str]) -> None:
        """Note the accounts of these names, and their apps, as the file has them now.

        Raises UserError ``account.claimed`` when a name belongs to another project's file, and
        ``account.identity`` when it would now mean another login.
        """
        with self._db.transaction():
            for name in names:
                self._register(config, config.accounts[name])

    def find(self, name: str) -> Known | None:
        """Return the account of that name, or None."""
        row = self._db.one(
            f"SELECT {COLUMNS} FROM account WHERE world = :world AND name = :name",
            world=self._world,
            name=name,
        )
        return None if row is None else _known(row)

    def all(self) -> list[Known]:
        """Return every account of this world, by name."""
        rows = self._db.all(
            f"SELECT {COLUMNS} FROM account WHERE world = :world ORDER BY name",
            world=self._world,
        )
        return [_known(row) for row in rows]

    def members(self) -> list[Member]:
        """Return the name of every account of this world, in order, without reading its rules."""
        rows = self._db.all(
            "SELECT name, app, client FROM account WHERE world = :world", world=self._world
        )
        return sorted((Member(*row) for row in rows), key=lambda one: one.name)

    def of_login(self, login: str) -> list[Known]:
        """Return the accounts of a login (platform and remote id), by name, whatever their app."""
        rows = self._db.all(
            f"""SELECT {COLUMNS} FROM account
                WHERE lane = :lane AND world = :world ORDER BY name""",
            lane=f"{self._world} {login}",
            world=self._world,
        )
        return [_known(row) for row in rows]

    def last_due(self) -> dict[str, datetime]:
        """Return when the last delivery is due that still waits, by account."""
        over = ", ".join(f"'{state}'" for state in sorted(OVER))
        rows = self._db.all(
            f"""SELECT name, (SELECT due_at FROM delivery WHERE delivery.world = account.world
                    AND delivery.account = account.name AND delivery.state NOT IN ({over})
                    ORDER BY due_at DESC LIMIT 1)
                FROM account WHERE world = :world""",
            world=self._world,
        )
        return {name: moment(due) for name, due in rows if due is not None}

    def identify(self, name: str, identity: Identity, offset: timedelta) -> None:
        """Note whose login the account is; two names of one login share its lane.

        A login also ends a parking: it was most likely about the token.
        """
        account = self.find(name)
        if account is None:
            return
        lane = f"{self._world} {account.account.platform} {identity.remote_id}"
        with self._db.transaction():
            self._lanes.open(lane, self._world, account.account.client)
            self._lanes.learn_offset(lane, offset)
            self._db.run(
                """UPDATE account SET remote_id = :remote, known = :known, lane = :lane,
                       token_version = token_version + 1
                   WHERE world = :world AND name = :name""",
                remote=identity.remote_id,
                known=identity.newest,
                lane=lane,
                world=self._world,
                name=name,
            )
            self._events.append("login", account=name, remote_id=identity.remote_id)
            if account.state == "parked":
                self.resume(name)

    def park(
        self, name: str, reason: str, until: datetime | None = None, *, by_person: bool = False
    ) -> None:
        """Stop an account: its deliveries stay queued until it is resumed or ``until``."""
        self._stop("account", name, "paused" if by_person else "parked", reason, until)

    def park_app(
        self, name: str, reason: str, until: datetime | None = None, *, by_person: bool = False
    ) -> None:
        """Stop every account of an app."""
        self._stop("app", name, "paused" if by_person else "parked", reason, until)

    def resume(self, name: str) -> bool:
        """Let an account speak again; say whether it had been stopped."""
        return self._resume("account", name)

    def resume_app(self, name: str) -> bool:
        """Let an app's accounts speak again; say whether it had been stopped."""
        return self._resume("app", name)

    def stops(self) -> list[Stop]:
        """Return every account and app that is stopped now."""
        rows = self._db.all(
            """SELECT 'account', name, state, reason, until FROM account
               WHERE world = :world AND state <> 'active' AND (until IS NULL OR until > :now)
               UNION ALL SELECT 'account', name, 'unadopted', standing, NULL FROM account
               WHERE world = :world AND standing IS NOT NULL
               UNION ALL SELECT 'app', name, state, reason, until FROM app
               WHERE world = :world AND state <> 'active' AND (until IS NULL OR until > :now)""",
            world=self._world,
            now=self._db.now(),
        )
        return [
            Stop(scope, name, state, reason, moment_or_none(until))
            for scope, name, state, reason, until in rows
        ]

    def broke(self, app: str, pause: timedelta) -> None:
        """Open the app's breaker: nobody publishes through it for a while."""
        self._db.run(
            """UPDATE app SET broken_count = broken_count + 1, broken_until = :until
               WHERE world = :world AND name = :app""",
            until=self._db.now() + int(pause.total_seconds() * SECOND),
            world=self._world,
            app=app,
        )

    def failed(self, name: str) -> int:
        """Count one more delivery of an account that failed; return how many did in a row."""
        return int(
            self._db.value(
                """UPDATE account SET failures = failures + 1
                   WHERE world = :world AND name = :name RETURNING failures""",
                world=self._world,
                name=name,
            )
            or 0
        )

    def succeeded(self, name: str) -> None:
        """Note that a delivery of an account is out: a row of failures ends."""
        self._db.run(
            """UPDATE account SET failures = 0
               WHERE world = :world AND name = :name AND failures > 0""",
            world=self._world,
            name=name,
        )

    def failures(self, app: str) -> int:
        """Return how often in a row publishing through the app failed on the platform's side."""
        value = self._db.value(
            "SELECT broken_count FROM app WHERE world = :world AND name = :app",
            world=self._world,
            app=app,
        )
        return int(value or 0)

    def broken_until(self, app: str) -> datetime | None:
        """Return until when nobody publishes through the app, or None for one that works."""
        value = self._db.value(
            """SELECT broken_until FROM app
               WHERE world = :world AND name = :app AND broken_count > 0""",
            world=self._world,
            app=app,
        )
        return moment_or_none(value)

    def mended(self, app: str) -> None:
        """Close the app's breaker: the platform answered."""
        if self.failures(app) == 0:
            return
        self._db.run(
            """UPDATE app SET broken_count = 0, broken_until = 0
               WHERE world = :world AND name = :app AND broken_count > 0""",
            world=self._world,
            app=app,
        )

    def _register(self, config: Config, account: Account) -> None:
        row = self._db.one(
            """SELECT project, file, digest, platform, handle, settings FROM account
               WHERE world = :world AND name = :name""",
            world=self._world,
            name=account.name,
        )
        file = config.files[0]
        if row is not None:
            _refuse_other(account, file, row)
        settings = frozen.dump(account)
        if row is not None and row[1:3] == (file, config.digest) and row[5] == settings:
            return
        self._write(config, account, file, settings)

    def _write(self, config: Config, account: Account, file: str, settings: str) -> None:
        app = config.apps.get(account.app)
        self._db.run(
            """INSERT INTO app (world, name, platform, client_id)
               VALUES (:world, :name, :platform, :client_id)
               ON CONFLICT (world, name) DO UPDATE SET client_id = excluded.client_id""",
            world=self._world,
            name=account.app,
            platform=account.platform,
            client_id="" if app is None else app.client_id,
        )
        self._db.run(
            """INSERT INTO account (world, name, platform, client, app, project, handle, zone,
                   settings, file, digest)
               VALUES (:world, :name, :platform, :client, :app, :project, :handle, :zone,
                   :settings, :file, :digest)
               ON CONFLICT (world, name) DO UPDATE SET client = excluded.client,
                   app = excluded.app, handle = excluded.handle, zone = excluded.zone,
                   settings = excluded.settings, file = excluded.file, digest = excluded.digest""",
            world=self._world,
            name=account.name,
            platform=account.platform,
            client=account.client,
            app=account.app,
            project=account.project,
            handle=account.handle,
            zone=account.timezone,
            settings=settings,
            file=file,
            digest=config.digest,
        )
        lane = self._db.value(
            "SELECT lane FROM account WHERE world = :world AND name = :name",
            world=self._world,
            name=account.name,
        )
        if lane is not None:
            self._lanes.open(lane, self._world, account.client)

    def _stop(self, scope: str, name: str, state: str, reason: str, until: datetime | None) -> None:
        with self._db.transaction():
            self._db.run(
                f"""UPDATE {scope} SET state = :state, reason = :reason, until = :until
                    WHERE world = :world AND name = :name""",
                state=state,
                reason=reason,
                until=None if until is None else micros(until),
                world=self._world,
                name=name,
            )
            self._refresh(scope, name)
            account = name if scope == "account" else None
            self._events.append(state, account=account, scope=scope, name=name, reason=reason)

    def _resume(self, scope: str, name: str) -> bool:
        with self._db.transaction():
            if scope == "account":
                self.succeeded(name)
            ended = self._db.run(
                f"""UPDATE {scope} SET state = 'active', reason = NULL, until = NULL
                    WHERE world = :world AND name = :name AND state <> 'active'""",
                world=self._world,
                name=name,
            )
            self._refresh(scope, name)
            if ended:
                account = name if scope == "account" else None
                self._events.append("resumed", account=account, scope=scope, name=name)
        return bool(ended)

    def _refresh(self, scope: str, name: str) -> None:
        column = "name" if scope == "account" else "app"
        lanes = self._db.all(
            f"""SELECT DISTINCT lane FROM account
                WHERE world = :world AND {column} = :name AND lane IS NOT NULL""",
            world=self._world,
            name=name,
        )
        for (lane,) in lanes:
            self._lanes.refresh(lane)


def _refuse_other(account: Account, file: str, row: Row) -> None:
    project, owner, _, platform, handle, _ = row
    if project != account.project:
        message = (
            f"The account name {account.name} belongs to project {project} ({owner}); "
            f"{file} claims it for project {account.project}."
        )
        hint = "Give one of the two another name, or both files the same project."
        raise UserError(message, code="account.claimed", hint=hint)
    if (platform, handle) != (account.platform, account.handle):
        message = (
            f"The account {account.name} was {handle} on {platform} ({owner}); "
            f"{file} says {account.handle} on {account.platform}."
        )
        hint = "A name keeps its login: add the new one under another name."
        raise UserError(message, code="account.identity", hint=hint)


def _known(row: Row) -> Known:
    (settings, file, remote_id, known, lane) = row[:5]
    (state, reason, until, failures, adopted, ahead) = row[5:]
    return Known(
        account=frozen.load(settings),
        file=file,
        remote_id=remote_id,
        known=known,
        lane=lane,
        state=state,
        reason=reason,
        until=moment_or_none(until),
        failures=failures,
        adopted=moment_or_none(adopted or None),
        ahead=ahead or 0,
    )
