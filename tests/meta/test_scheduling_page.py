"""Each example of docs/scheduling.md is what the program does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from microcom.core.closures import blackout, quiet
from microcom.core.openings import free_slots, opening
from microcom.core.schedule import Moment, duration, echo, resolve
from microcom.core.slots import read_slots, upcoming
from microcom.core.when import NextSlot, read
from microcom.errors import UserError

PAGE = Path(__file__).parents[2] / "docs" / "scheduling.md"
PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Row = tuple[str, ...]


def _rows() -> Iterable[tuple[str, Row]]:
    """Yield the rows of the page's tables, each with its table's first and last heading."""
    head: Row | None = None
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            head = None
        elif not line.startswith("|---"):
            cells = tuple(cell.strip() for cell in line[1:-1].split("|"))
            if head is not None:
                yield f"{head[0]} → {head[-1]}", cells
            head = head or cells


def _coded(cell: str) -> list[str]:
    return re.findall("`(.*?)`", cell)


def _words(cell: str) -> str:
    (words,) = _coded(cell)
    return words


def _local(moment: Moment | None) -> str:
    return "none" if moment is None else echo(moment, moment.utc).partition(" Paris")[0]


def _name(value: str | Row) -> str:
    return value if isinstance(value, str) else value[0]


def _time(words: str, said: str) -> None:
    assert echo(resolve(_words(words), PARIS, NOW), NOW) == said


def _file(words: str, instead: str) -> None:
    with pytest.raises(UserError) as caught:
        read(_words(words), PARIS, NOW, file=True)
    assert caught.value.code == "time.relative"
    assert f'"{_coded(instead)[0]}"' in (caught.value.hint or "")
    read(_words(words), PARIS, NOW)


def _night(words: str, said: str, note: str) -> None:
    moment = resolve(_words(words), PARIS, NOW)
    assert (echo(moment, NOW), moment.note or "") == (said, note)


def _slots(words: str, following: str) -> None:
    found = islice(upcoming(read_slots(_words(words)), PARIS, NOW), 3)
    assert ", ".join(map(_local, found)) == following


def _slot(words: str, said: str) -> None:
    when = read(_words(words), PARIS, NOW, file=True)
    assert isinstance(when, NextSlot)
    start = when.start(PARIS, NOW)
    assert _local(next(free_slots(read_slots("tue,thu 18:30"), PARIS, start, []))) == said


def _opened(words: str, rules: str, taken: str, said: str) -> None:
    named = [rule.split(" ") for rule in _coded(rules)]
    gaps = [duration(value) for rule, value in named if rule == "gap"]
    found = opening(
        resolve(_words(words), PARIS, NOW),
        zone=PARIS,
        quiet=[quiet(value) for rule, value in named if rule == "quiet"],
        blackout=[blackout(value) for rule, value in named if rule == "blackout"],
        gap=sum(gaps, timedelta()),
        taken=[resolve(one, PARIS, NOW).utc for one in _coded(taken)],
    )
    assert _local(found.moment) == said


TABLES: dict[str, Callable[..., None]] = {
    "you write → it is": _time,
    "a file says → instead": _file,
    "you write → said": _night,
    "slots → the next three": _slots,
    "you write → of `tue,thu 18:30` it is": _slot,
    "wanted → it goes out": _opened,
}


def test_each_table_is_known() -> None:
    """The page has these tables, and none that nothing tries."""
    assert {table for table, _ in _rows()} == set(TABLES)


@pytest.mark.parametrize(("table", "row"), list(_rows()), ids=_name)
def test_what_the_page_says(table: str, row: Row) -> None:
    """Each row of the page is true."""
    TABLES[table](*row)
