"""What files say against what the queue says: the difference, as `plan` shows it.

Identity and content are two things. A delivery is (post id, target, occurrence) in its project;
what it says is a digest beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from microcom.core.delivery import State
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.delivery import Delivery
    from microcom.core.passage import Fresh
    from microcom.core.target import Target

WAITING = frozenset({State.HELD, State.QUEUED, State.STAGED})
ENDED = frozenset({State.FAILED, State.MISSED, State.CANCELLED})
"""States in which nothing is out: other words, or another time, are a new try."""

FEEDS = (".csv", ".tsv", ".jsonl", ".ndjson")
"""How files end that hold many posts: those are imported, never found in a folder."""

Identity: TypeAlias = "tuple[str, Target, str]"


class Action(StrEnum):
    """What `plan` shows for a delivery, and what `apply` does about it."""

    ADD = "add"  # queue it
    PAST = "past"  # nothing, unless asked: it is due in the past
    CHANGE = "change"  # freeze the new words, and the new time
    MOVE = "move"  # the new time alone
    OUT = "out"  # nothing, ever: it has left, or is leaving
    RENAME = "rename"  # take over the new id
    ORPHAN = "orphan"  # nothing, unless asked to prune
    KEEP = "keep"  # nothing: a person moved or cancelled it
    SAME = "same"  # nothing


SIGNS: Mapping[Action, str] = {
    Action.ADD: "+",
    Action.PAST: "·",
    Action.CHANGE: "~",
    Action.MOVE: ">",
    Action.OUT: "·",
    Action.RENAME: "=",
    Action.ORPHAN: "-",
    Action.KEEP: "=",
    Action.SAME: " ",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A delivery in the queue and what is known of how it got there.

    ``at_words`` are what its file said of the time, ``source`` is that file, None for what was
    queued without one. ``decided_by`` is who moved or cancelled it by hand, and when. One that was
    ``tried`` keeps its words: a call of it has left before, and was refused.
    """

    delivery: Delivery
    occurrence: str = ""
    tried: bool = False
    source: str | None = None
    at_words: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None

    @property
    def identity(self) -> Identity:
        """Return what keeps it the same delivery."""
        return (self.delivery.post, self.delivery.target, self.occurrence)


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a plan: what files want (None: nothing), what stands in the queue, and why."""

    action: Action
    wanted: Fresh | None
    was: Standing | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What the files speak of.

    ``spoken`` are all deliveries that they name, those with problems too: none of these is an
    orphan. ``covers`` are the files' places: an orphan's source is one of them, or a post file
    below it, and not one of the ``unread`` files.
    """

    spoken: Collection[Identity]
    covers: Sequence[str]
    unread: Collection[str] = ()

    def holds(self, standing: Standing) -> bool:
        """Say whether a delivery came from one of the places; a feed has to be named itself."""
        source = standing.source
        if source is None or source in self.unread:
            return False
        return any(source == place or _lies_in(source, place) for place in self.covers)


def _lies_in(source: str, folder: str) -> bool:
    """Say whether a post file lies in a folder, or below it; "." is the project's own."""
    above = "" if folder == "." else f"{folder.rstrip('/')}/"
    return source.startswith(above) and not source.startswith("..") and not source.endswith(FEEDS)


def changes(
    wanted: Sequence[Fresh],
    standing: Sequence[Standing],
    scope: Scope,
    now: datetime,
    *,
    follow_files: bool = False,
) -> list[Change]:
    """Return one change for each delivery that files want, then one for each orphan.

    ``standing`` are the project's deliveries, oldest first: of several with one identity the
    last one that was not ended counts, else the last.
    """
    diff = _Diff(standing, scope, now, follow_files=follow_files)
    found = [diff.of(one) for one in wanted]
    return [*found, *diff.orphans()]


def identity(fresh: Fresh) -> Identity:
    """Return what keeps a delivery the same one."""
    return (fresh.post, fresh.target, fresh.occurrence)


class _Diff:
    """Compares deliveries one by one with what stands."""

    def __init__(
        self, standing: Sequence[Standing], scope: Scope, now: datetime, *, follow_files: bool
    ) -> None:
        self._scope = scope
        self._now = now
        self._follow = follow_files
        self._known: dict[Identity, Standing] = {}
        self._twins: dict[tuple[str, Target], Standing] = {}
        self._taken: set[int] = set()
        for one in standing:
            before = self._known.get(one.identity)
            if before is None or before.delivery.state in ENDED or not _ended(one):
                self._known[one.identity] = one
        for one in self._known.values():
            if one.identity not in scope.spoken and not _ended(one):
                self._twins.setdefault((one.delivery.digest, one.delivery.target), one)

    def of(self, fresh: Fresh) -> Change:
        """Return what becomes of one delivery that files want."""
        was = self._known.get(identity(fresh))
        if was is None:
            return self._unknown(fresh)
        if was.decided_by is not None and not self._overrides(fresh, was):
            return Change(Action.KEEP, fresh, was, _by_hand(was))
        if was.delivery.state in WAITING and not was.tried:
            return self._waiting(fresh, was)
        if _ended(was):
            return self._ended(fresh, was)
        action = Action.SAME if fresh.snapshot.digest == was.delivery.digest else Action.OUT
        state = "tried before" if was.tried and was.delivery.state in WAITING else _said(was)
        return Change(action, fresh, was, f"{state}: a new id posts it again")

    def orphans(self) -> Iterator[Change]:
        """Yield what waits and that no file speaks of any more."""
        for one in self._known.values():
            waits = one.delivery.state in WAITING and one.identity not in self._scope.spoken
            if waits and one.delivery.id not in self._taken and self._scope.holds(one):
                yield Change(Action.ORPHAN, None, one, "no file says it any more")

    def _unknown(self, fresh: Fresh) -> Change:
        twin = self._twins.get((fresh.snapshot.digest, fresh.target))
        if twin is not None and twin.delivery.id not in self._taken:
            self._taken.add(twin.delivery.id)
            bound = replace(fresh, due=twin.delivery.due) if self._stays(fresh, twin) else fresh
            return Change(Action.RENAME, bound, twin, f"it was {twin.delivery.post}")
        if fresh.due <= self._now:
            return Change(Action.PAST, fresh, None, "due in the past; --late queues it")
        return Change(Action.ADD, fresh)

    def _overrides(self, fresh: Fresh, was: Standing) -> bool:
        """Say whether files win over what a person decided: their own time has changed since."""
        return self._follow or fresh.at_words != was.at_words

    def _waiting(self, fresh: Fresh, was: Standing) -> Change:
        bound = replace(fresh, due=was.delivery.due) if self._stays(fresh, was) else fresh
        if fresh.snapshot.digest != was.delivery.digest:
            return Change(Action.CHANGE, bound, was)
        if bound.due != was.delivery.due:
            return Change(Action.MOVE, bound, was)
        return Change(Action.SAME, bound, was)

    def _stays(self, fresh: Fresh, was: Standing) -> bool:
        """Say whether its time was settled when it was queued: a slot is bound once."""
        slotted = fresh.at_words is not None and fresh.at_words.startswith("slot")
        return slotted and fresh.at_words == was.at_words

    def _ended(self, fresh: Fresh, was: Standing) -> Change:
        other = fresh.snapshot.digest != was.delivery.digest or fresh.at_words != was.at_words
        if was.delivery.state is State.CANCELLED or other:
            return self._unknown(fresh)
        return Change(Action.OUT, fresh, was, f"{_said(was)}: microcom queue retry")


def _ended(standing: Standing) -> bool:
    return standing.delivery.state in ENDED


def _said(standing: Standing) -> str:
    return standing.delivery.state.value.replace("_", " ")


def _by_hand(standing: Standing) -> str:
    done = "cancelled" if standing.delivery.state is State.CANCELLED else "moved"
    when = standing.decided_at
    day = "" if when is None else f" on {when:%Y-%m-%d}"
    return f"{done} by {standing.decided_by}{day}"
