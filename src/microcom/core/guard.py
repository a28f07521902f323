"""What is too alike to be queued: new deliveries against earlier ones, and against each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from microcom.core.capability import Policy
from microcom.core.problem import Problem, Severity
from microcom.core.sameness import Likeness, Said, marks, same_link, same_media, same_text
from microcom.core.schedule import echo, on_clock, zone
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.account import Account, Community
    from microcom.core.config import Config
    from microcom.core.passage import Fresh
    from microcom.core.platform import Platform

Near: TypeAlias = Callable[[Said, datetime, datetime], Iterable[Said]]
"""Finds deliveries in the queue that share a mark with one and are due between two moments."""
COMPARED: Mapping[str, Callable[[Said, Said], Likeness | None]] = {
    "text": same_text,
    "media": same_media,
    "link": same_link,
}
HINTS = {
    "text": "Say it in other words for one of them.",
    "media": "Show another file, or link to another page.",
    "link": "Wait, or link to another page.",
}
OURS = "microcom's own caution"
FEW = 64
"""So many of one plan that share a mark are looked at."""


@dataclass(slots=True)
class Guard:
    """Compares deliveries, one after the other, with the queue's and with those before them.

    ``near`` looks in the queue; ``replaced`` are the numbers of deliveries there whose words are
    about to be replaced, or that go. With ``again`` the very same content may go to its place
    once more.
    """

    config: Config
    platforms: Mapping[str, Platform]
    near: Near
    replaced: Collection[int] = ()
    again: bool = False
    _known: dict[str, list[Said]] = field(default_factory=dict)

    def problems(self, fresh: Iterable[Fresh]) -> Iterator[tuple[Fresh, Problem]]:
        """Yield what is too alike: ``same.text``, ``same.media`` and ``same.link``.

        Each names the delivery that it is like, the rule, and who asks for it.
        """
        for one in fresh:
            new = self._said(one)
            names = tuple(marks(new))
            rules = [rule for rule in self._rules(new) if rule.policy is not Policy.OFF]
            if rules:
                others = list(self._others(new, names, max(rule.span for rule in rules)))
                found = (rule.problem(new, others) for rule in rules)
                yield from ((one, problem) for problem in found if problem is not None)
            for name in names:
                self._known.setdefault(name, []).append(new)

    def _said(self, fresh: Fresh) -> Said:
        account = self.config.accounts[fresh.target.account]
        return Said(
            (account.project, account.client),
            account.platform,
            fresh.target,
            fresh.post,
            fresh.due,
            fresh.zone,
            fresh.snapshot,
        )

    def _others(self, new: Said, names: Sequence[str], span: timedelta) -> Iterator[Said]:
        """Yield what may be like it, each once."""
        seen: set[int] = set()
        for old in (old for name in names for old in self._known.get(name, ())[:FEW]):
            if id(old) not in seen:
                seen.add(id(old))
                yield old
        for old in self.near(new, new.at - span, new.at + span):
            itself = old.target == new.target and old.snapshot.digest == new.snapshot.digest
            if old.number not in self.replaced and not (self.again and itself):
                yield old

    def _rules(self, new: Said) -> Iterator[_Rule]:
        """Yield the rules in force at its place."""
        account = self.config.accounts[new.target.account]
        place = account.communities[new.target.community or account.default or ""]
        own = place.rules.sameness
        facts = self.platforms[account.platform].capabilities[place.kind].sameness
        for name in COMPARED:
            said: Policy | None = getattr(own, name)
            usual: Policy = getattr(facts, name)
            days = timedelta(days=own.days)
            if said is None:
                span = facts.rest if name == "link" else days
                yield _Rule(name, usual, span, facts.source or OURS)
            else:
                yield _Rule(name, said, days, self._line(account, place, name))

    def _line(self, account: Account, place: Community, name: str) -> str:
        """Return where the accounts file says a rule: file and line."""
        origin = self.config.origin(account.name, place.name, f"sameness.{name}")
        if origin is None:
            return "the accounts file"
        return origin.where.rpartition(":")[0].rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule in force: what is compared, how firmly, how far back, and who says so."""

    name: str
    policy: Policy
    span: timedelta
    whose: str

    def problem(self, new: Said, others: Sequence[Said]) -> Problem | None:
        """Return what stands against a delivery: the firmest, then the nearest in time."""
        found = [
            (likeness.mild, abs(old.at - new.at), number)
            for number, old in enumerate(others)
            if abs(old.at - new.at) <= self.span
            if (likeness := COMPARED[self.name](new, old)) is not None
        ]
        if not found:
            return None
        mild, _, number = min(found)
        old = others[number]
        likeness = COMPARED[self.name](new, old)
        assert likeness is not None  # noqa: S101 - it was just found
        refused = self.policy is Policy.REFUSE and not mild
        message = f"It has {likeness.words} as {_named(old)}; compared are {_days(self.span)}."
        rule = f"The rule: sameness.{self.name}: {self.policy.value} ({self.whose})."
        return Problem(
            f"same.{self.name}",
            message,
            f"{HINTS[self.name]} {rule}",
            str(new.target),
            Severity.WOULD_REFUSE if refused else Severity.NOTICE,
        )


def _named(old: Said) -> str:
    """Return which delivery it is, in words by which a person finds it."""
    when = echo(on_clock(old.at, zone(old.zone)))
    if old.number is None:
        return f"{old.post} to {old.target} of this very plan, {when}"
    return f"{old.post} to {old.target}, {when} (microcom queue show {old.number})"


def _days(span: timedelta) -> str:
    return "1 day" if span.days == 1 else f"{span.days} days"
