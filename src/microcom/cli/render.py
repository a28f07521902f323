"""The one place that prints."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

PIPE_WIDTH = 100_000
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
}


def out(text: str) -> None:
    """Print a line of the result."""
    print(text)


def err(text: str) -> None:
    """Print a line beside the result."""
    print(text, file=sys.stderr)


def document(value: dict[str, Any]) -> None:
    """Print one JSON document."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def line(value: dict[str, Any]) -> None:
    """Print one JSON document on one line, at once."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, drawn: bool) -> None:
    """Print rows under heads."""
    if drawn:
        _drawn(heads, rows)
    else:
        _plain(heads, rows)


def _plain(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [[head.upper() for head in heads], *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def _drawn(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for head in heads:
        drawn.add_column(head, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    Console().print(drawn)
