"""Several files of one accounts.d as one: blocks join by name, and nothing may stand twice."""

from __future__ import annotations

from collections.abc import Sequence

from microcom.core.problem import Problem
from microcom.intake.nodes import Block, Node, Word
from microcom.intake.source import Spot

JOINED = frozenset({"platforms", "apps", "use", "clients", "accounts", "groups"})
REPEATED = frozenset({"microcom"})
"""What every file may say, as long as all say the same."""


def merged(blocks: Sequence[Block], problems: list[Problem]) -> Block:
    """Return the files' top blocks as one; a name in two files is a problem with both places."""
    whole = Block(blocks[0].spot)
    for block in blocks:
        for key, node in block.values.items():
            _add(whole, key, block.keys[key], node, problems)
        for key, spot in block.keys.items():
            whole.keys.setdefault(key, spot)
    return whole


def _add(whole: Block, key: str, spot: Spot, node: Node, problems: list[Problem]) -> None:
    known = whole.values.get(key)
    if known is not None and _is_nothing(node):
        return
    if known is None or _is_nothing(known):
        whole.keys[key] = spot
        whole.values[key] = _copy(node)
    elif key in JOINED and isinstance(known, Block) and isinstance(node, Block):
        _join(known, node, problems)
    elif not (key in REPEATED and _text(known) == _text(node)):
        problems.append(_twice(key, whole.keys[key], spot))


def _join(known: Block, more: Block, problems: list[Problem]) -> None:
    for name, spot in more.keys.items():
        if name in known.keys:
            problems.append(_twice(name, known.keys[name], spot))
            continue
        known.keys[name] = spot
        if name in more.values:
            known.values[name] = more.values[name]


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Word) and node.text is None


def _copy(node: Node) -> Node:
    return Block(node.spot, dict(node.keys), dict(node.values)) if isinstance(node, Block) else node


def _text(node: Node) -> str | None:
    return node.text if isinstance(node, Word) else None


def _twice(name: str, first: Spot, second: Spot) -> Problem:
    message = f"{name} stands in two files: {first} has it already."
    return Problem("config.twice", message, "Keep one of the two.", str(second))
