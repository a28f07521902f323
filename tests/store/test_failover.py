"""A standby takes over whose copy of the queue lacks a mark: nothing is posted twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests import postgres
from tests.cable import Break, Cable
from tests.conformance.pinterest_kit import PINTEREST_KIT

from microcom.core.delivery import State
from microcom.errors import StoreError
from microcom.runner import doctor_server
from microcom.store import failover
from microcom.store.server import facts_of
from microcom.testing import stage as staging
from microcom.testing.stage import ManualClock, Stage, stages

if TYPE_CHECKING:
    from tests.postgres import Server

PATIENCE, LOOK = 30, 0.02


@dataclass(slots=True)
class Pair:
    """A primary and a standby that follows it asynchronously.

    ``cable`` is between the two, ``near`` between programs and the primary.
    """

    primary: Server
    standby: Server
    cable: Cable
    near: Cable

    @property
    def address(self) -> str:
        """Return the address that names both."""
        hosts = f"127.0.0.1:{self.near.port},127.0.0.1:{self.standby.port}"
        return f"postgresql://postgres@{hosts}/postgres"

    def until_followed(self) -> None:
        """Wait until the standby has what the primary has."""
        with self.primary.session() as session, _reader(self.standby) as reader:
            where = session.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
            assert where is not None
            for _ in range(int(PATIENCE / LOOK)):
                query = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
                if reader.execute(query, where).fetchone() == (True,):
                    return
                threading.Event().wait(LOOK)
        pytest.fail("the standby never followed")

    def fail_over(self) -> None:
        """Let the primary crash and the standby take over."""
        if self.primary.runs:
            self.primary.stop("immediate")
        self.standby.command("pg_ctl", "-D", str(self.standby.data), "-w", "promote")


@contextmanager
def _reader(server: Server) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.address(), autocommit=True, connect_timeout=10) as session:
        yield session


@contextmanager
def _with_backups() -> Iterator[Server]:
    with postgres.served(*postgres.QUICK) as server:
        if not (server.binaries / "pg_basebackup").exists():
            pytest.skip("these binaries have no pg_basebackup")
        yield server


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Return two servers."""
    with (
        _with_backups() as primary,
        Cable(primary.port) as cable,
        Cable(primary.port) as near,
        postgres.followed(primary, cable.port) as standby,
    ):
        yield Pair(primary, standby, cable, near)


class Watchman(ManualClock):
    """A clock whose sleeper finds that the standby has taken over, where the primary is cut off."""

    def __init__(self, pair: Pair) -> None:
        super().__init__()
        self._pair = pair

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        super().sleep(seconds)
        if self._pair.near.broken and self._pair.primary.runs:
            self._pair.fail_over()


@pytest.fixture
def far(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Return Pinterest's account with its queue on the pair; Pinterest takes the same pin twice."""
    monkeypatch.setattr(staging, "queue_of", lambda _: pair.address)
    with stages(PINTEREST_KIT, tmp_path) as make:
        yield make(clock=Watchman(pair))


def lost(far: Stage, pair: Pair) -> int:
    """Publish one pin of which the standby never hears, and fail over; return its number."""
    far.queue("Known")
    far.work()
    delivery = far.queue("Latte")
    later = far.queue("Mocha", due=far.clock.now() + timedelta(hours=1))
    assert later.state is State.QUEUED
    pair.until_followed()
    pair.cable.part()
    far.work()
    assert far.now(delivery).state is State.PUBLISHED
    assert len(far.published()) == 2
    pair.fail_over()
    far.clock.sleep(600)
    return delivery.id


def test_what_may_have_been_sent_is_held(far: Stage, pair: Pair) -> None:
    """The worker that goes on there sends nothing; a person adopts the account, and it is found."""
    number = lost(far, pair)
    far.work()
    found = far.store.queue.find(number)
    assert found is not None
    assert found.state is State.HELD
    assert "another server keeps this queue" in str(found.reason)
    assert len(far.published()) == 2
    reasons = [str(event.data.get("reason")) for event in far.store.events.recent()]
    assert sum(reason.startswith("another server") for reason in reasons) == 2  # it, and the row
    far.store.standing.adopt(found.target.account)
    assert far.play(found).state is State.PUBLISHED
    assert far.published().count("Latte") == 1
    assert "Mocha" in far.published()


def test_an_answer_to_a_call_that_is_not_known_there(far: Stage, pair: Pair) -> None:
    """What was sent while the standby heard nothing is answered there: it is kept for people."""
    delivery = far.queue("Latte")
    pair.until_followed()
    pair.cable.part()
    pair.near.arm("INSERT INTO answer", Break.WITHIN, stays_cut=True)
    with suppress(StoreError):
        far.work()
    assert far.now(delivery).state is State.HELD
    stray = [event for event in far.store.events.recent() if event.kind == "stray"]
    assert [event.data["lane"] for event in stray] == [delivery.lane]
    assert far.published() == ["Latte"]


def test_without_the_rule_it_goes_out_twice(
    far: Stage, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This is what the rule is for, and doctor's warning."""
    facts = facts_of(far.store.db)
    assert (facts.standbys, facts.synchronous, facts.nameless) == (1, False, False)
    (warning,) = doctor_server.standbys(facts)
    assert "follows asynchronously" in warning.what
    monkeypatch.setattr(failover, "_look", lambda _db, _hold: None)
    number = lost(far, pair)
    found = far.store.queue.find(number)
    assert found is not None
    far.play(found)
    assert far.published().count("Latte") == 2
