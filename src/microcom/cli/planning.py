"""The files that a plan is made of: read, looked at, checked for every target they name."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.core.changes import Scope
from microcom.core.problem import Problem, Severity
from microcom.errors import UserError
from microcom.intake.find import FOLDER

if TYPE_CHECKING:
    from microcom.cli.session import Session
    from microcom.core.changes import Identity
    from microcom.core.diary import Diary, Entry
    from microcom.core.passage import Fresh
    from microcom.core.post import Post
    from microcom.core.target import Target

POSTS = "posts"
NO_TIME = "It has no time yet, so it is left alone."


@dataclass(frozen=True, slots=True)
class Wishes:
    """What files want: deliveries with the post of each, problems, and what they speak of."""

    wanted: tuple[Fresh, ...]
    posts: dict[str, Post]
    problems: tuple[Problem, ...]
    scope: Scope

    @property
    def obstacles(self) -> tuple[Problem, ...]:
        """Return the problems that stand in the way of something."""
        return tuple(one for one in self.problems if one.severity is not Severity.NOTICE)


def wishes(session: Session, paths: Sequence[Path], allow: Collection[str]) -> Wishes:
    """Return what the posts in files and folders want; without paths, those in ``posts``."""
    from microcom.core.plan import name_of, plan
    from microcom.intake.gather import YAML, files_of, gathered
    from microcom.intake.templates import render
    from microcom.platforms import load

    places = [path.absolute() for path in paths] or [_usual(session)]
    files = [file for path in places for file in files_of(path) if file.suffix not in YAML]
    config, now = session.config, session.clock.now()
    platforms = {name: load(name) for name in {one.platform for one in config.accounts.values()}}
    try:
        found = gathered(files, session.files.look)
    finally:
        session.files.line.end()
    diary = diary_of(session, [name_of(draft.post) for _, draft in found.drafts])
    wanted: list[Fresh] = []
    problems = list(found.problems)
    spoken: set[Identity] = set()
    for _, draft in found.drafts:
        made = plan(
            *(draft.post, config, platforms, now),
            render=render,
            fitted=session.files.fitted,
            diary=diary,
            allow=allow,
            past=True,
        )
        spoken |= {(name_of(draft.post), target, "") for target in made.targets}
        problems += draft.told([one for one in made.problems if _counts(one)], made.said)
        timed = [one for one in made.deliveries if one.at_words is not None]
        if len(timed) < len(made.deliveries):
            where = draft.places.get("text")
            problems.append(Problem("time.none", NO_TIME, None, where, Severity.NOTICE))
        wanted += [replace(one, source=source_of(session, draft.post)) for one in timed]
    read = {file for file, _ in found.drafts}
    unread = {_relative(session, file) for file in map(str, files) if file not in read}
    scope = Scope(spoken, [_relative(session, str(one)) for one in places], unread)
    posts = {name_of(draft.post): draft.post for _, draft in found.drafts}
    return Wishes(tuple(wanted), posts, tuple(problems), scope)


def diary_of(session: Session, posts: Sequence[str]) -> Diary:
    """Return when accounts are taken, and what of these posts waits; the queue is asked late."""
    from microcom.core.diary import Diary

    known: dict[Identity, Entry] = {}

    def waiting(post: str, target: Target) -> Entry | None:
        if not known:
            known.update(_waiting(session, posts))
        return known.get((post, target, ""))

    def taken(account: str) -> Sequence[datetime]:
        store, places = session.store_or_none, session.config.accounts[account].communities
        if store is None:
            return ()
        gap = max((place.rules.gap for place in places.values()), default=timedelta())
        return store.planned.taken([account], session.clock.now() - gap)[account]

    return Diary(taken, waiting)


def _waiting(session: Session, posts: Sequence[str]) -> Iterator[tuple[Identity, Entry]]:
    from microcom.core.changes import WAITING
    from microcom.core.diary import Entry

    store = session.store_or_none
    if store is None:
        return
    for one in store.planned.of_posts(session.config.project, posts):
        if one.delivery.state in WAITING:
            yield one.identity, Entry(one.delivery.due, one.at_words, one.delivery.zone)


def source_of(session: Session, post: Post) -> str | None:
    """Return a post's file as it is called from the accounts file: the same on every machine."""
    return None if post.source is None else _relative(session, post.source)


def _relative(session: Session, file: str) -> str:
    return os.path.relpath(file, project_folder(session))


def project_folder(session: Session) -> Path:
    """Return the folder that the project's files are called from."""
    folder = Path(session.config.files[0]).absolute().parent
    return folder.parent if folder.name == FOLDER else folder


def _counts(problem: Problem) -> bool:
    """Say whether a problem is one of a plan: a post without targets is a draft."""
    return problem.code != "target.none"


def _usual(session: Session) -> Path:
    folder = project_folder(session) / POSTS
    if folder.is_dir():
        return folder
    message = f"There is no folder {POSTS} beside {session.config.files[0]}."
    raise UserError(message, code="plan.none", hint="Name files or folders: microcom plan PATH…")
