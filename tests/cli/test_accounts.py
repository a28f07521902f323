from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import queue_of

if TYPE_CHECKING:
    from tests.cli.house import House

AGENCY = """\
microcom: 1
project: agency
timezone: Europe/Paris
rules:
  ceiling: {hour: 4}
  missed: {do: send, after: 90m}
clients:
  acme:
    name: Acme Coffee
    rules: {banned: [cheapest, miracle]}
accounts:
  acme-x:
    platform: x
    client: acme
    handle: acmecoffee
    premium: true
    communities:
      timeline: {rules: {max_hashtags: 0}}
  lumen-x: {platform: x, handle: lumenstudio, timezone: America/New_York}
"""
ROW = {
    "name", "platform", "client", "app", "handle", "timezone", "state", "reason", "until",
    "remote_id", "communities", "default", "login",
}  # fmt: skip
KEYS = [
    *("ceiling.hour", "ceiling.day", "missed.do", "missed.after", "max_hashtags", "max_links"),
    *("banned", "must_state", "alt", "fit", "media", "gap", "quiet", "jitter"),
    *("sameness.days", "sameness.text", "sameness.media", "sameness.link", "stop_after", "stage"),
]


@pytest.fixture
def agency(house: House) -> House:
    """Return a machine of an agency with one client."""
    (house.home / "accounts.yaml").write_text(AGENCY)
    return house


def test_accounts_without_a_queue(agency: House) -> None:
    """The list needs the accounts file only, and makes no queue."""
    said = agency.run("accounts", "list")
    assert said.code == 0
    head, acme, lumen = said.out.splitlines()
    heads = "ACCOUNT PLATFORM CLIENT HANDLE STATE LOGIN COMMUNITIES"
    assert head.split() == heads.split()
    assert acme.split() == ["acme-x", "x", "acme", "acmecoffee", "not", "logged", "in", "timeline"]
    assert lumen.split() == ["lumen-x", "x", "lumenstudio", "not", "logged", "in", "timeline"]
    assert not (agency.home / "queue.db").exists()


def test_the_json_document(agency: House) -> None:
    """--json prints rows whose keys are pinned; --client narrows them."""
    said = agency.run("accounts", "list", "--json", "--client", "acme")
    (row,) = said.document["data"]["accounts"]
    assert set(row) == ROW
    assert (row["name"], row["client"], row["state"]) == ("acme-x", "acme", "not_logged_in")
    assert row["default"] == "timeline"
    assert row["remote_id"] is None


def test_the_queue_knows_more(rehearsal: House) -> None:
    """Who has logged in is ready; who is stopped shows why and what ends it."""
    rehearsal.run("post", "Hello", "--to", "everyone")
    assert rehearsal.run("accounts", "list").out.count("ready") == 2
    rehearsal.run("pause", "acme-x")
    said = rehearsal.run("accounts", "list")
    assert "account acme-x is paused: asked by tester" in said.out
    assert "microcom resume acme-x" in said.out
    acme, lumen = rehearsal.run("accounts", "list", "--json").document["data"]["accounts"]
    assert (acme["state"], acme["reason"]) == ("paused", "asked by tester")
    assert (lumen["state"], lumen["reason"]) == ("ready", None)


def test_a_parked_app_stops_its_accounts(rehearsal: House) -> None:
    """Every account of a stopped app shows it, and the app is named once."""
    rehearsal.run("post", "Hello", "--to", "everyone")
    with queue_of(rehearsal) as store:
        store.accounts.park_app("x", "the app's credit is used up")
    said = rehearsal.run("accounts", "list")
    assert said.out.count("parked") == 3
    assert said.out.count("credit") == 1
    assert "microcom resume --app x" in said.out
    assert "credit" in rehearsal.run("accounts", "show", "lumen-x").out


def test_each_rule_and_its_line(agency: House) -> None:
    """Show names the line of each rule in force, and whose choice the others are."""
    said = agency.run("accounts", "show", "acme-x")
    assert said.code == 0
    rules, own = said.out.split("rules of acme-x\n")[1].split("rules of acme-x/timeline\n")
    rows = [line.split(maxsplit=2) for line in rules.strip().splitlines()[1:]]
    assert rows == [
        ["ceiling.hour", "4", "accounts.yaml:5"],
        ["ceiling.day", "300", "the platform's default"],
        ["missed.do", "send", "accounts.yaml:6"],
        ["missed.after", "90m", "accounts.yaml:6"],
        ["max_hashtags", "2", "the platform's default"],
        ["max_links", "any", "number           microcom's default"],
        ["banned", "[cheapest,", "miracle]  accounts.yaml:10"],
        ["must_state", "none", "microcom's default"],
        ["alt", "warn", "microcom's default"],
        ["fit", "refuse", "microcom's default"],
        ["media", "check", "microcom's default"],
        ["gap", "0m", "microcom's default"],
        ["quiet", "none", "microcom's default"],
        ["jitter", "0m", "microcom's default"],
        ["sameness.days", "30", "microcom's default"],
        ["sameness.text", "refuse", "the platform's default"],
        ["sameness.media", "off", "the platform's default"],
        ["sameness.link", "off", "the platform's default"],
        ["stop_after", "5", "microcom's default"],
        ["stage", "10m", "microcom's default"],
    ]
    assert [line.split() for line in own.splitlines()[1:]] == [
        ["max_hashtags", "0", "accounts.yaml:18"]
    ]


def test_who_an_account_is(agency: House) -> None:
    """Show says client, app, zone, communities, its platform's own keys, and how to log in."""
    said = agency.run("accounts", "show", "acme-x")
    facts = dict(line.split("  ", 1) for line in said.out.split("\n\n")[0].splitlines()[1:])
    assert {name: value.strip() for name, value in facts.items()} == {
        "client": "acme (Acme Coffee)",
        "app": "x",
        "time zone": "Europe/Paris",
        "communities": "timeline (default)",
        "premium": "true",
        "state": "not logged in",
        "log in with": "microcom login acme-x --token",
    }


def test_who_it_is_logged_in_as(rehearsal: House) -> None:
    """Once logged in, the platform's own id of the user is shown."""
    rehearsal.run("login", "acme-x")
    (row,) = rehearsal.run("accounts", "show", "acme-x", "--json").document["data"]["accounts"]
    assert row["state"] == "ready"
    assert f"user {row['remote_id']}" in rehearsal.run("accounts", "show", "acme-x").out


def test_rules_as_json(agency: House) -> None:
    """--json has every rule of the account and of each community, with value and place."""
    (row,) = agency.run("accounts", "show", "acme-x", "--json").document["data"]["accounts"]
    assert set(row) == ROW | {"options", "file", "rules"}
    assert row["options"] == {"premium": True}
    assert row["file"] == str(agency.home / "accounts.yaml")
    assert [list(rules) for rules in row["rules"].values()] == [KEYS, KEYS]
    own = row["rules"]["acme-x/timeline"]
    assert own["max_hashtags"] == {"value": "0", "where": f"{row['file']}:18:40"}
    assert own["ceiling.hour"]["value"] == "4"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["show", "acme"], "account.unknown", "Did you mean acme-x?"),
        (["list", "--client", "amce"], "client.unknown", "Did you mean acme?"),
        (["show"], "usage", "--help"),
        (["lsit"], "usage", "--help"),
    ],
)
def test_bad_input(agency: House, words: list[str], code: str, says: str) -> None:
    """Each mistake gets a sentence with what to do, and exit code 2."""
    said = agency.run("accounts", *words)
    assert said.code == 2
    assert says in said.err
    document = agency.run("accounts", *words, "--json").document
    assert [problem["code"] for problem in document["problems"]] == [code]


def test_no_accounts_file(house: House) -> None:
    """Where there is no accounts file, the command that writes one is named."""
    Path(house.home / "accounts.yaml").unlink()
    said = house.run("accounts", "list")
    assert said.code == 2
    assert "microcom init" in said.err
