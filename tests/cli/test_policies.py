"""Rules of the accounts file, each from its line to what a person is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.house import House

NIGHT = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d} 23:00"
LINE = "accounts.yaml:10"


def ruled(house: House, rule: str) -> None:
    """Add a rule to the accounts file, on its tenth line."""
    accounts = house.home / "accounts.yaml"
    accounts.write_text(f"{accounts.read_text()}rules: {{{rule}}}\n")


@pytest.mark.parametrize(
    ("rule", "words", "code", "named"),
    [
        ("max_hashtags: 0", ["Menu #winter"], "text.hashtags", "max_hashtags: 0"),
        ("max_links: 0", ["See acme.com"], "text.links", "max_links: 0"),
        ("banned: [miracle]", ["A Miracle!"], "text.banned", "banned: [miracle]"),
        ("must_state: [ai]", ["Menu"], "label.unstated", "must_state: [ai]"),
    ],
)
def test_what_a_rule_refuses(
    rehearsal: House, rule: str, words: list[str], code: str, named: str
) -> None:
    """Nothing leaves; the hint quotes the rule and its line; its code lets it pass, noted."""
    ruled(rehearsal, rule)
    post = ("post", *words, "--to", "acme-x")
    said = rehearsal.run(*post)
    assert (said.code, rehearsal.published()) == (2, [])
    assert f"[{code}]" in said.err
    assert f"The rule: {named} ({LINE})." in said.err
    assert rehearsal.run(*post, "--allow", code, "--because", "asked").code == 0
    assert rehearsal.published() == words
    assert f"{code} let pass: asked" in rehearsal.run("log").out


@pytest.mark.parametrize(
    ("rule", "at", "named"),
    [
        ('quiet: ["22:00-07:00"]', NIGHT, "quiet: [22:00-07:00]"),
        ("gap: 2h", f"{NIGHT[:-5]}12:00", "gap: 2h"),
    ],
)
def test_what_a_rule_moves(rehearsal: House, rule: str, at: str, named: str) -> None:
    """A post goes out at another time; the notice quotes the rule and its line."""
    ruled(rehearsal, rule)
    assert rehearsal.run("post", "First", "--to", "acme-x", "--at", f"{at[:-5]}11:30").code == 0
    said = rehearsal.run("post", "Second", "--to", "acme-x", "--at", at)
    assert said.code == 0
    assert ": moved to " in said.err
    assert f"The rule: {named} ({LINE})." in said.err


def test_where_the_file_is_silent_the_platform_is_named(rehearsal: House) -> None:
    """What is the platform's own default says where to read about it."""
    said = rehearsal.run("post", "#one #two #three", "--to", "acme-x")
    assert said.code == 2
    assert "The rule: max_hashtags: 2 (the default: microcom platforms show x)." in said.err


def test_rules_differ_by_client(rehearsal: House) -> None:
    """A client's rule on one platform holds for its accounts there and for nobody else's."""
    accounts = rehearsal.home / "accounts.yaml"
    before = accounts.read_text().replace("acmecoffee}", "acmecoffee, client: acme}")
    before = before.replace("groups:\n  everyone: [acme-x, lumen-x]", "groups:\n  us: [acme-x]")
    own = "clients: {acme: {name: Acme, platforms: {x: {banned: [miracle]}}}}\n"
    accounts.write_text(f"{before}{own}")
    assert rehearsal.run("post", "A miracle", "--to", "lumen-x").code == 0
    said = rehearsal.run("post", "A miracle", "--to", "acme-x")
    assert said.code == 2
    assert f"The rule: banned: [miracle] ({LINE})." in said.err
