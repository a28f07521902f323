"""Which media files deliveries hold, so that none is deleted while one may still need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.core.delivery import OVER
from microcom.store.times import DAY

if TYPE_CHECKING:
    from microcom.core.post import Snapshot
    from microcom.store.database import Database

KEPT = 30 * DAY
"""How long a file stays after its delivery was due, even when that is over."""


def hold(db: Database, delivery: int, snapshot: Snapshot) -> None:
    """Note that a delivery holds the files of its snapshot."""
    for sha256 in sorted({one.sha256 for one in snapshot.media}):
        db.run(
            "INSERT INTO media (sha256, delivery) VALUES (:sha256, :delivery)",
            sha256=sha256,
            delivery=delivery,
        )


def is_needed(db: Database, sha256: str) -> bool:
    """Say whether a delivery holds a file that is not over, or was due in the last 30 days."""
    over = ", ".join(f"'{state}'" for state in sorted(OVER))
    found = db.value(
        f"""SELECT 1 FROM media JOIN delivery ON delivery.id = media.delivery
            WHERE media.sha256 = :sha256
            AND (delivery.state NOT IN ({over}) OR delivery.due_at > :since) LIMIT 1""",
        sha256=sha256,
        since=db.now() - KEPT,
    )
    return found is not None
