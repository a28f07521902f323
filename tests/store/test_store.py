"""The queue as a store: migration, lanes, idempotent queueing, people's decisions, accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from tests.conformance.kits import X_KIT

from microcom.core.config import Config
from microcom.core.delivery import OVER, TRANSITIONS, Delivery, State, may_become
from microcom.core.login import Identity
from microcom.errors import StoreError, Superseded, UserError
from microcom.runner.clock import SystemClock
from microcom.store import Store, open_store, postgres, sqlite
from microcom.store.database import Database
from microcom.store.filter import Filter
from microcom.store.idle import SCHEMA, is_idle
from microcom.store.migrate import VERSION
from microcom.store.schema import MIGRATIONS
from microcom.testing.stage import NOON, Stage, stages

ACCOUNT = X_KIT.account


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Return X's account with an empty queue."""
    with stages(X_KIT, tmp_path) as make:
        yield make()


# --- schema ---------------------------------------------------------------------------------------


def test_the_schema_has_one_version() -> None:
    """The version that a queue is opened with is that of the last step, everywhere."""
    assert len(MIGRATIONS) == VERSION == SCHEMA


def test_an_older_program_stops_where_a_newer_one_has_changed_the_schema(stage: Stage) -> None:
    """What runs while another program brings the queue up writes nothing more, and says why."""
    delivery, other = stage.queue(), stage.opened()
    other.db.version = VERSION + 1
    with pytest.raises(StoreError, match="written by a newer microcom") as caught:
        stage.work()
    assert caught.value.code == "store.newer"
    with pytest.raises(StoreError, match="written by a newer microcom"):
        stage.queue("something else")
    assert stage.published() == []
    assert stage.store.queue.find(delivery.id) == delivery


def test_a_new_queue_opened_by_many_at_once(tmp_path: Path) -> None:
    """Several first commands at the same time make one queue."""
    path = str(tmp_path / "queue.db")

    def opened(_: int) -> str:
        store = open_store(path, "real", SystemClock(), actor="t", create=True)
        try:
            return str(store.db.value("SELECT value FROM meta WHERE name = 'store'"))
        finally:
            store.close()

    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(opened, range(16)))
    assert len(names) == 1


def earlier(database: Database, version: int) -> None:
    """Make of an empty database a queue as an earlier release left it."""
    with closing(database), database.transaction():
        database.prepare()
        for step in MIGRATIONS[:version]:
            for statement in step:
                database.run(database.adapted(statement))
        for name, value in (("store", "its-name"), ("world", "real")):
            database.run("INSERT INTO meta VALUES (:name, :value)", name=name, value=value)
        database.version = version


@pytest.mark.parametrize("version", range(1, VERSION))
@pytest.mark.parametrize("kind", ["file", "server"])
def test_a_queue_of_every_earlier_version_is_brought_up(
    request: pytest.FixtureRequest, tmp_path: Path, version: int, kind: str
) -> None:
    """A queue of an earlier release opens as one of today, and keeps its name."""
    place = str(tmp_path / "queue.db")
    if kind == "server":
        place = request.getfixturevalue("server").queue(f"of_version_{version}")
    opened = postgres.attach if kind == "server" else sqlite.attach
    earlier(opened(place, SystemClock()), version)
    with closing(open_store(place, "real", SystemClock(), actor="t")) as store:
        assert store.db.version == VERSION
        assert store.db.value("SELECT value FROM meta WHERE name = 'store'") == "its-name"
        assert not store.needs_media("0" * 64)
        assert store.may_tidy()


def test_a_queue_belongs_to_one_world(tmp_path: Path) -> None:
    """A queue of one world is refused in another."""
    path = str(tmp_path / "queue.db")
    open_store(path, "real", SystemClock(), actor="t", create=True).close()
    with pytest.raises(StoreError) as caught:
        open_store(path, "http://127.0.0.1:8000", SystemClock(), actor="t")
    assert caught.value.code == "store.world"


def test_a_missing_queue_is_not_made_by_looking(tmp_path: Path) -> None:
    """Only queueing makes a queue."""
    with pytest.raises(UserError) as caught:
        open_store(str(tmp_path / "queue.db"), "real", SystemClock(), actor="t")
    assert caught.value.code == "store.none"
    assert not list(tmp_path.iterdir())


@pytest.mark.sqlite("a file, and how its threads take turns")
def test_a_locked_queue_is_said_in_words(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that waits too long for another is told what holds it up."""
    other = stage.opened()
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.02)
    with stage.store.db.transaction(), pytest.raises(StoreError) as caught:
        other.note_run()
    assert caught.value.code == "store.locked"


@pytest.mark.sqlite("a file, and how its threads take turns")
def test_threads_of_a_process_take_turns_at_writing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody may wait for SQLite's lock, eight threads that write at once all get through."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0)

    def write(number: int) -> None:
        path = stage.store.db.path
        with closing(open_store(path, "real", SystemClock(), actor="t")) as store:
            for step in range(20):
                with store.db.transaction():
                    store.events.append("tried", number=number, step=step)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert len([one for one in stage.store.events.recent(500) if one.kind == "tried"]) == 160


@pytest.mark.sqlite("a file, and how its threads take turns")
def test_what_one_thread_takes_back_leaves_the_others_alone(stage: Stage) -> None:
    """Of threads that share their wait for the disk, each keeps or loses what is its own."""
    path = stage.store.db.path

    def write(number: int) -> None:
        with closing(open_store(path, "real", SystemClock(), actor="t")) as store:
            for step in range(20):
                with suppress(KeyError), store.db.transaction():
                    store.events.append("tried", number=number, step=step)
                    if (number + step) % 3 == 0:
                        raise KeyError

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    kept = {
        (one.data["number"], one.data["step"])
        for one in stage.store.events.recent(500)
        if one.kind == "tried"
    }
    assert kept == {one for one in product(range(6), range(20)) if sum(one) % 3}


# --- cost -----------------------------------------------------------------------------------------


def steps_of(store: Store, work: Callable[[], object]) -> int:
    """Return how many instructions SQLite needed, in tens."""
    count = 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    assert isinstance(store.db, sqlite.SqliteDatabase)
    connection = store.db._connection  # noqa: SLF001 - the only way to count
    connection.set_progress_handler(tick, 10)
    work()
    connection.set_progress_handler(None, 0)
    return count


@pytest.mark.sqlite("a file, and how its threads take turns")
def test_idle_costs_the_same_with_many_waiting(stage: Stage) -> None:
    """Asking what is due, and taking a lane, cost the same with ten rows or twenty thousand."""
    stage.queue("One", due=NOON + timedelta(days=1))
    few = steps_of(stage.store, stage.work)
    columns = "world, project, post, account, community, kind, platform, lane, snapshot, state"
    stage.store.db.run(
        f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
            INSERT INTO delivery ({columns}, due_at, zone, wake_at, created_at)
            SELECT {columns}, due_at + i, zone, due_at + i, created_at FROM delivery, n"""  # noqa: S608 - the columns stand above
    )
    assert steps_of(stage.store, stage.work) <= few + 5
    assert steps_of(stage.store, stage.store.lanes.next_wake) <= 5
    known = stage.store.accounts.find(ACCOUNT.name)
    assert known is not None
    assert steps_of(stage.store, lambda: stage.store.lanes.refresh(known.lane or "")) < 50


@pytest.mark.sqlite("a file, and how its threads take turns")
def test_an_idle_queue_is_seen_without_the_program(stage: Stage) -> None:
    """The fast path says idle only when nothing is due, and leaves its time."""
    path = stage.store.db.path
    assert is_idle(path)
    assert stage.store.last_run() is not None
    stage.queue("One")  # due at noon of a day that is past for the machine's own clock
    assert is_idle(path) is (SystemClock().now() < NOON)
    assert not is_idle(path + ".none")


# --- lanes ----------------------------------------------------------------------------------------


def test_a_lane_has_one_holder(stage: Stage) -> None:
    """A lane is held by one at a time, and comes back after its lease."""
    stage.queue("One")
    lanes = stage.store.lanes
    first = lanes.claim("a", "host 1 1")
    assert first is not None
    assert lanes.claim("b", "host 2 2") is None
    (held,) = lanes.held()
    assert (held.owner, held.holder) == ("a", "host 1 1")
    stage.clock.sleep(31)
    second = lanes.claim("b", "host 2 2")
    assert second is not None
    assert second.epoch == first.epoch + 1
    lanes.release(first)  # harmless: it is not theirs any more
    assert lanes.claim("c", "host 3 3") is None


def test_the_lane_of_a_dead_holder_is_freed(stage: Stage) -> None:
    """A lane held by a process that is gone is free at once."""
    stage.queue("One")
    lanes = stage.store.lanes
    assert lanes.claim("a", "host 1 1") is not None
    (held,) = lanes.held()
    lanes.free(held)
    assert lanes.claim("b", "host 2 2") is not None


def test_a_lane_that_rests(stage: Stage) -> None:
    """A login that its platform asked to wait is left alone by everybody until then."""
    stage.queue("One")
    lanes = stage.store.lanes
    lease = lanes.claim("a", "host 1 1")
    assert lease is not None
    until = NOON + timedelta(minutes=15)
    lanes.rest(lease, until)
    assert stage.store.queue.next(lease) is None
    stage.queue("Two")
    assert lanes.next_wake() == until  # though the holder never gave it back
    stage.clock.reach(until)
    assert lanes.claim("b", "host 2 2") is not None


def test_two_names_of_one_login_share_a_lane(stage: Stage) -> None:
    """An alias of the same login speaks through the same lane, one at a time."""
    alias = replace(ACCOUNT, name="acme-social")
    register(stage, alias)
    stage.store.accounts.identify("acme-social", identity_of(stage), timedelta())
    lanes = {one.lane for one in stage.store.accounts.all()}
    assert len(lanes) == 1
    assert stage.store.db.value("SELECT count(*) FROM lane") == 1


def test_a_lane_of_a_parked_account_has_no_work(stage: Stage) -> None:
    """Parking takes the lane's work away, resuming brings it back."""
    stage.queue("One")
    stage.store.accounts.park(ACCOUNT.name, "because")
    assert stage.store.lanes.next_wake() is None
    assert stage.store.accounts.resume(ACCOUNT.name)
    assert stage.store.lanes.next_wake() == NOON
    stage.store.accounts.park_app("x", "credit")
    assert stage.store.lanes.next_wake() is None
    assert stage.store.accounts.resume_app("x")
    until = NOON + timedelta(hours=1)
    stage.store.accounts.park(ACCOUNT.name, "for an hour", until)
    assert stage.store.lanes.next_wake() == until


# --- queueing -------------------------------------------------------------------------------------


def test_queueing_is_idempotent_for_a_day(stage: Stage) -> None:
    """The same content for the same target is the same delivery for 24 hours."""
    first = stage.queue("One")
    assert stage.queue("One").id == first.id
    assert stage.queue("Two").id != first.id
    assert stage.queue("One", again=True).id != first.id
    stage.clock.sleep(24 * 3600 + 1)
    assert stage.queue("One").id > 3


def test_what_was_cancelled_may_be_queued_again(stage: Stage) -> None:
    """A cancelled delivery is not an earlier one."""
    first = stage.queue("One")
    stage.store.people.cancel(first)
    assert stage.queue("One").id != first.id


def test_the_list_filters(stage: Stage) -> None:
    """Every field of a filter narrows the list."""
    stage.queue("One", due=NOON + timedelta(hours=1))
    stage.queue("Two", due=NOON + timedelta(hours=3))
    queue = stage.store.queue
    assert len(queue.list(Filter(until=NOON + timedelta(hours=2)))) == 1
    assert len(queue.list(Filter(since=NOON + timedelta(hours=2)))) == 1
    assert len(queue.list(Filter(account="nobody"))) == 0
    assert len(queue.list(Filter(client="nobody"))) == 0
    assert len(queue.list(Filter(campaign="none"))) == 0
    assert len(queue.list(Filter(states=(State.QUEUED,), limit=1))) == 1
    assert queue.counts() == {State.QUEUED: 2}


def test_only_legal_transitions(stage: Stage) -> None:
    """A delivery goes from state to state by the table, and no other way."""
    delivery = stage.queue("One")
    for before, after in product(State, State):
        stage.store.db.run("UPDATE delivery SET state = :state", state=before.value)
        there = stage.now(delivery)
        if may_become(before, after):
            assert stage.store.queue.move(None, there, after).state is after
            continue
        with pytest.raises(StoreError):
            stage.store.queue.move(None, there, after)
        assert stage.now(delivery).state is before


def test_what_is_out_stays_out() -> None:
    """No transition leads away from published or cancelled."""
    assert TRANSITIONS[State.PUBLISHED] == frozenset()
    assert TRANSITIONS[State.CANCELLED] == frozenset()
    assert {State.PUBLISHED, State.CANCELLED} <= OVER


# --- people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "decide",
    [
        lambda stage, one: stage.store.people.cancel(one),
        lambda stage, one: stage.store.queue.stop(one),
    ],
)
def test_a_person_who_is_late_loses(
    stage: Stage, decide: Callable[[Stage, Delivery], object]
) -> None:
    """A decision about what was read is refused once somebody else has changed it."""
    delivery = stage.queue("One")
    stage.store.queue.move(None, delivery, State.HELD, reason="somebody was quicker")
    with pytest.raises(Superseded):
        decide(stage, delivery)


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        (State.PUBLISHED, "cancel"),
        (State.QUEUED, "retry"),
        (State.QUEUED, "finish"),
        (State.PUBLISHED, "finish"),
    ],
)
def test_decisions_that_make_no_sense(stage: Stage, state: State, refused: str) -> None:
    """Each is refused with the state it is in."""
    delivery = stage.queue("One")
    stage.store.db.run("UPDATE delivery SET state = :state", state=state.value)
    there = stage.now(delivery)
    people = stage.store.people
    decisions: dict[str, Callable[[], object]] = {
        "cancel": lambda: people.cancel(there),
        "retry": lambda: people.retry(there, NOON),
        "finish": lambda: people.finish(there),
    }
    with pytest.raises(UserError) as caught:
        decisions[refused]()
    assert caught.value.code == "queue.state"
    assert str(delivery.id) in caught.value.message


# --- accounts -------------------------------------------------------------------------------------


def test_a_name_keeps_its_project_and_its_login(stage: Stage) -> None:
    """Another project's file, or another handle, cannot take an account's name over."""
    with pytest.raises(UserError) as caught:
        register(stage, replace(ACCOUNT, project="other"), file="/elsewhere/accounts.yaml")
    assert caught.value.code == "account.claimed"
    assert "/elsewhere/accounts.yaml" in caught.value.message
    with pytest.raises(UserError) as caught:
        register(stage, replace(ACCOUNT, handle="somebody"))
    assert caught.value.code == "account.identity"


def test_rules_follow_the_file(stage: Stage) -> None:
    """A changed file changes the rules of what is queued already."""
    changed = replace(ACCOUNT, rules=replace(ACCOUNT.rules, banned=("cheapest",)))
    register(stage, changed, digest="1")
    known = stage.store.accounts.find(ACCOUNT.name)
    assert known is not None
    assert known.account == changed


def test_history_is_kept_in_words(stage: Stage) -> None:
    """Every event has an actor, a version, and belongs to its delivery."""
    delivery = stage.queue("One")
    stage.play(delivery)
    events = stage.store.events.recent(delivery=delivery.id)
    assert [event.kind for event in events] == ["queued", "sending", "answered", "state"]
    assert {event.actor for event in events} == {"test"}
    assert all(event.version for event in events)
    assert stage.store.events.recent(1)[0].id >= events[-1].id
    assert stage.store.events.recent(account=ACCOUNT.name)


def register(stage: Stage, account: object, *, file: str = "", digest: str = "0") -> None:
    """Register an account as a file would."""
    assert isinstance(account, type(ACCOUNT))
    path = file or str(stage.folder / "accounts.yaml")
    config = Config(account.project, "UTC", (path,), digest, {account.name: account}, {}, {}, {})
    stage.store.accounts.register(config, [account.name])


def identity_of(stage: Stage) -> Identity:
    """Return whose login the account is."""
    known = stage.store.accounts.find(ACCOUNT.name)
    assert known is not None
    return Identity(known.remote_id or "", known.account.handle)
