"""`microcom init`, `check` and `schema`: the files a person writes."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli import render
from microcom.cli.options import AsJson, ConfigFile, DryRun
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.core.exits import Exit
from microcom.core.problem import Severity

if TYPE_CHECKING:
    from microcom.intake.check import Checked

INIT_HELP = """Write a starter accounts.yaml into this folder. Never overwrites one.

Example:

  microcom init --handle acmecoffee
"""

CHECK_HELP = """Check accounts and post files: every mistake with its place.

Works offline and queues nothing.

Example:

  microcom check posts/
"""

SCHEMA_HELP = """Print the JSON Schema of a file, for editors.

Example:

  microcom schema accounts > accounts.schema.json
"""

Handle = Annotated[str, typer.Option("--handle", help="Your handle, without @.")]
Project = Annotated[str, typer.Option("--project", help="A name for this set of posts.")]
Paths = Annotated[list[Path] | None, typer.Argument(metavar="[PATH…]", show_default=False)]


class Kind(StrEnum):
    """Which file a schema is of."""

    ACCOUNTS = "accounts"
    POST = "post"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init", help=INIT_HELP)(init)
    app.command("check", help=CHECK_HELP)(check)
    app.command("schema", help=SCHEMA_HELP)(schema)


def init(
    handle: Handle = "your-handle",
    project: Project = "my-posts",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Write a starter accounts.yaml."""
    from microcom import platforms
    from microcom.intake.starter import starter, write_starter

    session = Session("init", json=as_json)
    text = starter(_zone(), platforms.BUILT_IN[0], handle=handle, project=project)
    path = Path.cwd() / "accounts.yaml"
    if not dry_run:
        write_starter(path, text)

    def shown(screen: Screen) -> None:
        if dry_run:
            screen.say(text)
            return
        screen.say(f"Wrote {path.name}. Open it, put your handle in, then: microcom check")

    raise typer.Exit(session.screen.answer(Answer({"path": str(path), "text": text}, shown)))


def check(paths: Paths = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Check the accounts file and post files."""
    from microcom import platforms
    from microcom.intake.check import check as lint

    session = Session("check", json=as_json, config=config)
    checked = lint(
        paths or [],
        session.places,
        platforms,
        session.clock.now(),
        cwd=Path.cwd(),
        explicit=config,
    )
    wrong = [one for one in checked.problems if one.severity is not Severity.NOTICE]
    answer = Answer(
        data={"files": [str(file) for file in checked.files]},
        shown=lambda screen: _summary(screen, checked, len(wrong)),
        code=Exit.USAGE if wrong else Exit.OK,
        problems=checked.problems,
    )
    raise typer.Exit(session.screen.answer(answer))


def schema(kind: Annotated[Kind, typer.Argument(help="accounts or post")]) -> None:
    """Print the JSON Schema of a file."""
    from microcom import platforms
    from microcom.intake.schema import schema as of

    render.document(of(kind.value, platforms))


def _summary(screen: Screen, checked: Checked, wrong: int) -> None:
    files = f"{len(checked.files)} file{'s' if len(checked.files) != 1 else ''}"
    if wrong:
        screen.say(f"{files} checked: {wrong} to mend.")
    else:
        screen.say(f"{files} checked: all right.")


def _zone() -> str:
    """Return this machine's time zone by its IANA name, where it can be told."""
    named = os.environ.get("TZ", "")
    if "/" in named:
        return named.removeprefix(":")
    link = Path("/etc/localtime")
    _, found, name = str(link.resolve()).partition("zoneinfo/")
    return name if found and "/" in name and name != "Etc/UTC" else "UTC"
