"""A preview as a real browser shows it: whole, on any screen, and silent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.login.clicker import Page, chromium

if TYPE_CHECKING:
    from tests.cli.house import House

pytestmark = pytest.mark.skipif(
    chromium() is None, reason="chromium is not installed (apt install chromium)"
)
ARTEFACTS = Path(__file__).parents[3] / ".artefacts" / "preview"
SCREENS = {"desk": (1280, 900), "phone": (390, 844)}
KEPT = {("desk", "light"), ("phone", "dark")}
"""Of which a picture is kept: one is drawn in seconds, and not in two."""
SIZES = """({
  wide: document.documentElement.scrollWidth,
  paper: getComputedStyle(document.body).backgroundColor,
  pictures: [...document.images].map(one => one.naturalWidth),
  videos: [...document.querySelectorAll("video")].map(one => one.error === null),
  headings: [...document.querySelectorAll("h1, h2")].map(one => one.tagName + one.innerText),
})"""
FRAMES = """Promise.race([
  Promise.all([...document.images].map(one => one.decode()).concat(
    [...document.querySelectorAll("video")].map(one => one.readyState > 0 || one.error ||
      new Promise(done => ["loadedmetadata", "error"].map(
        event => one.addEventListener(event, done)))))).then(() => true),
  new Promise(done => setTimeout(() => done(false), 20000))])"""
"""Waits until every file is there, or will not be; false where it takes too long."""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Page]:
    """Return a browser's page, with nothing open."""
    page = Page(str(tmp_path / "browser"))
    yield page
    page.close()


def test_a_page_is_whole_and_asks_nobody(agency: House, browser: Page) -> None:
    """On a desk and a phone, light and dark: all is there, nothing is cut, nobody is asked."""
    path = Path(agency.run("post", "winter.md", "--preview").out.strip())
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    browser.watch()
    papers = set()
    headings: list[str] = []
    for screen, (width, height) in SCREENS.items():
        for colours in ("light", "dark"):
            browser.become(width, height, colours)
            browser.open(path.as_uri())
            assert browser.tell(FRAMES)
            seen = browser.tell(SIZES)
            assert seen["wide"] <= width
            assert seen["pictures"] == [600, 600, 600, 600, 160]
            assert seen["videos"] == [True, True]
            papers.add(seen["paper"])
            headings = seen["headings"][:2]
            if (screen, colours) in KEPT:
                (ARTEFACTS / f"{screen}-{colours}.png").write_bytes(browser.picture())
    assert len(papers) == 2
    assert headings == ["H1winter-menu", "H2acme-x/timeline"]
    assert browser.requests
    assert {one.partition(":")[0] for one in browser.requests} == {"file", "data"}


def test_a_file_of_this_machine_is_shown(agency: House, browser: Page, pictures: Path) -> None:
    """A film that is too large for the page plays from where it is."""
    film = (pictures / "pour.mp4").read_bytes()
    free = 4_000_000
    (agency.home / "pour.mp4").write_bytes(
        film + free.to_bytes(4, "big") + b"free" + bytes(free - 8)
    )
    path = Path(agency.run("post", "winter.md", "--preview").out.strip())
    browser.open(path.as_uri())
    assert browser.tell(FRAMES)
    assert browser.tell(SIZES)["videos"] == [True, True]
