"""What a preview shows: a card for each target of a plan, right or wrong, and what they sum up to.

Nothing here acts; :mod:`microcom.runner.preview_page` draws it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from microcom.core.problem import Problem, Severity
from microcom.core.schedule import echo, on_clock, zone
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.account import Account, Community
    from microcom.core.capability import Capabilities
    from microcom.core.config import Config
    from microcom.core.passage import Fresh
    from microcom.core.plan import Plan
    from microcom.core.platform import Platform
    from microcom.core.post import Labels
    from microcom.core.target import Target

Placed = Callable[[Problem], Problem]
"""Gives a problem at the place in a file that it is about."""
BRANDS = {
    "own": "promotes its own business",
    "partner": "promotes a partner",
    "both": "promotes its own business and a partner",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One target: what it would get (None where that could not be drawn), and what is said of it.

    ``client`` is a name for people, "" for nobody's; ``place`` says where in the account it
    stands; ``limit`` is how much one part may hold; ``due`` is None for now.
    """

    target: Target
    account: Account
    client: str
    place: str
    facts: Capabilities
    limit: int
    fresh: Fresh | None
    due: str | None
    problems: tuple[Problem, ...]

    @property
    def is_right(self) -> bool:
        """Say whether it would be queued."""
        return self.fresh is not None and not self.obstacles

    @property
    def obstacles(self) -> tuple[Problem, ...]:
        """Return what stands in the way."""
        return tuple(one for one in self.problems if one.severity is not Severity.NOTICE)

    @property
    def cost(self) -> int:
        """Return what it costs, in millionths of a US dollar."""
        return (self.fresh.cost or 0) if self.is_right and self.fresh else 0

    @property
    def labels(self) -> list[str]:
        """Return in words what people are told of the post there."""
        if self.fresh is None:
            return []
        said = _labels(self.fresh.snapshot.labels)
        return [word for name, word in said if name in self.facts.labels]

    @property
    def title(self) -> str:
        """Return the title that people see there, "" where it is left out."""
        unused = any(one.code == "title.unused" for one in self.problems)
        if self.fresh is None or self.facts.title_limit is None or unused:
            return ""
        return self.fresh.snapshot.title or ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A post before its targets; ``problems`` are those of no single target."""

    name: str
    source: str | None
    cards: tuple[Card, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Gathering:
    """What cards are made from beside a plan."""

    config: Config
    platforms: Mapping[str, Platform]
    now: datetime
    placed: Placed

    def preview(self, name: str, source: str | None, plan: Plan) -> Preview:
        """Return a plan as a preview: a card for each target, in order."""
        drawn = {one.target: one for one in (*plan.deliveries, *plan.refused)}
        cards = [self._card(target, drawn.get(target), plan) for target in plan.targets]
        targets = {str(target) for target in plan.targets}
        others = tuple(self.placed(one) for one in plan.unplaced if one.where not in targets)
        return Preview(name, source, tuple(cards), others)

    def _card(self, target: Target, fresh: Fresh | None, plan: Plan) -> Card:
        account = self.config.accounts[target.account]
        place = account.communities[target.community or account.default or ""]
        platform = self.platforms[account.platform]
        facts = platform.capabilities[place.kind]
        client = self.config.client_of(account)
        return Card(
            target=target,
            account=account,
            client=client.title or client.name,
            place=_place(place, platform),
            facts=facts,
            limit=facts.text.limit_of(account.options),
            fresh=fresh,
            due=None if fresh is None else _due(fresh, self.now),
            problems=tuple(self.placed(one) for one in plan.unplaced if one.where == str(target)),
        )


def _due(fresh: Fresh, now: datetime) -> str | None:
    if fresh.at_words is None:
        return None
    return echo(on_clock(fresh.due, zone(fresh.zone)), now)


def _place(place: Community, platform: Platform) -> str:
    """Return where in an account a post stands: what names the place there, or its own name."""
    said = ((one.name, place.settings.get(one.name)) for one in platform.place_options)
    return ", ".join(f"{name} {value}" for name, value in said if _names(value)) or place.name


def _names(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _labels(labels: Labels) -> list[tuple[str, str]]:
    words = [("ai", "made with AI")] if labels.ai else []
    if labels.paid:
        words.append(("paid", "paid partnership"))
    if labels.brand in BRANDS:
        words.append(("brand", BRANDS[labels.brand]))
    return words
