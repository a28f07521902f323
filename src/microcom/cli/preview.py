"""`microcom post --preview`: a page on this machine of what each target would get."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.cli.browser import has_browser, open_page
from microcom.cli.screen import Answer, Screen, nearby
from microcom.core.exits import Exit

if TYPE_CHECKING:
    from microcom.cli.session import Session
    from microcom.core.plan import Plan
    from microcom.core.problem import Problem
    from microcom.intake.draft import Draft

FOLDER = "preview"
KEPT = timedelta(days=30)
STARTING = 3
"""Seconds in which a browser is started."""


def preview_of(
    session: Session, draft: Draft, plan: Plan, *, partial: bool, browser: bool
) -> Answer:
    """Write the page of a plan, open it where a person sits, and return its path.

    What is wrong is on the page, too; the exit code is that of a dry run.
    """
    from microcom.runner.preview_files import Pages

    pages = Pages(str(Path(session.places.cache, FOLDER)))
    path = pages.write(_identity(session, draft), _page(session, draft, plan))
    pages.tidy((session.clock.now() - KEPT).timestamp())
    shows = browser and sys.stdout.isatty() and not session.screen.json and has_browser()

    def shown(screen: Screen) -> None:
        screen.say(str(path))
        if shows:
            open_page(path.as_uri()).join(timeout=STARTING)

    code = Exit.USAGE if plan.obstacles and not (partial and plan.deliveries) else Exit.OK
    return Answer({"path": str(path)}, shown, code=code, problems=plan.problems)


def _page(session: Session, draft: Draft, plan: Plan) -> str:
    from microcom.core.plan import name_of
    from microcom.platforms import load
    from microcom.runner.preview import Gathering
    from microcom.runner.preview_files import Shown
    from microcom.runner.preview_page import page

    def placed(problem: Problem) -> Problem:
        found = draft.placed(problem, plan.said) if draft.places else problem
        return found if found.where is None else replace(found, where=nearby(found.where))

    config = session.config
    used = {config.accounts[target.account].platform for target in plan.targets}
    platforms = {name: load(name) for name in used}
    gathering = Gathering(config, platforms, session.clock.now(), placed)
    preview = gathering.preview(name_of(draft.post), _source(session, draft), plan)
    return page(preview, Shown(session.files.path).source)


def _source(session: Session, draft: Draft) -> str | None:
    from microcom.cli.project import source_of

    return source_of(session, draft.post)


def _identity(session: Session, draft: Draft) -> tuple[str, ...]:
    """Return what tells a post from others, also while its words change."""
    from microcom.core.plan import name_of

    post = draft.post
    if post.id is None and post.source is not None:
        return (session.config.project, post.source, Path(post.source).stem)
    return (session.config.project, name_of(post))
