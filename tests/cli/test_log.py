from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.house import House


def test_what_happened(rehearsal: House) -> None:
    """The history is told oldest first, with time, whom it is about, and who did it."""
    rehearsal.run("post", "One", "--to", "acme-x")
    said = rehearsal.run("log")
    assert said.code == 0
    head, *lines = said.out.splitlines()
    assert head.split("  ")[0] == "WHEN (UTC)"
    told = [line.split(maxsplit=2)[2] for line in lines]
    for words in ("logged in", "queued", "post:0 is leaving", "post:0 is out as", "→ published"):
        assert any(words in line for line in told), words
    assert told[-1].startswith("#1")
    assert all(line.endswith("tester") for line in lines)


def test_the_history_can_be_narrowed(rehearsal: House) -> None:
    """--delivery, --account and --limit narrow it; the newest are kept."""
    rehearsal.run("post", "One", "--to", "acme-x")
    rehearsal.run("post", "Two", "--to", "lumen-x")
    whole = rehearsal.run("log", "--json").document["data"]["events"]
    second = rehearsal.run("log", "--delivery", "2", "--json").document["data"]["events"]
    assert {event["delivery"] for event in second} == {"2"}
    acme = rehearsal.run("log", "--account", "acme-x", "--json").document["data"]["events"]
    assert {event["account"] for event in acme} == {"acme-x"}
    last = rehearsal.run("log", "--limit", "2", "--json").document["data"]["events"]
    assert last == whole[-2:]


def test_the_json_document(rehearsal: House) -> None:
    """--json prints events whose keys are pinned."""
    rehearsal.run("post", "One", "--to", "acme-x")
    events = rehearsal.run("log", "--json").document["data"]["events"]
    assert {frozenset(event) for event in events} == {
        frozenset({"id", "at", "actor", "version", "delivery", "account", "kind", "data"})
    }
    assert events[0]["at"].endswith("Z")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--delivery", "9"], "no delivery 9"),
        (["--account", "acme-y"], "Did you mean acme-x?"),
        (["--limit", "0"], "--help"),
    ],
)
def test_bad_input(rehearsal: House, words: list[str], says: str) -> None:
    """Each mistake gets a sentence with what to do, and exit code 2."""
    rehearsal.run("post", "One", "--to", "acme-x")
    said = rehearsal.run("log", *words)
    assert said.code == 2
    assert says in said.err
