"""A feed: many posts in one CSV or JSON Lines file, each row read as a post file is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.core.names import slug
from microcom.core.problem import Problem, Severity
from microcom.errors import UserError
from microcom.intake.columns import Cells, place_of
from microcom.intake.draft import Draft, looked_at
from microcom.intake.frontmatter import Keys, Reading
from microcom.intake.gather import problems_of
from microcom.intake.layout import Layout, layout
from microcom.intake.mapping import FeedMapping, filled
from microcom.intake.nodes import Block, Word, plain
from microcom.intake.parts import parts_of
from microcom.intake.posts import may_be_bare, post_of
from microcom.intake.source import Spot
from microcom.intake.table import Form, Row, form_of, rows_of, text_of
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.media import Media
    from microcom.intake.nodes import Node

SHORT = 10


@dataclass(frozen=True, slots=True)
class Paper:
    """Where a feed comes from, and how it is written, as far as that was said.

    ``file`` is how problems call it and ``stem`` is what ids are made of; media are relative to
    ``folder``.
    """

    file: str
    stem: str
    folder: Path
    form: Form | None = None
    encoding: str | None = None
    delimiter: str | None = None

    @property
    def suffix(self) -> str:
        """Return the ending of its name."""
        return Path(self.file).suffix.lower()


@dataclass(frozen=True, slots=True)
class Feed:
    """The posts of the rows that could be read, and what is wrong with the others."""

    drafts: tuple[Draft, ...]
    problems: tuple[Problem, ...]
    whole: bool


def read_feed(
    content: bytes,
    paper: Paper,
    mapping: FeedMapping,
    look: Callable[[str], Media | None],
) -> Feed:
    """Return the posts in a feed; ``whole`` says that each row made one.

    A problem's ``where`` is ``file:line: column``, or a place in the mapping file. Raises
    UserError when the bytes are no text, or nobody can tell how it is written.
    """
    text = text_of(content, paper.file, paper.encoding or mapping.encoding)
    form = paper.form or form_of(text, paper.suffix)
    delimiter = paper.delimiter or mapping.delimiter or ("tab" if paper.suffix == ".tsv" else None)
    reading = _Reading(paper, mapping, look)
    for found in rows_of(text, paper.file, form, delimiter):
        reading.take(found)
    problems = tuple(dict.fromkeys([*reading.problems, *reading.notices()]))
    return Feed(tuple(reading.drafts), problems, not reading.problems)


@dataclass(slots=True)
class _Reading:
    """Reads row after row; every mistake is noted."""

    paper: Paper
    mapping: FeedMapping
    look: Callable[[str], Media | None]
    drafts: list[Draft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=lambda: {"": 0})
    layouts: dict[tuple[str, ...], Layout] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    seen: dict[str, Media | UserError | None] = field(default_factory=dict)
    nameless: int = 0

    def take(self, found: Row | Problem) -> None:
        """Read one row."""
        if isinstance(found, Problem):
            self.problems.append(found)
            return
        problems: list[Problem] = []
        draft = self._draft(found, problems)
        try:
            draft = looked_at(draft, self._once)
        except UserError as error:
            problems += problems_of(error, str(draft.places["text"]))
        if problems:
            self.problems += problems
        else:
            self.drafts.append(draft)

    def notices(self) -> Iterator[Problem]:
        """Yield what is said of the feed as a whole."""
        if self.nameless:
            rows = "1 row has" if self.nameless == 1 else f"{self.nameless} rows have"
            message = f"{rows} no id: a row that changes counts as another post then."
            hint = "Add a column id, and a changed row changes what waits."
            yield Problem("feed.no_id", message, hint, self.paper.file, Severity.NOTICE)

    def _draft(self, row: Row, problems: list[Problem]) -> Draft:
        columns = self._layout(row, problems)
        found: list[Problem] = []
        cells = self._cells(row, columns, found)
        tree = cells.end()
        later = frozenset().union(*(value.later for value in self.mapping.values))
        asked = self._asked(row, columns, later, found)
        made = self._made_id(tree, asked)
        text = tree.values.pop("text", None)
        place = str(tree.keys.pop("text", tree.spot))
        keys = Keys.of(tree, found)
        parts = self._parts(text, place, keys, found)
        reading = Reading(self.paper.file, self.paper.folder, keys, found)
        assert keys.shape is not None  # noqa: S101 - there is one wherever there is a tree
        post = post_of(keys.shape, parts, reading)
        places = {name: self._said(where) for name, where in keys.places.items()}
        places["text"] = self._said(place)
        problems += [self._told(one) for one in found]
        if "id" not in tree.keys:
            self.nameless += 1
        name = post.id or made
        problems += self._twice(name, row.line, places, is_made="id" not in tree.keys)
        post = replace(post, id=name, source=self.paper.file, vars={**asked, **post.vars})
        return Draft(post, places)

    def _asked(
        self, row: Row, columns: Layout, names: frozenset[str], problems: list[Problem]
    ) -> dict[str, object]:
        """Return the cells that each target's words ask for."""
        try:
            return columns.known(row.cells, names)
        except UserError as error:
            where = str(Spot(self.paper.file, row.line, 0))
            problems.append(Problem(error.code, error.message, error.hint, where))
            return {}

    def _layout(self, row: Row, problems: list[Problem]) -> Layout:
        """Return what a row's columns are; what is wrong with them is said once."""
        names = tuple(row.cells)
        if names not in self.layouts:
            where = f"{self.paper.file}:{row.head or row.line}"
            fixed = row.head is not None
            self.layouts[names] = layout(names, self.mapping, where, fixed=fixed)
        problems += self.layouts[names].problems
        return self.layouts[names]

    def _cells(self, row: Row, columns: Layout, problems: list[Problem]) -> Cells:
        cells = Cells(self.paper.file, row.line, self.names, problems)
        for value in self.mapping.values:
            spot = Spot(self.paper.file, row.line, self._number(value.place.name))
            try:
                known = columns.known(row.cells, value.now)
                node = filled(value.node, value.place.whole, known, spot)
            except UserError as error:
                problems.append(Problem(error.code, error.message, error.hint, str(spot)))
                continue
            if isinstance(node, Word):
                cells.put(value.place, node.text, node.spot)
            else:
                cells.put(value.place, node, spot)
        for name, place in columns.places.items():
            cells.put(place, row.cells[name])
        return cells

    def _number(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names))

    def _parts(
        self, text: Node | None, place: str, keys: Keys, problems: list[Problem]
    ) -> tuple[str, ...]:
        """Return the parts of a row's text; without any, there have to be files."""
        if text is not None and not isinstance(text, Word):
            message = "text: expected text, found a list or a block of keys."
            problems.append(Problem("config.text", message, "Write it in quotes.", place))
            return ("",)
        found: list[Problem] = []
        lines = ((text.text if text else None) or "").split("\n")
        parts = parts_of(self.paper.file, lines, 0, found)
        if keys.shape is not None and may_be_bare(keys.shape) and not any(parts):
            found = [one for one in found if one.code != "text.empty"]
        problems += [replace(one, where=place) for one in found]
        return parts

    def _made_id(self, tree: Block, asked: Mapping[str, object]) -> str:
        """Return the id of a row that names none: the feed's name, and a digest of what it says."""
        said = json.dumps([plain(tree), asked], sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(said.encode()).hexdigest()[:SHORT]
        return f"{slug(self.paper.stem) or 'row'}-{digest}"

    def _twice(
        self, name: str, line: int, places: Mapping[str, str], *, is_made: bool
    ) -> Iterator[Problem]:
        first = self.ids.setdefault(name, line)
        if first == line:
            return
        if is_made:
            message = f"This row says the same as line {first}, and neither has an id."
        else:
            message = f"The id {name} is that of line {first} too."
        where = places.get("--id", f"{self.paper.file}:{line}")
        yield Problem("post.twice", message, "Give one another id.", where)

    def _once(self, file: str) -> Media | None:
        """Look at a file that several rows may name once."""
        if file not in self.seen:
            try:
                self.seen[file] = self.look(file)
            except UserError as error:
                self.seen[file] = error
        found = self.seen[file]
        if isinstance(found, UserError):
            raise found
        return found

    def _said(self, where: str) -> str:
        """Return a place as people see it: the row's line, and the column's name."""
        file, line, number = where.rsplit(":", 2)
        if file != self.paper.file:
            return where
        name = tuple(self.names)[int(number)]
        return f"{file}:{line}: {name}" if name else f"{file}:{line}"

    def _told(self, problem: Problem) -> Problem:
        """Return a problem at the place that people see, without the column's name twice."""
        where = self._said(problem.where or "")
        column = where.rpartition(": ")[2] if ": " in where else ""
        place = place_of(column)
        message = problem.message
        for name in (column, ".".join(place.whole) if place else column):
            message = message.removeprefix(f"{name}: ") if name else message
        return replace(problem, where=where, message=message)
