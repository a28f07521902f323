"""A project as commands see it: its folder, what its files are called, when its accounts are taken.

Light: `microcom post` asks it each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.intake.find import FOLDER

if TYPE_CHECKING:
    from microcom.cli.session import Session
    from microcom.core.changes import Identity
    from microcom.core.diary import Diary, Entry
    from microcom.core.post import Post
    from microcom.core.target import Target


def diary_of(session: Session, posts: Sequence[str]) -> Diary:
    """Return when accounts are taken, and what of these posts waits; the queue is asked late."""
    from microcom.core.diary import Diary

    @cache
    def known() -> dict[Identity, Entry]:
        return dict(_waiting(session, posts)) if posts else {}

    def waiting(post: str, target: Target) -> Entry | None:
        return known().get((post, target, ""))

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
    return None if post.source is None else relative(session, post.source)


def relative(session: Session, file: str) -> str:
    """Return a file as it is called from the project's folder; what is piped in keeps its name."""
    from microcom.intake.posts import STDIN

    return file if file == STDIN else os.path.relpath(file, project_folder(session))


def project_folder(session: Session) -> Path:
    """Return the folder that the project's files are called from."""
    folder = Path(session.config.files[0]).absolute().parent
    return folder.parent if folder.name == FOLDER else folder
