from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.intake.fakes import FakeRegistry
from tests.intake.test_accounts import STUDIO

from microcom.core.media import Media
from microcom.core.problem import Problem, Severity
from microcom.errors import UserError
from microcom.intake.check import Checked, check
from microcom.intake.places import find_places

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LONG = Problem("text.too_long", "The text is 50 of 40.", "Shorten it by 10.")
RUDE = Problem("text.rude", "The text is rude.", severity=Severity.WOULD_REFUSE)
REGISTRY = FakeRegistry(problems={"long": LONG, "rude": RUDE})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with accounts and two posts that are right."""
    (tmp_path / "accounts.yaml").write_text(STUDIO)
    posts = tmp_path / "posts"
    (posts / ".trash").mkdir(parents=True)
    (posts / "menu.md").write_text("---\nto: coffee\nat: 2026-12-04 09:00\n---\nHello\n")
    (posts / "later.md").write_text("No targets yet.\n")
    (posts / ".trash" / "old.md").write_text("---\n")
    return tmp_path


def _check(folder: Path, *paths: str) -> Checked:
    places = find_places({"MICROCOM_HOME": str(folder / "home")})
    return check([Path(path) for path in paths], places, REGISTRY, NOW, cwd=folder, look=_look)


def _look(file: str) -> Media:
    """Have no file: what is not there is said as the media door says it."""
    message = f"There is no file {Path(file).name}."
    raise UserError(message, code="media.missing", hint="Look at the name.")


def _found(checked: Checked, folder: Path) -> list[tuple[str, str]]:
    return [
        ((problem.where or "").removeprefix(f"{folder}/"), problem.code)
        for problem in checked.problems
    ]


def test_without_paths_the_accounts_are_checked(folder: Path) -> None:
    """The accounts file in force is what `check` looks at by itself."""
    assert _check(folder) == Checked((str(folder / "accounts.yaml"),), ())


def test_a_folder_is_all_that_is_in_it(folder: Path) -> None:
    """Accounts and posts of a folder are checked together; hidden ones are not."""
    names = [Path(file).name for file in _check(folder, ".").files]
    assert names == ["accounts.yaml", "later.md", "menu.md"]
    assert _check(folder, ".").problems == ()


def test_every_mistake_of_every_file(folder: Path) -> None:
    """Accounts, keys, targets, times and texts: all is said at its place in its file."""
    posts = folder / "posts"
    (posts / "a.md").write_text(
        "---\nid: menu\nto: [cofee, acme-pond, acme-pond/wall, own-cove]\nat: soonish\n---\nlong\n"
    )
    (posts / "b.md").write_text("---\ntitel: x\n---\n\n")
    (posts / "c.md").write_text("---\nto: acme-pond\n---\n\nrude and long\n---\nTwo\n")
    (posts / "d.md").write_bytes(b"\xff")
    assert _found(_check(folder, "posts", "posts/none.md"), folder) == [
        ("posts/a.md:3:6", "account.unknown"),
        ("posts/a.md:3:24", "target.twice"),
        ("posts/a.md:3:40", "community.needed"),
        ("posts/a.md:6:1", "text.too_long"),
        ("posts/a.md:4:5", "time.unknown"),
        ("posts/b.md:2:1", "config.unknown_key"),
        ("posts/b.md:4:1", "text.empty"),
        ("posts/c.md:4:1", "text.too_long"),
        ("posts/c.md:4:1", "text.rude"),
        ("posts/d.md:1:1", "text.encoding"),
        ("posts/menu.md:1:1", "post.twice"),
        ("posts/none.md", "file.missing"),
    ]


def test_a_refused_text_names_its_target(folder: Path) -> None:
    """A problem with a text says which targets would refuse it, once for all of them."""
    (folder / "a.md").write_text("---\nto: coffee\n---\nlong\n")
    messages = [problem.message for problem in _check(folder, "a.md").problems]
    assert messages == ["acme-pond/wall, acme-pond/corner: The text is 50 of 40."]


def test_a_time_gone_by_is_no_mistake(folder: Path) -> None:
    """A post of last year may well have been posted."""
    (folder / "a.md").write_text("---\nto: acme-pond\nat: 2025-01-01 09:00\n---\nHello\n")
    assert _check(folder, "a.md").problems == ()


def test_posts_are_read_without_accounts(tmp_path: Path) -> None:
    """Where no accounts file is, that is said, and the posts are checked as far as they go."""
    (tmp_path / "a.md").write_text("---\nid: A\nto: acme\n---\nHello\n")
    assert _found(_check(tmp_path, "a.md"), tmp_path) == [
        ("", "config.none"),
        ("a.md:2:5", "config.name"),
    ]


def test_wrong_accounts_do_not_hide_wrong_posts(folder: Path) -> None:
    """Mistakes in the accounts file and in a post come together."""
    (folder / "accounts.yaml").write_text("project: P\n")
    (folder / "a.md").write_text("---\nid: A\n---\nHello\n")
    assert _found(_check(folder, "accounts.yaml", "a.md"), folder) == [
        ("accounts.yaml:1:10", "config.name"),
        ("a.md:2:5", "config.name"),
    ]
