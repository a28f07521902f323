from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.house import House


def known(house: House) -> None:
    """Let the queue know both accounts."""
    house.run("post", "Hello", "--to", "everyone")


def test_a_paused_account_waits(rehearsal: House) -> None:
    """What is queued for a paused account waits, and goes out once it is resumed."""
    known(rehearsal)
    assert rehearsal.run("pause", "acme-x").out == "account acme-x: paused\n"
    said = rehearsal.run("post", "Wait", "--to", "everyone")
    assert said.code == 5
    assert "microcom resume acme-x" in said.err
    assert rehearsal.published().count("Wait") == 1
    assert rehearsal.run("run").out == ""
    assert rehearsal.run("resume", "acme-x").out == "account acme-x: resumed\n"
    assert rehearsal.run("run").code == 0
    assert rehearsal.published().count("Wait") == 2


def test_a_paused_app(rehearsal: House) -> None:
    """Every account of a paused app waits."""
    known(rehearsal)
    assert rehearsal.run("pause", "--app", "x").out == "app x: paused\n"
    assert rehearsal.run("post", "Wait", "--to", "everyone").code == 5
    assert "Wait" not in rehearsal.published()
    assert rehearsal.run("resume", "--app", "x").code == 0
    assert rehearsal.run("run").code == 0
    assert rehearsal.published().count("Wait") == 2


def test_everybody(rehearsal: House) -> None:
    """--all pauses every account, and resumes whatever is stopped."""
    known(rehearsal)
    said = rehearsal.run("pause", "--all")
    assert said.out == "account acme-x: paused\naccount lumen-x: paused\n"
    rehearsal.run("pause", "--app", "x")
    assert len(rehearsal.run("resume", "--all").out.splitlines()) == 3
    assert rehearsal.run("resume", "--all").out == "There is nobody to decide about.\n"
    assert rehearsal.run().code == 0


def test_a_dry_run_changes_nothing(rehearsal: House) -> None:
    """--dry-run says what would happen and leaves it at that."""
    known(rehearsal)
    said = rehearsal.run("pause", "acme-x", "--dry-run")
    assert "nothing has changed" in said.out
    assert "paused" not in rehearsal.run("accounts", "list").out


def test_the_json_document(rehearsal: House) -> None:
    """--json says what was done to whom."""
    known(rehearsal)
    data = rehearsal.run("pause", "acme-x", "--app", "x", "--json").document["data"]
    assert data == {
        "accounts": [{"name": "acme-x", "done": "paused"}],
        "apps": [{"name": "x", "done": "paused"}],
    }
    data = rehearsal.run("resume", "lumen-x", "--json").document["data"]
    assert data["accounts"] == [{"name": "lumen-x", "done": "was not stopped"}]


def test_an_account_by_its_option(rehearsal: House) -> None:
    """--account names one as everywhere else, beside those that are named."""
    known(rehearsal)
    said = rehearsal.run("pause", "--account", "acme-x", "lumen-x", "--json")
    assert [one["name"] for one in said.document["data"]["accounts"]] == ["lumen-x", "acme-x"]
    assert rehearsal.run("resume", "--account", "acme-x").out == "account acme-x: resumed\n"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], "account.none", "--all"),
        (["acme"], "account.unknown", "Did you mean acme-x?"),
        (["acme-x", "nobody"], "account.unknown", "nobody"),
        (["--account", "acme"], "account.unknown", "Did you mean acme-x?"),
        (["--app", "y"], "app.unknown", "There is x."),
        (["--all", "nobody"], "account.both", "either --all or names"),
        (["--all", "--client", "acme"], "account.both", "either --all or names"),
    ],
)
@pytest.mark.parametrize("command", ["pause", "resume"])
def test_bad_input(rehearsal: House, command: str, words: list[str], code: str, says: str) -> None:
    """Each mistake gets a sentence with what to do and exit code 2, and nobody is stopped."""
    known(rehearsal)
    said = rehearsal.run(command, *words)
    assert said.code == 2
    assert says in said.err
    document = rehearsal.run(command, *words, "--json").document
    assert [problem["code"] for problem in document["problems"]] == [code]
    assert "paused" not in rehearsal.run("accounts", "list").out


def test_no_queue_here(house: House) -> None:
    """Without a queue there is nobody to pause, and the command says where it looked."""
    said = house.run("pause", "acme-x")
    assert said.code == 2
    assert str(house.home) in said.err
