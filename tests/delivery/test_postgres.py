"""A queue on a server, and all that goes wrong between the two: nothing is sent twice, or lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cable import Break, Cable
from tests.conformance.kits import X_KIT

from microcom.core.delivery import State
from microcom.errors import StoreError
from microcom.runner.clock import SystemClock
from microcom.store import postgres_session, whole
from microcom.store.filter import Filter
from microcom.testing import stage as staging
from microcom.testing.stage import ManualClock, Stage, stages

if TYPE_CHECKING:
    from tests.postgres import Server

    from microcom.store import Store

_numbers = count()


@pytest.fixture
def cable(server: Server) -> Iterator[Cable]:
    """Return the cable between a stage and its server."""
    with Cable(server.port) as cable:
        yield cable


class Mender(ManualClock):
    """A clock whose sleeper finds the cable mended."""

    def __init__(self, cable: Cable) -> None:
        super().__init__()
        self._cable = cable

    def sleep(self, seconds: float) -> None:
        """Let time pass, and somebody mend the cable."""
        super().sleep(seconds)
        self._cable.mend()


@pytest.fixture
def address(server: Server, cable: Cable) -> str:
    """Return the address of an empty queue at the far end of the cable."""
    name = f"far_{next(_numbers)}"
    return server.queue(name).replace(f":{server.port}/", f":{cable.port}/")


@pytest.fixture
def far(
    address: str, cable: Cable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Return X's account with a queue at the far end of the cable."""
    monkeypatch.setattr(staging, "queue_of", lambda _: address)
    with stages(X_KIT, tmp_path) as make:
        yield make(clock=Mender(cable))


def marks(stage: Stage) -> list[tuple[str, str]]:
    """Return how each mark was closed, and by whom it was answered."""
    rows = stage.store.db.all(
        "SELECT state, source FROM mark LEFT JOIN answer ON answer.mark = mark.id ORDER BY mark.id"
    )
    return [(row[0], row[1]) for row in rows]


# --- a lost connection --------------------------------------------------------------------------


def test_one_that_was_lost_before_it_began(far: Stage, cable: Cable) -> None:
    """A transaction and a query whose connection is gone go over a new one, and nobody notices."""
    cable.cut()
    delivery = far.queue("Latte")
    cable.cut()
    assert far.now(delivery).state is State.QUEUED
    cable.cut()
    with far.store.db.reading():
        assert far.now(delivery).state is State.QUEUED


def test_one_that_is_lost_inside(far: Stage, cable: Cable) -> None:
    """A transaction whose connection is lost has written nothing, and says so."""
    cable.arm("INSERT INTO delivery", Break.WITHIN)
    with pytest.raises(StoreError) as failure:
        far.queue("Latte")
    assert failure.value.code == "store.lost"
    assert cable.broken == 1
    assert far.store.queue.list(Filter()) == []


def test_a_commit_that_gets_no_answer(far: Stage, cable: Cable) -> None:
    """A mark whose commit was done and not answered is read again, and its call leaves once."""
    delivery = far.queue("Latte")
    cable.arm("INSERT INTO mark", Break.UNANSWERED)
    far.work()
    assert cable.broken == 1
    assert far.now(delivery).state is State.PUBLISHED
    assert far.sends() == 1
    assert marks(far) == [("answered", "reply")]


def test_a_commit_that_was_not_done(far: Stage, cable: Cable) -> None:
    """Without a mark nothing leaves: the next worker sends it, once."""
    delivery = far.queue("Latte")
    cable.arm("INSERT INTO mark", Break.UNDONE)
    with pytest.raises(StoreError) as failure:
        far.work()
    assert failure.value.code == "store.lost"
    assert far.sends() == 0
    assert marks(far) == []
    assert far.play(delivery).state is State.PUBLISHED
    assert far.published() == ["Latte"]


LEARNED = {
    "the answer": "INSERT INTO answer",
    "what is left of a limit": "excluded.remaining < allowance.remaining",
    "the platform's time": "SET clock_offset",
}
"""What is written when a platform has answered."""


@pytest.mark.parametrize("how", list(Break))
@pytest.mark.parametrize("what", LEARNED)
def test_an_answer_that_cannot_be_stored_at_once(
    far: Stage, cable: Cable, how: Break, what: str
) -> None:
    """What the platform answered is stored once the server is back, whatever was lost with it."""
    delivery = far.queue("Latte")
    far.store.db.run("UPDATE lane SET clock_offset = 60000000")
    cable.arm(LEARNED[what], how, stays_cut=True)
    with suppress(StoreError):
        far.work()
    assert cable.broken == 1
    assert far.play(delivery).state is State.PUBLISHED
    assert far.published() == ["Latte"]
    assert marks(far) == [("answered", "reply")]


# --- a server that is slow, or full --------------------------------------------------------------


def test_what_waits_too_long_for_a_lock(
    far: Stage, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program's lock is waited for, then named; when it is gone, the same store goes on."""
    monkeypatch.setattr(
        postgres_session, "SESSION", "SET lock_timeout = '50ms'; SET synchronous_commit = on"
    )
    store = far.opened()
    with server.session() as other:
        schema = far.place.rpartition("%3D")[2]
        other.execute("BEGIN")
        other.execute(f"LOCK TABLE {schema}.meta".encode())
        for _ in range(2):
            with pytest.raises(StoreError) as failure:
                store.note_run()
            assert failure.value.code == "store.locked"
    store.note_run()


def test_what_takes_too_long(far: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that does not end is ended, said, and leaves the store as it was."""
    monkeypatch.setattr(postgres_session, "SESSION", "SET statement_timeout = '50ms'")
    store = far.opened()
    for _ in range(2):
        with pytest.raises(StoreError) as failure:
            store.db.run("SELECT pg_sleep(9)")
        assert failure.value.code == "store.slow"
    store.note_run()


def together(store: Store, *work: Callable[[], object]) -> str:
    """Do several things in one transaction; return the code with which it ended."""
    try:
        with store.db.transaction():
            for one in work:
                with suppress(StoreError):
                    one()
    except StoreError as error:
        return error.code
    return ""


def test_a_transaction_that_stands_still(far: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its locks are taken away for others; it finds itself lost and has written nothing."""
    monkeypatch.setattr(
        postgres_session, "SESSION", "SET idle_in_transaction_session_timeout = '50ms'"
    )
    store = far.opened()
    others = far.store.note_run  # waits until the first one's lock is gone
    assert together(store, lambda: store.events.append("late"), others) == "store.lost"
    assert far.store.last_run() is not None
    assert "late" not in {event.kind for event in far.store.events.recent()}


def test_a_failure_that_was_passed_over_undoes_everything(far: Stage) -> None:
    """A statement that failed leaves nothing to commit: whoever went on is told so at the end."""
    store = far.store
    assert together(store, store.note_run, lambda: store.db.run("SELECT 1 / 0")) == "store.failed"
    assert store.last_run() is None


def test_a_commit_never_goes_over_another_connection(far: Stage, cable: Cable) -> None:
    """A loss that was passed over inside is told at the end, not committed over a new one."""
    assert together(far.store, cable.cut, far.store.note_run) == "store.lost"
    assert far.store.last_run() is None


# --- two machines --------------------------------------------------------------------------------


class Wrong(SystemClock):
    """The clock of a machine that was set wrong."""

    def now(self) -> datetime:
        """Return a moment five minutes from now."""
        return datetime.now(UTC) + timedelta(minutes=5)


def test_the_servers_time_counts(address: str, far: Stage) -> None:
    """Two machines whose clocks are five minutes apart agree on what time it is."""
    del far
    one = whole.open_store(address, "real", SystemClock(), actor="one")
    other = whole.open_store(address, "real", Wrong(), actor="other")
    assert abs(one.db.now() - other.db.now()) < 1_000_000
    one.close()
    other.close()


def test_a_lease_lasts_on_another_machine(address: str, far: Stage) -> None:
    """A lane that one machine holds is held on another whose clock is five minutes ahead."""
    far.queue("Latte")
    one = whole.open_store(address, "real", SystemClock(), actor="one")
    other = whole.open_store(address, "real", Wrong(), actor="other")
    one.db.run("UPDATE lane SET next_at = 0")
    lease = one.lanes.claim("one", "one")
    assert lease is not None
    assert other.lanes.claim("other", "other") is None
    one.close()
    other.close()
