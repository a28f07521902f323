"""The rules that each place of an accounts file states, with the line that says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from microcom.core.account import plain
from microcom.core.config import Origin
from microcom.core.rules import Level, merged
from microcom.core.steps import JsonValue
from microcom.intake.models import AccountsFile, AccountShape, CommunityShape, RulesShape
from microcom.intake.nodes import Block, Items, Node, Word


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
    said = dict(_leaves(shape.model_dump(exclude_none=True)))
    written = {} if node is None else {key: _at(node, tuple(key.split("."))) for key in said}
    return Level(
        said,
        {
            key: Origin(_written(value), str(value.spot))
            for key, value in written.items()
            if value is not None
        },
    )


def _leaves(block: Mapping[str, object], above: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Yield each value that is no block, by its keys (``missed.do``)."""
    for key, value in block.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", plain(value)


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
