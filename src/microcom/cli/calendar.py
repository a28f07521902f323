"""`microcom calendar`: what goes out and went out, by days, here or in a calendar program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli import calendar_page, selectors
from microcom.cli.options import AsJson, Campaign, Client, InState, Limit, OneAccount, Sandbox
from microcom.cli.screen import Answer
from microcom.cli.session import Session
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections import Counter

    from microcom.core.calendar import Line, Page, Stretch
    from microcom.core.delivery import State
    from microcom.core.steps import JsonValue
    from microcom.store.filter import Filter

HELP = """Show what goes out and went out: the week from today on, or a month.

Each post stands on the day and at the time that the clock of its target shows, or that of --zone.

Examples:

  microcom calendar --client acme

  microcom calendar --month --from 2026-12-01

  microcom calendar --days 90 --ical posts.ics    for a calendar program
"""

LONGEST = 366

Week = Annotated[bool, typer.Option("--week", help="Seven days (the default).")]
Month = Annotated[bool, typer.Option("--month", help="A month, as counts.")]
Days = Annotated[
    int | None, typer.Option("--days", metavar="N", min=1, max=LONGEST, help="So many days.")
]
From = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="The first day, or one of the month.")
]
Zone = Annotated[
    str | None, typer.Option("--zone", metavar="NAME", help="Show all times on this zone's clock.")
]
Ical = Annotated[
    str | None,
    typer.Option("--ical", metavar="FILE", help="Write iCalendar (- is standard output)."),
]
Csv = Annotated[
    str | None, typer.Option("--csv", metavar="FILE", help="Write CSV (- is standard output).")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("calendar", help=HELP)(calendar)


def calendar(
    week: Week = False,
    month: Month = False,
    days: Days = None,
    first: From = None,
    zone: Zone = None,
    client: Client = None,
    account: OneAccount = None,
    campaign: Campaign = None,
    state: InState = None,
    limit: Limit = 200,
    ical: Ical = None,
    csv: Csv = None,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Show what goes out and went out."""
    session = Session("calendar", json=as_json, sandbox=sandbox)
    if sum((week, month, days is not None)) > 1:
        message = "Choose one of --week, --month and --days."
        raise UserError(message, code="calendar.which", hint="See: microcom calendar --help")
    from microcom.store.filter import Filter

    known = _zone(zone)
    stretch = _stretch(session, first, known, days=days or 7, month=month)
    since, until = stretch.bounds
    wanted = Filter(
        states=selectors.states(state) or _shown(),
        client=client,
        account=account,
        campaign=campaign,
        since=since,
        until=until,
        limit=limit,
    )
    if ical or csv:
        _export(session, wanted, stretch, known, ical, csv)
    page = _page(session, wanted, stretch, known, lines=not month or as_json)
    answer = Answer(
        _data(page, zone=known),
        lambda screen: calendar_page.show(
            screen, page, session.clock.now(), as_month=month, is_written=bool(ical or csv)
        ),
    )
    raise typer.Exit(session.screen.answer(answer))


def _shown() -> Sequence[State]:
    from microcom.core.calendar import SHOWN

    return sorted(SHOWN)


def _zone(name: str | None) -> str | None:
    from microcom.core.schedule import zone

    return None if name is None else zone(name).key


def _stretch(
    session: Session, first: str | None, zone: str | None, *, days: int, month: bool
) -> Stretch:
    from microcom.core.calendar import Stretch, month_of, read_day
    from microcom.core.report import local

    if first is None:
        day = local(session.clock.now(), zone or session.store.agenda.zone() or "UTC").date()
    else:
        day = read_day(first)
    return month_of(day) if month else Stretch(day, days)


def _page(
    session: Session, wanted: Filter, stretch: Stretch, zone: str | None, *, lines: bool
) -> Page:
    """Return the counts of each day and, where asked for, as many deliveries as are wanted."""
    from itertools import islice

    from microcom.core.calendar import Page, counted
    from microcom.core.calendar import lines as placed

    agenda = session.store.agenda
    with session.store.db.reading():
        found = ((one.start, one.zone, one.state, one.count) for one in agenda.counts(wanted))
        counts = counted(found, stretch, zone)
        shown = islice(placed(agenda.each(wanted), stretch, zone), wanted.limit) if lines else ()
        return Page(stretch, counts, sorted(shown, key=_order))


def _order(line: Line) -> tuple[object, ...]:
    return (line.wall.date(), line.delivery.due, line.delivery.id)


def _data(page: Page, *, zone: str | None) -> dict[str, JsonValue]:
    from microcom.core.report import delivery_row

    return {
        "from": page.stretch.first.isoformat(),
        "days": [
            {"date": day.isoformat(), "counts": _counts(states)}
            for day, states in page.counts.items()
        ],
        "zone": zone,
        "deliveries": [
            delivery_row(line.delivery) | {"shown_local": line.wall.isoformat()}
            for line in page.lines
        ],
        "counts": _counts(page.total),
    }


def _counts(states: Counter[State]) -> dict[str, int]:
    return {state.value: states[state] for state in sorted(states)}


# --- files -----------------------------------------------------------------------------------


def _export(
    session: Session,
    wanted: Filter,
    stretch: Stretch,
    zone: str | None,
    ical: str | None,
    csv: str | None,
) -> None:
    """Write the files that were asked for; end here where one is standard output."""
    from microcom.cli.calendar_files import as_csv, as_ical, write

    if "-" in {ical, csv} and (session.screen.json or ical == csv):
        message = "Standard output takes one document."
        raise UserError(message, code="calendar.output", hint="Name a file for the other.")
    for path, lines in ((ical, as_ical), (csv, as_csv)):
        if path is not None:
            write(session, path, lines(session, _placed(session, wanted, stretch, zone)))
    if "-" in {ical, csv}:
        raise typer.Exit


def _placed(session: Session, wanted: Filter, stretch: Stretch, zone: str | None) -> Iterator[Line]:
    from microcom.core.calendar import lines

    return lines(session.store.agenda.each(wanted), stretch, zone)
