"""`microcom new`: a post file to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, ConfigFile, DryRun
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.errors import Mistakes, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.core.target import Target

HELP = """Write a post file to begin with, under an id that stays. Never overwrites one.

It goes into the folder posts beside the accounts file, unless --in names another.

Examples:

  microcom new "Winter menu"

  microcom new "Winter menu" --to coffee-people --at "2026-12-04 09:00"

  microcom new "Doors are open" --to acme-x --at "in 20 min"    written down with its date
"""

Title = Annotated[str, typer.Argument(metavar="TITLE", help="What it is about.")]
To = Annotated[
    list[str] | None,
    typer.Option("--to", metavar="TARGET", help="An account, account/community or group."),
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="WHEN", help='"2026-12-04 09:00", "fri 18:30", "slot".'),
]
Folder = Annotated[
    Path | None, typer.Option("--in", metavar="FOLDER", help="Where to put it.", file_okay=False)
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("new", help=HELP)(new)


def new(
    title: Title,
    to: To = None,
    at: At = None,
    folder: Folder = None,
    dry_run: DryRun = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Write a post file to begin with."""
    from microcom.cli.project import project_folder
    from microcom.core.names import slug
    from microcom.intake.starter import post_starter, write_starter

    session = Session("new", json=as_json, config=config)
    name = slug(title)
    if not name:
        raise UserError(
            f"No id can be made of {title!r}.", code="post.id", hint="Use a few letters or digits."
        )
    targets = [word.strip() for one in to or [] for word in one.split(",") if word.strip()]
    found = _known(session, targets)
    at = None if at is None else _dated(session, at, found)
    path = (folder or project_folder(session) / "posts") / f"{name}.md"
    text = post_starter(name, title, targets, at)
    if not dry_run:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_starter(path, text)

    def shown(screen: Screen) -> None:
        if dry_run:
            screen.say(text.rstrip())
            return
        near = _nearby(path)
        screen.say(f"Wrote {near}. Fill it in, then: microcom check {near}")

    answer = Answer({"path": str(path), "id": name, "text": text, "written": not dry_run}, shown)
    raise typer.Exit(session.screen.answer(answer))


def _known(session: Session, targets: Sequence[str]) -> Sequence[Target]:
    """Return the targets that words name; raise Mistakes for those that there are not."""
    from microcom.core.aim import aim
    from microcom.core.target import expand

    found, problems = expand(
        targets, session.config.groups, lambda word: aim(word, session.config.accounts)
    )
    if problems:
        raise Mistakes(problems)
    return found


def _dated(session: Session, words: str, targets: Sequence[Target]) -> str:
    """Return words for a time with their date, as the first target's wall clock has it."""
    from microcom.core.schedule import zone
    from microcom.core.when import dated

    config, name = session.config, session.config.timezone
    for target in targets[:1]:
        name = config.accounts[target.account].zone_of(target.community)
    return dated(words, zone(name), session.clock.now())


def _nearby(path: Path) -> str:
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
