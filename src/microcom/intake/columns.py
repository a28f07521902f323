"""What the columns of a feed are called, and how a cell becomes what a key of a post says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from microcom.core.names import did_you_mean
from microcom.core.problem import Problem
from microcom.core.steps import JsonValue
from microcom.intake.nodes import Block, Items, Node, Word
from microcom.intake.source import UNPRINTABLE, Spot, unprintable
from microcom.intake.words import LABELS
from microcom.values import dataclass

OF_ALL = ("id", "to", "campaign", "for")
OF_ANY = (
    *("at", "text", "title", "link", "tags", "media", "alt", "labels", "fit", "vars", "options"),
    *(f"labels.{name}" for name in LABELS),
)
COLUMNS = (*OF_ALL, *OF_ANY)
OURS = f"Ours: {', '.join(COLUMNS)}; and KEY@TARGET."
LIST = re.compile("[,;\n]")
FILES = re.compile("[;\n]")
DEPTHS = {"labels": 1, "vars": 1, "options": 2}
"""How many names may stand behind the name of a key: ``options.PLATFORM.KEY``."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column's cells belong: a key for all targets, or for one as ``for`` names it."""

    name: str
    path: tuple[str, ...]
    whom: str | None = None

    @property
    def whole(self) -> tuple[str, ...]:
        """Return the path in a post's keys."""
        return self.path if self.whom is None else ("for", self.whom, *self.path)


def place_of(name: str) -> Place | None:
    """Return what a column of ours says: ``title``, ``labels.ai``, ``text@acme-x``; else None."""
    key, at, whom = name.partition("@")
    head, *more = key.split(".")
    if at and (not whom or head in OF_ALL):
        return None
    if key in COLUMNS:
        return Place(name, tuple(key.split(".")), whom or None)
    if more and all(more) and head in DEPTHS and len(more) == DEPTHS[head] and head != "labels":
        return Place(name, (head, *more), whom or None)
    return None


def hint_for(name: str) -> str:
    """Return what a name that is no column of ours may have meant, or ""."""
    key, at, _ = name.partition("@")
    return did_you_mean(key, OF_ANY if at else COLUMNS)


class Cells:
    """The tree of one row's keys, as front matter has one; notes what no text may hold.

    A word's place is the row's line, with the number of its column among ``names``.
    """

    def __init__(
        self, file: str, line: int, names: dict[str, int], problems: list[Problem]
    ) -> None:
        self._file = file
        self._line = line
        self._names = names
        self._problems = problems
        self._alts: dict[str | None, tuple[str, Spot, bool]] = {}
        self.tree = Block(Spot(file, line, 0))

    def put(self, place: Place, value: JsonValue | Node, spot: Spot | None = None) -> None:
        """Put a value where it belongs; nothing and an empty cell say nothing.

        What stands at a ``spot`` of its own is said of every row.
        """
        for_all = spot is not None
        number = self._names.setdefault(place.name, len(self._names))
        spot = spot or Spot(self._file, self._line, number)
        if value is None or (isinstance(value, str) and not value.strip()):
            return
        if place.path == ("alt",) and isinstance(value, str):
            self._alts[place.whom] = (value, spot, for_all)
            return
        self._plant(place.whole, self._node(place, value, spot), spot)

    def end(self) -> Block:
        """Return the whole tree: what pictures show joins them."""
        for whom, (text, spot, for_all) in self._alts.items():
            path = () if whom is None else ("for", whom)
            media = _at(self.tree, (*path, "media"))
            files = media.items if isinstance(media, Items) else []
            if files or not for_all:
                self._describe(files, self._clean(text, spot), spot)
        return self.tree

    def _plant(self, path: Sequence[str], node: Node, spot: Spot) -> None:
        block = self.tree
        for key in path[:-1]:
            block.keys.setdefault(key, spot)
            inner = block.values.get(key)
            if not isinstance(inner, Block):
                inner = block.values[key] = Block(spot)
            block = inner
        block.keys[path[-1]] = spot
        block.values[path[-1]] = node

    def _node(self, place: Place, value: JsonValue | Node, spot: Spot) -> Node:
        if isinstance(value, Word | Items | Block):
            return value
        if not isinstance(value, str):
            return self._nested(value, spot)
        value = self._clean(value, spot)
        match place.path:
            case ("to",) | ("tags",):
                return _items(LIST.split(value), spot)
            case ("media",):
                return _items(FILES.split(value), spot)
            case ("labels",):
                return _labels(value, spot)
            case ("text",):
                return Word(value, spot)
        return Word(value.strip(), spot)

    def _nested(self, value: JsonValue, spot: Spot) -> Node:
        """Return what JSON holds as front matter would have it."""
        if isinstance(value, dict):
            inner = {self._clean(key, spot): self._nested(one, spot) for key, one in value.items()}
            return Block(spot, dict.fromkeys(inner, spot), inner)
        if isinstance(value, list):
            return Items(spot, [self._nested(one, spot) for one in value])
        if isinstance(value, bool):
            return Word("true" if value else "false", spot)
        if value is None:
            return Word(None, spot)
        return Word(self._clean(str(value), spot), spot)

    def _clean(self, text: str, spot: Spot) -> str:
        """Return a text without what no text may hold; that is noted."""
        found = UNPRINTABLE.search(text)
        if found is None:
            return text
        self._problems.append(unprintable(found[0], str(spot)))
        return UNPRINTABLE.sub("", text)

    def _describe(self, files: list[Node], text: str, spot: Spot) -> None:
        """Give files what they show: the only one all of the text, several a line each."""
        texts = [text] if len(files) == 1 else text.strip().split("\n")
        if len(texts) != len(files):
            message = f"The row names {len(files)} files, and says of {len(texts)} what they show."
            hint = "Give one text for each file, a line each, in the same order."
            self._problems.append(Problem("alt.count", message, hint, str(spot)))
            return
        for number, (file, said) in enumerate(zip(files, texts, strict=True)):
            if isinstance(file, Word):
                file = files[number] = Block(spot, {"file": spot}, {"file": file})  # noqa: PLW2901
            if isinstance(file, Block) and said.strip():
                file.keys["alt"] = spot
                file.values["alt"] = Word(said.strip(), spot)


def _at(tree: Block, path: Sequence[str]) -> Node | None:
    node: Node | None = tree
    for key in path:
        node = node.values.get(key) if isinstance(node, Block) else None
    return node


def _items(words: Sequence[str], spot: Spot) -> Items:
    return Items(spot, [Word(word.strip(), spot) for word in words if word.strip()])


def _labels(text: str, spot: Spot) -> Block:
    """Return ``ai, brand=own`` as a block: a word alone is true."""
    pairs: Mapping[str, str] = {
        name.strip(): value.strip() if equals else "true"
        for word in LIST.split(text)
        if word.strip()
        for name, equals, value in [word.partition("=")]
    }
    words: dict[str, Node] = {name: Word(value, spot) for name, value in pairs.items()}
    return Block(spot, dict.fromkeys(words, spot), words)
