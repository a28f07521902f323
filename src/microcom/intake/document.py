"""YAML as plain words and their places.

ruamel.yaml scans; what a word means is the schema's to say. So nothing is converted on the way:
``22:30``, ``on``, ``2026-12-04 09:00`` and ids stay the text that stands in the file. An unquoted
empty value, ``~`` or ``null`` is None.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from microcom.core.problem import Problem
from microcom.errors import Mistakes
from microcom.intake import syntax
from microcom.intake.nodes import Block, Items, Node, Word
from microcom.intake.source import UNPRINTABLE, Source, Spot, unprintable
from microcom.values import dataclass

MAX_NODES = 200_000
MAX_DEPTH = 16
MAX_ALIASES = 100
NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


def read_block(source: Source, problems: list[Problem]) -> Block:
    """Return the text's top mapping; add what can be read around to ``problems``.

    Raises Mistakes when the text is no YAML, too large or too deep, or no mapping at the top.
    """
    node = _Composer(source, problems).compose()
    if isinstance(node, Block):
        return node
    if node is None and problems:
        raise Mistakes(problems)
    spot = Spot(source.file, 1, 1) if node is None else node.spot
    raise Mistakes([*problems, _no_block(node, spot)])


@dataclass(slots=True)
class _Open:
    """A mapping or sequence whose end has not come yet."""

    node: Block | Items
    anchor: str | None
    key: _Built | None = None
    size: int = 1
    depth: int = 1
    broken: bool = False


@dataclass(frozen=True, slots=True)
class _Built:
    """A finished node, None when it could not be read; what it counts for where it is repeated."""

    node: Node | None
    spot: Spot
    size: int = 1
    depth: int = 0
    end: int = 0


class _Composer:
    """Builds nodes from ruamel's events, without recursion and within bounds.

    What cannot be used is said once and left out; a key whose value was left out stays in ``keys``.
    """

    def __init__(self, source: Source, problems: list[Problem]) -> None:
        self._source = source
        self._problems = problems
        self._open: list[_Open] = []
        self._anchors: dict[str, _Built] = {}
        self._aliases = 0
        self._documents = 0
        self._size = 0
        self._top: Node | None = None

    def compose(self) -> Node | None:
        """Return the only document's node, or None when there is nothing in it."""
        for event in self._events():
            if isinstance(event, DocumentStartEvent):
                self._begin(self._spot(event))
            elif isinstance(event, MappingStartEvent | SequenceStartEvent):
                self._descend(event)
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                self._ascend()
            elif isinstance(event, ScalarEvent):
                self._add(self._word(event), event.anchor, 1)
            elif isinstance(event, AliasEvent):
                repeated = self._repeated(event)
                self._add(repeated, None, repeated.size)
        return self._top

    def _events(self) -> Iterator[Event]:
        try:
            yield from YAML(typ="safe", pure=True).parse(self._source.text)
        except MarkedYAMLError as error:
            found = syntax.problem(error, self._source)
            said = {(one.code, _line(one)) for one in self._problems}
            more = [] if (found.code, _line(found)) in said else [found]
            raise Mistakes([*self._problems, *more]) from error

    def _begin(self, spot: Spot) -> None:
        self._documents += 1
        if self._documents > 1:
            hint = "One file is one document: delete the line with ---."
            self._stop("yaml.documents", "A second document begins here.", hint, spot)

    def _descend(self, event: MappingStartEvent | SequenceStartEvent) -> None:
        spot = self._spot(event)
        self._refuse_tag(event, spot)
        node = Block(spot) if isinstance(event, MappingStartEvent) else Items(spot)
        self._open.append(_Open(node, event.anchor))
        self._bound_depth(0, spot)

    def _ascend(self) -> None:
        done = self._open.pop()
        node = None if done.broken else done.node
        self._add(_Built(node, done.node.spot, done.size, done.depth), done.anchor, 1)

    def _word(self, event: ScalarEvent) -> _Built:
        spot = self._spot(event)
        self._refuse_tag(event, spot)
        found = UNPRINTABLE.search(event.value)
        if found:
            return self._broken(unprintable(found[0], str(spot)), spot)
        if event.style is not None or event.value not in NOTHING:
            return _Built(Word(event.value, spot), spot, end=event.end_mark.index)
        return self._nothing(event, spot)

    def _nothing(self, event: ScalarEvent, spot: Spot) -> _Built:
        """Return None where its key stands: ruamel puts an empty value where the next word is."""
        end = event.end_mark.index
        if event.value == "" and self._open and self._open[-1].key is not None:
            spot, end = self._open[-1].key.spot, self._open[-1].key.end
        if event.value == "" and syntax.hides_tag(self._source, end):
            return self._broken(syntax.hidden_tag(spot), spot)
        return _Built(Word(None, spot), spot)

    def _repeated(self, event: AliasEvent) -> _Built:
        spot = self._spot(event)
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            message = f"There are more than {MAX_ALIASES} aliases (*name)."
            self._stop("yaml.aliases", message, "Write the values out.", spot)
        built = self._anchors.get(event.anchor)
        if built is None:
            message = "A word that begins with * repeats a value above, and there is none."
            hint = "Put it in quotes if it is meant as text."
            return self._broken(Problem("yaml.alias", message, hint, str(spot)), spot)
        self._bound_depth(built.depth, spot)
        return built

    def _add(self, built: _Built, anchor: str | None, count: int) -> None:
        if anchor:
            self._anchors[anchor] = built
        self._bound_size(count, built.spot)
        if not self._open:
            self._top = built.node
            return
        parent = self._open[-1]
        parent.size += built.size
        parent.depth = max(parent.depth, built.depth + 1)
        if isinstance(parent.node, Items):
            if built.node is not None:
                parent.node.items.append(built.node)
        elif parent.key is None:
            self._open_key(parent, built)
        else:
            self._close_pair(parent.node, parent.key, built.node)
            parent.key = None

    def _open_key(self, parent: _Open, built: _Built) -> None:
        parent.key = built
        if isinstance(built.node, Word) and built.node.text is not None:
            return
        parent.broken = True
        if built.node is not None:
            self._problems.append(syntax.odd_key(parent.node.spot, built.spot))

    def _close_pair(self, block: Block, key: _Built, value: Node | None) -> None:
        if not isinstance(key.node, Word) or key.node.text is None:
            return
        name = key.node.text
        if name in block.keys:
            self._problems.append(syntax.twice(name, block.keys[name], key.spot))
            return
        block.keys[name] = key.spot
        if value is not None:
            block.values[name] = value

    def _bound_size(self, count: int, spot: Spot) -> None:
        self._size += count
        if self._size > MAX_NODES:
            message = f"There are more than {MAX_NODES:,} values here."
            self._stop("yaml.size", message, "Split the file.", spot)

    def _bound_depth(self, more: int, spot: Spot) -> None:
        if len(self._open) + more > MAX_DEPTH:
            message = f"This is nested deeper than {MAX_DEPTH} levels."
            self._stop("yaml.depth", message, "Write it flatter.", spot)

    def _refuse_tag(self, event: ScalarEvent | CollectionStartEvent, spot: Spot) -> None:
        if event.tag is not None:
            message = "YAML's tags (words that begin with !) are not read here."
            hint = "Delete it, or put the value in quotes if it is meant as text."
            self._problems.append(Problem("yaml.tag", message, hint, str(spot)))

    def _broken(self, problem: Problem, spot: Spot) -> _Built:
        self._problems.append(problem)
        return _Built(None, spot)

    def _stop(self, code: str, message: str, hint: str, spot: Spot) -> NoReturn:
        raise Mistakes([*self._problems, Problem(code, message, hint, str(spot))])

    def _spot(self, event: Event) -> Spot:
        mark = event.start_mark
        return Spot(self._source.file, mark.line + 1, mark.column + 1)


def _no_block(node: Node | None, spot: Spot) -> Problem:
    where = str(spot)
    if node is None or (isinstance(node, Word) and node.text is None):
        return Problem("yaml.empty", "There is nothing in this file.", "Write it first.", where)
    found = "a list" if isinstance(node, Items) else "plain text"
    message = f"The file should be keys with values, and it begins with {found}."
    return Problem("yaml.top", message, "Begin with lines such as `key: value`.", where)


def _line(problem: Problem) -> str:
    """Return the file and line of a problem, without its column."""
    return (problem.where or "").rpartition(":")[0]
