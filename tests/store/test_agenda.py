"""The queue by time: each query reads one index, whatever else is in the queue."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from tests.conformance.kits import X_KIT

from microcom.core.delivery import State
from microcom.store.agenda import FEW, Agenda
from microcom.store.database import Clock, Row
from microcom.store.filter import Filter
from microcom.store.sqlite import SqliteDatabase, attach
from microcom.testing.stage import NOON, Stage, stages

HOUR = timedelta(hours=1)
WEEK = Filter(since=NOON, until=NOON + timedelta(days=7))

COPY = """
    INSERT INTO delivery (world, project, post, account, community, kind, platform, lane, snapshot,
        state, due_at, zone, created_at)
    SELECT world, project, post, account, community, kind, platform, lane, snapshot,
        :state, due_at + :late, zone, created_at
    FROM delivery WHERE id = :id"""


class Noting(SqliteDatabase):
    """A database that remembers what it was asked."""

    def __init__(self, connection: sqlite3.Connection, path: str, clock: Clock) -> None:
        super().__init__(connection, path, clock)
        self.asked: list[tuple[str, dict[str, object]]] = []

    def all(self, sql: str, /, **values: object) -> list[Row]:
        """Return every row of a query."""
        self.asked.append((sql, values))
        return super().all(sql, **values)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Return an account with an empty queue."""
    with stages(X_KIT, tmp_path) as make:
        yield make()


@pytest.mark.sqlite("the words of EXPLAIN QUERY PLAN are SQLite's")
@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (WEEK, "delivery_due (state=? AND due_at>? AND due_at<?)"),
        (
            replace(WEEK, client="acme"),
            "delivery_client (client=? AND state=? AND due_at>? AND due_at<?)",
        ),
        (
            replace(WEEK, account="acme-x"),
            "delivery_times (world=? AND account=? AND due_at>? AND due_at<?)",
        ),
    ],
)
def test_a_week_is_found_by_an_index(stage: Stage, wanted: Filter, index: str) -> None:
    """SQLite looks the stretch up in an index, for the deliveries and for their counts."""
    db = attach(stage.store.db.path, stage.clock, Noting)
    assert isinstance(db, Noting)
    with closing(db):
        db.asked.clear()
        agenda = Agenda(db, "real")
        list(agenda.each(wanted))
        agenda.counts(wanted)
        queries = [(sql, values) for sql, values in db.asked if sql.startswith("SELECT")]
        assert len(queries) >= 2
        for sql, values in queries:
            steps = [str(row[3]) for row in db.all(f"EXPLAIN QUERY PLAN {sql}", **values)]
            assert any(index in step for step in steps), steps
            assert not any(step.startswith("SCAN") for step in steps), steps
            sorts = any("TEMP B-TREE" in step for step in steps)
            assert sorts == ("GROUP BY" in sql), steps


def test_each_comes_once_and_in_order(stage: Stage) -> None:
    """Many at one instant, in several states, more than one page: each once, by time."""
    one = stage.queue(due=NOON)
    with stage.store.db.transaction():
        for number in range(3 * FEW):
            stage.store.db.run(
                COPY,
                state=("queued", "held", "published")[number % 3],
                late=1_000_000 * (number // (FEW // 2)),
                id=one.id,
            )
    agenda = stage.store.agenda
    found = list(agenda.each(WEEK))
    assert len(found) == len({each.id for each in found}) == 3 * FEW + 1
    assert found == sorted(found, key=lambda each: (each.due, each.id))
    assert list(agenda.each(replace(WEEK, account=X_KIT.account.name))) == found
    assert list(islice(agenda.each(WEEK), 5)) == found[:5]
    held = [each for each in found if each.state is State.HELD]
    assert list(agenda.each(replace(WEEK, states=[State.HELD]))) == held
    counts = agenda.counts(WEEK)
    assert sum(each.count for each in counts) == len(found)
    assert {each.state for each in counts} == {State.QUEUED, State.HELD, State.PUBLISHED}
