"""`microcom init`, `check` and `schema`: the files a person writes."""

from __future__ import annotations

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
    from collections.abc import Mapping

    from microcom.core.problem import Problem
    from microcom.intake.check import Checked

INIT_HELP = """Write a starter accounts.yaml into this folder. Never overwrites one.

Example:

  microcom init --handle acmecoffee
"""

CHECK_HELP = """Check accounts and post files: every mistake with its place.

Without a path: the accounts file in force. Works offline and queues nothing.

Example:

  microcom check posts/
"""

SCHEMA_HELP = """Print the JSON Schema of a file, for editors.

Example:

  microcom schema accounts > accounts.schema.json
"""

Handle = Annotated[
    str | None, typer.Option("--handle", metavar="NAME", help="Your handle, without @.")
]
Project = Annotated[
    str, typer.Option("--project", metavar="NAME", help="What to call this set of posts.")
]
Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[PATH…]", help="Files, or folders of them.", show_default=False),
]


class Kind(StrEnum):
    """Which file a schema is of."""

    ACCOUNTS = "accounts"
    POST = "post"


Which = Annotated[Kind, typer.Argument(help="accounts or post.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init", help=INIT_HELP)(init)
    app.command("check", help=CHECK_HELP)(check)
    app.command("schema", help=SCHEMA_HELP)(schema)


def init(
    handle: Handle = None,
    project: Project = "my-posts",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Write a starter accounts.yaml."""
    from microcom import platforms
    from microcom.intake.starter import starter, write_starter

    session = Session("init", json=as_json)
    zone = local_zone(session.places.environment)
    text = starter(zone, platforms.BUILT_IN[0], handle=handle or "", project=project)
    path = Path.cwd() / "accounts.yaml"
    if not dry_run:
        write_starter(path, text)

    def shown(screen: Screen) -> None:
        if dry_run:
            screen.say(text.rstrip())
            return
        screen.say(f"Wrote {path.name}, with this machine's time zone, {zone}.")
        todo = "Look it over" if handle else "Put your handle in"
        screen.say(f"{todo}, then: microcom check")

    answer = Answer({"path": str(path), "text": text, "written": not dry_run}, shown)
    raise typer.Exit(session.screen.answer(answer))


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
        look=session.files.look_offline,
        fitted=session.files.fitted,
    )
    wrong = [one for one in checked.problems if one.severity is not Severity.NOTICE]

    def shown(screen: Screen) -> None:
        screen.problems(checked.problems)
        screen.say(_verdict(checked, wrong))

    answer = Answer(
        data={"files": list(checked.files)},
        shown=shown,
        code=Exit.USAGE if wrong else Exit.OK,
        problems=checked.problems if as_json else (),
    )
    raise typer.Exit(session.screen.answer(answer))


def schema(file: Which, as_json: AsJson = False) -> None:
    """Print the JSON Schema of a file."""
    from microcom import platforms
    from microcom.intake.schema import schema as of

    session = Session("schema", json=as_json)
    found = of(file.value, platforms)
    answer = Answer({"schema": found}, lambda _: render.document(found))
    raise typer.Exit(session.screen.answer(answer))


def local_zone(environment: Mapping[str, str], link: Path = Path("/etc/localtime")) -> str:
    """Return this machine's time zone by its IANA name, or UTC where that cannot be told."""
    from microcom.core.schedule import zone
    from microcom.errors import UserError

    for words in (environment.get("TZ", "").removeprefix(":"), str(link.resolve())):
        _, _, below = words.rpartition("zoneinfo/")
        try:
            return zone(below).key
        except UserError:
            continue
    return "UTC"


def _verdict(checked: Checked, wrong: list[Problem]) -> str:
    files = _counted(len(checked.files), "file")
    if not wrong:
        return f"{files} checked: all right."
    return f"{files} checked: {_counted(len(wrong), 'mistake')}."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
