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
        choices = ", ".join(f"{name}/{place}" for place in account.communities)
        message = f"{name} has no default community: choose one."
        return Problem("community.needed", message, f"One of {choices}.", word)
    return Target(name, account.default)


def _community(account: Account, place: str, word: str) -> Target | Problem:
    if place in account.communities:
        return Target(account.name, place)
    hint = did_you_mean(place, account.communities) or (
        f"{account.name} has {', '.join(account.communities)}."
    )
    return Problem("community.unknown", f"{account.name} has no community {place}.", hint, word)
