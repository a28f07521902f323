"""A queue of any size: each door reads an index, and plans look at what files bear on alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from tests.conformance.kits import X_KIT

from microcom.core.delivery import State
from microcom.core.passage import Fresh
from microcom.core.post import Snapshot
from microcom.core.target import Target
from microcom.store.filter import Filter
from microcom.store.whole import Store
from microcom.testing.stage import NOON, Stage, stages

if TYPE_CHECKING:
    from microcom.store.database import Database, Row

NAME = X_KIT.account.name
GROWING = ("delivery", "event", "planned", "mark", "answer", "part", "lane", "snapshot", "account")
NEW = Fresh(Target(NAME, "timeline"), Snapshot(("new",)), NOON, "UTC", "new")


@dataclass
class Noted:
    """A database that remembers what it was asked."""

    inner: Database
    asked: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def all(self, sql: str, /, **values: object) -> list[Row]:
        """Return every row."""
        self.asked.append((sql, values))
        return self.inner.all(sql, **values)

    def one(self, sql: str, /, **values: object) -> Row | None:
        """Return the first row, or None."""
        rows = self.all(sql, **values)
        return rows[0] if rows else None

    def value(self, sql: str, /, **values: object) -> Any:  # noqa: ANN401 - what SQL gives
        """Return the first column of the first row, or None."""
        row = self.one(sql, **values)
        return None if row is None else row[0]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a database does
        return getattr(self.inner, name)


DOORS: dict[str, tuple[Callable[[Store], object], str]] = {
    "asking in quiet": (
        lambda store: store.lanes.claim("me", "me", after="acme"),
        "lane_next (next_at<?)",
    ),
    "asking for one lane": (
        lambda store: store.lanes.claim("me", "me", only="a lane"),
        "sqlite_autoindex_lane_1 (name=?)",
    ),
    "who holds one lane": (
        lambda store: store.lanes.held("a lane"),
        "sqlite_autoindex_lane_1 (name=?)",
    ),
    "the list of a client": (
        lambda store: store.queue.list(Filter(states=(State.QUEUED,), client="acme")),
        "delivery_client (client=? AND state=?)",
    ),
    "the list of a campaign": (
        lambda store: store.queue.list(Filter(states=(State.QUEUED,), campaign="spring")),
        "delivery_campaign (campaign=? AND state=?)",
    ),
    "the list of an account": (
        lambda store: store.queue.list(Filter(states=(State.QUEUED,), account=NAME)),
        "delivery_times (world=? AND account=?)",
    ),
    "the history of a delivery": (
        lambda store: store.events.recent(delivery=1),
        "event_delivery (delivery=?)",
    ),
    "the history of an account": (
        lambda store: store.events.recent(account=NAME),
        "event_account (account=?)",
    ),
    "who is stopped": (
        lambda store: store.accounts.stops(),
        "account_stopped (world=?)",
    ),
    "when the last delivery is due": (
        lambda store: store.accounts.last_due(),
        "delivery_times (world=? AND account=?)",
    ),
    "what waits that came from a file": (
        lambda store: store.planned.beside("p", ["posts/a.md"], ()),
        "planned_source (source=?)",
    ),
    "what waits that came from below a folder": (
        lambda store: store.planned.beside("p", ["posts"], ()),
        "planned_source (source>? AND source<?)",
    ),
    "what waits that says the same": (
        lambda store: store.planned.beside("p", (), [NEW]),
        "delivery_same (account=? AND snapshot=?)",
    ),
}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Return X's account with a few posts that wait."""
    with stages(X_KIT, tmp_path) as make:
        stage = make()
        for hours in range(1, 4):
            stage.queue(f"Note {hours}", due=NOON + timedelta(hours=hours))
        yield stage


@pytest.mark.sqlite("the words of EXPLAIN QUERY PLAN are SQLite's")
@pytest.mark.parametrize("door", DOORS)
def test_a_door_reads_an_index(stage: Stage, door: str) -> None:
    """SQLite finds what is asked for in an index that holds it together, however much there is."""
    ask, index = DOORS[door]
    noted = _asked(stage, ask)
    plans = [
        [str(row[3]) for row in stage.store.db.all(f"EXPLAIN QUERY PLAN {sql}", **values)]
        for sql, values in noted
    ]
    assert any(index in step for steps in plans for step in steps), plans
    scans = {f"SCAN {table}" for table in GROWING}
    assert not any(step in scans for steps in plans for step in steps), plans


@pytest.mark.parametrize("door", DOORS)
def test_a_door_reads_an_index_of_a_server(stage: Stage, engine: str, door: str) -> None:
    """PostgreSQL has an index for it as well: it need not read a whole table."""
    if engine == "sqlite":
        return
    db = stage.store.db
    for sql, values in _asked(stage, DOORS[door][0]):
        with db.trial():
            db.run("SET LOCAL enable_seqscan = off")
            plan = [str(row[0]) for row in db.all(f"EXPLAIN {sql}", **values)]
        scans = [f"Seq Scan on {table} " for table in GROWING]
        assert not any(scan in step for scan in scans for step in plan), plan


def _asked(stage: Stage, ask: Callable[[Store], object]) -> list[tuple[str, dict[str, object]]]:
    """Return every statement that a door asked of its database, with its values."""
    noted = Noted(stage.store.db)
    ask(Store(cast("Database", noted), "real", "test"))
    assert noted.asked
    return noted.asked
