"""One worker of `benchmarks.claims`: takes deliveries through the store, without a platform.

    .venv/bin/python -m benchmarks.claiming PATH finished | published

It says "ready", waits for a line, works until nothing is due, and says how many, from when to when.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING

from benchmarks.stagehand import say

from microcom.core.bodies import Json
from microcom.core.capability import Ceiling
from microcom.core.delivery import State
from microcom.core.passage import Receipt
from microcom.core.steps import Call, Effect, Reply
from microcom.intake.places import REAL
from microcom.runner.clock import SystemClock
from microcom.store import open_store

if TYPE_CHECKING:
    from microcom.core.delivery import Delivery
    from microcom.store import Store
    from microcom.store.lanes import Lease

CEILING = Ceiling(hour=10_000, day=100_000)


def main() -> None:
    """Work until nothing is due."""
    path, name = sys.argv[1:]
    owner = secrets.token_hex(8)
    with closing(open_store(path, REAL, SystemClock(), actor="benchmark")) as store:
        app = store.accounts.members()[0].app
        say("ready")
        sys.stdin.readline()
        begun, count, served = time.time(), 0, ""
        while lease := store.lanes.claim(owner, owner, after=served):
            served = lease.client
            delivery = store.queue.next(lease)
            if delivery is not None:
                DOING[name](store, lease, delivery, app)
                count += 1
            store.lanes.release(lease)
        say(json.dumps([count, begun, time.time()]))


def finish(store: Store, lease: Lease, delivery: Delivery, app: str) -> None:
    """End a delivery, with its event."""
    del app
    store.queue.move(lease, delivery, State.FAILED, reason="finished")


def publish(store: Store, lease: Lease, delivery: Delivery, app: str) -> None:
    """Mark a call, then note its answer and the receipt."""
    call = call_of(delivery.id)
    given = store.leave.ask(lease, delivery, call, app=app, ceiling=CEILING)
    note_published(store, lease, store.queue.again(delivery), given.mark)


def note_published(store: Store, lease: Lease, delivery: Delivery, mark: int) -> None:
    """Note that a delivery is out, in one transaction."""
    remote = f"77{delivery.id:08}"
    reply = Reply(201, {}, b'{"data":{"id":"%s"}}' % remote.encode())
    receipt = Receipt(remote, f"https://x.example/status/{remote}")
    with store.db.transaction(lease.lane):
        store.journal.answered(mark, lease.lane, reply)
        store.queue.publish(lease, delivery, receipt)


def call_of(number: int) -> Call:
    """Return the call that publishes a text."""
    text = f"Note {number} of a long day, written by nobody."
    return Call(
        name="post:0",
        method="POST",
        url="https://api.example/2/tweets",
        effect=Effect.PUBLISH,
        body=Json({"text": text}),
        keeps=("data.id",),
        remote_id="data.id",
        evidence={"text": text},
    )


DOING: Mapping[str, Callable[[Store, Lease, Delivery, str], None]] = {
    "finished": finish,
    "published": publish,
}
NAMES = tuple(DOING)

if __name__ == "__main__":
    main()
