"""Looking again at what is in doubt, stopping a client, and running for a while."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import queue_of

if TYPE_CHECKING:
    from tests.cli.house import House


@pytest.fixture
def doubtful(rehearsal: House) -> House:
    """Return a machine where one delivery is in doubt, though it is out."""
    rehearsal.run("post", "Hello", "--to", "acme-x", "--at", "+1h")
    assert rehearsal.sandbox is not None
    rehearsal.sandbox.arm(["x.create_post:503-after"])
    with queue_of(rehearsal) as store:
        store.db.run("UPDATE delivery SET due_at = due_at - 3600000000, wake_at = 1")
        store.db.run("UPDATE lane SET next_at = 1 WHERE next_at IS NOT NULL")
    assert rehearsal.run("run").code == 5
    assert rehearsal.published() == ["Hello"]
    return rehearsal


def age(house: House, minutes: int) -> None:
    """Let time have passed since the call left."""
    with queue_of(house) as store:
        past = minutes * 60_000_000
        store.db.run(
            "UPDATE mark SET marked_at = marked_at - :past, deadline_at = deadline_at - :past",
            past=past,
        )
        store.db.run("UPDATE app SET broken_until = 0")


def test_what_is_out_is_found(doubtful: House) -> None:
    """A look finds the post; it is out once, and nobody has to decide anything."""
    age(doubtful, 10)
    said = doubtful.run("settle")
    assert said.code == 0, said.err
    assert "published" in said.out + said.err
    assert doubtful.published() == ["Hello"]
    said = doubtful.run("settle")
    assert (said.code, said.out) == (0, "Nothing is in doubt.\n")


def test_a_dry_run_looks_at_nothing(doubtful: House) -> None:
    """--dry-run lists what would be looked at; --json has the deliveries."""
    said = doubtful.run("settle", "--dry-run")
    assert (said.code, "in doubt" in said.out) == (5, True)
    (row,) = doubtful.run("settle", "--dry-run", "--json").deliveries
    assert row["state"] == "in_doubt"
    assert doubtful.run("settle", "--account", "lumen-x").out == "Nothing is in doubt.\n"


def test_what_cannot_be_looked_at(doubtful: House) -> None:
    """What is not in doubt, or not there, is said, and nothing changes."""
    age(doubtful, 10)
    doubtful.run("settle")
    said = doubtful.run("settle", "1")
    assert (said.code, "cannot be looked into" in said.err) == (2, True)
    assert doubtful.run("settle", "77").code == 2


def test_a_client_is_paused(rehearsal: House) -> None:
    """--client stops and starts every account of a client, and of nobody else."""
    file = rehearsal.home / "accounts.yaml"
    text = file.read_text().replace("accounts:", "clients: {acme: {}}\naccounts:")
    file.write_text(text.replace("acme-x: {platform: x,", "acme-x: {platform: x, client: acme,"))
    file.write_text(file.read_text().partition("groups:")[0])
    for account in ("acme-x", "lumen-x"):
        rehearsal.run("post", "Hello", "--to", account)
    assert rehearsal.run("pause", "--client", "acme").out == "account acme-x: paused\n"
    assert rehearsal.run("post", "Wait", "--to", "acme-x").code == 5
    assert rehearsal.run("post", "Go", "--to", "lumen-x").code == 0
    assert rehearsal.run("resume", "--client", "acme").out == "account acme-x: resumed\n"
    said = rehearsal.run("pause", "--client", "acne")
    assert (said.code, "Did you mean acme?" in said.err) == (2, True)


def test_a_run_that_goes_on(rehearsal: House) -> None:
    """--for ends in time; what is no length of time is said to be none."""
    rehearsal.run("post", "Later", "--to", "acme-x", "--at", "+1h")
    began = time.monotonic()
    assert rehearsal.run("run", "--for", "1s").code == 0
    assert 0.5 < time.monotonic() - began < 10
    said = rehearsal.run("run", "--for", "a while")
    assert (said.code, "length of time" in said.err) == (2, True)
