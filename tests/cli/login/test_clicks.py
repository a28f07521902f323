"""The consent page as a real browser shows it: what a person clicks there is what happens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.cli.login.clicker import chromium
from tests.cli.login.conftest import CLICKER
from tests.cli.login.test_browser import EVERYBODY

if TYPE_CHECKING:
    from tests.cli.house import House

pytestmark = pytest.mark.skipif(
    chromium() is None, reason="chromium is not installed (apt install chromium)"
)
IN, OUT = "microcom: Back to the terminal", "microcom: Not logged in"


@dataclass(frozen=True, slots=True)
class Clicks:
    """What a person does with an account's page, and what is to come of it."""

    account: str
    options: tuple[str, ...]
    code: int
    says: str
    titles: tuple[str, str]


YES = Clicks("acme-x", (), 0, "is logged in as acmecoffee", ("Let north in?", IN))
NO = Clicks("acme-pins", ("--answer", "deny"), 2, "declined", ("Let 1501234 in?", OUT))
UNTICKED = Clicks(
    "acme-tiktok",
    ("--without", "video.publish"),
    2,
    "did not allow video.publish",
    ("Let aw77 in?", IN),
)


@pytest.mark.parametrize("clicks", [YES, NO, UNTICKED], ids=lambda one: one.account)
def test_clicking(agency: House, browser: Callable[..., None], clicks: Clicks) -> None:
    """In Chromium the page takes a name, a click and a tick, and leads back to the command."""
    before = set(threading.enumerate())
    notes = agency.home / "notes.txt"
    browser(EVERYBODY[clicks.account], *clicks.options, "--notes", str(notes), program=CLICKER)
    said = agency.run("login", "--timeout", "30", clicks.account)
    assert said.code == clicks.code, said.err
    assert clicks.says in said.out + said.err
    for thread in set(threading.enumerate()) - before:  # the browser is being closed
        thread.join(timeout=20)
    assert tuple(notes.read_text(encoding="utf-8").splitlines()) == clicks.titles
