"""The files that a plan is made of: read, looked at, checked for every target they name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from microcom.cli.project import diary_of, project_folder, relative, source_of
from microcom.core.changes import Scope
from microcom.core.problem import Problem, Severity
from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.cli.session import Session
    from microcom.core.changes import Identity
    from microcom.core.passage import Fresh
    from microcom.core.post import Post
    from microcom.intake.draft import Draft

Tell: TypeAlias = "Callable[[Sequence[Problem]], tuple[Problem, ...]]"
POSTS = "posts"
UNREAD = ("account.", "community.", "target.")
"""How the codes begin of targets that could not be read: nobody knows which ones they are."""
NO_TIME = "It has no time yet, so it is left alone."


@dataclass(frozen=True, slots=True)
class Wishes:
    """What files want: deliveries with the post of each, problems, and what they speak of."""

    wanted: tuple[Fresh, ...]
    posts: dict[str, Post]
    problems: tuple[Problem, ...]
    scope: Scope
    told: Mapping[str, Tell]
    """Puts the problems of a post's deliveries where its file says what they are about."""

    @property
    def obstacles(self) -> tuple[Problem, ...]:
        """Return the problems that stand in the way of something."""
        return tuple(one for one in self.problems if one.severity is not Severity.NOTICE)


def wishes(session: Session, paths: Sequence[Path], allow: Collection[str]) -> Wishes:
    """Return what the posts in files and folders want; without paths, those in ``posts``."""
    from microcom.intake.gather import YAML, files_of, gathered

    places = [path.absolute() for path in paths] or [_usual(session)]
    files = [file for path in places for file in files_of(path) if file.suffix not in YAML]
    try:
        found = gathered(files, session.files.look)
    finally:
        session.files.line.end()
    read = {file for file, _ in found.drafts}
    unread = {relative(session, file) for file in map(str, files) if file not in read}
    covers = [relative(session, str(one)) for one in places]
    drafts = [draft for _, draft in found.drafts]
    return wished(session, drafts, found.problems, Scope((), covers, unread), allow)


def wished(
    session: Session,
    drafts: Sequence[Draft],
    problems: Sequence[Problem],
    scope: Scope,
    allow: Collection[str],
) -> Wishes:
    """Return what drafts want; ``problems`` were found before, ``scope`` is what was read."""
    from microcom.core.plan import name_of, plan
    from microcom.intake.templates import render
    from microcom.platforms import load

    config, now = session.config, session.clock.now()
    platforms = {name: load(name) for name in {one.platform for one in config.accounts.values()}}
    diary = diary_of(session, [name_of(draft.post) for draft in drafts])
    wanted: list[Fresh] = []
    found = list(problems)
    spoken: set[Identity] = set()
    unread = set(scope.unread)
    told: dict[str, Tell] = {}
    for draft in drafts:
        made = plan(
            *(draft.post, config, platforms, now),
            render=render,
            fitted=session.files.fitted,
            diary=diary,
            allow=allow,
            past=True,
        )
        spoken |= {(name_of(draft.post), target, "") for target in made.targets}
        if any(_counts(one) and one.code.startswith(UNREAD) for one in made.obstacles):
            unread.add(source_of(session, draft.post) or "")
        found += draft.told([one for one in made.problems if _counts(one)], made.said)
        told[name_of(draft.post)] = partial(draft.told, said=made.said)
        timed = [one for one in made.deliveries if one.at_words is not None]
        if len(timed) < len(made.deliveries):
            where = draft.places.get("text")
            found.append(Problem("time.none", NO_TIME, None, where, Severity.NOTICE))
        wanted += [replace(one, source=source_of(session, draft.post)) for one in timed]
    posts = {name_of(draft.post): draft.post for draft in drafts}
    scope = replace(scope, spoken=spoken, unread=unread)
    return Wishes(tuple(wanted), posts, tuple(found), scope, told)


def _counts(problem: Problem) -> bool:
    """Say whether a problem is one of a plan: a post without targets is a draft."""
    return problem.code != "target.none"


def _usual(session: Session) -> Path:
    folder = project_folder(session) / POSTS
    if folder.is_dir():
        return folder
    message = f"There is no folder {POSTS} beside {session.config.files[0]}."
    raise UserError(message, code="plan.none", hint="Name files or folders: microcom plan PATH…")
