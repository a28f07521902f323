"""What posts cost against what may be spent in a month, by client and by app."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from microcom.core.schedule import zone
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.config import Config
    from microcom.core.passage import Fresh

MICROS = 1_000_000
DECEMBER = 12

Spent: TypeAlias = Callable[[Sequence[str], datetime, datetime], int]
"""Tells what deliveries of accounts cost, due from a moment until another: millionths of a
dollar. What failed or was cancelled costs nothing."""


@dataclass(frozen=True, slots=True)
class Purse:
    """A budget for one month: whose it is, in words, and the accounts that draw on it."""

    owner: str
    accounts: tuple[str, ...]
    budget: int
    since: datetime
    until: datetime


@dataclass(slots=True)
class Spending:
    """Reserves what deliveries cost, one after the other; ``spent`` is what the queue holds."""

    config: Config
    spent: Spent
    used: dict[Purse, int] = field(default_factory=dict)

    def paid(self, fresh: Fresh, instead_of: int = 0) -> Fresh:
        """Return the delivery, held with the reason where no budget pays for it."""
        reason = self.reserve(fresh, instead_of)
        return fresh if reason is None else replace(fresh, held=reason)

    def reserve(self, fresh: Fresh, instead_of: int = 0) -> str | None:
        """Set aside what a delivery costs; say why not where a budget is too small.

        ``instead_of`` is what its earlier words had cost. What is refused reserves nothing.
        """
        if not fresh.cost:
            return None
        more = fresh.cost - instead_of
        purses = list(self.purses(fresh))
        for purse in purses:
            if self._used(purse) + more > purse.budget:
                return over(purse, self._used(purse), fresh.cost)
        for purse in purses:
            self.used[purse] = self._used(purse) + more
        return None

    def purses(self, fresh: Fresh) -> Iterator[Purse]:
        """Yield the budgets that a delivery draws on: its client's on the platform, its app's."""
        config = self.config
        account = config.accounts[fresh.target.account]
        client, app = config.client_of(account), config.apps.get(account.app)
        since, until = month_of(fresh.due, client.timezone)
        if account.platform in client.budgets:
            whose = f"{client.name}'s budget" if client.name else "the budget"
            sharing = tuple(
                one.name
                for one in config.accounts.values()
                if (one.client, one.platform) == (account.client, account.platform)
            )
            budget = client.budgets[account.platform]
            yield Purse(f"{whose} for {account.platform}", sharing, budget, since, until)
        if app is not None and app.budget is not None:
            sharing = tuple(one.name for one in config.accounts.values() if one.app == app.name)
            yield Purse(f"the budget of app {app.name}", sharing, app.budget, since, until)

    def _used(self, purse: Purse) -> int:
        if purse not in self.used:
            self.used[purse] = self.spent(purse.accounts, purse.since, purse.until)
        return self.used[purse]


def over(purse: Purse, used: int, cost: int) -> str:
    """Return in words that a purse is too small."""
    middle = purse.since + (purse.until - purse.since) / 2
    return (
        f"{purse.owner} in {middle:%B %Y} is ${usd(purse.budget)}, and ${usd(used)} of it is "
        f"taken: ${usd(cost)} more is too much"
    )


def month_of(moment: datetime, name: str) -> tuple[datetime, datetime]:
    """Return the beginning and the end of the calendar month of a moment, in a zone."""
    here = moment.astimezone(zone(name))
    first = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    year, month = (here.year + 1, 1) if here.month == DECEMBER else (here.year, here.month + 1)
    return first.astimezone(UTC), first.replace(year=year, month=month).astimezone(UTC)


def usd(micros: int) -> str:
    """Return millionths of a dollar as dollars, at least to the cent."""
    whole, rest = divmod(micros, MICROS)
    cents = f"{rest:06}".rstrip("0").ljust(2, "0")
    return f"{whole}.{cents}"


def by_client(config: Config, deliveries: Sequence[Fresh]) -> Mapping[str, int]:
    """Return what deliveries cost, by client ("" for accounts of nobody)."""
    costs: dict[str, int] = {}
    for one in deliveries:
        name = config.accounts[one.target.account].client or ""
        costs[name] = costs.get(name, 0) + (one.cost or 0)
    return costs
