"""A stage for engine tests: a real store, a real worker, an emulated service, time that is ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx

from microcom.core.config import Config
from microcom.core.login import Credential, Tokens, token_name
from microcom.core.media import Media
from microcom.core.passage import Fresh
from microcom.core.post import Snapshot
from microcom.core.target import Target
from microcom.errors import StoreError, UserError
from microcom.media.kept import MediaStore
from microcom.runner.access import Access
from microcom.runner.doors import Doors
from microcom.runner.http import Http
from microcom.runner.slots import Slots
from microcom.runner.welcome import identify
from microcom.runner.worker import Holder, Worker
from microcom.store import Store, open_store
from microcom.store.tokens import TokenFacts
from microcom.testing.faults import Wire
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.account import Account
    from microcom.core.delivery import Delivery
    from microcom.core.login import AppKind
    from microcom.core.platform import Platform
    from microcom.emulator import Clock, Emulator
    from microcom.store.journal import Pages

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKEN = "canary-5f0c2b"  # noqa: S105 - made up, and looked for where no token may be


Keep: TypeAlias = Callable[[bytes, Media], Media]
"""Keeps bytes in the media store; returns the facts it was given, with their SHA-256 and size."""


def in_file(folder: Path) -> str:
    """Return where a stage's queue is: in a file of its folder."""
    return str(folder / "queue.db")


queue_of = in_file
"""Gives a new stage the place of its queue: a test run may put an address of a server here."""


class Crash(BaseException):
    """The process dies here: nothing after it is executed, as far as the store can tell."""


class ManualClock:
    """A clock that stands until it is moved, and that sleeping moves."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the moment."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let time pass, at once."""
        self._now += timedelta(seconds=seconds)

    def reach(self, moment: datetime) -> None:
        """Move on to a moment; time never goes back."""
        self._now = max(self._now, moment)


class Drawer:
    """A vault in memory, and a seal that is easy to see through."""

    name = "drawer"

    def __init__(self) -> None:
        self.entries: dict[str, str] = {}

    def read(self, name: str) -> str | None:
        """Return an entry, or None."""
        return self.entries.get(name)

    def write(self, name: str, value: str) -> None:
        """Keep an entry."""
        self.entries[name] = value

    def delete(self, name: str) -> None:
        """Forget an entry."""
        self.entries.pop(name, None)

    def seal(self, clear: bytes) -> str:
        """Return bytes that no longer show what they hold."""
        return clear[::-1].hex()

    def unseal(self, sealed: str) -> bytes:
        """Return what :meth:`seal` closed; raise UserError ``vault.key`` for anything else."""
        try:
            return bytes.fromhex(sealed)[::-1]
        except ValueError as error:
            message = "It is sealed under another key."
            raise UserError(message, code="vault.key") from error


def bearer(platform: Platform, token: str = TOKEN) -> Credential:
    """Return a token as a call of the real world carries it."""
    return Credential("real", platform.login.hosts, token)


def in_text(parts: tuple[str, ...], keep: Keep) -> Snapshot:
    """Return a snapshot of text alone."""
    del keep
    return Snapshot(parts)


@dataclass(frozen=True, slots=True)
class Kit:
    """What a platform brings to its tests: itself, its emulator, an account and a post.

    ``content`` makes a snapshot of parts, with the media the platform wants: it is given
    something that keeps bytes as a file of a kind. ``wire`` finds the call that publishes among
    those that leave: ``method``, the end of its ``path``, and the how-many-eth (``nth``) it is.
    """

    platform: Platform
    emulator: Callable[[Clock], Emulator]
    account: Account
    parts: tuple[str, ...]
    publish: str
    """The emulator's name of the endpoint that publishes."""
    content: Callable[[tuple[str, ...], Keep], Snapshot] = in_text
    wire: Mapping[str, Any] = field(default_factory=lambda: {"method": "POST"})
    first: int = 1
    """Which call of that endpoint publishes the first part, from 1: chunks may come before."""
    listing: str = ""
    """The emulator's name of the listing that settling reads; else its first."""
    before: int = 0
    """How many calls leave before the one that publishes the first part."""


class DyingWire(Wire):
    """A wire on which the process dies at a chosen call: before it leaves, or after it landed."""

    die: Callable[[], None]
    """Closes the store, as a killed process would leave it."""
    fatal: tuple[int, str] | None = None
    count = 0
    unplugged = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let a call leave, or die."""
        self.count += 1
        self._die_if("before leave")
        return super().handle_request(request)

    def _let_go(self, request: httpx.Request) -> None:
        super()._let_go(request)
        self._die_if("before")

    def unplug(self, nth: int) -> None:
        """Let the n-th call from now turn out never to have been connected."""
        self.count, self.unplugged = 0, nth

    def _carried(
        self, app: httpx.WSGITransport, request: httpx.Request, fault: str | None
    ) -> httpx.Response:
        if self.count == self.unplugged:
            message = "the connection never stood"
            raise httpx.ConnectError(message, request=request)
        response = super()._carried(app, request, fault)
        self._die_if("after")
        return response

    def _die_if(self, point: str) -> None:
        if self.fatal == (self.count, point):
            self.fatal = None
            self.die()
            raise Crash


POINTS = ("before leave", "before", "after")
"""Where a process may die around a call: before its mark, before it arrives, before its answer."""


@dataclass(slots=True)
class Stage:
    """One account of one platform with a queue of its own."""

    kit: Kit
    folder: Path
    clock: ManualClock = field(default_factory=ManualClock)
    ahead: timedelta = timedelta()
    secrets: Drawer = field(default_factory=Drawer)
    emulator: Emulator = field(init=False)
    wire: DyingWire = field(init=False)
    store: Store = field(init=False)
    stores: list[Store] = field(default_factory=list)
    born: int = 0
    place: str = field(init=False)

    def __post_init__(self) -> None:
        self.place = queue_of(self.folder)
        clock, ahead = self.clock, self.ahead
        self.emulator = self.kit.emulator(lambda: clock.now() + ahead)
        self.emulator.grant(TOKEN, self.kit.account.name)
        self.wire = DyingWire.of([self.emulator])
        self.wire.die = lambda: self.store.close()  # noqa: PLW0108 - the store of that moment
        self.store = self.opened(create=True)
        self.log_in()

    def opened(self, *, create: bool = False) -> Store:
        """Return a connection of its own to the queue."""
        store = open_store(
            self.place,
            "real",
            self.clock,
            actor="test",
            create=create,
            witnesses=str(self.folder / "witness"),
        )
        self.stores.append(store)
        return store

    def close(self) -> None:
        """Close every connection that was opened."""
        for store in self.stores:
            store.close()

    def log_in(self) -> None:
        """Learn whose account it is, as a login does."""
        account = self.kit.account
        file = (str(self.folder / "accounts.yaml"),)
        config = Config(account.project, "UTC", file, "0", {account.name: account}, {}, {}, {})
        self.store.accounts.register(config, [account.name])
        identity, offset = identify(self.kit.platform, self.http(), bearer(self.kit.platform))
        # `identify` measures against this machine's clock; on a stage the clock is another one.
        del offset
        self.store.accounts.identify(account.name, identity, self.ahead)
        self.keep_tokens(Tokens(TOKEN))
        self.wire.calls.clear()
        self.wire.count = 0

    def keep_tokens(self, tokens: Tokens, kind: AppKind | None = None) -> None:
        """Let these be the account's tokens from now on, as a login does."""
        known = self.store.accounts.find(self.kit.account.name)
        assert known is not None
        account = known.account
        name = token_name(account.platform, known.remote_id or "", account.client_id)
        facts = TokenFacts(name, account.platform, account.client_id, kind, 0, "", self.clock.now())
        self.access().keep(facts, tokens)

    def access(self) -> Access:
        """Return who gives the credentials that calls leave with."""
        slots = Slots(self.store, self.secrets, self.clock)
        return Access(slots, self.http(), self.clock, lambda _: self.kit.platform)

    def http(self) -> Http:
        """Return a door to the emulated service."""
        return Http(
            sandbox=None,
            sleep=self.clock.sleep,
            transport=lambda: self.wire,
            files=self.media.read,
        )

    @property
    def media(self) -> MediaStore:
        """Return the files of what is queued."""
        return MediaStore(str(self.folder / "media"))

    def keep(self, content: bytes, media: Media) -> Media:
        """Keep bytes as a file that posts may hold; return its facts with hash and size."""
        digest = sha256(content).hexdigest()
        source = self.folder / f"{digest[:8]}.source"
        source.write_bytes(content)
        self.media.keep(source, digest)
        return replace(media, sha256=digest, size=len(content))

    def doors(self) -> Doors:
        """Return everything a worker may touch."""
        return Doors(
            store=self.store,
            http=self.http(),
            access=self.access(),
            secrets=self.secrets,
            clock=self.clock,
            chance=lambda: 0.5,
            platform=lambda _: self.kit.platform,
        )

    def queue(
        self,
        *parts: str,
        due: datetime | None = None,
        again: bool = False,
        ahead: timedelta = timedelta(),
    ) -> Delivery:
        """Queue a text or thread; now, unless said otherwise, its files so long before."""
        account = self.kit.account
        known = self.store.accounts.find(account.name)
        assert known is not None
        fresh = Fresh(
            target=Target(account.name, account.default),
            snapshot=self.kit.content(parts or self.kit.parts, self.keep),
            due=due or self.clock.now(),
            zone="UTC",
            post="post",
            ahead=ahead,
        )
        return self.store.queue.add([(fresh, known)], again=again)[0].delivery

    def work(self) -> None:
        """Let one worker do what is due, until it has nothing more to do now."""
        self.born += 1
        Worker(self.doors(), Holder("stage", self.born, str(self.born))).run()

    def play(self, delivery: Delivery, *, most: int = 60) -> Delivery:
        """Work, and move on to the next wake, until nothing more happens by itself."""
        for _ in range(most):
            self.work()
            wake = self.store.lanes.next_wake()
            if wake is None or wake > self.clock.now() + timedelta(days=2):
                break
            self.clock.reach(wake)
        return self.now(delivery)

    def die(self, call: int, point: str) -> None:
        """Let the process die at the n-th call (from 1) that leaves from now on."""
        self.wire.count = 0
        self.wire.fatal = (call, point)

    def work_and_die(self) -> None:
        """Work until the process dies, and begin again as a new process later."""
        died = False
        try:
            self.work()
        except (Crash, StoreError):
            died = True
        assert died, "the process did not die"
        self.rise()

    def rise(self) -> None:
        """Be a new process, after the leases of the old one have lapsed."""
        self.store = self.opened()
        self.clock.sleep(60)

    def now(self, delivery: Delivery) -> Delivery:
        """Return the delivery as it is now."""
        return self.store.queue.again(delivery)

    def pages(self, delivery: Delivery) -> Pages:
        """Return the journal of a delivery."""
        return self.store.journal.read(self.now(delivery))

    def published(self) -> list[str]:
        """Return the texts that are out, in the order they were made."""
        return [str(one["text"]) for one in self.emulator.ledger()]

    def sends(self) -> int:
        """Return how many calls that publish, or look like it, have left."""
        method, path = self.kit.wire.get("method"), str(self.kit.wire.get("path", ""))
        return sum(
            call.method == method and call.url.partition("?")[0].endswith(path)
            for call in self.wire.calls
        )


@contextmanager
def stages(kit: Kit, folder: Path) -> Iterator[Callable[..., Stage]]:
    """Yield a maker of stages, each in a folder of its own; all are closed in the end."""
    made: list[Stage] = []

    def make(**options: Any) -> Stage:  # noqa: ANN401 - the fields of Stage
        own = folder / str(len(made))
        own.mkdir()
        made.append(Stage(kit, own, **options))
        return made[-1]

    try:
        yield make
    finally:
        for stage in made:
            stage.close()
