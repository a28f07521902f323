"""A YAML text as words, blocks and lists, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TypeAlias

from microcom.core.steps import JsonValue
from microcom.intake.source import Spot
from microcom.values import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A scalar: its text, or None."""

    text: str | None
    spot: Spot


@dataclass(frozen=True, slots=True)
class Block:
    """A mapping: each key's own place, and its value."""

    spot: Spot
    keys: dict[str, Spot] = field(default_factory=dict)
    values: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    spot: Spot
    items: list[Node] = field(default_factory=list)


Node: TypeAlias = Word | Block | Items


def plain(node: Node) -> JsonValue:
    """Return the node as dicts, lists, texts and None."""
    if isinstance(node, Word):
        return node.text
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.values.items()}


def follow(node: Node, path: Sequence[str | int]) -> tuple[Spot, Node]:
    """Return what a path leads to, or the last step that is there, after the place of its key."""
    spot = node.spot
    for step in path:
        if isinstance(node, Block) and isinstance(step, str) and step in node.keys:
            spot = node.keys[step]
            node = node.values.get(step, Word(None, spot))
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            spot = node.spot
    return spot, node


def spot_of(node: Node, path: Sequence[str | int], *, key: bool = False) -> Spot:
    """Return the place of what a path leads to; with ``key``, of the key and not its value."""
    spot, found = follow(node, path)
    return spot if key else found.spot
