from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.house import House, Said

AHEAD = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d} 09:00"
LATER = f"{datetime.now(UTC) + timedelta(days=4):%Y-%m-%d} 09:00"
PAST = f"{datetime.now(UTC) - timedelta(days=3):%Y-%m-%d} 09:00"


def write(name: str, text: str = "Hello", at: str | None = AHEAD, **keys: str) -> Path:
    """Write a post file in the folder `posts` and return its path."""
    folder = Path("posts")
    folder.mkdir(exist_ok=True)
    said = {"to": "acme-x"} | ({} if at is None else {"at": at}) | keys
    head = "".join(f"{key}: {value}\n" for key, value in said.items())
    file = folder / f"{name}.md"
    file.write_text(f"---\n{head}---\n{text}\n")
    return file


def actions(said: Said) -> list[tuple[str, str]]:
    """Return action and post of each change in a JSON document."""
    return [
        (one["action"], (one["delivery"] or one["was"])["post"])
        for one in said.document["data"]["changes"]
    ]


def test_a_folder_becomes_a_queue_and_the_second_time_nothing(rehearsal: House) -> None:
    """Plan shows what apply does; after that, both have nothing to do."""
    write("menu", to="everyone")
    write("old", at=PAST)
    write("idea", at=None)
    planned = rehearsal.run("plan", "--json")
    assert planned.code == 0
    assert actions(planned) == [("add", "menu"), ("add", "menu"), ("past", "old")]
    assert planned.document["data"]["cost_usd"] == {"": "0.030"}
    assert rehearsal.run("plan", "--exit-code").code == 10
    assert rehearsal.run("queue", "list", "--json").code == 2  # a plan makes no queue

    applied = rehearsal.run("apply")
    assert applied.code == 0, applied.err
    assert "2 added" in applied.out
    assert [one["post"] for one in rehearsal.run("queue", "list", "--json").deliveries] == [
        "menu",
        "menu",
    ]
    again = rehearsal.run("apply", "--json")
    assert again.document["data"]["counts"] == {"same": 2, "past": 1}
    assert rehearsal.run("plan", "--exit-code").code == 0


def test_other_words_and_another_time_reach_what_waits(rehearsal: House) -> None:
    """A changed text is frozen anew, a changed time moves; the number stays."""
    write("menu")
    rehearsal.run("apply")
    write("menu", "Hello again")
    assert actions(rehearsal.run("apply", "--json")) == [("change", "menu")]
    assert "Hello again" in rehearsal.run("queue", "show", "1").out
    write("menu", "Hello again", at=LATER)
    assert actions(rehearsal.run("apply", "--json")) == [("move", "menu")]
    (row,) = rehearsal.run("queue", "list", "--json").deliveries
    assert (row["id"], row["due_local"][:16]) == ("1", LATER.replace(" ", "T"))


def test_what_is_out_is_never_touched(rehearsal: House) -> None:
    """A post that went out stays as it is, whatever its file says later."""
    file = write("menu", at=None)
    assert rehearsal.run("post", str(file)).code == 0
    write("menu", "Other words", at=LATER)
    assert actions(rehearsal.run("apply", "--json")) == [("out", "menu")]
    assert rehearsal.published() == ["Hello"]


def test_what_a_person_cancelled_stays_cancelled(rehearsal: House) -> None:
    """A hand wins over the file until the file says another time, or is told to win."""
    write("menu")
    rehearsal.run("apply")
    rehearsal.run("queue", "cancel", "1")
    write("menu", "Changed")
    kept = rehearsal.run("plan")
    assert "cancelled by tester" in kept.out
    assert actions(rehearsal.run("apply", "--json")) == [("keep", "menu")]
    assert actions(rehearsal.run("plan", "--follow-files", "--json")) == [("add", "menu")]
    write("menu", "Changed", at=LATER)
    assert actions(rehearsal.run("apply", "--json")) == [("add", "menu")]


def test_files_that_are_gone_are_orphans(rehearsal: House) -> None:
    """What no file says any more waits until --prune cancels it; other folders are not asked."""
    file = write("menu")
    rehearsal.run("apply")
    file.unlink()
    assert actions(rehearsal.run("apply", "--json")) == [("orphan", "menu")]
    Path("drafts").mkdir()
    assert actions(rehearsal.run("apply", "drafts", "--prune", "--json")) == []
    assert "1 cancelled" in rehearsal.run("apply", "--prune").out
    assert actions(rehearsal.run("plan", "--json")) == []
    write("menu")
    assert actions(rehearsal.run("plan", "--json")) == [("add", "menu")]


def test_a_file_that_moved_is_no_orphan(rehearsal: House) -> None:
    """The same post in another folder belongs to that folder from the next apply on."""
    file = write("menu", id="menu")
    rehearsal.run("apply")
    Path("spring").mkdir()
    file.rename("spring/menu.md")
    assert actions(rehearsal.run("apply", "spring", "--json")) == []
    assert actions(rehearsal.run("apply", "posts", "--prune", "--json")) == []
    assert actions(rehearsal.run("apply", ".", "--prune", "--json")) == []
    Path("spring/menu.md").unlink()
    assert actions(rehearsal.run("apply", ".", "--prune", "--json")) == [("orphan", "menu")]


def test_a_file_that_cannot_be_read_orphans_nothing(rehearsal: House) -> None:
    """With --partial and --prune, what a broken file queued before waits on."""
    file = write("menu")
    write("other")
    rehearsal.run("apply")
    file.write_text("---\nto: [\n---\nHello\n")
    said = rehearsal.run("apply", "--prune", "--partial", "--json")
    assert (said.code, actions(said)) == (4, [])


def test_a_renamed_post_is_the_same_post(rehearsal: House) -> None:
    """A new id for words that wait, or are out, is taken over."""
    file = write("menu")
    rehearsal.run("apply")
    file.rename("posts/winter.md")
    assert actions(rehearsal.run("apply", "--json")) == [("rename", "winter")]
    assert rehearsal.run("queue", "list", "--json").deliveries[0]["post"] == "winter"
    assert actions(rehearsal.run("apply", "--json")) == []


def test_nothing_is_queued_while_something_is_wrong(rehearsal: House) -> None:
    """All mistakes of all files come at once, and apply does nothing; --partial does the rest."""
    write("good")
    write("bad", to="nobody")
    write("twice", id="good")
    said = rehearsal.run("apply")
    assert said.code == 2
    assert "posts/bad.md:2:5: There is no account or group nobody." in said.err
    assert re.search(r"posts/twice.md:4:5: The id good is that of .*good\.md too\.", said.err)
    assert rehearsal.run("plan").code == 2
    assert rehearsal.run("apply", "posts/good.md", "posts/bad.md", "--partial").code == 4
    assert len(rehearsal.run("queue", "list", "--json").deliveries) == 1


def test_a_budget_holds_what_it_cannot_pay(rehearsal: House) -> None:
    """The earliest are paid; what is over is queued, held with the reason, and needs a person."""
    accounts = rehearsal.home / "accounts.yaml"
    accounts.write_text(f"monthly_budget_usd: {{x: 0.02}}\n{accounts.read_text()}")
    write("one", at="2031-03-03 09:00")
    write("two", at="2031-03-04 09:00")
    write("three", at="2031-04-04 09:00")
    planned = rehearsal.run("plan")
    assert "the budget for x in March 2031 is $0.02, and $0.015 of it is taken" in planned.out
    said = rehearsal.run("apply")
    assert said.code == 5
    states = {
        one["post"]: one["state"] for one in rehearsal.run("queue", "list", "--json").deliveries
    }
    assert states == {"one": "queued", "two": "held", "three": "queued"}
    assert actions(rehearsal.run("plan", "--json")) == []
    rehearsal.run("queue", "cancel", "1")
    assert rehearsal.run("queue", "release", "3").code == 0


def test_one_client_and_one_account_at_a_time(rehearsal: House) -> None:
    """--account narrows what is planned and what is an orphan; an unknown name is said."""
    write("menu", to="everyone")
    assert actions(rehearsal.run("apply", "--account", "lumen-x", "--json")) == [("add", "menu")]
    said = rehearsal.run("plan", "--account", "acme")
    assert (said.code, "Did you mean acme-x?" in said.err) == (2, True)


def test_dry_run_changes_nothing(rehearsal: House) -> None:
    """`apply --dry-run` shows what would be done and makes no queue."""
    write("menu")
    assert actions(rehearsal.run("apply", "--dry-run", "--json")) == [("add", "menu")]
    assert rehearsal.run("queue", "list").code == 2


@pytest.mark.parametrize("words", [["plan", "nowhere"], ["apply", "nowhere.md"]])
def test_a_path_that_is_not_there_is_said(rehearsal: House, words: list[str]) -> None:
    """A path that is not there is a mistake, with its name."""
    said = rehearsal.run(*words)
    assert (said.code, "nowhere" in said.err) == (2, True)


def test_without_a_folder_of_posts_a_path_is_asked_for(rehearsal: House) -> None:
    """Where there is no folder `posts` beside the accounts file, plan says what to name."""
    said = rehearsal.run("plan")
    assert said.code == 2
    assert "microcom plan PATH" in said.err
