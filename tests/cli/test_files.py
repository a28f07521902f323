from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from microcom.cli.files import local_zone

if TYPE_CHECKING:
    from tests.cli.house import House


@pytest.fixture
def empty(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Return a machine in Tokyo without an accounts file."""
    (house.home / "accounts.yaml").unlink()
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    return house


def test_a_starter_that_is_right(empty: House) -> None:
    """Init writes an accounts file that check finds nothing wrong with."""
    said = empty.run("init", "--handle", "@AcmeCoffee", "--project", "Acme 2026")
    assert said.code == 0
    assert "microcom check" in said.out
    text = (empty.home / "accounts.yaml").read_text()
    assert "timezone: Asia/Tokyo" in text
    assert "handle: AcmeCoffee " in text
    assert "project: acme-2026" in text
    assert empty.run("check").out == "1 file checked: all right.\n"


def test_init_never_overwrites(house: House) -> None:
    """A file that is there stays as it is; the command says so and exits with 2."""
    before = (house.home / "accounts.yaml").read_text()
    said = house.run("init")
    assert said.code == 2
    assert "left as it is" in said.err
    assert (house.home / "accounts.yaml").read_text() == before


def test_a_dry_run_of_init(empty: House) -> None:
    """--dry-run prints what would be written."""
    said = empty.run("init", "--dry-run")
    assert said.out.startswith("# ")
    assert "microcom: 1" in said.out
    assert not (empty.home / "accounts.yaml").exists()
    data = empty.run("init", "--dry-run", "--json").document["data"]
    assert set(data) == {"path", "text", "written"}
    assert data["written"] is False
    assert data["text"].strip() == said.out.strip()


@pytest.mark.parametrize(
    ("named", "target", "zone"),
    [
        ("Europe/Paris", "nowhere", "Europe/Paris"),
        (":Europe/Paris", "nowhere", "Europe/Paris"),
        ("/usr/share/zoneinfo/Europe/Paris", "nowhere", "Europe/Paris"),
        ("CET-1CEST", "/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("", "/var/db/timezone/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("../../etc/passwd", "/etc/passwd", "UTC"),
        ("", "nowhere", "UTC"),
    ],
)
def test_the_zone_of_this_machine(tmp_path: Path, named: str, target: str, zone: str) -> None:
    """TZ, then the system's own link; UTC where neither names a zone."""
    link = tmp_path / "localtime"
    link.symlink_to(target)
    assert local_zone({"TZ": named} if named else {}, link) == zone


def test_every_mistake_at_once(house: House) -> None:
    """Check prints each mistake with file, line and column, counts them and exits with 2."""
    (house.home / "accounts.yaml").write_text(
        "microcom: 1\nproject: p\ntimezone: Europe/Pari\n"
        "accounts:\n  acme-x: {platform: x, handle: acme, cleint: c}\n"
    )
    said = house.run("check")
    assert said.code == 2
    assert "accounts.yaml:3:11: " in said.err
    assert "accounts.yaml:5:" in said.err
    assert "Europe/Paris" in said.err
    assert said.out == "1 file checked: 2 mistakes.\n"


def test_posts_are_checked_too(house: House) -> None:
    """A folder's posts are checked against the accounts in force, offline; nothing is queued."""
    posts = house.home / "posts"
    posts.mkdir()
    (posts / "good.md").write_text("---\nid: good\nto: [acme-x]\n---\nHello\n")
    (posts / "bad.md").write_text("---\nid: bad\nto: [acme-y]\n---\nHello\n")
    said = house.run("check", "posts", "--json")
    assert said.code == 2
    assert said.err == ""
    (problem,) = said.document["problems"]
    assert problem["where"].startswith(str(posts / "bad.md"))
    assert "acme-x" in problem["hint"]
    assert [Path(file).name for file in said.document["data"]["files"]] == [
        "accounts.yaml", "bad.md", "good.md",
    ]  # fmt: skip
    assert not (house.home / "queue.db").exists()


@pytest.mark.parametrize("kind", ["accounts", "post"])
def test_the_schema_of_a_file(house: House, kind: str) -> None:
    """Schema prints a JSON Schema as it is; --json puts the same into the envelope."""
    plain = json.loads(house.run("schema", kind).out)
    assert plain["$schema"].startswith("https://json-schema.org/")
    assert house.run("schema", kind, "--json").document["data"]["schema"] == plain


def test_an_unknown_schema(house: House) -> None:
    """A file that has no schema is answered with those that have, and exit code 2."""
    said = house.run("schema", "posts")
    assert said.code == 2
    assert "'accounts', 'post'" in said.err
