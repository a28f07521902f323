"""The groups of an accounts file: named lists of targets."""

from __future__ import annotations

from collections.abc import Mapping

from microcom.core.account import Account
from microcom.core.aim import aim
from microcom.core.target import Target
from microcom.intake.models import GroupShape
from microcom.intake.page import Page
from microcom.intake.refusals import Path


def resolve(
    groups: Mapping[str, GroupShape], accounts: Mapping[str, Account], page: Page
) -> dict[str, tuple[Target, ...]]:
    """Return each group's targets; note what means nothing, stands twice or mixes clients."""
    return {name: _group(name, shape, accounts, page) for name, shape in groups.items()}


def _group(
    name: str, shape: GroupShape, accounts: Mapping[str, Account], page: Page
) -> tuple[Target, ...]:
    path: Path = ("groups", name)
    if name in page.names("accounts"):
        hint = "Accounts and groups share one set of names: call the group something else."
        page.mistake("group.taken", path, "an account has this name already.", hint, key=True)
    found: dict[Target, str] = {}
    for index, word in enumerate(shape.targets):
        target = _target(word, accounts, page, (*path, "targets", index))
        if target in found:
            words = f"{target} is in this group twice."
            hint = f"Keep {found[target]} or {word}." if word != found[target] else "Keep one."
            page.mistake("target.twice", (*path, "targets", index), words, hint)
        elif target is not None:
            found[target] = word
    if not shape.across_clients:
        _one_client(tuple(found), accounts, page, path)
    return tuple(found)


def _target(word: str, accounts: Mapping[str, Account], page: Page, path: Path) -> Target | None:
    if word in page.names("groups"):
        hint = "Write out its targets."
        page.mistake("group.nested", path, f"{word} is a group, and groups hold targets.", hint)
        return None
    found = aim(word, accounts)
    if isinstance(found, Target):
        return found
    if word.partition("/")[0] in accounts or word.partition("/")[0] not in page.names("accounts"):
        page.mistake(found.code, path, found.message, found.hint)
    return None


def _one_client(
    targets: tuple[Target, ...], accounts: Mapping[str, Account], page: Page, path: Path
) -> None:
    clients = {accounts[target.account].client: target for target in targets}
    if len(clients) > 1:
        each = ", ".join(f"{target} of {client or 'none'}" for client, target in clients.items())
        hint = "Make one group for each client, or write across_clients: true in it."
        page.mistake("group.clients", path, f"it mixes clients: {each}.", hint, key=True)
