"""Whoever may only read the queue can look at everything, and is told so when they would write."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import queue_of

if TYPE_CHECKING:
    from tests.cli.house import House

SETPRIV = shutil.which("setpriv")
LIKE_OTHERS = ("--bounding-set", "-dac_override,-dac_read_search,-fowner")
AS_OTHERS = [] if os.geteuid() else [str(SETPRIV), *LIKE_OTHERS]
"""Root may write whatever it likes, unless it gives that up."""

pytestmark = pytest.mark.skipif(
    not os.geteuid() and SETPRIV is None, reason="root needs setpriv to be like others"
)


@contextmanager
def only_read(house: House) -> Iterator[None]:
    """Let nobody write the queue, nor into its folder."""
    data = house.run("paths", "--json").document["data"]
    queue = Path(data["paths"]["queue"])
    queue.chmod(0o444)
    queue.parent.chmod(0o555)
    try:
        yield
    finally:
        queue.parent.chmod(0o755)
        queue.chmod(0o600)


def looked(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody who may write nothing there."""
    return subprocess.run(
        [*AS_OTHERS, sys.executable, "-m", "microcom", *words],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def queued(rehearsal: House) -> House:
    """Return a house with a folder of posts, one of them in its queue."""
    posts = rehearsal.home / "posts"
    posts.mkdir()
    (posts / "menu.md").write_text("---\nto: acme-x\nat: 2031-03-03 09:00\n---\nHello\n")
    assert rehearsal.run("apply").code == 0
    return rehearsal


LOOKS = (
    ("queue", "list"),
    ("queue", "show", "1"),
    ("calendar", "--from", "2031-03-03"),
    ("calendar", "--from", "2031-03-03", "--ical", "-"),
    ("slots",),
    ("plan",),
    ("check", "posts"),
    ("log",),
)


@pytest.mark.sqlite("a file that may only be read")
def test_all_that_looks_works(queued: House) -> None:
    """Lists, calendar, plan and check read a queue that nobody has open, and leave no trace."""
    with only_read(queued):
        for words in LOOKS:
            done = looked(*words)
            assert done.returncode == 0, (words, done.stderr)
        folder = Path(queued.run("paths", "--json").document["data"]["paths"]["queue"]).parent
        assert not list(folder.glob("queue.db-*"))


@pytest.mark.sqlite("a file that may only be read")
def test_it_works_beside_a_writer(queued: House) -> None:
    """While somebody else has the queue open, what they have just written is seen."""
    with only_read(queued), queue_of(queued) as store:
        store.db.run("UPDATE delivery SET post = 'renamed'")
        assert "renamed" in looked("queue", "list").stdout
        assert "renamed" in looked("calendar", "--from", "2031-03-03").stdout


@pytest.mark.sqlite("a file that may only be read")
def test_what_writes_is_told(queued: House) -> None:
    """A command that writes says that the queue is read-only, and what would help."""
    with only_read(queued):
        for words in (("queue", "cancel", "1"), ("queue", "shift", "1", "--by", "1h")):
            done = looked(*words)
            assert done.returncode == 3, done.stderr
            assert "is read-only" in done.stderr
            assert "write access" in done.stderr
