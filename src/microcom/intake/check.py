"""What is wrong with files, without a network, a queue or a vault: every mistake at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from microcom.core.config import Config
from microcom.core.media import Media
from microcom.core.plan import Fitted, as_it_is, plan
from microcom.core.problem import Problem
from microcom.errors import UserError
from microcom.intake.accounts import load
from microcom.intake.draft import Draft
from microcom.intake.find import find_config
from microcom.intake.gather import YAML, files_of, gathered, problems_of
from microcom.intake.places import Places
from microcom.intake.registry import Registry
from microcom.intake.templates import render
from microcom.values import dataclass


@dataclass(frozen=True, slots=True)
class Checked:
    """The files that were looked at, and what is wrong with them; ``where`` is a place in them."""

    files: tuple[str, ...]
    problems: tuple[Problem, ...]


def check(
    paths: Sequence[Path],
    places: Places,
    platforms: Registry,
    now: datetime,
    *,
    cwd: Path,
    explicit: str | None = None,
    look: Callable[[str], Media | None],
    fitted: Fitted = as_it_is,
) -> Checked:
    """Check accounts files, post files, and folders of both; without paths, the accounts in force.

    Posts are checked against the accounts file among the paths, else the one in force. A post
    without targets may get them on the command line, and one whose time has gone by may have been
    posted: neither is a mistake here. ``look`` says what a picture or video is, None where that
    takes a network; ``fitted`` gives the copies that go out instead.
    """
    files = [file for path in paths for file in files_of(Path(cwd, path))]
    posts = [file for file in files if file.suffix not in YAML]
    problems: list[Problem] = []
    config, read = None, [file for file in files if file.suffix in YAML]
    try:
        read = read or list(find_config(places, explicit, cwd))
        config = load(tuple(read), platforms)
    except UserError as error:
        problems.extend(problems_of(error, None))
    found = gathered(posts, look)
    about = list(found.problems)
    for _, draft in found.drafts:
        if config is not None:
            about.extend(_planned(draft, config, platforms, now, fitted))
    about.sort(key=_in_order(posts))
    return Checked(tuple(str(file) for file in (*read, *posts)), (*problems, *about))


def _in_order(files: Sequence[Path]) -> Callable[[Problem], int]:
    """Return what puts problems in the order of the files that they are about."""
    order = {str(file): number for number, file in enumerate(files)}

    def number(problem: Problem) -> int:
        where = problem.where or ""
        return order.get(where, order.get(where.rsplit(":", 2)[0], -1))

    return number


def _planned(
    draft: Draft, config: Config, platforms: Registry, now: datetime, fitted: Fitted
) -> Iterator[Problem]:
    """Yield what is wrong with a post as its targets would get it, as far as files are known."""
    used = {account.platform for account in config.accounts.values()}
    loaded = {name: platforms.load(name) for name in used}
    found = plan(draft.post, config, loaded, now, render=render, fitted=fitted, past=True)
    yield from draft.unseen
    wrong = [one for one in found.problems if one.code != "target.none"]
    if draft.unseen:
        wrong = [one for one in wrong if not _is_of_media(one)]
    yield from draft.told(wrong, found.said)


def _is_of_media(problem: Problem) -> bool:
    """Say whether a problem may be gone once every file was looked at."""
    return problem.code.startswith("media.") or problem.code == "text.empty"
