"""What every command starts from: its places, its world, its accounts, its queue."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.cli.closing import close_later
from microcom.cli.screen import Screen
from microcom.errors import UserError
from microcom.intake.places import REAL, Places, find_places
from microcom.runner.clock import Clock, QueueClock, SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from ssl import SSLContext

    from microcom.cli.media import Files
    from microcom.core.config import Config
    from microcom.core.login import Credential
    from microcom.core.platform import Platform
    from microcom.media.kept import MediaStore
    from microcom.runner.access import Access
    from microcom.runner.crew import Crew
    from microcom.runner.doors import Doors
    from microcom.runner.fetch import Fetch
    from microcom.runner.http import Http
    from microcom.store import Store
    from microcom.vault import Vault


class Session:
    """One command of one person, timer or program."""

    def __init__(
        self,
        command: str,
        *,
        json: bool = False,
        sandbox: str | None = None,
        config: str | None = None,
        verbose: bool = False,
    ) -> None:
        self._verbose = verbose
        self.places: Places = find_places(os.environ, sandbox=sandbox)
        self.clock = SystemClock()
        self.screen = Screen(command, self.places.world, json=json, environment=os.environ)
        self._config_path = config
        self.moved: Callable[[int, str, int], None] = _unmoved

    @property
    def world(self) -> str:
        """Return ``real`` or the sandbox's URL."""
        return self.places.world

    @property
    def is_real(self) -> bool:
        """Say whether this is the real world."""
        return self.places.world == REAL

    @cached_property
    def config(self) -> Config:
        """Return the accounts file in force; raise UserError or Mistakes when it is no good."""
        from microcom import platforms
        from microcom.intake.cache import open_config

        return open_config(self.places, platforms, self._config_path, Path.cwd())

    @cached_property
    def store(self) -> Store:
        """Return this world's queue; raise UserError ``store.none`` when there is none yet."""
        store = self.open_store(create=False)
        close_later(store.close)
        return store

    @cached_property
    def store_or_none(self) -> Store | None:
        """Return this world's queue, None when there is none yet."""
        try:
            return self.store
        except UserError as error:
            if error.code != "store.none":
                raise
            return None

    @cached_property
    def new_store(self) -> Store:
        """Return this world's queue, made now if there is none yet."""
        if self.store_or_none is None:
            self.open_store(create=True).close()
        return self.store

    def open_store(self, *, create: bool) -> Store:
        """Open a connection of its own, for one thread; whoever asks closes it."""
        from microcom.store import open_store
        from microcom.store.address import expect_address

        path, shared = self.places.queue, self.places.database
        if shared is not None:
            expect_address(shared, self.places.database_name)
        try:
            store = open_store(
                shared or path,
                self.world,
                self.clock,
                actor=self.actor,
                create=create,
                witnesses=self.places.witnesses,
            )
        except UserError as error:
            if error.code != "store.none" or shared is not None:
                raise
            where = f"(HOME={os.environ.get('HOME', '')}, user {_user()})"
            raise UserError(f"{error.message} {where}", code=error.code, hint=error.hint) from error
        if shared is not None:
            self.clock.follow(store.db.now())
        return store

    @property
    def actor(self) -> str:
        """Return who acts: MICROCOM_ACTOR, else user@host."""
        named = self.places.environment.get("MICROCOM_ACTOR")
        return named or f"{_user()}@{os.uname().nodename if hasattr(os, 'uname') else 'windows'}"

    @cached_property
    def vault(self) -> Vault:
        """Return the vault of this world, still closed."""
        vault = self.open_vault()
        if self.is_real:
            self._expect(vault.name)
        return vault

    def _expect(self, vault: str) -> None:
        """Raise UserError ``vault.moved`` when this queue's secrets are in another vault."""
        try:
            store = self.open_store(create=False)
        except UserError as error:
            if error.code != "store.none":
                raise
            return
        try:
            store.secrets.expect(vault)
        finally:
            store.close()

    def vault_over(self, store: Store) -> Vault:
        """Return the vault for the thread whose connection this is: rows are read over that."""
        from microcom.vault.sealed_rows import SealedRows

        vault = self.vault
        return vault.over(store.sealed) if isinstance(vault, SealedRows) else vault

    def open_vault(self, kind: str = "") -> Vault:
        """Return this world's vault, or the one of another kind."""
        from microcom.cli.rows import QueueRows
        from microcom.store.address import shown
        from microcom.vault import Places, open_vault

        places, shared = self.places, self.places.database
        own = Places(
            folder=places.vault,
            key_file=places.vault_key,
            rows=QueueRows(lambda: self.store, self._written_by_vault),
            database=places.queue if shared is None else shown(shared),
            on_server=shared is not None,
        )
        return open_vault(self.world, places.environment, own, kind=kind)

    def _written_by_vault(self) -> Store:
        """Return the queue that a vault's rows are written to: `vault init` makes a real one."""
        return self.store if self.is_real else self.new_store

    def http(self) -> Http:
        """Return a door to the network for one thread."""
        from microcom.runner.http import Http

        return Http(
            sandbox=None if self.is_real else self.world,
            sleep=self.clock.sleep,
            trust=lambda: self.trusted,
            watch=self.screen.note if self._verbose else _unheard,
            files=self.media.read,
        )

    @cached_property
    def trusted(self) -> SSLContext:
        """Return whose certificates count, read once for all threads."""
        from microcom.runner.trust import trusted

        return trusted()

    def access(self, store: Store, http: Http, clock: Clock | None = None) -> Access:
        """Return who gives the credentials that calls leave with, for one thread."""
        from microcom.platforms import load
        from microcom.runner.access import Access
        from microcom.runner.slots import Slots

        clock = clock or self.clock
        return Access(Slots(store, self.vault_over(store), clock), http, clock, load)

    def nobody(self, platform: Platform) -> Credential:
        """Return what a call leaves with that carries its own secrets, or none."""
        from microcom.core.login import Credential

        return Credential(self.world, platform.login.hosts, "")

    @cached_property
    def media(self) -> MediaStore:
        """Return this world's media store."""
        from microcom.media.kept import MediaStore

        return MediaStore(self.places.media)

    @cached_property
    def files(self) -> Files:
        """Return the files of this command's posts."""
        from microcom.cli.media import Files

        return Files(self.screen, self.media, self.fetch, rehearsal=not self.is_real)

    def fetch(self) -> Fetch:
        """Return who fetches media from addresses, as large as any platform in use takes them."""
        from microcom.media.kept import FETCHED
        from microcom.platforms import load
        from microcom.runner.fetch import Bounds, Fetch

        used = {account.platform for account in self.config.accounts.values()}
        places = [facts for name in used for facts in load(name).capabilities.values()]
        rules = [rule for facts in places if facts.media for rule in facts.media.files]
        return Fetch(
            self.media.aside(FETCHED),
            Bounds(video=max((rule.max_bytes for rule in rules), default=0)),
            rehearsal=not self.is_real,
            watch=self.screen.note if self._verbose else _unheard,
        )

    def doors(
        self, stopping: Callable[[], bool] = lambda: False, ends: datetime | None = None
    ) -> Doors:
        """Return everything a worker may touch, for one thread."""
        import random

        from microcom.platforms import load
        from microcom.runner.alarm import DEAD_MAN
        from microcom.runner.doors import Doors

        store, http = self.open_store(create=False), self.http()
        clock = self.clock if self.places.database is None else QueueClock(store.db.now)
        return Doors(
            store=store,
            http=http,
            access=self.access(store, http, clock),
            secrets=self.vault_over(store),
            clock=clock,
            chance=random.SystemRandom().random,
            platform=load,
            stopping=stopping,
            ends=ends,
            moved=self.moved,
            alarm=DEAD_MAN,
        )

    def tidy(self) -> None:
        """Once a day, delete media that no delivery has needed for a month."""
        from datetime import timedelta

        if self.store.may_tidy():
            month_ago = self.clock.now() - timedelta(days=30)
            self.media.tidy(self.store.needs_media, month_ago.timestamp())
            self.media.tidy_aside(month_ago.timestamp())

    def keep_alive(self) -> None:
        """Renew the logins that nobody has used for long; say what went wrong, and go on."""
        if not self.store.tokens.due():
            return
        http = self.http()
        try:
            for error in self.access(self.store, http).keep_alive():
                self.screen.note(f"{error.message} {error.hint or ''}".rstrip())
        finally:
            http.close()

    def crew(self, jobs: int, ends: datetime | None = None) -> Crew:
        """Return workers for this world, who have to have ended at ``ends``."""
        import gc

        from microcom.runner.crew import Crew

        if self.is_real:
            _ = self.trusted  # now, not when a post is due
        gc.enable()
        if not gc.get_freeze_count():
            gc.freeze()  # what was loaded by now stays: no need to look through it again
        return Crew(lambda stopping: self.doors(stopping, ends), jobs=jobs, note=self.screen.note)


def _unmoved(delivery: int, step: str, count: int) -> None:
    """Let bytes pass uncounted."""
    del delivery, step, count


def _unheard(line: str) -> None:
    """Let a line pass."""


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if sys.platform != "win32" else "unknown"
