"""A mapping file: what the columns of somebody else's feed are to us, and what is always said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from microcom.core.problem import Problem
from microcom.core.steps import JsonValue
from microcom.errors import Mistakes, UserError
from microcom.intake.columns import OURS, Place, hint_for, place_of
from microcom.intake.document import read_block
from microcom.intake.models import Shape
from microcom.intake.nodes import Block, Items, Node, Word
from microcom.intake.refusals import fit
from microcom.intake.source import MAX_CONFIG_BYTES, Spot, read_source
from microcom.intake.templates import is_template, names, render
from microcom.intake.words import Maybe, OrEmpty, Text, refuse, shown
from microcom.values import dataclass

LATER = ("text", "title", "link")
"""Keys whose templates are filled in for each target, as those of post files are."""
VARIANT = 3
"""How long the path to a key of a variant is: for, whom, key."""


def _column(value: JsonValue) -> JsonValue:
    if value is not None and (not isinstance(value, str) or place_of(value) is None):
        hint = (hint_for(value) if isinstance(value, str) else "") or OURS
        refuse("mapping.column", f"{shown(value)} is no column of ours", hint)
    return value


class MappingShape(Shape):
    """What stands in a mapping file."""

    columns: Annotated[dict[Text, Annotated[str | None, BeforeValidator(_column)]], OrEmpty] = (
        Field({}, description="their column: ours, or nothing to leave it out")
    )
    values: Annotated[dict[Text, Any], OrEmpty] = Field(
        {}, description="what every row says; texts are templates over its cells"
    )
    encoding: Maybe[Text] = Field(None, description="such as windows-1252")
    delimiter: Maybe[str] = Field(None, description="what stands between cells")


@dataclass(frozen=True, slots=True)
class Value:
    """What every row says under a key of ours: words, templates among them.

    ``now`` are the variables asked for while the row is read, ``later`` those that each target's
    words ask for.
    """

    place: Place
    node: Node
    where: str
    now: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FeedMapping:
    """Their columns and ours, what every row says besides, and how the feed is written.

    ``file`` is None without a mapping file: then every column has to be one of ours. ``where``
    tells the places of their columns in that file.
    """

    columns: Mapping[str, Place | None] = field(default_factory=dict)
    values: tuple[Value, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    file: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def says(self) -> frozenset[str]:
        """Return the names of our columns that it decides about."""
        named = {place.name for place in self.columns.values() if place is not None}
        return frozenset(named | {value.place.name for value in self.values})


def read_mapping(path: Path) -> FeedMapping:
    """Return what a mapping file says; raise Mistakes, all at once."""
    source = read_source(path, MAX_CONFIG_BYTES)
    problems: list[Problem] = []
    tree = read_block(source, problems)
    shape = fit(MappingShape, tree, problems) or MappingShape()
    columns = {
        name: None if ours is None else place_of(ours) for name, ours in shape.columns.items()
    }
    spots = tree.values.get("columns")
    where = {name: str(spots.keys[name]) for name in columns if isinstance(spots, Block)}
    problems += _twice(columns, where)
    values = tuple(_values(tree.values.get("values"), problems))
    if problems:
        raise Mistakes(problems)
    return FeedMapping(columns, values, shape.encoding, shape.delimiter, source.file, where)


def filled(node: Node, path: Sequence[str], cells: Mapping[str, object], spot: Spot) -> Node:
    """Return words with a row's cells in them, but for those that each target fills in.

    What was a template stands at ``spot``. Raises BadTemplate.
    """
    if isinstance(node, Word):
        if node.text is None or not is_template(node.text):
            return node
        is_later = _is_later(path)
        return Word(node.text if is_later else render(node.text, cells).strip(), spot)
    if isinstance(node, Items):
        return Items(node.spot, [filled(one, (*path, ""), cells, spot) for one in node.items])
    inner = {key: filled(one, (*path, key), cells, spot) for key, one in node.values.items()}
    return Block(node.spot, dict(node.keys), inner)


def _twice(columns: Mapping[str, Place | None], where: Mapping[str, str]) -> Iterator[Problem]:
    """Yield the columns that become what another becomes already."""
    theirs: dict[str, str] = {}
    for name, place in columns.items():
        if place is None:
            continue
        first = theirs.setdefault(place.name, name)
        if first != name:
            message = f"{first} and {name} cannot both be {place.name}."
            hint = f"Join them under values: {place.name}: '{{{{ row[\"{first}\"] }}}} …'"
            yield Problem("mapping.twice", message, hint, where.get(name))


def _values(block: Node | None, problems: list[Problem]) -> Iterator[Value]:
    if not isinstance(block, Block):
        return
    for name, node in block.values.items():
        place, where = place_of(name), str(block.keys[name])
        if place is None:
            message = f"{shown(name)} is no column of ours."
            problems.append(Problem("mapping.column", message, hint_for(name) or OURS, where))
            continue
        asked: dict[bool, frozenset[str]] = {True: frozenset(), False: frozenset()}
        for path, word in _words(node, place.whole):
            try:
                asked[_is_later(path)] |= names(word.text or "")
            except UserError as error:
                problems.append(Problem(error.code, error.message, error.hint, str(word.spot)))
        yield Value(place, node, where, asked[False], asked[True])


def _words(node: Node, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Word]]:
    if isinstance(node, Word):
        yield path, node
    elif isinstance(node, Items):
        for one in node.items:
            yield from _words(one, (*path, ""))
    else:
        for key, one in node.values.items():
            yield from _words(one, (*path, key))


def _is_later(path: Sequence[str]) -> bool:
    """Say whether words at a path are filled in for each target."""
    return path[-1] in LATER and (len(path) == 1 or (len(path) == VARIANT and path[0] == "for"))
