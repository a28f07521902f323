"""Turns: whose posts go out when there is more to do than workers to do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from pathlib import Path

import pytest
from tests.conformance.kits import X_KIT, X_MEDIA_KIT
from tests.delivery.meddling import MeddledWire, roomy

from microcom.core.config import Config
from microcom.core.delivery import Delivery, State
from microcom.core.login import Tokens, token_name
from microcom.core.passage import Fresh
from microcom.core.post import Snapshot
from microcom.core.target import Target
from microcom.platforms.x.emulator import XEmulator
from microcom.runner.welcome import identify
from microcom.runner.worker import TURN, Holder, Worker
from microcom.store.tokens import TokenFacts
from microcom.testing.stage import Stage, bearer, stages

ACCOUNTS, EACH = 100, 100
COLUMNS = "world, project, post, account, community, kind, platform, client, lane, state, zone"


class Watched(MeddledWire):
    """A wire that tells of each call, and takes as many as there are."""

    tell: Callable[[], None] = staticmethod(lambda: None)

    def handle_request(self, request: object) -> object:  # type: ignore[override]
        """Let a call leave, and tell of it."""
        self.count = 0
        self.stage.clock.sleep(0.01)
        response = super().handle_request(request)  # type: ignore[arg-type]
        self.tell()
        return response


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Return X's account of a lone creator, which no ceiling stops."""
    with stages(roomy(X_KIT), tmp_path) as make:
        stage = make()
        stage.wire = Watched(stage)
        yield stage


def join(stage: Stage, name: str, client: str | None) -> str:
    """Log in one more account, of a client; return its name."""
    account = replace(stage.kit.account, name=name, client=client)
    config = Config("p", "UTC", (str(stage.folder / "a.yaml"),), "0", {name: account}, {}, {}, {})
    token = f"canary-{name}"
    stage.emulator.grant(token, name)
    stage.store.accounts.register(config, [name])
    identity, _ = identify(stage.kit.platform, stage.http(), bearer(stage.kit.platform, token))
    stage.store.accounts.identify(name, identity, timedelta())
    slot = token_name("x", identity.remote_id, account.client_id)
    facts = TokenFacts(slot, "x", account.client_id, None, 0, "", stage.clock.now())
    stage.access().keep(facts, Tokens(token))
    return name


def queue(stage: Stage, name: str, *parts: str) -> Delivery:
    """Queue a post of an account, due now."""
    known = stage.store.accounts.find(name)
    assert known is not None
    fresh = Fresh(
        Target(name, known.account.default), Snapshot(parts), stage.clock.now(), "UTC", "post"
    )
    return stage.store.queue.add([(fresh, known)])[0].delivery


def many(
    stage: Stage, client: str | None, *, accounts: int, each: int, text: str = "Hello"
) -> None:
    """Queue so many posts of each of so many accounts of a client, all due now."""
    for number in range(accounts):
        queue(stage, join(stage, f"{client}-{number}", client), text)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most)"
    stage.store.db.run(
        f"""INSERT INTO snapshot {numbers}
            SELECT digest || i, replace(body, :text, :text || ' ' || i) FROM snapshot, n""",  # noqa: S608 - as below
        most=each - 1,
        text=text,
    )
    stage.store.db.run(
        f"""INSERT INTO delivery ({COLUMNS}, snapshot, due_at, wake_at, created_at) {numbers}
            SELECT {COLUMNS}, snapshot || i, due_at, wake_at, created_at FROM delivery, n""",  # noqa: S608 - the columns stand above
        most=each - 1,
    )


def calls_until_out(stage: Stage, name: str, *, after: int) -> int:
    """Return how many calls one worker makes from a post's falling due until it is out."""
    wire = stage.wire
    assert isinstance(wire, Watched)
    wire.calls.clear()
    late: list[Delivery] = []

    def tell() -> None:
        if len(wire.calls) == after:
            late.append(queue(stage, name, "At last"))

    def is_out() -> bool:
        return bool(late) and stage.now(late[0]).state is State.PUBLISHED

    wire.tell = tell
    Worker(replace(stage.doors(), stopping=is_out), Holder("stage", 1, "1")).run()
    assert is_out()
    return len(wire.calls) - after


def test_ten_thousand_posts_of_one_client_hold_no_other_up(stage: Stage) -> None:
    """One client's 10,000 posts are due on 100 accounts: another's one is out a turn later."""
    many(stage, "big", accounts=ACCOUNTS, each=EACH)
    join(stage, "small-x", "small")
    assert calls_until_out(stage, "small-x", after=25) <= TURN + 1


def test_an_account_with_endless_work_holds_no_other_of_its_client_up(stage: Stage) -> None:
    """An account's thousand posts are due: another account of the same client has its turn."""
    many(stage, None, accounts=1, each=1000)
    join(stage, "other-x", None)
    assert calls_until_out(stage, "other-x", after=25) <= TURN + 1


def test_every_client_has_its_turn(stage: Stage) -> None:
    """Of many clients with work without end each gets as much as any other."""
    clients = ("ada", "bob", "cleo")
    for client in clients:
        for number in range(3 if client == "bob" else 1):
            name = join(stage, f"{client}-{number}", client)
            for text in range(60):
                queue(stage, name, f"Text {text}")
    assert isinstance(stage.wire, Watched)
    stage.wire.calls.clear()
    doors = replace(stage.doors(), stopping=lambda: len(stage.wire.calls) >= 6 * TURN)
    Worker(doors, Holder("stage", 1, "1")).run()
    rows = stage.store.db.all(
        "SELECT client, count(*) FROM delivery WHERE state = 'published' GROUP BY client"
    )
    assert dict(rows) == dict.fromkeys(clients, 2 * TURN)


def test_a_turn_ends_between_posts_and_not_in_a_thread(stage: Stage) -> None:
    """While others wait for their turn, the parts of a thread follow one another."""
    for name in (join(stage, "ada-x", "ada"), join(stage, "bob-x", "bob")):
        for number in range(2 * TURN):
            queue(stage, name, *(f"{name} {number}, part {part}" for part in range(3)))
    stage.work()
    texts = [str(one["text"]) for one in stage.emulator.ledger()]
    assert len(texts) == 2 * 2 * TURN * 3
    threads = [text.rpartition(",")[0] for text in texts]
    assert threads[::3] == threads[1::3] == threads[2::3]
    turns = [len(list(turn)) for _, turn in groupby(threads[::3], lambda one: one.split()[0])]
    assert max(turns) <= TURN


def test_a_film_in_the_works_keeps_no_worker_from_other_logins(tmp_path: Path) -> None:
    """While X works on one account's file, the only worker publishes what falls due elsewhere."""
    with stages(roomy(X_MEDIA_KIT), tmp_path) as make:
        stage = make()
        assert isinstance(stage.emulator, XEmulator)
        stage.emulator.uploads.polls = 30
        film = stage.queue()
        name = join(stage, "other-x", None)
        begun = stage.clock.now()
        known = stage.store.accounts.find(name)
        assert known is not None
        due = begun + timedelta(seconds=7)
        fresh = Fresh(Target(name, known.account.default), Snapshot(("Now",)), due, "UTC", "post")
        (text,) = stage.store.queue.add([(fresh, known)])
        stage.work()
        published = stage.now(text.delivery).published
        assert published is not None
        assert published - due < timedelta(seconds=1)
        assert stage.now(film).state is State.PUBLISHED  # the worker stayed for it
        assert stage.now(film).published != published
