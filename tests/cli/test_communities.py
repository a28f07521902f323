"""`microcom communities`: targets in the file, and what the platform itself has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML
from tests.cli.house import ACCOUNTS

from microcom.media.samples import video

if TYPE_CHECKING:
    from tests.cli.house import House

ROOMS = """\
  acme-pins:
    platform: pinterest
    handle: acme_pins
    communities: {tulips: {board: Latte art, section: Tulips}}
  acme-tiktok: {platform: tiktok, handle: acme_tiktok}
"""


@pytest.fixture
def rooms(rehearsal: House) -> House:
    """Return a machine with accounts on every platform, and a running sandbox."""
    accounts = ACCOUNTS.replace("groups:", f"{ROOMS}groups:")
    (rehearsal.home / "accounts.yaml").write_text(accounts)
    return rehearsal


def test_targets_of_the_file(rooms: House) -> None:
    """Every target is listed with what it is: a platform's own words, or how it is found."""
    said = rooms.run("communities", "list")
    assert said.code == 0
    assert "acme-tiktok/inbox" in said.out
    assert "a draft that you finish in the app" in said.out
    assert '{board: "Latte art", section: "Tulips"}' in said.out
    rows = rooms.run("communities", "list", "acme-x", "--json").document["data"]["communities"]
    assert rows == [
        {"target": "acme-x/timeline", "kind": "timeline", "settings": {}, "default": True}
    ]


def test_what_the_platform_has_is_ready_to_copy(rooms: House) -> None:
    """--live prints lines of an accounts file that are right as they stand."""
    said = rooms.run("communities", "list", "acme-pins", "--live")
    assert said.code == 0
    found = YAML(typ="safe").load(said.out)["accounts"]["acme-pins"]["communities"]
    assert found["latte-art-rosettas"] == {"board": "Latte art", "section": "Rosettas"}
    line = next(line for line in said.out.splitlines() if "latte-art-tulips" in line)
    assert line.endswith("# in accounts.yaml already")
    group = next(line for line in said.out.splitlines() if "roasters" in line)
    assert "a group board of beanclub" in group
    wider = {name: value for name, value in found.items() if name != "roasters-of-the-world"}
    written = "".join(
        f"      {name}: {{board: {place['board']}"
        + (f", section: {place['section']}" if "section" in place else "")
        + "}\n"
        for name, place in wider.items()
    )
    file = rooms.home / "accounts.yaml"
    old = "    communities: {tulips: {board: Latte art, section: Tulips}}\n"
    file.write_text(file.read_text().replace(old, f"    communities:\n{written}"))
    assert rooms.run("check").code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--live",), "--live asks one account's platform."),
        (("acme-tiktok", "--live"), "tiktok cannot be asked which communities there are."),
        (("acme-pin",), "There is no account acme-pin."),
    ],
)
def test_what_cannot_be_listed_is_said(rooms: House, words: tuple[str, ...], told: str) -> None:
    """Each mistake is a sentence and exit 2."""
    said = rooms.run("communities", "list", *words)
    assert (said.code, told in said.err) == (2, True), said.err


def test_a_bare_account_without_a_default_names_its_places(rooms: House) -> None:
    """An audience is always chosen: the refusal says which there are and what each does."""
    said = rooms.run("post", "Hi", "--to", "acme-tiktok")
    assert said.code == 2
    assert "acme-tiktok has no default community: choose one." in said.err
    assert "acme-tiktok/only-me: seen by the account alone" in said.err


def test_a_handed_over_draft_says_what_to_do(rooms: House) -> None:
    """A draft ends as handed over, a success, with the text to paste; agreeing comes first."""
    assert rooms.sandbox is not None
    service = next(one for one in rooms.sandbox.emulators if one.name == "tiktok")
    service.polls = 0  # type: ignore[attr-defined]  # it is processed at once
    video(rooms.home / "a.mp4", seconds=1, width=360, height=640)
    said = rooms.run("post", "Paste\nme", "--media", "a.mp4", "--to", "acme-tiktok/inbox")
    assert said.code == 0, said.err
    assert "✓ acme-tiktok/inbox  handed over" in said.out
    assert "  finish it in the app, and paste:\n    Paste\n    me\n" in said.out
    assert rooms.published() == [""]
