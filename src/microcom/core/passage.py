"""What a delivery carries on its way: as it is queued, as a platform gets it, as it comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.post import Snapshot
    from microcom.core.steps import JsonValue
    from microcom.core.target import Target


@dataclass(frozen=True, slots=True)
class Fresh:
    """A delivery about to be queued; ``cost`` is in millionths of a US dollar, None: unknown.

    Its files may be uploaded ``ahead`` of the time it is due. ``at_words`` are what its post says
    of the time, ``source`` is the post's file and ``occurrence`` tells deliveries of one post to
    one target apart ("" for the only one); a delivery ``held`` for a reason waits for a person.
    ``allowed`` are the codes of problems that were let pass.
    """

    target: Target
    snapshot: Snapshot
    due: datetime
    zone: str
    post: str
    campaign: str | None = None
    key: str | None = None
    cost: int | None = None
    ahead: timedelta = timedelta()
    at_words: str | None = None
    source: str | None = None
    occurrence: str = ""
    held: str | None = None
    allowed: tuple[str, ...] = ()


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

    ``parts`` are the ids of a thread's parts in order (the first is ``remote_id``). What was
    ``handed_over`` a person finishes on the platform.
    """

    remote_id: str
    url: str
    parts: tuple[str, ...] = ()
    handed_over: bool = False
