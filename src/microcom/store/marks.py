"""Marks: the names under which deliveries that say the same are found.

The rows are hints, out of date at times and never deleted: the delivery as it stands, and its
content, are what counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.store.times import micros

if TYPE_CHECKING:
    from microcom.core.delivery import Delivery
    from microcom.core.post import Snapshot
    from microcom.store.database import Database


def note(db: Database, delivery: Delivery, snapshot: Snapshot) -> None:
    """Note what a delivery says, in the transaction that queues, rewrites or moves it."""
    from microcom.core.sameness import marks, said_of

    for mark in marks(said_of(delivery, snapshot)):
        db.run(
            """INSERT INTO alike (mark, due_at, delivery) VALUES (:mark, :due, :delivery)
               ON CONFLICT DO NOTHING""",
            mark=number(delivery.world, mark),
            due=micros(delivery.due),
            delivery=delivery.id,
        )


def number(world: str, mark: str) -> int:
    """Return a mark as a number that both engines hold: 64 bits, with a sign."""
    import hashlib

    whole = f"{world}\n{mark}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(whole, digest_size=8).digest(), "big", signed=True)
