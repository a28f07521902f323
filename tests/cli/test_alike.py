"""What is too alike, seen by the person who posts, plans, applies or imports it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import ACCOUNTS

if TYPE_CHECKING:
    from tests.cli.house import House, Said

MENU = "Our winter menu is here: five drinks, one never served before"
NEARLY = "Our winter menu is here!! five drinks, one never servd before 🎉"
WHY = ("--allow", "same.text", "--because", "both rooms asked for it")


def day(days: int) -> str:
    """Return a time so many days ahead, as a file says it."""
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d} 09:00"


def write(name: str, text: str, to: str, at: str | None = None) -> Path:
    """Write a post file."""
    Path("posts").mkdir(exist_ok=True)
    file = Path("posts", f"{name}.md")
    file.write_text(f"---\nto: {to}\nat: {at or day(3)}\n---\n{text}\n")
    return file


def codes(said: Said) -> list[str]:
    """Return the codes of the problems in a JSON document."""
    return [one["code"] for one in said.document["problems"]]


def actions(said: Said) -> list[tuple[str, str]]:
    """Return what a plan would do to whom."""
    return [
        (one["action"], (one["delivery"] or one["was"])["account"])
        for one in said.document["data"]["changes"]
    ]


@pytest.fixture
def rooms(rehearsal: House) -> House:
    """Return a machine whose accounts file leaves sameness to the platforms."""
    lines = [line for line in ACCOUNTS.splitlines() if not line.startswith("platforms:")]
    (rehearsal.home / "accounts.yaml").write_text("\n".join(lines) + "\n")
    return rehearsal


def test_one_text_to_two_accounts_is_refused(rooms: House) -> None:
    """Nothing goes out; the pair, the rule and its source are named, and how to let it pass."""
    said = rooms.run("post", MENU, "--to", "acme-x", "--to", "lumen-x")
    assert (said.code, rooms.published()) == (2, [])
    assert "lumen-x/timeline: It has the same text as text-" in said.err
    assert "to acme-x/timeline of this very plan" in said.err
    assert "The rule: sameness.text: refuse (X's developer guidelines, August 2026" in said.err
    assert "[same.text]" in said.err
    partly = rooms.run("post", MENU, "--to", "everyone", "--partial")
    assert (partly.code, rooms.published()) == (4, [MENU])


def test_an_earlier_post_is_named(rooms: House) -> None:
    """Nearly the same text as one that is out is refused, with where to see that one."""
    assert rooms.run("post", MENU, "--to", "acme-x").code == 0
    said = rooms.run("post", NEARLY, "--to", "lumen-x", "--at", day(2))
    assert said.code == 2
    assert "It has nearly the same text as" in said.err
    assert "(microcom queue show 1)" in said.err
    assert rooms.run("post", NEARLY, "--to", "lumen-x", "--dry-run").code == 2
    assert rooms.run("post", NEARLY, "--to", "lumen-x", "--at", day(40)).code == 0


def test_what_is_let_pass_is_noted(rooms: House) -> None:
    """--allow lets it out and the history keeps the code, the reason and the delivery."""
    said = rooms.run("post", MENU, "--to", "everyone", *WHY, "--json")
    assert (said.code, codes(said)) == (0, ["same.text"])
    assert rooms.published() == [MENU, MENU]
    (event,) = [
        one
        for one in rooms.run("log", "--json").document["data"]["events"]
        if one["kind"] == "allowed"
    ]
    assert event["data"] == {"code": "same.text", "because": "both rooms asked for it"}
    assert event["delivery"] == "2"
    assert "same.text let pass: both rooms asked for it" in rooms.run("log").out


def test_the_same_command_again_shows_the_receipts(rooms: House) -> None:
    """What was let pass once is no obstacle to seeing its receipts."""
    rooms.run("post", MENU, "--to", "everyone", *WHY)
    again = rooms.run("post", MENU, "--to", "everyone", "--json")
    assert (again.code, codes(again)) == (0, [])
    assert [one["id"] for one in again.deliveries] == ["1", "2"]
    assert rooms.published() == [MENU, MENU]


def test_a_folder_is_compared_within_itself(rooms: House) -> None:
    """Two files, and two targets of one, collide at their own lines; --partial does the rest."""
    write("one", MENU, "[acme-x, lumen-x]")
    write("two", NEARLY, "lumen-x", day(5))
    planned = rooms.run("plan", "--json")
    assert (planned.code, codes(planned)) == (2, ["same.text", "same.text"])
    assert actions(planned) == [("add", "acme-x")]
    assert "posts/two.md:5:1: lumen-x/timeline: It has nearly" in rooms.run("apply").err
    assert rooms.run("apply", "--partial").code == 4
    assert len(rooms.run("queue", "list", "--json").deliveries) == 1


def test_a_plan_never_collides_with_itself(rooms: House) -> None:
    """What was applied stays applied: again, renamed, changed and moved."""
    file = write("one", MENU, "[acme-x, lumen-x]")
    assert rooms.run("apply", *WHY).code == 0
    again = rooms.run("plan", "--json")
    assert (again.code, codes(again), actions(again)) == (0, [], [])
    write("one", MENU, "[acme-x, lumen-x]", day(4))
    assert actions(rooms.run("apply", "--json")) == [("move", "acme-x"), ("move", "lumen-x")]
    file.rename("posts/other.md")
    assert rooms.run("apply").code == 0
    write("other", f"{MENU}, and cake", "acme-x", day(4))
    changed = rooms.run("apply", "--prune", "--json")
    assert (changed.code, codes(changed)) == (0, [])


def test_the_words_that_are_replaced_do_not_count(rooms: House) -> None:
    """Two posts may swap their words, and a changed text is compared like a new one."""
    write("one", MENU, "acme-x")
    write("two", "Doors open at nine on Friday", "lumen-x")
    assert rooms.run("apply").code == 0
    write("one", "Doors open at nine on Friday", "acme-x")
    assert codes(rooms.run("plan", "--json")) == ["same.text"]
    write("two", MENU, "lumen-x")
    assert codes(rooms.run("apply", "--json")) == []


def test_cancelled_posts_stand_in_nobodys_way(rooms: House) -> None:
    """What was cancelled is not out."""
    rooms.run("post", MENU, "--to", "acme-x", "--at", day(2))
    rooms.run("queue", "cancel", "1")
    assert rooms.run("post", MENU, "--to", "lumen-x", "--at", day(2)).code == 0


def test_a_feed_is_compared_too(rooms: House) -> None:
    """Rows of an import meet the same guard."""
    lines = [f'one,acme-x,"{MENU}",{day(3)}', f'two,lumen-x,"{NEARLY}",{day(3)}']
    Path("feed.csv").write_text("id,to,text,at\n" + "\n".join(lines) + "\n")
    said = rooms.run("import", "feed.csv", "--json")
    assert (said.code, codes(said)) == (2, ["same.text"])
    assert rooms.run("import", "feed.csv", *WHY).code == 0


def test_a_rule_of_the_file_wins(rooms: House) -> None:
    """The accounts file may be stricter or milder, and its line is named."""
    accounts = rooms.home / "accounts.yaml"
    accounts.write_text(f"{accounts.read_text()}rules: {{sameness: {{text: warn, days: 7}}}}\n")
    said = rooms.run("post", MENU, "--to", "everyone", "--at", day(2))
    assert said.code == 0
    assert "compared are 7 days" in said.err
    assert "The rule: sameness.text: warn (accounts.yaml:9)." in said.err
    shown = rooms.run("accounts", "show", "acme-x").out
    assert "sameness.days" in shown
