"""`microcom post --preview`: one page on this machine, escaped, complete, and harmless."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.preview.conftest import POST
from tests.cli.preview.page import Page

if TYPE_CHECKING:
    from tests.cli.house import House, Said


def page_of(said: Said) -> Page:
    """Return the page whose path a command printed."""
    return Page(Path(said.out.strip()))


def test_each_target_is_a_card_and_nothing_is_queued(agency: House) -> None:
    """The path of a page is printed, with a card for each target, and no queue comes to be."""
    said = agency.run("post", "winter.md", "--preview")
    assert said.code == 0
    page = page_of(said)
    assert list(page.cards) == [
        "", "to-acme-x-timeline", "to-acme-pins-tulips", "to-acme-tiktok-inbox",
        "to-acme-tiktok-public", "to-lumen-x-timeline",
    ]  # fmt: skip
    assert agency.run("queue", "list").code != 0
    assert not (agency.home / "media").exists()


def test_a_card_says_what_its_target_gets(agency: House) -> None:
    """Text and parts, tags, place, both clocks, price, files and their words, what was left out."""
    cards = page_of(agency.run("post", "winter.md", "--preview")).cards
    thread, pin = cards["to-acme-x-timeline"], cards["to-acme-pins-tulips"]
    for words in (
        "@acmecoffee", "Wed 4 Dec 2030 09:00 Paris = 08:00 UTC", "made with AI",
        "Drawn by @lumenstudio.", "Why eleven?", "#wintermenu #coffee", "of 280",
        'Alt: A chalkboard with "five" drinks', "no alt text", "#latteart left out",
        "winter.md:9:3",
    ):  # fmt: skip
        assert words in thread
    assert re.search(r"\$0\.\d+", thread)
    for words in ("board Latte art, section Tulips", "The winter menu", "www.example.com"):
        assert words in pin
    assert "New York = 14:00 UTC" in cards["to-lumen-x-timeline"]


def test_what_a_person_pastes_stands_by_itself(agency: House) -> None:
    """A place that takes no text shows what to paste; a title nobody sees is not shown."""
    cards = page_of(agency.run("post", "winter.md", "--preview")).cards
    inbox, public = cards["to-acme-tiktok-inbox"], cards["to-acme-tiktok-public"]
    assert "To paste in the app" in inbox
    assert inbox.count("Why eleven?") == 1
    assert "a draft" in inbox
    assert "To paste" not in public
    assert "promotes its own business" in public
    assert "The winter menu" not in inbox + public


def test_the_sum_is_at_the_top(agency: House) -> None:
    """Targets, how many are right, and what each client's cost."""
    top = page_of(agency.run("post", "winter.md", "--preview")).cards[""]
    assert "5 targets" in top
    assert "5 would be queued" in top
    assert re.search(r"Acme Coffee4\$0\.\d+", top)
    assert re.search(r"Lumen <Studio>1\$0\.\d+", top)


def test_what_people_wrote_stays_text(agency: House) -> None:
    """Markup in a text, an alt text or a client's name never becomes part of the page."""
    page = page_of(agency.run("post", "winter.md", "--preview"))
    assert "<script>alert(1)</script> & more." in page.cards["to-acme-x-timeline"]
    assert not page.all("script")
    assert not [key for _, one in page.elements for key in one if key.startswith("on")]
    assert {one["alt"] for one in page.all("img")} == {
        'A chalkboard with "five" drinks', "", "A lamp",
    }  # fmt: skip


def test_a_page_asks_nobody_for_anything(agency: House) -> None:
    """Every file is in the page, the policy lets nothing else in, and links say nothing of us."""
    page = page_of(agency.run("post", "winter.md", "--preview"))
    assert page.loads
    assert all(address.startswith("data:") for address in page.loads)
    assert "@import" not in page.source
    assert not re.search(r"url\(", page.source)
    (policy,) = [one["content"] for one in page.all("meta") if "http-equiv" in one]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "http" not in policy
    assert "form-action 'none'" in policy
    for link in page.all("a"):
        assert link["href"].startswith("#") or link["rel"] == "noopener noreferrer nofollow"


def test_a_large_file_is_shown_from_where_it_is(agency: House, pictures: Path) -> None:
    """A file too large for a page is shown by its address on this machine."""
    film = (pictures / "pour.mp4").read_bytes()
    free = 4_000_000
    padded = film + free.to_bytes(4, "big") + b"free" + bytes(free - 8)
    (agency.home / "pour.mp4").write_bytes(padded)
    page = page_of(agency.run("post", "winter.md", "--preview"))
    assert {one["src"] for one in page.all("video")} == {(agency.home / "pour.mp4").as_uri()}


def test_a_page_keeps_its_name_while_its_post_changes(agency: House) -> None:
    """A file's page has one name, with an id or without; a reload shows the new words."""
    for text in (POST, POST.replace("id: winter-menu\n", "")):
        (agency.home / "winter.md").write_text(text)
        first = agency.run("post", "winter.md", "--preview").out
        (agency.home / "winter.md").write_text(text.replace("soap", "chalk"))
        second = agency.run("post", "winter.md", "--preview")
        assert second.out == first
        assert "tasted of chalk" in page_of(second).cards["to-acme-x-timeline"]


def test_a_page_is_private_and_does_not_stay_for_ever(agency: House) -> None:
    """Nobody else may read a page; those of a month ago are deleted when one is made."""
    old = Path(agency.run("post", "winter.md", "--preview").out.strip())
    assert old.stat().st_mode & 0o777 == 0o600
    assert old.parent == agency.home / "cache" / "preview"
    os.utime(old, (0, 0))
    new = Path(agency.run("post", "Hello", "--to", "acme-x", "--preview").out.strip())
    assert new.exists()
    assert not old.exists()


def test_what_is_wrong_is_shown_beside_what_is_right(agency: House) -> None:
    """Every target is on the page; the exit code is a dry run's, and --partial is heeded."""
    words = ("post", "word " * 80, "--to", "acme-x,acme-pins/tulips,lumen-x", "--preview")
    (agency.home / "accounts.yaml").write_text(
        (agency.home / "accounts.yaml").read_text().replace("lumenstudio}", "l, premium: true}")
    )
    said = agency.run(*words)
    assert said.code == agency.run(*words[:-1], "--dry-run").code == 2
    assert "400 of 280" in said.err or "399 of 280" in said.err
    page = page_of(said)
    assert "of 280" in page.cards["to-acme-x-timeline"]
    assert "word word" in page.cards["to-acme-x-timeline"]
    assert "Would not be queued as it is: acme-x/timeline, acme-pins/tulips" in page.cards[""]
    assert "1 would be queued" in page.cards[""]
    assert agency.run(*words, "--partial").code == 0


def test_a_time_that_makes_no_sense_is_at_the_top(agency: House) -> None:
    """Without a time nothing is drawn, and the page says why."""
    said = agency.run("post", "Hello", "--to", "acme-x", "--at", "soonish", "--preview")
    assert said.code == 2
    page = page_of(said)
    assert "soonish" in page.cards[""]
    assert "its time makes no sense" in page.cards["to-acme-x-timeline"]


def test_for_programs(agency: House) -> None:
    """--json gives the path alone, with what is wrong beside it."""
    said = agency.run("post", "winter.md", "--preview", "--json")
    data: dict[str, Any] = said.document["data"]
    assert set(data) == {"path"}
    assert Path(data["path"]).is_file()
    assert said.document["status"] == "ok"
    assert said.document["problems"]


@pytest.mark.parametrize(
    ("words", "code"),
    [(("Hello", "--preview"), "target.none"), (("Hi", "--preview", "--calls"), "post.preview")],
)
def test_a_preview_of_nothing_is_refused(agency: House, words: tuple[str, ...], code: str) -> None:
    """Without a target there is no page, nor beside --calls."""
    said = agency.run("post", *words, "--json")
    assert said.code == 2
    assert said.document["problems"][0]["code"] == code
    assert not (agency.home / "cache" / "preview").exists()


def test_a_page_that_cannot_be_written(agency: House) -> None:
    """Where the cache cannot be written the command says so."""
    (agency.home / "cache").mkdir(exist_ok=True)
    (agency.home / "cache" / "preview").write_text("a file, no folder")
    said = agency.run("post", "Hello", "--to", "acme-x", "--preview")
    assert said.code == 3
    assert "could not be written" in said.err


@pytest.mark.parametrize("shut", [(), ("--no-browser",)])
def test_a_browser_opens_where_a_person_sits(agency: House, shut: tuple[str, ...]) -> None:
    """On a terminal the page opens in the browser, unless it is not wanted; its path is printed."""
    notes = agency.home / "opened.txt"
    opener = agency.home / "opener.py"
    opener.write_text(f"import sys; open({str(notes)!r}, 'w').write(sys.argv[1])")
    mine, terminal = pty.openpty()
    words = ("post", "Hello", "--to", "acme-x", "--preview", *shut)
    done = subprocess.run(
        [sys.executable, "-m", "microcom", *words],
        stdout=terminal,
        env={**os.environ, "BROWSER": f"{sys.executable} {opener} %s"},
        check=False,
    )
    os.close(terminal)
    printed = os.read(mine, 65536).decode().split()
    os.close(mine)
    assert done.returncode == 0
    page = Path(printed[-1])
    assert page.is_file()
    opened = notes.read_text() if notes.exists() else None
    assert opened == (None if shut else page.as_uri())
