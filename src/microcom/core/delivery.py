"""A delivery: one post to one target at one instant; its states and the legal transitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.post import Snapshot
    from microcom.core.steps import JsonValue
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
        {_S.PUBLISHED, _S.HANDED_OVER, _S.IN_DOUBT, _S.PARTIAL, _S.QUEUED, _S.FAILED}
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
class Outgoing:
    """What a platform is given to publish: the content, the place, and who speaks.

    ``settings`` are those of the community and ``options`` those of the account, as its
    platform's own schema read them.
    """

    target: Target
    handle: str
    remote_user: str
    kind: str
    snapshot: Snapshot
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    options: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of publication: the id the platform gave and where people see it.

    ``parts`` are the ids of a thread's parts in order (the first is ``remote_id``).
    """

    remote_id: str
    url: str
    parts: tuple[str, ...] = ()
    handed_over: bool = False


@dataclass(frozen=True, slots=True)
class Fresh:
    """A delivery about to be queued; ``cost`` is in millionths of a US dollar, None: unknown."""

    target: Target
    snapshot: Snapshot
    due: datetime
    zone: str
    post: str
    campaign: str | None = None
    key: str | None = None
    cost: int | None = None


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

    @property
    def over(self) -> bool:
        """Say whether nothing more happens to it by itself."""
        return self.state in OVER
