"""The rules that each place of an accounts file states, with the line that says so."""

from __future__ import annotations

from collections.abc import Iterator

from microcom.core.config import Origin
from microcom.core.rules import Level, merged
from microcom.intake.models import AccountsFile, AccountShape, CommunityShape, RulesShape
from microcom.intake.nodes import Block, Items, Node, Word

KEYS = {
    "ceiling.hour": ("ceiling", "hour"),
    "ceiling.day": ("ceiling", "day"),
    "missed.do": ("missed", "do"),
    "missed.after": ("missed", "after"),
    "max_hashtags": ("max_hashtags",),
    "banned": ("banned",),
    "alt": ("alt",),
    "stop_after": ("stop_after",),
    "stage": ("stage",),
}


class Levels:
    """The levels of one file, from the most general to an account's communities."""

    def __init__(self, shape: AccountsFile, tree: Block) -> None:
        self._shape = shape
        self._tree = tree
        self._shared: dict[tuple[str, str | None], Level] = {}

    def of_account(self, name: str, account: AccountShape) -> Level:
        """Return what is in force for an account."""
        shared = self._above(account.platform, account.client)
        return shared.under(self._level(account.rules, "accounts", name, "rules"))

    def of_community(self, above: Level, account: str, name: str, shape: CommunityShape) -> Level:
        """Return what is in force for a community of an account."""
        path = ("accounts", account, "communities", name, "rules")
        return above.under(self._level(shape.rules, *path))

    def _above(self, platform: str, client: str | None) -> Level:
        """Return what holds for every account of a client on a platform."""
        key = (platform, client)
        if key not in self._shared:
            self._shared[key] = merged(self._general(platform, client))
        return self._shared[key]

    def _general(self, platform: str, client: str | None) -> Iterator[Level]:
        yield self._level(self._shape.rules, "rules")
        if platform in self._shape.platforms:
            yield self._level(self._shape.platforms[platform], "platforms", platform)
        if client is None or client not in self._shape.clients:
            return
        shape = self._shape.clients[client]
        yield self._level(shape.rules, "clients", client, "rules")
        if platform in shape.platforms:
            rules = shape.platforms[platform]
            yield self._level(rules, "clients", client, "platforms", platform)

    def _level(self, shape: RulesShape, *path: str) -> Level:
        return _said(shape, _at(self._tree, path))


def _said(shape: RulesShape, node: Node | None) -> Level:
    """Return what one block of rules says; ``node`` is the block as written."""
    return Level(
        hour=shape.ceiling.hour,
        day=shape.ceiling.day,
        do=shape.missed.do,
        after=shape.missed.after,
        max_hashtags=shape.max_hashtags,
        banned=None if shape.banned is None else tuple(shape.banned),
        alt=shape.alt,
        stop_after=shape.stop_after,
        stage=shape.stage,
        origins={} if node is None else _origins(node),
    )


def _origins(node: Node) -> dict[str, Origin]:
    found = ((name, _at(node, path)) for name, path in KEYS.items())
    return {
        name: Origin(_written(value), str(value.spot)) for name, value in found if value is not None
    }


def _at(node: Node, path: tuple[str, ...]) -> Node | None:
    for step in path:
        below = node.values.get(step) if isinstance(node, Block) else None
        if below is None:
            return None
        node = below
    return node


def _written(node: Node) -> str:
    if isinstance(node, Items):
        return f"[{', '.join(_written(item) for item in node.items)}]"
    return node.text or "" if isinstance(node, Word) else ""
