"""A queue that is a copy: every command says so, and `store adopt` lets it send again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import queue_of

if TYPE_CHECKING:
    from tests.cli.house import House

pytestmark = pytest.mark.sqlite("a home with its queue can be copied")


def fall_due(house: House) -> None:
    """Let an hour pass for what is queued."""
    with queue_of(house) as store:
        store.db.run("UPDATE delivery SET due_at = due_at - 3600000000, wake_at = 1")
        store.db.run("UPDATE lane SET next_at = 1 WHERE next_at IS NOT NULL")


def let_time_pass(house: House) -> None:
    """Let the adoption, and what was marked by it, be an hour ago."""
    with queue_of(house) as store:
        store.db.run("UPDATE mark SET deadline_at = deadline_at - 3600000000")
        store.db.run("UPDATE delivery SET wake_at = 1 WHERE wake_at IS NOT NULL")
        store.db.run("UPDATE lane SET next_at = 1 WHERE next_at IS NOT NULL")


@pytest.fixture
def copy(rehearsal: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Return a machine whose home is a copy; the first one has sent one of two posts since."""
    for text, account in (("Hello", "acme-x"), ("Bonjour", "lumen-x")):
        assert rehearsal.run("post", text, "--to", account, "--at", "+1h").code == 0
    fall_due(rehearsal)
    other = Path(f"{rehearsal.home}-copy")
    shutil.copytree(rehearsal.home, other)
    with queue_of(rehearsal) as store:
        store.db.run("UPDATE delivery SET state = 'cancelled', wake_at = NULL WHERE id = 2")
    assert rehearsal.run("run").code == 0
    assert rehearsal.published() == ["Hello"]
    monkeypatch.setenv("MICROCOM_HOME", str(other))
    monkeypatch.chdir(other)
    return rehearsal


def test_a_copy_says_that_it_may_not_send(copy: House) -> None:
    """`run`, `post`, `status` and `doctor` exit 5 and say why, and what to do; nothing leaves."""
    said = copy.run("run")
    assert (said.code, said.out) == (5, "")
    assert "it is a copy, or was moved: it was at" in said.err
    assert "microcom store adopt --dry-run" in said.err
    said = copy.run("status")
    assert (said.code, "right to send" in said.out) == (5, True)
    said = copy.run("post", "One more", "--to", "acme-x")
    assert (said.code, "microcom store adopt --account acme-x" in said.err) == (5, True)
    said = copy.run("queue", "release", "1")
    assert (said.code, "may have been sent by another queue" in said.err) == (2, True)
    said = copy.run("accounts", "list")
    assert "unadopted" in said.out
    assert copy.run("resume", "--all").code == 0
    assert copy.run("run").code == 5
    said = copy.run("doctor")
    assert "right to send" in said.out
    assert copy.published() == ["Hello"]


def test_a_dry_run_of_the_adoption(copy: House) -> None:
    """--dry-run counts what would be looked for, and changes nothing."""
    said = copy.run("store", "adopt", "--dry-run")
    assert (said.code, said.out.splitlines()[0]) == (5, "Nothing was changed. To be adopted:")
    rows = copy.run("store", "adopt", "--dry-run", "--json").document["data"]["accounts"]
    assert [(row["name"], row["to_look_for"], row["not_due_yet"]) for row in rows] == [
        ("acme-x", 1, 0),
        ("lumen-x", 1, 0),
    ]
    assert copy.run("run").code == 5


def test_an_account_after_the_other(copy: House) -> None:
    """An account is adopted by name; what was sent is found, what was not goes out by the rules."""
    said = copy.run("store", "adopt")
    assert (said.code, "2 accounts wait to be adopted" in said.err) == (2, True)
    said = copy.run("store", "adopt", "--account", "acme-y")
    assert (said.code, "Did you mean acme-x?" in said.err) == (2, True)
    said = copy.run("store", "adopt", "--account", "acme-x")
    assert said.code == 0, said.err
    assert "acme-x: this queue publishes for it now (1 looked for)." in said.out
    assert "https://x.com/acmecoffee/status/" in said.out or "status/" in said.out
    assert copy.published() == ["Hello"]
    said = copy.run("store", "adopt", "--json")
    (row,) = said.deliveries
    assert (said.code, row["account"], row["state"]) == (5, "lumen-x", "in_doubt")
    let_time_pass(copy)
    assert copy.run("run").code == 0
    assert copy.published() == ["Hello", "Bonjour"]
    said = copy.run("store", "adopt")
    assert (said.code, said.out) == (
        0,
        "Nothing to adopt: this queue may send all that is in it.\n",
    )
    assert copy.run("status").code == 0
