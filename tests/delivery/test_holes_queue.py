"""Holes 10, 11 and 14: what is queued twice, in another world, or refused by the hundred."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import queue_of
from tests.conformance.pinterest_kit import PINTEREST_KIT
from tests.delivery.meddling import Aim, marks, meddled
from tests.runner.signing import log_in, service, with_app

from microcom.core.delivery import State
from microcom.core.login import Credential
from microcom.core.steps import Call, Effect
from microcom.emulator.faults import Fault
from microcom.errors import MicrocomError, StoreError
from microcom.runner.clock import SystemClock
from microcom.runner.crew import Crew
from microcom.runner.foreground import Foreground
from microcom.runner.http import Http
from microcom.store import open_store
from microcom.testing.stage import Stage, stages

if TYPE_CHECKING:
    from tests.cli.house import House

SANDBOX = "http://127.0.0.1:9"


# --- 10: the same post queued twice ---------------------------------------------------------------


def test_hole_10_a_script_that_tries_again(rehearsal: House) -> None:
    """The same command again shows the earlier delivery; a key does so for scripts."""
    first = rehearsal.run("post", "Once", "--to", "acme-x", "--json")
    second = rehearsal.run("post", "Once", "--to", "acme-x", "--json")
    assert (first.code, second.code) == (0, 0)
    assert first.deliveries == second.deliveries
    for _ in range(2):
        assert rehearsal.run("post", "Nightly", "--to", "acme-x", "--key", "n-1").code == 0
    assert rehearsal.published() == ["Once", "Nightly"]


def test_hole_10_the_same_post_while_the_first_still_waits(stage: Stage) -> None:
    """Typed again while another process holds the lane, it is the same delivery, and out once."""
    first = stage.queue("Once")
    lease = stage.store.lanes.claim("worker", "host 1 1")
    assert lease is not None
    assert stage.queue("Once").id == first.id
    stage.store.lanes.release(lease)
    assert stage.play(first).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["Once"], 1)


def watching(stage: Stage) -> Foreground:
    """Return somebody who watches deliveries go out."""
    crew = Crew(lambda _: stage.doors())
    return Foreground(stage.store, crew, stage.clock, look=lambda _: None, tell=lambda _: None)


def test_hole_10_ctrl_c_before_the_mark(stage: Stage) -> None:
    """Interrupted before anything left, the delivery is cancelled and the person told so."""
    delivery = stage.queue("Once")
    (outcome,) = watching(stage).interrupted([delivery.id])
    assert outcome.said == "cancelled; nothing of it was sent"
    assert stage.play(delivery).state is State.CANCELLED
    assert (stage.published(), stage.sends(), marks(stage, delivery)) == ([], 0, [])


def test_hole_10_ctrl_c_after_the_mark(stage: Stage) -> None:
    """Interrupted while it leaves, the person is told that it goes on; it is out once."""
    said: list[str] = []
    delivery = stage.queue("Once")

    def interrupt() -> None:
        said.extend(one.said for one in watching(stage).interrupted([delivery.id]))

    meddled(stage).marked.append((Aim(), interrupt))
    assert stage.play(delivery).state is State.PUBLISHED
    assert said == ["too late to cancel: it is leaving now and stops before its next part"]
    assert (stage.published(), stage.sends()) == (["Once"], 1)


# --- 11: the sandbox variable on the real queue ---------------------------------------------------


@pytest.mark.sqlite("a file of the real world")
def test_hole_11_a_sandbox_variable_that_was_left(stage: Stage) -> None:
    """A process of a sandbox does not open the real queue, and what is due there stays."""
    delivery = stage.queue("For real")
    path = str(stage.folder / "queue.db")
    with pytest.raises(StoreError) as caught:
        open_store(path, SANDBOX, stage.clock, actor="timer")
    assert caught.value.code == "store.world"
    assert (stage.now(delivery).state, stage.sends()) == (State.QUEUED, 0)


def test_hole_11_a_run_with_the_variable_set(
    rehearsal: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the variable the sandbox's queue is run, without it the real one; neither the other."""
    real = rehearsal.home / "queue.db"
    open_store(str(real), "real", SystemClock(), actor="t", create=True).close()
    assert rehearsal.run("post", "Rehearsed", "--to", "acme-x", "--at", "+1h").code == 0
    with queue_of(rehearsal) as store:
        assert str(real) != store.db.path
        store.db.run("UPDATE delivery SET due_at = 1, wake_at = 1")
        store.db.run("UPDATE lane SET next_at = 1 WHERE next_at IS NOT NULL")
    monkeypatch.delenv("MICROCOM_SANDBOX")
    said = rehearsal.run("run", "--json")
    assert (said.code, said.document["world"], said.deliveries) == (0, "real", [])
    assert rehearsal.published() == []


@pytest.mark.parametrize(
    ("sandbox", "world"), [(SANDBOX, "real"), (None, SANDBOX), (SANDBOX, "http://127.0.0.1:8")]
)
def test_hole_11_a_token_stays_in_its_world(sandbox: str | None, world: str) -> None:
    """A real token never leaves for a loopback address, nor a rehearsed one for the world."""
    http = Http(sandbox=sandbox, sleep=lambda _: None)
    call = Call(name="me", method="GET", url="https://api.x.com/2/users/me", effect=Effect.READ)
    with pytest.raises(MicrocomError) as caught:
        http.send(call, Credential(world, ("api.x.com",), "hush"))
    assert caught.value.code == "world.token"


# --- 14: hundreds of refusals, storms, and a wrong refresh ----------------------------------------


def test_hole_14_a_refusal_that_nobody_knows(stage: Stage) -> None:
    """A new code in X's own words refuses each post plainly: one send, no doubt, X's sentence."""
    stage.emulator.faults.arm(Fault("create_post", "new-refusal", count=None))
    deliveries = [stage.queue(f"Text {number}") for number in range(4)]
    stage.work()
    for one in map(stage.now, deliveries):
        assert (one.state, marks(stage, one)) == (State.FAILED, ["refused"])
        assert "A rule that nobody here has heard of." in (one.reason or "")
    assert (stage.sends(), stage.published(), len(stage.wire.calls)) == (4, [], 4)


def test_hole_14_a_refusal_in_foreign_words(stage: Stage) -> None:
    """A page of somebody else's is doubt; surely absent, it has failed and is not sent again."""
    stage.emulator.faults.arm(Fault("create_post", "foreign", count=None))
    delivery = stage.queue("One")
    ended = stage.play(delivery)
    assert (ended.state, marks(stage, delivery), stage.sends()) == (State.FAILED, ["absent"], 1)
    assert ended.reason == "refused, not in the platform's own words; it surely did not go out"
    assert stage.published() == []


def test_hole_14_an_hour_of_503(stage: Stage) -> None:
    """A platform that fails for an hour is asked a few times, and everything is out after it."""
    deliveries = [stage.queue(f"Text {number}") for number in range(6)]
    stage.emulator.faults.arm(Fault("create_post", "503-before", count=None))
    end = stage.clock.now() + timedelta(hours=1)
    while stage.clock.now() < end:
        stage.work()
        stage.clock.reach(min(stage.store.lanes.next_wake() or end, end))
    assert stage.sends() <= 8
    stage.emulator.faults.clear()
    assert {stage.play(one, most=200).state for one in deliveries} == {State.PUBLISHED}
    assert sorted(stage.published()) == sorted(f"Text {number}" for number in range(6))


@pytest.mark.parametrize("kind", ["scope"])
def test_hole_14_a_401_that_no_refresh_cures(tmp_path: Path, kind: str) -> None:
    """A 401 for a missing right renews nothing: the refresh token is kept, a person is asked."""
    with stages(with_app(PINTEREST_KIT), tmp_path) as make:
        stage = make()
        log_in(stage)
        stage.emulator.faults.arm(Fault("create_pin", kind))
        delivery = stage.queue()
        stage.work()
        (stop,) = stage.store.accounts.stops()
        assert "The token lacks a right that this needs" in stop.reason
        assert (stage.now(delivery).state, stage.sends()) == (State.QUEUED, 1)
        assert (service(stage).renewals, stage.published()) == (0, [])


def test_hole_14_a_late_post_passes_the_missed_policy_again(stage: Stage) -> None:
    """What is found absent hours after it was due is held for a person, not sent in the night."""
    stage.wire.arm("lost_request", method="POST")
    delivery = stage.queue("Good morning")
    stage.work()
    stage.clock.sleep(3 * 3600)
    ended = stage.play(delivery)
    assert (ended.state, stage.sends(), stage.published()) == (State.HELD, 1, [])
    assert "3 h 00 min late" in (ended.reason or "")
