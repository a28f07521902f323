"""The rows of a feed, CSV or JSON Lines, each with the line that it begins on."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NoReturn, TypeAlias

from microcom.core.names import did_you_mean
from microcom.core.problem import Problem
from microcom.core.steps import JsonValue
from microcom.errors import Mistakes, UserError
from microcom.intake.source import UNPRINTABLE, UTF16, unprintable
from microcom.intake.words import shown
from microcom.values import dataclass

MAX_FEED_BYTES = 64 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 1_000
MAX_CELL = 100_000
"""The most characters of one cell; the csv module's own bound is a little higher."""
DEEPEST = 12
"""How deep JSON may be nested."""
ENCODINGS = (
    *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "windows-1250", "windows-1251"),
    *("windows-1252", "iso-8859-1", "iso-8859-2", "iso-8859-15", "mac-roman"),
    *("shift_jis", "gb18030", "big5", "euc-kr"),
)
DELIMITERS = {",": ",", ";": ";", "tab": "\t", "\t": "\t", "\\t": "\t", "|": "|"}
SNIFFED = (",", ";", "\t")
EXCEL = "sep="
"""How the line begins in which Excel names the delimiter."""


class Form(StrEnum):
    """How rows are written."""

    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Row:
    """A row's cells by column; those of CSV have one ``head``, the line that names the columns."""

    line: int
    cells: Mapping[str, JsonValue]
    head: int | None = None


Found: TypeAlias = "Row | Problem"


def text_of(content: bytes, file: str, encoding: str | None) -> str:
    """Return a feed's text with plain newlines; raise UserError when it is in another encoding.

    Without an ``encoding``, a byte order mark names it; else it has to be clean UTF-8.
    """
    name = _codec(encoding, content)
    try:
        text = content.decode(name)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"The text is not {(encoding or name.removesuffix('-sig')).upper()}."
        hint = "Name its encoding, such as --encoding windows-1252, or save it as UTF-8."
        raise Mistakes([Problem("text.encoding", message, hint, f"{file}:{line}")]) from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _codec(encoding: str | None, content: bytes) -> str:
    if encoding is None:
        return "utf-16" if content.startswith(UTF16) else "utf-8-sig"
    known = {codecs.lookup(name).name: name for name in ENCODINGS}
    try:
        return known[codecs.lookup(encoding).name]
    except (LookupError, ValueError) as error:
        hint = did_you_mean(encoding, ENCODINGS) or f"There is {', '.join(ENCODINGS)}."
        message = f"There is no encoding {encoding!r}."
        raise UserError(message, code="feed.encoding", hint=hint) from error


def form_of(text: str, suffix: str) -> Form:
    """Return how a feed is written: its name's ending says so, else its first character."""
    if suffix in {".jsonl", ".ndjson"}:
        return Form.JSONL
    if suffix in {".csv", ".tsv"}:
        return Form.CSV
    return Form.JSONL if text.lstrip().startswith("{") else Form.CSV


def rows_of(text: str, file: str, form: Form, delimiter: str | None = None) -> Iterator[Found]:
    """Yield each row, or what is wrong with it; after a Problem ``feed.*`` nothing follows."""
    found = _csv(text, file, delimiter) if form is Form.CSV else _json(text, file)
    for number, one in enumerate(found):
        if number >= MAX_ROWS:
            message, hint = f"There are more than {MAX_ROWS:,} rows here.", "Split the file."
            yield Problem("feed.size", message, hint, file)
            return
        yield one


# --- CSV -----------------------------------------------------------------------------------


def _csv(text: str, file: str, delimiter: str | None) -> Iterator[Found]:
    first, skipped = text, 0
    if text.startswith(EXCEL):
        said, _, first = text.partition("\n")
        delimiter, skipped = delimiter or said.removeprefix(EXCEL)[:1], 1
    mark = _delimiter(first, file, delimiter)
    reader = csv.reader(io.StringIO(first, newline=""), delimiter=mark, strict=True)
    columns: list[str] = []
    head = line = 0
    while True:
        line = skipped + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield _unreadable(error, f"{file}:{line}")
            return
        if not any(cell.strip() for cell in cells):
            continue
        if not columns:
            columns, head = _columns(cells, f"{file}:{line}"), line
        else:
            yield _row(columns, head, cells, file, line)
    if not columns:
        message = "There is nothing in this file."
        yield Problem("feed.empty", message, "Its first line names the columns.", file)


def _delimiter(text: str, file: str, named: str | None) -> str:
    """Return what stands between cells: what was named, or what cuts the first row into most."""
    if named is not None:
        if named in DELIMITERS:
            return DELIMITERS[named]
        hint = "Write , or ; or | or tab."
        raise UserError(f"{named!r} cannot stand between cells.", code="feed.delimiter", hint=hint)
    counts = {mark: _width(text, mark) for mark in SNIFFED}
    most = max(counts.values())
    best = [mark for mark in SNIFFED if counts[mark] == most]
    if most > 1 and len(best) > 1:
        message = "It cannot be told what stands between the cells of the first line."
        hint = "Say it: --delimiter ';'"
        raise Mistakes([Problem("feed.delimiter", message, hint, f"{file}:1")])
    return best[0]


def _width(text: str, mark: str) -> int:
    """Return into how many cells a mark cuts the first row that is not empty."""
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        return next((len(row) for row in rows if row), 0)
    except csv.Error:
        return 0


def _columns(cells: Sequence[str], where: str) -> list[str]:
    """Return the names of the columns; raise Mistakes when two have one name."""
    names = [cell.strip() for cell in cells]
    problem = _odd_names([name for name in names if name], where)
    if problem is not None:
        raise Mistakes([problem])
    return names


def _odd_names(names: Sequence[str], where: str) -> Problem | None:
    """Return what is wrong with the names of columns."""
    if len(names) > MAX_COLUMNS:
        return _too_large(f"There are more than {MAX_COLUMNS:,} columns.", where)
    found = UNPRINTABLE.search("".join(names))
    if found:
        return unprintable(found[0], where)
    name, count = Counter(names).most_common(1)[0] if names else ("", 0)
    if count > 1:
        hint = "Give each column a name of its own."
        return Problem("feed.columns", f"Two columns are called {name}.", hint, where)
    return None


def _row(columns: Sequence[str], head: int, cells: Sequence[str], file: str, line: int) -> Found:
    where = f"{file}:{line}"
    while len(cells) > len(columns) and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) != len(columns):
        message = f"The first row names {len(columns)} columns, and this one has {len(cells)}."
        hint = 'A cell with the delimiter or a newline in it stands in quotes: "one, two".'
        return Problem("row.cells", message, hint, where)
    for name, cell in zip(columns, cells, strict=True):
        if len(cell) > MAX_CELL:
            return _too_large(f"{name}: the cell is longer than {MAX_CELL:,} characters.", where)
        if not name and cell.strip():
            message, hint = "A cell stands in a column without a name.", "Name it in the first row."
            return Problem("row.cells", message, hint, where)
    return Row(line, {name: cell for name, cell in zip(columns, cells, strict=True) if name}, head)


def _unreadable(error: csv.Error, where: str) -> Problem:
    if "field limit" in str(error):
        return _too_large(f"A cell here is longer than {MAX_CELL:,} characters.", where)
    if "end of data" in str(error):
        message = "A quote that begins in this row is never closed; nothing after it can be read."
    else:
        message = "The quotes in this row do not fit; nothing after it can be read."
    hint = 'A quote inside a quoted cell is written twice: "they say ""hello""".'
    return Problem("feed.quotes", message, hint, where)


def _too_large(message: str, where: str) -> Problem:
    return Problem("feed.size", message, "Is this the right file?", where)


# --- JSON Lines ----------------------------------------------------------------------------


class _Odd(ValueError):
    """JSON that is read by nobody alike."""


def _json(text: str, file: str) -> Iterator[Found]:
    empty = True
    for line, written in enumerate(io.StringIO(text, newline="\n"), start=1):
        if not written.strip():
            continue
        empty = False
        yield _object(written, f"{file}:{line}", line)
    if empty:
        message = "There is nothing in this file."
        yield Problem("feed.empty", message, "Write one JSON object a line.", file)


def _object(written: str, where: str, line: int) -> Found:
    hint = 'A line is one object: {"id": "menu", "to": "acme-x", "text": "Hello"}'
    try:
        found = json.loads(
            written,
            object_pairs_hook=_pairs,
            parse_int=str,
            parse_float=str,
            parse_constant=_constant,
        )
    except RecursionError:
        return Problem("row.json", "This is nested too deeply.", hint, where)
    except _Odd as error:
        return Problem("row.json", f"{error}.", hint, where)
    except json.JSONDecodeError as error:
        message = f"This is no JSON: {error.msg}, at character {error.pos + 1}."
        return Problem("row.json", message, hint, where)
    if not isinstance(found, dict):
        return Problem("row.json", "This is no object.", hint, where)
    odd = _odd_names(list(found), where)
    if odd is not None:
        return odd
    if not _is_flat(found):
        return Problem("row.json", "This is nested too deeply.", hint, where)
    long = [name for name, one in found.items() if isinstance(one, str) and len(one) > MAX_CELL]
    if long:
        return _too_large(f"{long[0]}: the text is longer than {MAX_CELL:,} characters.", where)
    return Row(line, found)


def _pairs(pairs: Sequence[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    for name, value in pairs:
        if name in found:
            message = f"{shown(name)} stands here twice"
            raise _Odd(message)
        found[name] = value
    return found


def _is_flat(value: JsonValue) -> bool:
    """Say whether JSON is nested no deeper than anything of ours."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return True
    return False


def _inside(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _constant(word: str) -> NoReturn:
    message = f"{word} is no number"
    raise _Odd(message)
