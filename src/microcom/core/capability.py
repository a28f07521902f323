"""What a kind of community takes, as data: read by validation, docs, emulators and the runner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microcom.core.text import Counting


@dataclass(frozen=True, slots=True)
class TextRule:
    """How much text one part may hold: ``limit`` in units of ``counting``.

    ``long_limit`` is what an account with the platform's long-post right may use instead.
    """

    limit: int
    counting: Counting
    long_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most posts of one account in an hour and in a day."""

    hour: int
    day: int


@dataclass(frozen=True, slots=True)
class Price:
    """What a call costs, in millionths of a US dollar, and when that was true."""

    post: int
    post_with_link: int
    as_of: date


@dataclass(frozen=True, slots=True)
class Proof:
    """The facts that settling rests on.

    ``lands_within``: after how long a request that left has taken effect or never will.
    ``visible_within``: when its author surely sees the result in the platform's listing.
    ``can_prove_absence``: whether the listing shows every post, so that looking can prove absence.
    """

    lands_within: timedelta
    visible_within: timedelta
    can_prove_absence: bool


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Everything data can say about one kind of community."""

    kind: str
    text: TextRule
    thread_parts: int  # most parts of one thread; 1 = no threads
    part_gap: float  # seconds between two parts of a thread
    ceiling: Ceiling
    price: Price | None
    proof: Proof
    source: str  # where these facts come from, with a date
    max_hashtags: int | None = None  # a lint, not a limit of the API
    max_cashtags: int | None = None
