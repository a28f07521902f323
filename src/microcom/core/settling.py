"""Finding out whether a marked call that got no answer took effect: the rule of absence.

Absence is not "no equal post found" but "nothing unexplained found".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import TypeAlias

from microcom.core.steps import JsonValue, Reply
from microcom.values import dataclass

CLOCK_SLACK = timedelta(seconds=2)
"""How far a platform's time and ours may disagree after correction: ``Date`` has whole seconds."""

LAST_WORD = timedelta(seconds=5)
"""How much longer than a call's deadline its process may live: then the kernel has ended it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A PUBLISH call as it was sent and never answered.

    ``sent`` and ``until`` are on the platform's clock (UTC): when the first mark of this step was
    made, and when the last one's deadline ended. ``evidence`` is what the call declared.
    ``known`` is the id of an object that existed before the first mark, or None.
    """

    step: str
    fingerprint: str
    sent: datetime
    until: datetime
    evidence: Mapping[str, JsonValue]
    remote_user: str
    kind: str
    known: str | None = None
    settings: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Landed:
    """It took effect; ``reply`` is what the platform would have answered."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Absent:
    """It surely did not take effect: nothing unexplained was found."""

    why: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """The evidence was not sufficient; a person is asked, with ``look`` as the page to open."""

    why: str
    look: str | None = None


Verdict: TypeAlias = Landed | Absent | Unsure


@dataclass(frozen=True, slots=True)
class Seen:
    """One object of the account in a platform's listing.

    ``hard`` are keys that a platform never rewrites (reply parent, media count, board); ``soft``
    is the text after normalising. ``made`` is the platform's own time (UTC).
    """

    remote_id: str
    made: datetime
    hard: Mapping[str, JsonValue]
    soft: str


@dataclass(frozen=True, slots=True)
class Window:
    """What a listing showed from before the first mark until now.

    ``whole`` says that it was read to its end or past the first mark.
    """

    seen: Sequence[Seen]
    whole: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the marked call would have made."""

    hard: Mapping[str, JsonValue]
    soft: str


def judge(
    mark: Mark, wanted: Wanted, window: Window, owned: Collection[str]
) -> Seen | Absent | Unsure:
    """Return the object that the call made, proof that it made none, or neither.

    An object that a receipt owns, or one older than the first mark, is never taken for this one.
    """
    since = mark.sent - CLOCK_SLACK
    strangers = [
        seen
        for seen in window.seen
        if seen.remote_id not in owned and seen.made >= since and seen.hard == wanted.hard
    ]
    equal = [seen for seen in strangers if seen.soft == wanted.soft]
    if len(equal) == 1:
        return equal[0]
    if equal:
        return Unsure(f"{len(equal)} posts look like this one")
    if strangers:
        return Unsure("a post that nobody here made stands where this one would")
    return _absence(mark, window)


def _absence(mark: Mark, window: Window) -> Absent | Unsure:
    if not window.whole:
        return Unsure("the listing could not be read back to before the call")
    if mark.known is None:
        return Unsure("nothing was known to exist before the call, so an empty listing says little")
    if all(seen.remote_id != mark.known for seen in window.seen):
        return Unsure("the listing does not show a post that is known to exist")
    return Absent("the whole listing since the call shows nothing unexplained")
