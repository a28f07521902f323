from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.house import queue_of

from microcom.core.delivery import State
from microcom.store.filter import Filter

if TYPE_CHECKING:
    from tests.cli.house import House


def test_a_machine_with_nothing_yet(house: House) -> None:
    """Where there is nothing, microcom says how to see it work and how to begin."""
    (house.home / "accounts.yaml").unlink()
    said = house.run()
    assert said.code == 0
    assert "microcom demo" in said.out
    assert "microcom init" in said.out


def test_accounts_and_nothing_queued(house: House) -> None:
    """With an accounts file the next step is to log in, and then to post."""
    said = house.run()
    assert said.code == 0
    assert "acme-x, lumen-x (2 not logged in)" in said.out
    assert "studio (accounts.yaml)" in said.out
    assert "microcom login acme-x --token" in said.out
    assert 'microcom post "Hello" --to acme-x' in said.out
    assert not (house.home / "queue.db").exists()


def test_what_is_planned(rehearsal: House) -> None:
    """Counts, the next time something is due, and that nothing has run the queue."""
    rehearsal.run("post", "Now", "--to", "acme-x")
    rehearsal.run("post", "Later", "--to", "acme-x", "--at", "+2h")
    said = rehearsal.run()
    assert said.code == 0
    assert "1 queued, 1 published" in said.out
    assert "Paris" in said.out
    assert "last run  never" in said.out
    assert "microcom timer install" in said.out
    rehearsal.run("run")
    assert "last run  never" not in rehearsal.run().out


def test_what_needs_a_person(rehearsal: House) -> None:
    """What is held and who is stopped is said, with the commands; the exit code is 5."""
    rehearsal.run("post", "Hello", "--to", "lumen-x")
    rehearsal.run("post", "Later", "--to", "acme-x", "--at", "+1h")
    with queue_of(rehearsal) as store:
        store.queue.move(None, store.queue.list(Filter())[1], State.HELD, reason="look at it")
    said = rehearsal.run()
    assert said.code == 5
    assert "1 held, 1 published" in said.out
    assert "microcom queue list --state held --state in_doubt" in said.out
    rehearsal.run("queue", "cancel", "2")
    assert rehearsal.run().code == 0
    rehearsal.run("pause", "lumen-x")
    said = rehearsal.run()
    assert said.code == 5
    assert "microcom resume lumen-x" in said.out


def test_a_queue_that_nobody_runs(rehearsal: House) -> None:
    """Work that was due long ago is a person's business."""
    rehearsal.run("post", "Later", "--to", "acme-x", "--at", "+1h")
    assert rehearsal.run().code == 0
    with queue_of(rehearsal) as store:
        (lane,) = [known.lane for known in store.accounts.all() if known.lane is not None]
        store.lanes.wake(lane, 0)  # as if it had been due for years
    said = rehearsal.run()
    assert said.code == 5
    assert "since" in said.out
    assert "microcom run" in said.out


def test_an_accounts_file_with_mistakes(house: House) -> None:
    """A broken accounts file does not hide the rest; check is the next step."""
    (house.home / "accounts.yaml").write_text("microcom: 1\nproject: @p\n")
    said = house.run()
    assert said.code == 2
    assert "1 mistake" in said.out
    assert "microcom check" in said.out


def test_a_sandbox_says_so(rehearsal: House) -> None:
    """In a sandbox every screen says that it is one."""
    assert "nothing here reaches a real account" in rehearsal.run().err
