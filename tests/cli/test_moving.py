from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import queue_of

from microcom.core.delivery import State

if TYPE_CHECKING:
    from tests.cli.house import House

TOMORROW = (datetime.now(UTC) + timedelta(days=3)).date()
DAY = f"{TOMORROW}"


def queued(house: House, *times: str, to: str = "acme-x", campaign: str = "winter") -> None:
    """Queue a post for each wall time of that day."""
    for number, clock in enumerate(times):
        words = ("--to", to, "--at", f"{DAY} {clock}", "--again")
        done = house.run("post", f"Post {number} at {clock}", *words)
        assert done.code == 0, done.err
    with queue_of(house) as store:
        store.db.run("UPDATE delivery SET campaign = :campaign", campaign=campaign)


def clocks(house: House) -> dict[str, str]:
    """Return each delivery's wall time by its number."""
    rows = house.run("queue", "list", "--json").deliveries
    return {row["id"]: row["due_local"][11:16] for row in rows}


def test_moving_to_a_wall_time(rehearsal: House) -> None:
    """Each goes to that time on its own wall, said in both readings, and undo takes it back."""
    queued(rehearsal, "09:00", to="everyone")
    said = rehearsal.run("queue", "move", "1", "2", "--to", f"{DAY} 18:30")
    assert said.code == 0, said.err
    assert "18:30 Paris = " in said.out
    assert "18:30 New York = " in said.out
    assert "2 moved. microcom queue undo takes it back." in said.out
    assert clocks(rehearsal) == {"1": "18:30", "2": "18:30"}
    back = rehearsal.run("queue", "undo")
    assert (back.code, "2 taken back of the move by tester." in back.out) == (0, True)
    assert clocks(rehearsal) == {"1": "09:00", "2": "09:00"}


def test_shifting_by_selectors(rehearsal: House) -> None:
    """--account and others choose; what was chosen moves by the length, either way."""
    queued(rehearsal, "09:00", "10:00", to="everyone")
    words = ("queue", "shift", "--account", "acme-x", "--by")
    document = rehearsal.run(*words, "2h30m", "--json").document
    rows = document["data"]["deliveries"]
    assert [row["due_local"][11:16] for row in rows] == ["11:30", "12:30"]
    assert rows[0]["was_due"] != rows[0]["due"]
    assert rehearsal.run(*words, "-1h").code == 0
    assert sorted(clocks(rehearsal).values()) == ["09:00", "10:00", "10:30", "11:30"]


def test_spreading(rehearsal: House) -> None:
    """In the order they have: evenly between two times, or one each so often."""
    queued(rehearsal, "09:00", "09:00", "09:00", "09:00")
    ends = ("--from", f"{DAY} 10:00", "--to", f"{DAY} 11:00")
    assert rehearsal.run("queue", "spread", "--campaign", "winter", *ends).code == 0
    assert [*clocks(rehearsal).values()] == ["10:00", "10:20", "10:40", "11:00"]
    assert rehearsal.run("queue", "spread", "2", "3", "4", "--every", "5m").code == 0
    assert [*clocks(rehearsal).values()] == ["10:00", "10:20", "10:25", "10:30"]


def test_one_time_for_several_zones_is_asked_for(rehearsal: House) -> None:
    """A spread over zones wants its ends to name one."""
    queued(rehearsal, "09:00", to="everyone")
    words = ["queue", "spread", "1", "2", "--from", f"{DAY} 10:00", "--to", f"{DAY} 11:00"]
    said = rehearsal.run(*words)
    assert said.code == 2
    assert "is another time for America/New_York than for Europe/Paris" in said.err
    words[5], words[7] = f"{words[5]} UTC", f"{words[7]} UTC"
    assert rehearsal.run(*words).code == 0


def test_a_dry_run_moves_nothing(rehearsal: House) -> None:
    """--dry-run says what would be; the queue and its history stay."""
    queued(rehearsal, "09:00")
    before = rehearsal.run("log", "--json").document
    said = rehearsal.run("queue", "shift", "1", "--by", "1h", "--dry-run")
    assert "Nothing was changed: 1 would be moved." in said.out
    assert clocks(rehearsal) == {"1": "09:00"}
    assert rehearsal.run("log", "--json").document == before
    rehearsal.run("queue", "shift", "1", "--by", "1h")
    rehearsal.run("queue", "undo", "--dry-run")
    assert clocks(rehearsal) == {"1": "10:00"}


def test_batches_are_taken_back_one_by_one(rehearsal: House) -> None:
    """Undo goes back through the batches, newest first, and then says that there is none."""
    queued(rehearsal, "09:00")
    for hours in ("1h", "2h"):
        rehearsal.run("queue", "shift", "1", "--by", hours)
    assert clocks(rehearsal) == {"1": "12:00"}
    rehearsal.run("queue", "undo")
    assert clocks(rehearsal) == {"1": "10:00"}
    rehearsal.run("queue", "undo")
    assert clocks(rehearsal) == {"1": "09:00"}
    said = rehearsal.run("queue", "undo")
    assert (said.code, "There is no move to take back." in said.err) == (2, True)


def test_undo_leaves_what_has_left_since(rehearsal: House) -> None:
    """What was cancelled or went out stays, and is said; the rest goes back."""
    queued(rehearsal, "09:00", "10:00")
    rehearsal.run("queue", "shift", "1", "2", "--by", "1h")
    rehearsal.run("queue", "cancel", "1")
    said = rehearsal.run("queue", "undo")
    assert said.code == 4
    assert "#1 acme-x/timeline: It stays: it is cancelled by now." in said.err
    assert clocks(rehearsal)["2"] == "10:00"
    rehearsal.run("queue", "shift", "2", "--by", "1h")
    rehearsal.run("queue", "cancel", "2")
    said = rehearsal.run("queue", "undo")
    assert said.code == 2
    assert "Nothing of the last shift can be taken back." in said.err


def test_plan_keeps_what_a_person_moved(rehearsal: House) -> None:
    """A file does not take a move back; undo makes the file count again."""
    posts = rehearsal.home / "posts"
    posts.mkdir()
    (posts / "menu.md").write_text(f"---\nto: acme-x\nat: {DAY} 09:00\n---\nHello\n")
    rehearsal.run("apply")
    rehearsal.run("queue", "move", "1", "--to", f"{DAY} 11:00")
    assert "moved by tester" in rehearsal.run("plan").out
    assert rehearsal.run("apply", "--json").document["data"]["counts"] == {"keep": 1}
    rehearsal.run("queue", "undo")
    assert rehearsal.run("plan", "--json").document["data"]["counts"] == {"same": 1}


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["shift", "--by", "1h"], 2, "Say which deliveries"),
        (["shift", "1", "--by", "-9000h"], 2, "would be due in the past"),
        (["shift", "1", "--by", "soon"], 2, "is not a length of time"),
        (["move", "1", "--to", "yesterday"], 2, "is not a time"),
        (["move", "9", "--to", "+1h"], 2, "There is no delivery 9."),
        (["move", "2", "--to", "+1h"], 2, "Delivery 2 is cancelled and cannot be moved"),
        (["move", "--state", "published", "--to", "+1h"], 2, "What is published cannot be moved"),
        (["spread", "1"], 2, "Say how to spread"),
        (["spread", "1", "--from", "+2h", "--to", "+1h"], 2, "before the first"),
        (["shift", "--account", "lumen-x", "--by", "1h"], 0, ""),
    ],
)
def test_what_cannot_be_moved_is_said(
    rehearsal: House, words: list[str], code: int, part: str
) -> None:
    """Each mistake has its sentence, and then nothing is moved."""
    queued(rehearsal, "09:00", "10:00")
    rehearsal.run("queue", "cancel", "2")
    said = rehearsal.run("queue", *words)
    assert (said.code, part in said.err) == (code, True), said.err
    assert clocks(rehearsal)["1"] == "09:00"


def test_quiet_hours_and_holding_are_said(rehearsal: House) -> None:
    """A time in quiet hours is taken, as it was asked for, and said; held stays held."""
    accounts = rehearsal.home / "accounts.yaml"
    accounts.write_text(f"rules: {{quiet: ['22:00-07:00']}}\n{accounts.read_text()}")
    queued(rehearsal, "09:00")
    with queue_of(rehearsal) as store:
        one = store.queue.find(1)
        assert one is not None
        store.queue.move(None, one, State.HELD, reason="wait")
    said = rehearsal.run("queue", "move", "1", "--to", f"{DAY} 23:00")
    assert said.code == 0
    assert "It goes out in quiet 22:00-07:00, as you said." in said.err
    assert "microcom queue release 1 lets it go" in said.err
    (row,) = rehearsal.run("queue", "list", "--json").deliveries
    assert (row["state"], row["reason"]) == ("held", "wait")
