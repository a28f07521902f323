"""The one place that prints; what is printed passes :mod:`microcom.redaction`."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

from microcom.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

STYLES = {
    "published": "green",
    "handed over": "green",
    "queued": "cyan",
    "staged": "cyan",
    "publishing": "cyan",
    "processing": "cyan",
    "held": "yellow",
    "partial": "yellow",
    "in doubt": "bold yellow",
    "failed": "red",
    "missed": "red",
    "cancelled": "dim",
    "free": "green",
    "taken": "cyan",
    "closed": "dim",
    "ready": "green",
    "paused": "yellow",
    "parked": "yellow",
    "not logged in": "dim",
}

BETWEEN = 3
"""Columns between two columns of a drawn table."""
NARROWEST = 16
"""The last column of a drawn table breaks words that are longer than this, if it has to."""
SIGNS = {"✓": "green", "✗": "red", "!": "yellow"}


def forgive() -> None:
    """Let a terminal or pipe that lacks a letter show ``?`` in its place, instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def guard() -> None:
    """Let an error that nobody caught be shown without secrets, also one of a thread."""
    import threading

    sys.excepthook = _crashed
    threading.excepthook = lambda found: _crashed(
        found.exc_type, found.exc_value, found.exc_traceback
    )


def _crashed(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    import traceback

    err("".join(traceback.format_exception(kind, error, trace)).rstrip())
    err("This is a bug in microcom. Please report it; secrets are left out above.")


def out(text: str) -> None:
    """Print a line of the result, at once: a pipe may be read while the command runs."""
    print(redacted(text), flush=True)


def err(text: str) -> None:
    """Print a line beside the result."""
    print(redacted(text), file=sys.stderr)


def wrapped(text: str) -> None:
    """Print a sentence beside the result, on a terminal with no word cut in two."""
    if sys.stderr.isatty():
        from shutil import get_terminal_size
        from textwrap import fill

        width = get_terminal_size().columns - 1
        lines = text.split("\n")
        text = "\n".join(
            fill(
                line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
            )
            for line in lines
        )
    err(text)


def step(text: str, *, sign: str, drawn: bool) -> None:
    """Print a line beside the result that begins with a sign."""
    if not drawn:
        err(f"{sign} {text}")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False)
    console.print(Text(sign, style=SIGNS.get(sign, "")), redacted(text), markup=False)


def mark(text: str, *, sign: str, drawn: bool) -> None:
    """Print a line of the result behind a sign."""
    if not drawn:
        out(f"{sign} {text}")
        return
    from rich.console import Console
    from rich.text import Text

    said = Text.assemble((sign, SIGNS.get(sign, "")), " ", redacted(text))
    Console(highlight=False).print(said)


def document(value: dict[str, Any]) -> None:
    """Print one JSON document."""
    out(json.dumps(value, ensure_ascii=not _takes_all_letters(), indent=2))


def line(value: dict[str, Any]) -> None:
    """Print one JSON document on one line, at once."""
    out(json.dumps(value, ensure_ascii=not _takes_all_letters()))


def head(text: str, *, drawn: bool) -> None:
    """Print a line that names what follows."""
    if not drawn:
        out(text)
        return
    from rich.console import Console

    Console(highlight=False).print(redacted(text), style="bold", markup=False)


def facts(pairs: Mapping[str, str], *, indent: int, drawn: bool) -> None:
    """Print names and values, one pair a line, ``indent`` columns in."""
    if drawn:
        _drawn_facts(pairs, indent)
        return
    width = max((len(name) for name in pairs), default=0)
    for name, value in pairs.items():
        out(f"{' ' * indent}{name.ljust(width)}  {value}".rstrip())


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, drawn: bool) -> None:
    """Print rows under heads."""
    if drawn:
        _drawn(heads, rows)
    else:
        _plain(heads, rows)


def cells(texts: Sequence[str], widths: Sequence[int], *, strong: bool, drawn: bool) -> None:
    """Print texts in columns so wide, on a terminal cut to them; ``strong`` ones stand out."""
    if not drawn:
        out("  ".join(map(str.ljust, texts, widths)).rstrip())
        return
    from rich.console import Console
    from rich.text import Text

    line = Text()
    for text, width in zip(texts, widths, strict=True):
        cell = Text(redacted(text), style=STYLES.get(text, "bold" if strong else ""))
        cell.truncate(width, overflow="ellipsis", pad=True)
        line.append_text(cell).append("  ")
    line.rstrip()
    Console(highlight=False).print(line, no_wrap=True, overflow="crop")


def width() -> int:
    """Return how many columns a terminal has."""
    from shutil import get_terminal_size

    return get_terminal_size().columns


def verbatim(lines: Iterable[str]) -> None:
    """Print lines that have breaks of their own, letter by letter: a file on standard output."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(newline="")
    for line in lines:
        sys.stdout.write(redacted(line))
    sys.stdout.flush()


def _takes_all_letters() -> bool:
    return sys.stdout.encoding.lower() in {"utf-8", "utf8"}


def _plain(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [[head.upper() for head in heads], *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        out("  ".join(cells).rstrip())


def _drawn(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Draw a table; where it is too wide for the terminal even so, a block for each row."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[redacted(cell) for cell in row] for row in rows]
    widths = _widths([heads, *cells], Console().width)
    if widths is None:
        _blocks(heads, cells)
        return
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for head, width in zip(heads, widths, strict=True):
        drawn.add_column(head, overflow="fold", width=width)
    for row in cells:
        drawn.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    Console().print(drawn)


def _widths(lines: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Return how wide each column is, none narrower than its longest word; None: no room.

    The last column may be narrower than its words, which are then broken.
    """
    from rich.cells import cell_len

    columns = list(zip(*lines, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    words = [max(map(cell_len, " ".join(column).split()), default=0) for column in columns]
    words[-1] = min(words[-1], NARROWEST)
    spare = [width - word for width, word in zip(widths, words, strict=True)]
    excess = sum(widths) + BETWEEN * (len(widths) - 1) - room
    for _ in range(excess):
        widest = spare.index(max(spare))
        if spare[widest] <= 0:
            return None
        spare[widest] -= 1
        widths[widest] -= 1
    return widths


def _blocks(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for number, (name, *values) in enumerate(rows):
        if number:
            out("")
        head(name, drawn=True)
        pairs = zip(heads[1:], values, strict=True)
        _drawn_facts({label: value for label, value in pairs if value}, 2)


def _drawn_facts(pairs: Mapping[str, str], indent: int) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    drawn = Table.grid(padding=(0, 2))
    drawn.add_column(no_wrap=True, style="bold")
    drawn.add_column(overflow="fold")
    for name, value in pairs.items():
        drawn.add_row(Text(name), Text(redacted(value), style=STYLES.get(value, "")))
    Console().print(Padding(drawn, (0, 0, 0, indent), expand=False))
