"""What post files would do to the queue, priced: the changes, and what each client pays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from microcom.core.changes import Action, Change, Scope, Standing, changes
from microcom.core.money import Spending, by_client
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.config import Config
    from microcom.core.money import Spent
    from microcom.core.passage import Fresh

DONE = frozenset({Action.ADD, Action.CHANGE, Action.MOVE, Action.RENAME})
"""What `apply` does without being asked twice."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks for beside the files: old posts too, orphans cancelled, files first."""

    late: bool = False
    prune: bool = False
    follow_files: bool = False

    def does(self, change: Change) -> bool:
        """Say whether `apply` does something about a change."""
        if change.action is Action.PAST:
            return self.late
        if change.action is Action.ORPHAN:
            return self.prune
        return change.action in DONE


@dataclass(frozen=True, slots=True)
class Survey:
    """The changes, those to be done among them, and what they cost by client (in millionths)."""

    changes: tuple[Change, ...]
    doing: tuple[Change, ...]
    costs: Mapping[str, int]

    def refiled(self) -> Iterator[tuple[int, str | None]]:
        """Yield what is the same and stands in another file now: its number, and that file."""
        for one in self.changes:
            if one.action is Action.SAME and one.wanted is not None and one.was is not None:
                source = one.wanted.source
                if one.was.source is not None and source != one.was.source:
                    yield one.was.delivery.id, source


def survey(
    wanted: Sequence[Fresh],
    standing: Sequence[Standing],
    scope: Scope,
    config: Config,
    now: datetime,
    *,
    spent: Spent,
    asked: Asked,
) -> Survey:
    """Return what files would do to the queue.

    What a budget is too small for is held, with the reason; the earliest are paid for first.
    """
    found = changes(wanted, standing, scope, now, follow_files=asked.follow_files)
    spending = Spending(config, spent)
    in_order = sorted(found, key=lambda one: now if one.wanted is None else one.wanted.due)
    paid = {id(one): _paid(one, spending) if asked.does(one) else one for one in in_order}
    whole = tuple(paid[id(one)] for one in found)
    doing = tuple(one for one in whole if asked.does(one))
    costs = by_client(config, [one.wanted for one in doing if one.wanted and _pays(one)])
    return Survey(whole, doing, costs)


def _pays(change: Change) -> bool:
    return change.action in {Action.ADD, Action.PAST, Action.CHANGE}


def _paid(change: Change, spending: Spending) -> Change:
    """Return the change with its delivery held where no budget pays for it."""
    if change.wanted is None or change.action is Action.RENAME:
        return change
    before = 0 if change.was is None else change.was.delivery.cost or 0
    return replace(change, wanted=spending.paid(change.wanted, before))
