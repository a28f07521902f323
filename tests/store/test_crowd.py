"""Workers and people at one queue at the same time: nobody waits in a circle, nothing is torn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from tests.conformance.kits import X_KIT

from microcom.core.bodies import Json
from microcom.core.capability import Ceiling
from microcom.core.config import Config
from microcom.core.login import Identity
from microcom.core.passage import Fresh, Receipt
from microcom.core.post import Snapshot
from microcom.core.steps import Call, Effect, Reply
from microcom.core.target import Target
from microcom.errors import Superseded, UserError
from microcom.runner.clock import SystemClock
from microcom.store import Store, open_store
from microcom.store.filter import Filter
from microcom.store.leave import LeaveRefusedError
from microcom.testing import stage as staging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres import Server

SECONDS = 2.5
NAMES = tuple(f"acme-{number}" for number in range(4))
WORKERS, PEOPLE = 4, 2
PLENTY = Ceiling(10**6, 10**6)
CALL = Call(
    name="post:0",
    method="POST",
    url="https://api.x.com/2/tweets",
    effect=Effect.PUBLISH,
    body=Json({"text": "One"}),
    remote_id="id",
)
_ids = count(1)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a new queue is."""
    if request.param == "sqlite":
        return staging.in_file(tmp_path)
    server: Server = request.getfixturevalue("server")
    return server.queue("crowd")


def opened(place: str, *, create: bool = False) -> Store:
    """Open the queue by the machine's time."""
    return open_store(place, "real", SystemClock(), actor="test", create=create)


def furnish(store: Store) -> None:
    """Let four accounts of one app be logged in."""
    accounts = {name: replace(X_KIT.account, name=name, handle=name) for name in NAMES}
    config = Config("p", "UTC", ("accounts.yaml",), "0", accounts, {}, {}, {})
    store.accounts.register(config, NAMES)
    for name in NAMES:
        store.accounts.identify(name, Identity(name, name), timedelta())


def queue(store: Store, chance: Random) -> None:
    """Queue something that is due."""
    name = chance.choice(NAMES)
    known = store.accounts.find(name)
    assert known is not None
    fresh = Fresh(
        target=Target(name, known.account.default),
        snapshot=Snapshot((f"Post {next(_ids)}",)),
        due=datetime.now(UTC) - timedelta(seconds=5),
        zone="UTC",
        post="post",
    )
    store.queue.add([(fresh, known)])


def publish(store: Store, owner: str) -> None:
    """Take a lane, send one delivery of it, and give it back."""
    lease = store.lanes.claim(owner, f"{owner} 1 1")
    if lease is None:
        return
    try:
        delivery = store.queue.next(lease)
        if delivery is None:
            return
        given = store.leave.ask(lease, delivery, CALL, app="x", ceiling=PLENTY)
        number = str(next(_ids))
        store.journal.answered(
            given.mark, lease.lane, Reply(201, {}, f'{{"id": "{number}"}}'.encode())
        )
        with store.db.transaction(lease.lane):
            sent = store.queue.again(delivery)
            store.queue.publish(lease, sent, Receipt(number, f"https://x.com/{number}"))
            store.accounts.succeeded(delivery.target.account)
    finally:
        store.lanes.release(lease)


def meddle(store: Store, chance: Random) -> None:
    """Do what a person, or another part of the program, does."""
    name = chance.choice(NAMES)
    deeds: tuple[Callable[[], object], ...] = (
        lambda: queue(store, chance),
        lambda: queue(store, chance),
        lambda: store.accounts.park(name, "a person", by_person=True),
        lambda: store.accounts.resume(name),
        lambda: store.accounts.park_app("x", "no credit"),
        lambda: store.accounts.resume_app("x"),
        lambda: store.accounts.resume_app("x"),
        lambda: [store.people.cancel(one) for one in store.queue.list(Filter(limit=3))[-1:]],
        store.note_run,
        store.events.recent,
    )
    chance.choice(deeds)()


def crowd(
    place: str, work: Callable[[Store, int, Random], None], failures: list[str]
) -> Iterator[threading.Thread]:
    """Yield threads that work until the time is over."""

    def run(number: int) -> None:
        chance = Random(number)  # noqa: S311 - chance, not a secret
        try:
            with closing(opened(place)) as store:
                end = time.monotonic() + SECONDS
                while time.monotonic() < end:
                    with suppress(Superseded, UserError, LeaveRefusedError):
                        work(store, number, chance)
        except Exception as failure:  # noqa: BLE001 - told by the test
            failures.append(repr(failure))

    for number in range(WORKERS + PEOPLE):
        yield threading.Thread(target=run, args=(number,))


def test_a_crowd(place: str) -> None:
    """Claims, marks, answers, receipts, pauses, parkings and cancellations, all at once."""
    failures: list[str] = []
    with closing(opened(place, create=True)) as store:
        furnish(store)

        def work(own: Store, number: int, chance: Random) -> None:
            if number < WORKERS:
                publish(own, f"worker-{number}")
            else:
                meddle(own, chance)

        threads = list(crowd(place, work, failures))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert store.queue.counts()
        for sense, query in SENSELESS.items():
            assert store.db.value(query) == 0, sense
        assert store.db.value("SELECT count(*) FROM answer") > 0


SENSELESS = {
    "published without an answer": """SELECT count(*) FROM delivery WHERE state = 'published'
        AND NOT EXISTS (SELECT 1 FROM answer JOIN mark ON mark.id = answer.mark
            WHERE mark.delivery = delivery.id)""",
    "sent twice": """SELECT count(*) FROM (SELECT delivery FROM mark GROUP BY delivery
        HAVING count(*) > 1) AS more""",
    "sent and cancelled": """SELECT count(*) FROM delivery WHERE state = 'cancelled'
        AND EXISTS (SELECT 1 FROM mark WHERE mark.delivery = delivery.id)""",
    "a lane that is held": "SELECT count(*) FROM lane WHERE owner <> ''",
    "an answered mark that is open": """SELECT count(*) FROM mark
        JOIN answer ON answer.mark = mark.id WHERE state = 'open'""",
}
"""What must not be, and a query that counts it."""
