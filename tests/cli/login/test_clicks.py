"""The consent page as a real browser shows it: what a person clicks there is what happens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.cli.login.clicker import chromium
from tests.cli.login.conftest import CLICKER

if TYPE_CHECKING:
    from tests.cli.house import House

pytestmark = pytest.mark.skipif(
    chromium() is None, reason="chromium is not installed (apt install chromium)"
)
IN, OUT = "microcom: Back to the terminal", "microcom: Not logged in"


@pytest.mark.parametrize(
    ("account", "answers", "code", "says", "seen"),
    [
        ("acme-x", "--as acmecoffee", 0, "is logged in as acmecoffee", ("Let north in?", IN)),
        ("acme-pins", "--as acmecoffee --answer deny", 2, "declined", ("Let 1501234 in?", OUT)),
        (
            "acme-tiktok",
            "--as acme.coffee --without video.publish",
            2,
            "did not allow video.publish",
            ("Let aw77 in?", IN),
        ),
    ],
    ids=["yes", "no", "a box unticked"],
)
def test_clicking(
    agency: House,
    browser: Callable[..., None],
    account: str,
    answers: str,
    code: int,
    says: str,
    seen: tuple[str, ...],
) -> None:
    """In Chromium the page takes a name, a click and a tick, and leads back to the command."""
    before = set(threading.enumerate())
    notes = agency.home / "notes.txt"
    browser(*answers.split()[1:], "--notes", str(notes), program=CLICKER)
    said = agency.run("login", "--timeout", "30", account)
    assert said.code == code, said.err
    assert says in said.out + said.err
    for thread in set(threading.enumerate()) - before:  # the browser is being closed
        thread.join(timeout=20)
    assert tuple(notes.read_text(encoding="utf-8").splitlines()) == seen
