"""From a target as people write it to the account and community that it means."""

from __future__ import annotations

from collections.abc import Mapping

from microcom.core.account import Account
from microcom.core.names import did_you_mean
from microcom.core.problem import Problem
from microcom.core.target import Target


def aim(word: str, accounts: Mapping[str, Account]) -> Target | Problem:
    """Return the target of ``account`` or ``account/community``, or what is wrong with the word."""
    name, slash, place = word.partition("/")
    account = accounts.get(name)
    if account is None:
        hint = did_you_mean(name, accounts) or "`microcom accounts list` shows those there are."
        return Problem("account.unknown", f"There is no account {name}.", hint, word)
    if slash:
        return _community(account, place, word)
    if account.default is None:
        message = f"{name} has no default community: choose one."
        return Problem("community.needed", message, _choices(account), word)
    return Target(name, account.default)


def _choices(account: Account) -> str:
    """Return the account's targets with what posting to each does, one a line where it says so."""
    places = account.communities.values()
    if not places:
        return f"Add one under accounts.{account.name}.communities."
    if not any(place.about for place in places):
        return f"One of {', '.join(f'{account.name}/{place.name}' for place in places)}."
    return "One of\n" + "\n".join(
        f"  {account.name}/{place.name}{': ' if place.about else ''}{place.about}"
        for place in places
    )


def _community(account: Account, place: str, word: str) -> Target | Problem:
    if place in account.communities:
        return Target(account.name, place)
    hint = did_you_mean(place, account.communities) or (
        f"{account.name} has {', '.join(account.communities)}."
    )
    return Problem("community.unknown", f"{account.name} has no community {place}.", hint, word)
