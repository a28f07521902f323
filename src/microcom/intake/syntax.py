"""What is wrong with a text that is no YAML, in the words of the person who wrote it.

The five mistakes people make with this format have sentences of their own: a handle with @, a
tag with #, an unquoted {{ }}, a second colon in a line, a key twice. No message repeats the text:
a token may stand there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from microcom.core.problem import Problem
from microcom.intake.source import Source, Spot
from microcom.values import dataclass

if TYPE_CHECKING:
    from ruamel.yaml.error import MarkedYAMLError

HASH = re.compile(r"(?<=[\[{,\s])#(?=[^\s#])")
HIDDEN = re.compile(r"[ \t]*:?[ \t]*#[^\s#!]")
COLON = re.compile(r":(\s|$)")
INDENT = "Lines of one block begin in the same column; a key ends with a colon and a space."
HANDLES = "Write handles without @ (handle: acmecoffee); put any other text in quotes."
TAGS = "Write tags without # ([latteart, barista]); put any other text in quotes."
BRACES = 'Put the whole value in quotes: "{{ name }} and more".'


def problem(error: MarkedYAMLError, source: Source) -> Problem:
    """Return one sentence for where and why ruamel.yaml stopped reading."""
    scene = _Scene.of(error, source)
    for look in (_tab, _braces, _start, _colon, _bracket, _quote, _dash, _key):
        found = look(scene)
        if found is not None:
            return found
    return scene.problem("yaml.indent", "This line does not fit the indentation above it.", INDENT)


def hides_tag(source: Source, index: int) -> bool:
    """Say whether what follows a key or dash is a ``#tag`` that YAML reads as a comment."""
    return HIDDEN.match(source.text, index) is not None


def hidden_tag(spot: Spot) -> Problem:
    """Return the problem of a value that YAML reads as a comment."""
    message = "The value begins with #, and YAML takes that for a comment."
    return Problem("yaml.hash", message, TAGS, str(spot))


def odd_key(outer: Spot, inner: Spot) -> Problem:
    """Return the problem of a key that is itself a block or a list."""
    if (outer.line, outer.column + 1) == (inner.line, inner.column):
        return Problem("yaml.braces", "YAML takes {{ for a block of keys.", BRACES, str(outer))
    return Problem("yaml.key", "A key is one plain word.", "Write it as name: value.", str(inner))


def twice(key: str, first: Spot, second: Spot) -> Problem:
    """Return the problem of a key that stands twice in one block."""
    message = f"{key} stands here a second time; line {first.line} has it already."
    return Problem("yaml.twice", message, "Keep one of the two.", str(second))


@dataclass(frozen=True, slots=True)
class _Scene:
    """Where the scanner stopped (``index``), where it had begun, and what it said."""

    source: Source
    said: str
    doing: str
    index: int
    began: int

    @classmethod
    def of(cls, error: MarkedYAMLError, source: Source) -> _Scene:
        mark = error.problem_mark or error.context_mark
        began = error.context_mark or mark
        return cls(
            source,
            str(error.problem or ""),
            str(error.context or ""),
            0 if mark is None else min(mark.index, len(source.text)),
            0 if began is None else began.index,
        )

    @property
    def line(self) -> str:
        start = self.source.text.rfind("\n", 0, self.index) + 1
        return self.source.text[start:].partition("\n")[0]

    @property
    def before(self) -> str:
        """What stands on the line before the place."""
        return self.source.text[self.source.text.rfind("\n", 0, self.index) + 1 : self.index]

    @property
    def character(self) -> str:
        return self.source.text[self.index : self.index + 1]

    def problem(self, code: str, message: str, hint: str, index: int | None = None) -> Problem:
        spot = self.source.spot(self.index if index is None else index)
        return Problem(code, message, hint, str(spot))


def _tab(scene: _Scene) -> Problem | None:
    start = scene.index - len(scene.before)
    indent = len(scene.line) - len(scene.line.lstrip())
    tab = scene.line[:indent].find("\t")
    if tab < 0:
        return None
    message = "A tab stands in the indentation."
    return scene.problem("yaml.tab", message, "Indent with spaces.", start + tab)


def _braces(scene: _Scene) -> Problem | None:
    for start in (scene.began, scene.index - len(scene.before)):
        line = scene.source.text[start:].partition("\n")[0]
        found = re.search(r"(?<!['\"])\{\{", line)
        if found:
            at = start + found.start()
            return scene.problem("yaml.braces", "YAML takes {{ for a block of keys.", BRACES, at)
    return None


def _start(scene: _Scene) -> Problem | None:
    if "cannot start any token" not in scene.said:
        return None
    if scene.character == "@":
        return scene.problem("yaml.at", "A value cannot begin with @ in YAML.", HANDLES)
    message = f"A value cannot begin with {scene.character} in YAML."
    return scene.problem("yaml.start", message, "Put it in quotes.")


def _colon(scene: _Scene) -> Problem | None:
    if "mapping values are not allowed" not in scene.said or not COLON.search(scene.before):
        return None
    hint = 'Put the value in quotes: title: "Five: things".'
    return scene.problem("yaml.colon", "A second colon stands in this line.", hint)


def _bracket(scene: _Scene) -> Problem | None:
    if "flow" not in scene.doing:
        return None
    text = scene.source.text
    began = max(text.rfind("[", 0, scene.began + 1), text.rfind("{", 0, scene.began + 1), 0)
    until = text.find("\n", began)
    found = HASH.search(text, began, until if until >= 0 else len(text))
    if found:
        message = "A word begins with #, and YAML takes the rest of the line for a comment."
        return scene.problem("yaml.hash", message, TAGS, found.start())
    message = f"The {text[began]} that opens here is not closed, or a comma is missing after it."
    return scene.problem("yaml.bracket", message, "Close it, on one line if you can.", began)


def _quote(scene: _Scene) -> Problem | None:
    if "quoted scalar" in scene.doing:
        message = "The quote that opens here is never closed, or holds a \\ that means nothing."
        hint = "Close it; inside double quotes write \\\\ for one \\."
        return scene.problem("yaml.quote", message, hint, scene.began)
    if scene.before.rstrip().endswith(("'", '"')):
        message = "Text follows a closed quote."
        return scene.problem("yaml.quote", message, "Put the whole value in quotes.")
    return None


def _dash(scene: _Scene) -> Problem | None:
    if "sequence entries are not allowed" not in scene.said:
        return None
    hint = "Begin the list on a line of its own, or write it as [a, b]."
    return scene.problem("yaml.dash", "A list cannot begin in the middle of a line.", hint)


def _key(scene: _Scene) -> Problem | None:
    if "simple key" not in scene.doing:
        return None
    message = "This line has no colon after its key."
    return scene.problem("yaml.key", message, "Write it as name: value.", scene.began)
