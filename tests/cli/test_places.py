from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.house import House

COMPLETES = "_MICROCOM_COMPLETE"


def test_where_everything_is(house: House) -> None:
    """Paths shows each file and folder, whether it is there, and each variable that decides."""
    said = house.run("paths")
    assert said.code == 0
    facts = dict(line.split("  ", 1) for line in said.out.splitlines())
    facts = {name: value.strip() for name, value in facts.items()}
    assert facts["world"] == "real"
    assert facts["accounts"] == f"{house.home}/accounts.yaml (in this folder)"
    assert facts["queue"] == f"{house.home}/queue.db (not there yet)"
    assert facts["config"] == str(house.home)
    assert facts["MICROCOM_HOME"] == f"{house.home} (environment)"


@pytest.mark.sqlite("a file of the sandbox")
def test_the_json_document(rehearsal: House) -> None:
    """--json has the same, with pinned keys."""
    rehearsal.run("login", "acme-x")
    document = rehearsal.run("paths", "--json").document
    data = document["data"]
    assert document["world"] == "sandbox"
    assert set(data) == {"world", "accounts", "paths", "variables"}
    assert set(data["paths"]) == {"queue", "config", "data", "cache", "machine_file", "witnesses"}
    assert Path(data["paths"]["queue"]).is_relative_to(rehearsal.home / "sandbox")
    assert data["world"] == data["variables"]["MICROCOM_SANDBOX"]["value"]


def test_why_this_accounts_file(
    house: House, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the accounts file it is said how it was found, or where it was looked for."""

    def why(*words: str) -> str:
        return str(house.run("paths", "--json", *words).document["data"]["accounts"]["why"])

    text = (house.home / "accounts.yaml").read_text()
    repository = tmp_path_factory.mktemp("repository")
    posts = repository / "posts"
    posts.mkdir()
    (repository / ".git").mkdir()
    monkeypatch.chdir(posts)
    assert why() == "in the config folder"
    (repository / "accounts.d").mkdir()
    (repository / "accounts.d" / "a.yaml").write_text(text)
    assert why() == "above this folder, in the same repository"
    monkeypatch.chdir(repository)
    assert why() == "in this folder"
    monkeypatch.setenv("MICROCOM_CONFIG", str(house.home))
    assert why() == "named by MICROCOM_CONFIG"
    assert why("--config", "accounts.d") == "named by --config"
    assert "nowhere.yaml" in why("--config", "nowhere.yaml")


def test_a_variable_of_the_machine(house: House) -> None:
    """What machine.env sets is shown with that file's name."""
    (house.home / "machine.env").write_text("MICROCOM_CONFIG=accounts.yaml\n")
    data = house.run("paths", "--json").document["data"]
    found = data["variables"]["MICROCOM_CONFIG"]
    assert found == {"value": "accounts.yaml", "where": "machine.env"}


@pytest.mark.parametrize(
    "address",
    ["postgresql://me:canary@host/db", "postgresql://me@host/db?password=canary&x=1"],
)
def test_a_password_is_not_shown(
    house: House, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """A password in a database's address is never printed."""
    monkeypatch.setenv("MICROCOM_DATABASE", address)
    said = house.run("paths").out + house.run("paths", "--json").out
    assert "canary" not in said
    assert "postgresql://me" in said


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script(house: House, shell: str) -> None:
    """Each shell gets a script that asks microcom; --json puts it into the envelope."""
    said = house.run("completion", shell)
    assert said.code == 0
    assert f"{COMPLETES}=complete_{shell}" in said.out
    document = house.run("completion", shell, "--json").document
    assert document["data"]["script"].strip() == said.out.strip()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("microcom acc", ["accounts"]),
        ("microcom queue re", ["retry", "release", "resolve"]),
        ("microcom schema ", ["accounts", "post"]),
        ("microcom post --d", ["--dry-run"]),
    ],
)
def test_what_could_follow(
    house: House, monkeypatch: pytest.MonkeyPatch, line: str, expected: list[str]
) -> None:
    """A shell that asks is told commands, arguments and options."""
    monkeypatch.setenv(COMPLETES, "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
    with pytest.raises(SystemExit) as ended:
        house.run()
    assert ended.value.code == 0
    assert house.capsys.readouterr().out.split() == expected


def test_an_unknown_shell(house: House) -> None:
    """A shell that is not known is answered with those that are."""
    said = house.run("completion", "csh")
    assert said.code == 2
    assert "fish" in said.err
