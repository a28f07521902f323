from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.house import House


def test_a_new_post_is_right_as_it_stands(house: House) -> None:
    """What `new` writes passes `check`, beside the accounts file, under an id that stays."""
    said = house.run("new", "Winter menu!", "--to", "acme-x", "--at", "2031-12-04 09:00")
    assert (said.code, said.out) == (
        0,
        "Wrote posts/winter-menu.md. Fill it in, then: microcom check posts/winter-menu.md\n",
    )
    text = Path("posts/winter-menu.md").read_text()
    assert "id: winter-menu\n" in text
    assert "at: 2031-12-04 09:00\n" in text
    assert house.run("check", "posts").code == 0


@pytest.mark.parametrize("words", ["in 20 min", "tomorrow 9:00", "fri 18:30"])
def test_a_time_is_written_with_its_date(house: House, words: str) -> None:
    """Words that mean another time every day are written down as the day that they mean."""
    assert house.run("new", "Doors open", "--to", "lumen-x", "--at", words).code == 0
    said = house.run("check", "posts")
    assert said.code == 0, said.err
    (at,) = (
        line for line in Path("posts/doors-open.md").read_text().splitlines() if line[:3] == "at:"
    )
    datetime.strptime(at, "at: %Y-%m-%d %H:%M")  # noqa: DTZ007 - a wall time, as files have it


def test_words_that_are_no_time_make_no_file(house: House) -> None:
    """A time that nobody can read is refused, with what it may mean."""
    said = house.run("new", "Doors open", "--at", "tonight")
    assert (said.code, "today 20:00" in said.err) == (2, True)
    assert not Path("posts").exists()


def test_a_post_is_never_overwritten(house: House) -> None:
    """A second post of that name is refused, and the first one stays."""
    house.run("new", "Menu")
    Path("posts/menu.md").write_text("mine")
    said = house.run("new", "Menu")
    assert (said.code, Path("posts/menu.md").read_text()) == (2, "mine")
    assert "It was left as it is." in said.err


def test_an_unknown_target_is_said_at_once(house: House) -> None:
    """A target that nobody has makes no file."""
    said = house.run("new", "Menu", "--to", "acme-y")
    assert (said.code, "Did you mean acme-x?" in said.err) == (2, True)
    assert not Path("posts").exists()
