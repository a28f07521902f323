"""The doors of the store that a queue's size could slow down, each timed on a clock of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, TypeAlias

from benchmarks.claiming import CEILING, call_of, note_published

from microcom.core.delivery import OVER, State
from microcom.core.passage import Fresh
from microcom.core.post import Snapshot
from microcom.core.target import Target
from microcom.runner.health import look
from microcom.store.filter import Filter
from microcom.store.times import moment

if TYPE_CHECKING:
    from microcom.store import Store
    from microcom.store.lanes import Lease

Doors: TypeAlias = "Sequence[tuple[str, Callable[[], object]]]"
HELD = 512
"""Lanes held at the peak: 8 workers of 64 threads."""
ROUND = timedelta(minutes=72)
"""After which all accounts have a post due again."""
AT_ONCE = 40
"""Deliveries taken through the store."""
ENOUGH = 2.0
"""Seconds after which a door was tried often enough."""
OPEN = tuple(sorted(set(State) - OVER))


@dataclass(slots=True)
class Hand:
    """A clock that stands where it was put."""

    at: datetime

    def now(self) -> datetime:
        """Return the moment."""
        return self.at


@dataclass(slots=True)
class Timed:
    """Seconds that doors take, the median of several tries, by name."""

    tries: int
    found: dict[str, float] = field(default_factory=dict)

    def each(self, doors: Doors) -> None:
        """Try doors, each for itself, after once that does not count."""
        for name, call in doors:
            call()
            seconds: list[float] = []
            while len(seconds) < self.tries and sum(seconds) < ENOUGH:
                with _noted(seconds):
                    call()
            self.found[name] = median(seconds)

    def steps(self, name: str) -> _Steps:
        """Return where the tries of one step of a longer way are noted."""
        return _Steps(self, name)


class _Steps:
    def __init__(self, timed: Timed, name: str) -> None:
        self._timed = timed
        self._name = name
        self._seconds: list[float] = []

    @contextmanager
    def once(self) -> Iterator[None]:
        """Time what is inside."""
        with _noted(self._seconds):
            yield
        self._timed.found[self._name] = median(self._seconds)


@contextmanager
def _noted(seconds: list[float]) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - begun)


def first_due(store: Store) -> datetime:
    """Return when the first of what waits is due: all accounts have a post due then."""
    due = store.db.value("SELECT min(due_at) FROM delivery WHERE state = 'queued'")
    return moment(due)


def time_doors(store: Store, hand: Hand, tries: int) -> dict[str, float]:
    """Return what each door takes: in quiet, then at the peak, then one delivery's whole way."""
    timed = Timed(tries)
    due = first_due(store)
    hand.at = due - timedelta(minutes=30)
    timed.each(_of_workers(store))
    timed.each(_of_people(store, hand.at))
    hand.at = due + timedelta(seconds=1)
    _through(store, timed)
    hand.at += ROUND
    holding = _held(store)
    timed.each(_at_the_peak(store, holding[0]))
    for lease in holding:
        store.lanes.release(lease)
    return timed.found


def _of_workers(store: Store) -> Doors:
    lanes = store.lanes
    return (
        ("quiet: claim", lambda: lanes.claim("me", "me", after="client-1")),
        ("quiet: next wake", lanes.next_wake),
        ("quiet: next wake of a free lane", lambda: lanes.next_wake(free=True)),
        ("quiet: is a lane wanted", lanes.is_wanted),
        ("quiet: held by others", lanes.held),
    )


def _of_people(store: Store, now: datetime) -> Doors:
    queue, agenda, week = store.queue, store.agenda, now + timedelta(days=7)
    mine, all_open = {"client": "client-1"}, {"states": OPEN, "limit": 51}
    one_more = Fresh(Target("acct-7", "timeline"), Snapshot(("new",)), now, "UTC", "one-more")
    return (
        ("status", lambda: look(store, now)),
        ("counts by state", queue.counts),
        ("list", lambda: queue.list(Filter(**all_open))),
        ("list --client", lambda: queue.list(Filter(**all_open, **mine))),
        ("list --client of nobody", lambda: queue.list(Filter(**all_open, client="nobody"))),
        ("list --account", lambda: queue.list(Filter(**all_open, account="acct-7"))),
        ("list --campaign", lambda: queue.list(Filter(**all_open, campaign="spring"))),
        ("history of one delivery", lambda: store.events.recent(20, delivery=7)),
        ("history of one account", lambda: store.events.recent(account="acct-7")),
        ("who is stopped", store.accounts.stops),
        ("last due of each account", store.accounts.last_due),
        ("names of accounts", store.accounts.members),
        ("calendar: a week", lambda: agenda.counts(Filter(since=now, until=week))),
        ("calendar: of a client", lambda: agenda.counts(Filter(since=now, until=week, **mine))),
        ("slots: taken", lambda: store.planned.taken(["acct-7"], now)),
        ("plan: the posts", lambda: store.planned.of_posts("agency", ["one-more"])),
        ("plan: beside", lambda: store.planned.beside("agency", ["one-more.md"], [one_more])),
        ("tidy: is a file needed", lambda: store.needs_media("0" * 64)),
        ("doctor: is the file sound", store.db.damage),
    )


def _at_the_peak(store: Store, lease: Lease) -> Doors:
    lanes, last = store.lanes, "acct-9"
    lane = _lane(store, last)
    return (
        ("peak: next wake of a free lane", lambda: lanes.next_wake(free=True)),
        ("peak: is a lane wanted", lanes.is_wanted),
        ("peak: held by others", lanes.held),
        ("peak: who holds one lane", lambda: lanes.held(lane)),
        ("peak: line, who is first", lambda: store.queue.next(lease)),
        ("peak: late, up to 1,000", lambda: store.queue.list(_late(store))),
    )


def _late(store: Store) -> Filter:
    now = moment(store.db.now())
    return Filter(states=(State.QUEUED, State.STAGED), until=now, limit=1000)


def _lane(store: Store, name: str) -> str:
    known = store.accounts.find(name)
    assert known is not None  # noqa: S101 - every agency has ten accounts
    return known.lane or ""


def _held(store: Store) -> list[Lease]:
    """Hold as many lanes as many workers would, but leave one."""
    holding: list[Lease] = []
    count = store.db.value("SELECT count(*) FROM lane")
    while len(holding) < min(HELD, count // 2):
        lease = store.lanes.claim("me", "me", after=holding[-1].client if holding else "")
        if lease is None:
            break
        holding.append(lease)
    return holding


def _through(store: Store, timed: Timed) -> None:
    """Take deliveries through the store as a worker does, but without a platform."""
    claim, first, leave, out, back = (
        timed.steps(f"way: {name}") for name in ("claim", "first", "leave", "out", "release")
    )
    served = ""
    for _ in range(min(AT_ONCE, store.db.value("SELECT count(*) FROM lane"))):
        with claim.once():
            lease = store.lanes.claim("me", "me", after=served)
        assert lease is not None  # noqa: S101 - every account has a post due
        served = lease.client
        with first.once():
            delivery = store.queue.next(lease)
        assert delivery is not None  # noqa: S101 - likewise
        app = store.accounts.members()[0].app
        with leave.once():
            given = store.leave.ask(lease, delivery, call_of(delivery.id), app=app, ceiling=CEILING)
        delivery = store.queue.again(delivery)
        with out.once():
            note_published(store, lease, delivery, given.mark)
        with back.once():
            store.lanes.release(lease)
