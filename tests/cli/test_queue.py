from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import queue_of

if TYPE_CHECKING:
    from tests.cli.house import House


def queued(house: House, text: str = "Later", at: str = "+1h") -> str:
    """Queue a text for later and return its number."""
    (row,) = house.run("post", text, "--to", "acme-x", "--at", at, "--json").deliveries
    return str(row["id"])


def test_what_is_queued_is_listed(rehearsal: House) -> None:
    """The list shows number, local time, target, state and post; --json has the same."""
    number = queued(rehearsal)
    said = rehearsal.run("queue", "list")
    head, row = said.out.splitlines()
    assert head.split() == ["#", "DUE", "TARGET", "STATE", "POST"]
    assert row.split()[0] == number
    assert "Paris" in row
    assert "acme-x/timeline" in row
    document = rehearsal.run("queue", "list", "--json").document
    assert document["data"]["counts"] == {"queued": 1}


def test_the_list_can_be_narrowed(rehearsal: House) -> None:
    """--state, --account, --since and --until narrow the list."""
    queued(rehearsal)
    for words, found in (
        (["--state", "queued"], 1),
        (["--state", "published"], 0),
        (["--account", "lumen-x"], 0),
        (["--until", "+30m"], 0),
        (["--since", "+30m"], 1),
        (["--limit", "1"], 1),
    ):
        assert len(rehearsal.run("queue", "list", *words, "--json").deliveries) == found, words


def test_one_delivery_in_full(rehearsal: House) -> None:
    """Queue show prints the content, what was sent, and what happened."""
    rehearsal.run("post", "One", "--then", "Two", "--to", "acme-x")
    said = rehearsal.run("queue", "show", "1")
    assert said.code == 0
    assert "One" in said.out
    assert "Two" in said.out
    assert "post:1 sent" in said.out
    steps = rehearsal.run("queue", "show", "1", "--json").deliveries[0]["steps"]
    assert [(step["step"], step["state"]) for step in steps] == [
        ("post:0", "answered"),
        ("post:1", "answered"),
    ]


def test_cancelling(rehearsal: House) -> None:
    """What is cancelled never goes out; cancelling twice is refused in words."""
    number = queued(rehearsal)
    assert "would be cancelled" in rehearsal.run("queue", "cancel", number, "--dry-run").out
    assert "nothing of it was sent" in rehearsal.run("queue", "cancel", number).out
    again = rehearsal.run("queue", "cancel", number)
    assert again.code == 2
    assert "cancelled" in again.err
    assert rehearsal.run("queue", "retry", number).code == 2
    assert rehearsal.published() == []


def test_decisions_are_all_or_none(rehearsal: House) -> None:
    """One number that cannot be cancelled leaves the others as they are."""
    number = queued(rehearsal)
    assert rehearsal.run("queue", "cancel", number, "99").code == 2
    assert rehearsal.run("queue", "list", "--state", "queued", "--json").deliveries


def test_a_failed_delivery_is_tried_again(rehearsal: House) -> None:
    """Queue retry queues what failed; run sends it."""
    rehearsal.run("post", "Twice", "--to", "acme-x")
    failed = rehearsal.run("post", "Twice", "--to", "acme-x", "--again", "--json").deliveries[0]
    assert failed["state"] == "failed"
    assert rehearsal.run("queue", "retry", failed["id"]).code == 0
    ran = rehearsal.run("run", "--json")
    assert [row["state"] for row in ran.deliveries] == ["failed"]  # still a duplicate for X
    assert ran.code == 1


def test_calls_are_printed_on_request(rehearsal: House) -> None:
    """-v prints each call with its step and status, and no token."""
    said = rehearsal.run("post", "Hello", "--to", "acme-x", "-v")
    assert "post:0  POST https://api.x.com/2/tweets: 201" in said.err
    assert "sandbox:acme-x" not in said.err + said.out


def test_run_publishes_what_is_due(rehearsal: House) -> None:
    """Run publishes what is due and exits; without anything due it says nothing at all."""
    queued(rehearsal)
    assert rehearsal.run("run").out == ""
    rehearsal.run("post", "Now", "--to", "acme-x", "--at", "now")
    assert rehearsal.published() == ["Now"]
    assert "Nothing is due" in rehearsal.run("run", "--dry-run").out


@pytest.mark.parametrize("command", [["run"], ["queue", "list"], ["queue", "show", "1"]])
def test_no_queue_here(house: House, command: list[str]) -> None:
    """Without a queue there is a sentence with its path, HOME and user, not silence."""
    said = house.run(*command)
    assert said.code == 2
    assert str(house.home) in said.err
    assert "user" in said.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["queue", "show", "7"], "no delivery 7"),
        (["queue", "cancel", "x"], "--help"),
        (["queue", "list", "--state", "lost"], "in_doubt"),
        (["queue", "list", "--since", "yesterday"], "is not a time"),
        (["queue", "resolve", "1"], "--not-published"),
        (["queue", "release", "1"], "cannot be released"),
        (["queue", "finish", "1"], "cannot be finished"),
        (["queue", "lsit"], "list"),
    ],
)
def test_bad_input(rehearsal: House, words: list[str], says: str) -> None:
    """Each mistake gets a sentence with what to do, and exit code 2."""
    queued(rehearsal)
    said = rehearsal.run(*words)
    assert said.code == 2
    assert says in said.err


def test_a_doubt_is_resolved_by_a_person(rehearsal: House) -> None:
    """A lost answer is in doubt; told where the post is, the rest of the thread goes on."""
    assert rehearsal.sandbox is not None
    rehearsal.sandbox.arm(["x.create_post:503-after", "x.user_posts:empty:*"])
    rehearsal.run("post", "One", "--then", "Two", "--to", "acme-x", "--at", "+1s")
    said = rehearsal.run("run", "--json")
    while not said.deliveries:  # until the second has passed
        said = rehearsal.run("run", "--json")
    assert said.code == 5
    assert said.deliveries[0]["state"] == "in_doubt"
    assert rehearsal.published() == ["One"]
    listed = rehearsal.run("queue", "list", "--state", "in_doubt")
    assert "in doubt" in listed.out
    look_at = f"{os.environ['MICROCOM_SANDBOX']}/x.com/acmecoffee"
    for said in (listed, rehearsal.run("queue", "show", "1")):
        assert "post:0 sent at" in said.out
        assert f"see {look_at}" in said.out
    with queue_of(rehearsal) as store:  # it has been looked for as long as that may help
        store.db.run("UPDATE delivery SET wake_at = NULL")
    asked = rehearsal.run("queue", "list", "--state", "in_doubt")
    assert "microcom queue resolve 1 --published URL | --not-published" in asked.out
    (doubt,) = rehearsal.run("queue", "list", "--json").document["data"]["doubts"]
    assert (doubt["id"], doubt["step"], doubt["look_at"]) == ("1", "post:0", look_at)
    assert doubt["known"] in asked.out
    assert doubt.keys() == {"id", "step", "sent_at", "known", "look_at"}
    remote_id = rehearsal.sandbox.ledger()["posts"][0]["remote_id"]
    wrong = rehearsal.run("queue", "resolve", "1", "--published", "https://example.com/1")
    assert wrong.code == 2
    part = rehearsal.run("queue", "resolve", "1", "--part", "2", "--not-published")
    assert part.code == 2
    url = f"https://x.com/acmecoffee/status/{remote_id}"
    assert rehearsal.run("queue", "resolve", "1", "--published", url).code == 0
    assert "queued" in rehearsal.run("queue", "list").out


@pytest.mark.sqlite("a file, written by hand")
def test_the_list_is_about_today(rehearsal: House) -> None:
    """What ended more than a day ago is listed when it is asked for, and not before."""
    rehearsal.run("post", "Old", "--to", "acme-x")
    (queue,) = rehearsal.home.glob("sandbox/*/queue.db")
    with sqlite3.connect(queue) as connection:
        connection.execute("UPDATE delivery SET due_at = due_at - 2 * 86400000000")
    connection.close()
    assert rehearsal.run("queue", "list", "--json").deliveries == []
    assert len(rehearsal.run("queue", "list", "--state", "published", "--json").deliveries) == 1
