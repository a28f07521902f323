"""A delivery: one post to one target at one instant; its states and the legal transitions."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.target import Target


class State(StrEnum):
    """Where a delivery stands."""

    HELD = "held"
    QUEUED = "queued"
    STAGED = "staged"
    PUBLISHING = "publishing"
    PROCESSING = "processing"
    IN_DOUBT = "in_doubt"
    PARTIAL = "partial"
    PUBLISHED = "published"
    HANDED_OVER = "handed_over"
    FAILED = "failed"
    CANCELLED = "cancelled"
    MISSED = "missed"


_S = State
TRANSITIONS: Mapping[State, frozenset[State]] = {
    _S.HELD: frozenset({_S.QUEUED, _S.CANCELLED, _S.MISSED, _S.IN_DOUBT}),
    _S.QUEUED: frozenset(
        {
            *(_S.HELD, _S.STAGED, _S.PUBLISHING, _S.PROCESSING, _S.IN_DOUBT, _S.PARTIAL),
            *(_S.PUBLISHED, _S.HANDED_OVER, _S.FAILED, _S.CANCELLED, _S.MISSED),
        }
    ),
    _S.STAGED: frozenset(
        {_S.HELD, _S.QUEUED, _S.PUBLISHING, _S.FAILED, _S.CANCELLED, _S.MISSED, _S.IN_DOUBT}
    ),
    _S.PUBLISHING: frozenset(
        {
            *(_S.QUEUED, _S.HELD, _S.PROCESSING, _S.IN_DOUBT, _S.PARTIAL, _S.PUBLISHED),
            *(_S.HANDED_OVER, _S.FAILED, _S.CANCELLED),
        }
    ),
    _S.PROCESSING: frozenset(
        {_S.PUBLISHED, _S.HANDED_OVER, _S.IN_DOUBT, _S.PARTIAL, _S.QUEUED, _S.FAILED, _S.HELD}
    ),
    _S.IN_DOUBT: frozenset(
        {_S.QUEUED, _S.PUBLISHING, _S.PROCESSING, _S.PARTIAL, _S.PUBLISHED, _S.HELD, _S.FAILED}
    ),
    _S.PARTIAL: frozenset({_S.QUEUED, _S.PUBLISHED}),
    _S.FAILED: frozenset({_S.QUEUED, _S.IN_DOUBT}),
    _S.MISSED: frozenset({_S.QUEUED, _S.CANCELLED}),
    _S.HANDED_OVER: frozenset({_S.PUBLISHED}),
    _S.PUBLISHED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""Nothing else changes a state; a move to the same state is not a transition."""

OVER = frozenset({_S.PUBLISHED, _S.HANDED_OVER, _S.FAILED, _S.CANCELLED, _S.MISSED, _S.PARTIAL})
"""States in which nothing more happens by itself."""

NEEDS_PERSON = frozenset({_S.IN_DOUBT, _S.HELD})


def may_become(before: State, after: State) -> bool:
    """Say whether a delivery may go from one state to the other."""
    return before is after or after in TRANSITIONS[before]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as the queue holds it. ``wake`` is when a worker next looks at it, or None."""

    id: int
    world: str
    project: str
    post: str
    campaign: str | None
    target: Target
    platform: str
    client: str | None
    kind: str
    lane: str
    state: State
    reason: str | None
    revision: int
    attempt: int
    tries: int
    stopping: bool
    due: datetime
    zone: str
    wake: datetime | None
    digest: str
    key: str | None
    created: datetime
    published: datetime | None
    remote_id: str | None
    url: str | None
    cost: int | None
    elsewhere: datetime | None = None
    """Since when another queue may have sent it; None where this one alone ever could."""

    @property
    def over(self) -> bool:
        """Say whether nothing more happens to it by itself."""
        return self.state in OVER
