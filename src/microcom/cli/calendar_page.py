"""The calendar in front of a person: days with their posts, or a month with counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from microcom.core.calendar import Line, Page, is_trouble, weeks
from microcom.core.report import local

if TYPE_CHECKING:
    from collections import Counter
    from datetime import date, datetime

    from microcom.cli.screen import Screen
    from microcom.core.delivery import State

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
CELL = 9
INDENT = 2
SHORTEST_POST = 8


def show(screen: Screen, page: Page, now: datetime, *, as_month: bool, is_written: bool) -> None:
    """Print a page; of one that was written to a file too, no more than how much it is."""
    if is_written:
        screen.say(_sum(page.total))
    elif as_month:
        _month(screen, page)
    else:
        _days(screen, page, now)


def _days(screen: Screen, page: Page, now: datetime) -> None:
    zones = {line.zone for line in page.lines}
    today = {local(now, zone).date() for zone in zones} or {now.date()}
    rows = {day: list(lines) for day, lines in groupby(page.lines, key=lambda one: one.wall.date())}
    cells = {
        day: [_cells(one, several=len(zones) > 1) for one in rows.get(day, [])]
        for day in page.counts
    }
    widths = _widths(screen, [row for some in cells.values() for row in some])
    for day, states in page.counts.items():
        total = states.total()
        said = f"{total} {_posts(total)}" if total else "nothing"
        mark = ", today" if today == {day} else ""
        screen.head(f"{_day(day)}{mark}: {said}")
        for row in cells[day]:
            screen.cells(("", *row), (0, *widths))
        if rest := total - len(cells[day]):
            screen.say(f"  and {rest} more; --limit, --client and others choose")
    screen.say()
    screen.say(_sum(page.total) + _of_one_zone(zones))


def _cells(line: Line, *, several: bool) -> tuple[str, ...]:
    from microcom.cli.receipts import said_state

    one = line.delivery
    clock = f"{line.wall:%H:%M} {_place(line.zone)}" if several else f"{line.wall:%H:%M}"
    return (clock, str(one.target), one.post, said_state(one))


def _widths(screen: Screen, rows: Sequence[Sequence[str]]) -> list[int]:
    """Return how wide columns are: on a terminal, posts give way, then targets."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = screen.width
    if room is None or not widths:
        return widths
    for column in (2, 1):
        excess = sum(widths) + INDENT * len(widths) - room
        widths[column] -= max(0, min(excess, widths[column] - SHORTEST_POST))
    return widths


def _month(screen: Screen, page: Page) -> None:
    first = page.stretch.first
    screen.head(f"{first:%B %Y}")
    widths = [CELL] * len(WEEKDAYS)
    screen.cells([f"{name:>{CELL}}" for name in WEEKDAYS], widths)
    for week in weeks(page.stretch):
        screen.cells(list(_week(page, week)), widths, strong=any(_has(page, day) for day in week))
    screen.say()
    screen.say(_sum(page.total))
    if is_trouble(page.total):
        screen.note("! failed, or needs you: microcom queue list")


def _week(page: Page, week: Sequence[date | None]) -> Iterator[str]:
    for day in week:
        if day is None:
            yield ""
            continue
        states = page.counts[day]
        sign = "!" if is_trouble(states) else ""
        count = f"{sign}{states.total() or '·'}"
        yield f"{day.day:>2} {count:>{CELL - 3}}"


def _has(page: Page, day: date | None) -> bool:
    return day is not None and bool(page.counts[day].total())


def _sum(states: Counter[State]) -> str:
    total = states.total()
    if not total:
        return "Nothing goes out in these days."
    each = ", ".join(
        f"{states[state]} {state.value.replace('_', ' ')}"
        for state in sorted(states)
        if states[state]
    )
    return f"{total} {_posts(total)}: {each}."


def _of_one_zone(zones: set[str]) -> str:
    return f" Times of {_place(next(iter(zones)))}." if len(zones) == 1 else ""


def _posts(count: int) -> str:
    return "post" if count == 1 else "posts"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _place(zone: str) -> str:
    return zone.rsplit("/", 1)[-1].replace("_", " ")
