"""The rows of a queue, out and in again: whichever engine keeps it.

What the tables hold is read from the schema's own text, so that a column that is added is exported
from then on. What only ever helped this machine stays: leases, caches, what is sealed under a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from microcom.store.schema import MIGRATIONS
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.store.database import Database

    Value = int | str | None

KEYS = {
    "app": ("world", "name"),
    "account": ("world", "name"),
    "lane": ("name",),
    "snapshot": ("digest",),
    "delivery": ("id",),
    "kept": ("delivery", "attempt", "step"),
    "mark": ("id",),
    "answer": ("mark",),
    "part": ("lane", "remote_id"),
    "event": ("id",),
    "media": ("sha256", "delivery"),
    "secret": ("name",),
    "token": ("name",),
    "planned": ("delivery",),
    "alike": ("mark", "due_at", "delivery"),
    "withheld": ("delivery",),
}
"""The tables that are exported, each with its key."""
NUMBERED = ("delivery", "mark", "event")
"""Those whose rows are given numbers."""
PAGE = 1000
MOST_VALUES = 900
"""In one statement: the least that SQLite was ever built for is 999."""

_MINE = "SELECT name FROM account WHERE client = :client"
_OF_IT = f"SELECT id FROM delivery WHERE account IN ({_MINE})"
_BY_DELIVERY = f"delivery IN ({_OF_IT})"
OF_CLIENT = {
    "app": "name IN (SELECT app FROM account WHERE client = :client)",
    "account": "client = :client",
    "lane": "name IN (SELECT lane FROM account WHERE client = :client)",
    "snapshot": f"digest IN (SELECT snapshot FROM delivery WHERE account IN ({_MINE}))",
    "delivery": f"account IN ({_MINE})",
    "answer": f"mark IN (SELECT id FROM mark WHERE {_BY_DELIVERY})",
    "part": "lane IN (SELECT lane FROM account WHERE client = :client)",
    "event": f"{_BY_DELIVERY} OR account IN ({_MINE})",
    "secret": "1 = 0",
    "token": """EXISTS (SELECT 1 FROM account WHERE client = :client
        AND substr(token.name, 1, length(account.platform) + length(account.remote_id) + 2)
            = account.platform || ' ' || account.remote_id || ' ')""",
}
"""What of each table belongs to a client; of the others what belongs to its deliveries."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: whether it holds numbers or text, and whether it may hold nothing."""

    name: str
    is_number: bool
    may_be_empty: bool

    def takes(self, value: object) -> bool:
        """Say whether both engines keep a value here as it is."""
        if value is None:
            return self.may_be_empty
        if self.is_number:
            return type(value) is int and -(1 << 63) <= value < 1 << 63
        return isinstance(value, str) and "\0" not in value and _is_clean(value)


@cache
def shape(version: int = len(MIGRATIONS)) -> dict[str, tuple[Column, ...]]:
    """Return the columns of every table that is exported, as a version of the schema has them."""
    found: dict[str, list[Column]] = {}
    for statement in (one for step in MIGRATIONS[:version] for one in step):
        made = re.match(r"CREATE TABLE (\w+) \((.*)\) \{", statement, re.DOTALL)
        added = re.match(r"ALTER TABLE (\w+) ADD COLUMN (.*)", statement, re.DOTALL)
        match = made or added
        if match is not None:
            found.setdefault(match[1], []).extend(_columns(match[2]))
    return {name: tuple(columns) for name, columns in found.items() if name in KEYS}


def _columns(text: str) -> Iterator[Column]:
    for name, kind, rest in re.findall(r"(\w+) (TEXT|\{int\}|\{serial\})([^,]*)", text):
        never = "NOT NULL" in rest or "PRIMARY KEY" in rest or kind == "{serial}"
        yield Column(name, kind != "TEXT", not never)


def rows(db: Database, table: str, client: str | None) -> Iterator[Sequence[Value]]:
    """Yield the rows of a table, or of it what belongs to a client, a page in memory at a time.

    Inside :meth:`Database.reading` all of them are of one moment.
    """
    keys = ", ".join(KEYS[table])
    columns = [column.name for column in shape()[table]]
    places = [columns.index(key) for key in KEYS[table]]
    condition = _condition(table, client)
    named = {} if client is None else {"client": client}
    after = ""
    last: dict[str, Value] = {}
    while True:
        page = db.all(
            f"""SELECT {", ".join(columns)} FROM {table} WHERE ({condition}){after}
                ORDER BY {keys} LIMIT {PAGE}""",
            **named,
            **last,
        )
        yield from page
        if len(page) < PAGE:
            return
        after = f" AND ({keys}) > ({', '.join(f':last_{one}' for one in range(len(places)))})"
        last = {f"last_{one}": page[-1][place] for one, place in enumerate(places)}


def _condition(table: str, client: str | None) -> str:
    whole = "sealed IS NULL" if table == "kept" else "1 = 1"
    if client is None:
        return whole
    return f"{whole} AND ({OF_CLIENT.get(table, _BY_DELIVERY)})"


def is_empty(db: Database) -> bool:
    """Say whether nothing was ever kept in a queue."""
    return not any(
        db.value(f"SELECT 1 FROM {table} LIMIT 1") for table in ("delivery", "account", "event")
    )


def load(
    db: Database, table: str, columns: Sequence[str], found: Iterable[Sequence[Value]]
) -> None:
    """Write rows to a table, in the transaction of the caller."""
    source = iter(found)
    while page := list(islice(source, max(1, MOST_VALUES // len(columns)))):
        values = {
            f"c{line}_{place}": value
            for line, row in enumerate(page)
            for place, value in enumerate(row)
        }
        places = ", ".join(
            f"({', '.join(f':c{line}_{place}' for place in range(len(columns)))})"
            for line in range(len(page))
        )
        db.run(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {places}", **values)


def bring_up(db: Database, version: int) -> None:
    """Do to loaded rows what the schema's steps since a version do to rows."""
    for statement in (one for step in MIGRATIONS[version:] for one in step):
        if not statement.startswith(("CREATE", "ALTER")):
            db.run(db.adapted(statement))


def settle(db: Database) -> None:
    """Let what was loaded be nobody's but this queue's: no lease, no renewal under way."""
    db.run("UPDATE lane SET owner = '', holder = '', lease_until = 0")
    db.run("UPDATE token SET asking = '', asked_until = 0")
    if not db.is_file:  # SQLite goes on after the highest number by itself
        for table in NUMBERED:
            db.all(_NUMBER_ON.format(table))


_NUMBER_ON = """SELECT setval(pg_get_serial_sequence('{0}', 'id'), max(id)) FROM {0}
    HAVING max(id) IS NOT NULL"""


def _is_clean(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
