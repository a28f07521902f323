"""Logging in as people do: the command, a browser that answers the page, tokens that are kept."""

from __future__ import annotations

import io
import os
import socket
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.house import House, queue_of

from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from microcom.emulator.oauth import OAuth

EVERYBODY = {
    "acme-x": "acmecoffee",
    "lumen-x": "lumenstudio",
    "acme-pins": "acmecoffee",
    "acme-tiktok": "acme.coffee",
}


def oauth_of(house: House, platform: str) -> OAuth:
    """Return how a platform of the house's sandbox lets apps in."""
    assert house.sandbox is not None
    found = next(one.oauth for one in house.sandbox.emulators if one.name == platform)
    assert found is not None
    return found


def kept(house: House) -> int:
    """Return how many entries the sandbox's vault has: in files, or in the queue's rows."""
    files = list((house.home / "sandbox").rglob("*.sealed"))
    if not os.environ.get("MICROCOM_SANDBOX_DATABASE"):
        return len(files)
    assert not files
    try:
        with queue_of(house) as store:
            return len(store.sealed.all())
    except UserError as error:
        if error.code != "store.none":
            raise
        return 0


@pytest.mark.parametrize("account", EVERYBODY)
def test_a_whole_login(agency: House, browser: Callable[..., None], account: str) -> None:
    """A yes on the page logs the account in, through its own app; then it can post."""
    browser(EVERYBODY[account])
    said = agency.run("login", "--timeout", "10", account)
    assert said.code == 0, said.err
    assert f"{account} is logged in as {EVERYBODY[account]}" in said.out
    assert "renews itself" in said.out
    (row,) = [
        one
        for one in agency.run("accounts", "list", "--json").document["data"]["accounts"]
        if one["name"] == account
    ]
    assert row["state"] == "ready"
    assert row["login"]["renews"] is True
    assert row["login"]["scopes"]
    with queue_of(agency) as store:
        (facts,) = store.tokens.all()
        assert store.secrets.names("token ") == [facts.slot]


def test_posting_through_a_login(agency: House, browser: Callable[..., None]) -> None:
    """What is posted after a login goes out as the person who agreed."""
    browser("acmecoffee")
    assert agency.run("login", "--timeout", "10", "acme-x").code == 0
    assert agency.run("post", "Good morning", "--to", "acme-x").code == 0
    assert agency.sandbox is not None
    (post,) = agency.sandbox.ledger()["posts"]
    assert (post["user"], post["text"]) == ("acmecoffee", "Good morning")


def test_no_token_is_written_in_clear(agency: House, browser: Callable[..., None]) -> None:
    """Of codes, verifiers and tokens nothing stands in any file or in what was printed."""
    browser("acmecoffee")
    said = agency.run("login", "--timeout", "10", "acme-x", "--json")
    posted = agency.run("post", "Good morning", "--to", "acme-x", "--verbose")
    consent = oauth_of(agency, "x")._consents[0]  # noqa: SLF001 - what only the service knows
    secret = [*consent.access, *consent.refresh, *oauth_of(agency, "x")._codes]  # noqa: SLF001
    assert len(secret) >= 3
    written = [said.out, said.err, posted.out, posted.err]
    written += [
        file.read_bytes().decode(errors="replace")
        for file in agency.home.rglob("*")
        if file.is_file()
    ]
    assert not [one for one in secret for text in written if one in text]


@pytest.mark.parametrize(
    ("who", "more", "mistake"),
    [
        ("lumenstudio", (), "login.other: This login is lumenstudio's"),
        ("acmecoffee", ("--answer", "deny"), "login.denied: The login was declined"),
    ],
)
def test_a_no(
    agency: House, browser: Callable[..., None], who: str, more: tuple[str, ...], mistake: str
) -> None:
    """Somebody else's yes, and a no, are said and keep nothing."""
    browser(who, *more)
    code, says = mistake.split(": ")
    said = agency.run("login", "--timeout", "10", "acme-x")
    assert said.code == 2
    assert says in said.err
    assert (
        agency.run("login", "--timeout", "10", "acme-x", "--json").document["problems"][0]["code"]
        == code
    )
    assert kept(agency) == 0


def test_a_box_that_was_unticked(agency: House, browser: Callable[..., None]) -> None:
    """What a person did not allow is named, and nothing is kept."""
    browser("acme.coffee", "--without", "video.publish")
    said = agency.run("login", "--timeout", "10", "acme-tiktok")
    assert said.code == 2
    assert "did not allow video.publish" in said.err


def test_the_port_is_taken(agency: House, browser: Callable[..., None], port: int) -> None:
    """Where another program listens, it says so at once, and what to do."""
    browser("acmecoffee")
    with socket.create_server(("127.0.0.1", port)):
        said = agency.run("login", "--timeout", "10", "acme-x")
    assert said.code == 2
    assert f"Port {port}" in said.err
    assert "redirect" in said.err


def test_everybody(agency: House, browser: Callable[..., None]) -> None:
    """--all walks through who is not logged in; one who fails keeps nobody from the rest."""
    browser("acmecoffee")
    said = agency.run("login", "--timeout", "10", "--all")
    assert said.code == 4
    assert "✓ acme-x is logged in" in said.err
    assert "✗ lumen-x" in said.err
    assert said.err.count("lumen-x: This login is acmecoffee's") == 1
    browser("lumenstudio")
    said = agency.run("login", "--timeout", "10", "--all", "--json")
    done = [row["name"] for row in said.document["data"]["accounts"]]
    assert "lumen-x" in done
    assert "acme-x" not in done


def test_logging_out(agency: House, browser: Callable[..., None]) -> None:
    """A logout ends the login on both sides; where a platform cannot be asked, it says where."""
    browser("acmecoffee")
    assert agency.run("login", "--timeout", "10", "acme-x").code == 0
    assert agency.run("login", "--timeout", "10", "acme-pins").code == 0
    said = agency.run("logout", "acme-x")
    assert said.code == 0
    assert "x has ended the login" in said.out
    assert all(one.ended for one in oauth_of(agency, "x")._consents)  # noqa: SLF001
    said = agency.run("logout", "acme-pins")
    assert "by hand: https://www.pinterest.com/settings" in said.out
    assert "Nobody is logged in" in agency.run("logout", "acme-x").out
    with queue_of(agency) as store:
        assert store.secrets.names() == []
    keys = {"key check"}
    assert kept(agency) == len(keys)


def test_nobody_ever_logged_in(agency: House) -> None:
    """A logout before there is a queue says that nobody is logged in, and makes none."""
    said = agency.run("logout", "acme-x")
    assert (said.code, said.out) == (0, "Nobody is logged in to acme-x.\n")
    assert not list(agency.home.rglob("queue.db"))


def test_pasting_from_a_pipe(agency: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another login's address ends the command that it is piped into, with one sentence."""
    address = "http://127.0.0.1:8085/callback?code=1&state=other\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(address))
    said = agency.run("login", "--no-browser", "--timeout", "10", "acme-x")
    assert said.code == 2
    assert said.err.count("is not the answer to this login") == 1


def test_how_long_logins_last(agency: House, browser: Callable[..., None]) -> None:
    """--logins says when tokens end, whether they last for what is queued, and what they allow."""
    browser("acmecoffee")
    assert agency.run("login", "--timeout", "10", "acme-x").code == 0
    agency.run("post", "Later", "--to", "acme-x", "--at", "+20d")
    lines = agency.run("accounts", "list", "--logins").out.splitlines()
    assert "LASTS TILL THEN" in lines[0]
    row = next(line for line in lines if line.startswith("acme-x"))
    assert "renews itself" in row
    assert row.count("UTC") == 2
    assert "yes" in row.split()
    assert row.endswith("tweet.read tweet.write users.read media.write offline.access")


def test_a_business_account_is_asked_for(agency: House, browser: Callable[..., None]) -> None:
    """Walls of the account's kind are said with the login."""
    assert agency.sandbox is not None
    pinterest = next(one for one in agency.sandbox.emulators if one.name == "pinterest")
    pinterest.pinners.add("acmecoffee")  # type: ignore[attr-defined]
    browser("acmecoffee")
    said = agency.run("login", "--timeout", "10", "acme-pins")
    assert said.code == 0
    assert "business account" in said.out


def test_what_a_dry_run_says(agency: House, browser: Callable[..., None]) -> None:
    """--dry-run opens nothing and keeps nothing."""
    browser("acmecoffee")
    said = agency.run("login", "--timeout", "10", "acme-x", "--dry-run")
    assert (said.code, "would be logged in" in said.out) == (0, True)
    assert oauth_of(agency, "x").people == []


def test_apps(agency: House) -> None:
    """Apps are listed with what is missing; a secret is kept in the vault alone."""
    rows = {
        row["name"]: row for row in agency.run("apps", "list", "--json").document["data"]["apps"]
    }
    assert rows["x-north"]["has_secret"] is False
    assert rows["x-native"]["has_secret"] is None
    assert rows["pins"]["accounts"] == ["acme-pins"]
    said = agency.run("apps", "secret", "x-native")
    assert (said.code, "public" in said.err) == (2, True)
    assert os.linesep in agency.run("apps", "list").out


def test_another_app(agency: House, browser: Callable[..., None]) -> None:
    """An account whose file names another app is logged in anew, through that one."""
    browser("acmecoffee")
    assert agency.run("login", "--timeout", "10", "acme-x").code == 0
    file = agency.home / "accounts.yaml"
    file.write_text(file.read_text().replace("use: {x: x-north}", "use: {x: x-native}"))
    (row,) = _accounts(agency, "acme-x")
    assert row["login"] is None
    assert agency.run("login", "--timeout", "10", "acme-x").code == 0
    (row,) = _accounts(agency, "acme-x")
    assert (row["app"], row["login"]["kind"]) == ("x-native", "public")


def test_four_secrets(agency: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """X with OAuth 1.0a: two secrets are typed in, calls are signed, and nothing lapses."""
    file = agency.home / "accounts.yaml"
    file.write_text(
        file.read_text().replace("client_id: north,", "client_id: north, kind: oauth1,")
    )
    assert agency.sandbox is not None
    x = next(one for one in agency.sandbox.emulators if one.name == "x")
    x.signatures.register(  # type: ignore[attr-defined]
        "north", "sandbox:north", "token-11223344", "secret-55667788", account="acmecoffee"
    )
    assert agency.run("login", "acme-x").code == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("token-11223344\n"))
    said = agency.run("login", "acme-x", "--token")
    assert (said.code, "No access token secret" in said.err) == (2, True)
    monkeypatch.setattr("sys.stdin", io.StringIO("token-11223344\nsecret-55667788\n"))
    said = agency.run("login", "acme-x", "--token")
    assert said.code == 0, said.err
    assert agency.run("post", "Signed", "--to", "acme-x").code == 0
    assert [post["user"] for post in agency.sandbox.ledger()["posts"]] == ["acmecoffee"]
    assert "for good" in agency.run("accounts", "list").out


def test_a_login_that_ends_too_soon(agency: House, browser: Callable[..., None]) -> None:
    """What is due after a login has lapsed is said with the accounts."""
    browser("acmecoffee")
    assert agency.run("login", "--timeout", "10", "acme-x").code == 0
    agency.run("post", "Later", "--to", "acme-x", "--at", "+20d")
    with queue_of(agency) as store:
        store.db.run("UPDATE token SET renewable = 0")
    (row,) = _accounts(agency, "acme-x")
    assert row["login"]["outlives"] is False
    said = agency.run("accounts", "list")
    assert "acme-x: its login ends before its last delivery is due" in said.out


def _accounts(house: House, name: str) -> list[dict[str, Any]]:
    rows = house.run("accounts", "list", "--json").document["data"]["accounts"]
    return [row for row in rows if row["name"] == name]
