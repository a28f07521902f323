"""What goes with a text: files, titles, links, labels, options; and communities made in a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.intake.fakes import BayRegistry

from microcom.core.account import Alt, Community
from microcom.core.config import Config
from microcom.core.media import Media, MediaKind
from microcom.core.plan import Plan, plan
from microcom.core.post import Attachment, Labels, Post, Snapshot
from microcom.core.problem import Severity
from microcom.errors import Mistakes, UserError
from microcom.intake.accounts import understood
from microcom.intake.draft import Draft, looked_at
from microcom.intake.frozen import dump, load
from microcom.intake.posts import read_draft
from microcom.intake.schema import schema
from microcom.intake.templates import render

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REGISTRY = BayRegistry()
ACCOUNTS = """\
project: p
rules: {alt: require}
apps:
  ours: {platform: bay, audited: true}
accounts:
  acme-bay:
    platform: bay
    handle: acme
    default: home
    communities:
      home: {board: Home bar, rules: {alt: off}}
      tulips: {board: Latte art, quiet: true}
  acme-cove:
    platform: cove
    handle: acme
    communities: {den: {rules: {max_hashtags: 0}}}
"""
POST = """\
---
to: acme-bay
title: The menu
link: https://a.example
labels: {ai: true, brand: own}
media:
  - {file: menu.jpg, alt: "Five drinks"}
  - {file: pour.mp4, part: 2, cover: 2.5}
  - {file: edge.png, alt: ""}
options: {bay: {comments: true}}
---
One
---
Two
"""


def _config(text: str = ACCOUNTS) -> Config:
    return understood({"accounts.yaml": text.encode()}, REGISTRY)


def _draft(tmp_path: Path, text: str = POST) -> Draft:
    file = tmp_path / "post.md"
    file.write_text(text)
    return read_draft(file)


def _wrong(tmp_path: Path, keys: str) -> list[tuple[str, str]]:
    with pytest.raises(Mistakes) as caught:
        _draft(tmp_path, f"---\n{keys}\n---\nHi\n")
    file = f"{tmp_path / 'post.md'}:"
    return [((one.where or "").removeprefix(file), one.code) for one in caught.value.problems]


def _look(file: str) -> Media | None:
    return None if "://" in file else _found_at(file)


def _found_at(file: str) -> Media:
    name = Path(file).name
    if not name.endswith((".jpg", ".png", ".mp4")):
        message = f"{name} is not a picture."
        raise UserError(message, code="media.unknown", hint="Choose another file.")
    return Media("a" * 64, 10, "image/jpeg", MediaKind.IMAGE, 10, 10, name=name)


def _plan(post: Post, *to: str) -> Plan:
    platforms = {name: REGISTRY.load(name) for name in REGISTRY.names()}
    return plan(post, _config(), platforms, NOW, render=render, to=to)


def test_a_post_file_names_everything(tmp_path: Path) -> None:
    """Title, link, labels, files with their words, and options are read as they are written."""
    post = _draft(tmp_path).post
    assert (post.title, post.link) == ("The menu", "https://a.example")
    assert post.labels == Labels(ai=True, brand="own")
    assert post.attachments == (
        Attachment(str(tmp_path / "menu.jpg"), "Five drinks"),
        Attachment(str(tmp_path / "pour.mp4"), None, 1, 2.5),
        Attachment(str(tmp_path / "edge.png"), ""),
    )
    assert post.options == {"bay": {"comments": "true"}}


def test_files_alone_are_a_post(tmp_path: Path) -> None:
    """A file that names media needs no text; a bare name is a file."""
    post = _draft(tmp_path, "---\nmedia: [menu.jpg]\n---\n").post
    assert (post.parts, len(post.attachments)) == (("",), 1)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("media: [{alt: x}]", [("2:9", "config.missing")]),
        ("media: [{file: a.jpg, part: 2}]", [("2:9", "media.part")]),
        ("media: [{file: a.jpg, alt: }]", [("2:23", "config.empty")]),
        ("media: [{file: a.jpg, cover: soon}]", [("2:30", "config.number")]),
        ("labels: {brand: mine}", [("2:17", "config.choice")]),
        ("labels: {nsfw: true}", [("2:10", "config.unknown_key")]),
    ],
)
def test_each_mistake_has_its_place(
    tmp_path: Path, keys: str, found: list[tuple[str, str]]
) -> None:
    """What cannot be meant is said where it stands."""
    assert _wrong(tmp_path, keys) == found


def test_files_are_looked_at_with_their_words(tmp_path: Path) -> None:
    """What a probe finds is joined with the words of the post; all that fails is said at once."""
    media = looked_at(_draft(tmp_path), _look).post.media
    assert [(one.name, one.alt, one.part, one.cover) for one in media] == [
        ("menu.jpg", "Five drinks", 0, None),
        ("pour.mp4", None, 1, 2.5),
        ("edge.png", "", 0, None),
    ]
    with pytest.raises(Mistakes) as caught:
        looked_at(_draft(tmp_path, "---\nmedia: [a.zip, b.jpg, c.svg]\n---\nHi\n"), _look)
    where = [(one.where or "").rpartition("post.md:")[2] for one in caught.value.problems]
    assert where == ["2:9", "2:23"]


def test_an_address_is_not_looked_at_offline(tmp_path: Path) -> None:
    """What only a network could tell is said to be open; the file beside it is looked at."""
    words = "---\nmedia: [a.jpg, https://a.example/b.jpg?sig=1]\n---\nHi\n"
    draft = looked_at(_draft(tmp_path, words), _look)
    assert [one.name for one in draft.post.media] == ["a.jpg"]
    (notice,) = draft.unseen
    assert (notice.code, notice.severity) == ("media.unseen", Severity.NOTICE)
    assert notice.message == "https://a.example/b.jpg was not looked at: it is an address."
    assert (notice.where or "").endswith("post.md:2:16")


def test_a_link_stands_where_there_is_room_for_it() -> None:
    """A platform's own field takes the link; elsewhere it follows the last part, once."""
    post = Post("a", ("One", "Two"), link="https://a.example", title="The menu")
    there, here = (one.snapshot for one in _plan(post, "acme-bay", "acme-cove/den").deliveries)
    assert (there.parts, there.link) == (("One", "Two"), "https://a.example")
    assert (here.parts, here.link) == (("One", "Two\n\nhttps://a.example"), None)


def test_options_reach_their_own_platform_alone() -> None:
    """A post's keys for a platform are read by its list, and nobody else sees them."""
    post = Post("a", ("One",), options={"bay": {"comments": "true"}})
    there, here = (one.snapshot for one in _plan(post, "acme-bay", "acme-cove/den").deliveries)
    assert (there.options, here.options) == ({"comments": True}, {})
    wrong = Post("a", ("One",), options={"bay": {"coments": "true"}})
    (problem,) = _plan(wrong, "acme-bay").problems
    assert (problem.code, problem.hint) == ("option.unknown", "Did you mean comments?")
    wrong = Post("a", ("One",), options={"bay": {"comments": "maybe"}})
    assert [one.code for one in _plan(wrong, "acme-bay").problems] == ["option.value"]


def test_communities_are_made_in_the_file() -> None:
    """A platform that lets communities be named reads them with its own keys and their rules."""
    account = _config().accounts["acme-bay"]
    home, tulips = account.communities.values()
    assert (home.name, home.kind, home.settings) == ("home", "wall", {"board": "Home bar"})
    assert tulips.settings == {"board": "Latte art", "quiet": True}
    assert (account.default, account.options) == ("home", {"audited": True})
    assert (home.rules.alt, tulips.rules.alt) == (Alt.OFF, Alt.REQUIRE)
    again = load(dump(_config())).accounts["acme-bay"]
    assert again == account


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("{board: Latte art, quiet: true}", "{quiet: true}", "community.board"),
        ("quiet: true", "quiet: loud", "config.option"),
        ("quiet: true", "quite: true", "config.unknown_key"),
        ("audited: true", "audited: yes", "config.option"),
        ("audited: true", "audit: true", "config.unknown_key"),
        ("{den: ", "{dens: ", "community.unknown"),
        ("{den: {rules", "{den: {board: x, rules", "config.unknown_key"),
        ("alt: require", "alt: always", "config.choice"),
    ],
)
def test_wrong_communities_are_said(old: str, new: str, code: str) -> None:
    """What a platform does not know of a community or app is a mistake in the file."""
    with pytest.raises(Mistakes) as caught:
        _config(ACCOUNTS.replace(old, new))
    assert [problem.code for problem in caught.value.problems] == [code]


def test_the_schemas_know_the_platforms_keys() -> None:
    """Editors are offered what the installed platforms take of apps, communities and posts."""
    shapes = schema("accounts", REGISTRY)["$defs"]
    assert "audited" in shapes["AppShape"]["properties"]
    assert {"board", "quiet"} <= set(shapes["CommunityShape"]["properties"])
    options = schema("post", REGISTRY)["properties"]["options"]["properties"]
    assert "comments" in options["bay"]["properties"]


def test_a_file_by_another_name_is_the_same_content() -> None:
    """Neither a file's name nor what a probe says of it makes another post; its words do."""
    media = _found_at("a.jpg")
    first = Snapshot(("Hi",), (media,))
    renamed = Snapshot(("Hi",), (replace(media, name="b.jpg", width=11),))
    described = Snapshot(("Hi",), (replace(media, alt="A cup"),))
    assert first.digest == renamed.digest != described.digest
    assert Snapshot.from_json(described.to_json()) == described


def test_communities_keep_their_names_apart() -> None:
    """An account without communities of its own says what to add."""
    without = ACCOUNTS.replace("default: home\n", "").split("    communities:\n      home")[0]
    (problem,) = plan(
        Post("a", ("One",)),
        _config(without),
        {name: REGISTRY.load(name) for name in REGISTRY.names()},
        NOW,
        render=render,
        to=["acme-bay"],
    ).problems
    assert problem.code == "community.needed"
    assert problem.hint == "Add one under accounts.acme-bay.communities."
    assert Community("a", "wall").about == ""
