"""The calendar in files: iCalendar for calendar programs, CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.errors import UserError

if TYPE_CHECKING:
    from microcom.cli.session import Session
    from microcom.core.calendar import Line

COLUMNS = (
    *("id", "post", "target", "account", "community", "platform", "client", "campaign", "state"),
    *("due", "due_local", "published_at", "url", "cost_usd"),
)


def as_ical(session: Session, lines: Iterable[Line]) -> Iterator[str]:
    """Yield an iCalendar file: an event for each delivery, with its text."""
    from microcom import __version__
    from microcom.core.icalendar import calendar

    queue = session.store.queue
    events = ((line.delivery, "\n\n".join(queue.snapshot(line.delivery).parts)) for line in lines)
    return calendar(events, session.store.agenda.name(), __version__, session.clock.now())


def as_csv(session: Session, lines: Iterable[Line]) -> Iterator[str]:
    """Yield a CSV file: a head, then a line for each delivery."""
    from microcom.core.report import delivery_row

    del session
    yield _csv(COLUMNS)
    for line in lines:
        row = delivery_row(line.delivery) | {"due_local": line.wall.isoformat()}
        yield _csv([_safe(row[column]) for column in COLUMNS])


def write(session: Session, path: str, lines: Iterable[str]) -> None:
    """Write a file whole or not at all; ``-`` is standard output."""
    from microcom.cli import render
    from microcom.redaction import redacted

    if path == "-":
        render.verbatim(lines)
        return
    draft = Path(f"{path}.{os.getpid()}.part")
    try:
        with draft.open("x", encoding="utf-8", newline="") as file:
            file.writelines(map(redacted, lines))
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        message = f"{path} cannot be written: {error.strerror}."
        raise UserError(message, code="file.unwritable", hint="Name another file.") from error
    session.screen.step(f"wrote {path}")


def _csv(cells: Iterable[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _safe(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
