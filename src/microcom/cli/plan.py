"""`microcom plan` and `microcom apply`: what post files would do to the queue, and doing it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from microcom.cli.options import (
    Allow,
    AsJson,
    Because,
    Client,
    ConfigFile,
    DryRun,
    OneAccount,
    Sandbox,
)
from microcom.cli.screen import Answer
from microcom.cli.session import Session
from microcom.core.exits import Exit

PLAN_HELP = """Show what post files would change in the queue, and what it costs. Changes nothing.

Without a path: the folder posts beside the accounts file.

Examples:

  microcom plan posts/

  microcom plan --exit-code    exits 10 when there is something to apply
"""

APPLY_HELP = """Make the queue say what post files say: all of it, or nothing.

A second time changes nothing. What has left is never touched; what a person moved or cancelled
stays so until its file says another time. Posts due in the past are left alone (--late queues
them), and so is what no file says any more (--prune cancels it).

Examples:

  microcom apply posts/

  microcom apply posts/ --prune --dry-run
"""

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[PATH…]", help="Post files, or folders of them.", show_default=False),
]
Late = Annotated[bool, typer.Option("--late", help="Queue also what is due in the past.")]
Prune = Annotated[
    bool,
    typer.Option("--prune", help="Cancel what waits and no file in these paths says any more."),
]
Follow = Annotated[
    bool, typer.Option("--follow-files", help="Files win over what people moved or cancelled.")
]
Partial = Annotated[bool, typer.Option("--partial", help="Go on with what is right.")]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit with 10 if there are changes.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("plan", help=PLAN_HELP)(plan)
    app.command("apply", help=APPLY_HELP)(apply)


def plan(
    paths: Paths = None,
    late: Late = False,
    prune: Prune = False,
    follow_files: Follow = False,
    allow: Allow = None,
    client: Client = None,
    account: OneAccount = None,
    exit_code: ExitCode = False,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what post files would change."""
    from microcom.cli.changelist import data_of, show
    from microcom.cli.planning import wishes
    from microcom.cli.surveying import Only, Surveying
    from microcom.core.survey import Asked

    session = Session("plan", json=as_json, sandbox=sandbox, config=config)
    only = Only(client, account).checked(session)
    asked = Asked(late=late, prune=prune, follow_files=follow_files)
    surveying = Surveying(session, wishes(session, paths or [], allow or []), asked, only)
    surveying.keep_apart(allow or [])
    found, wished = surveying.seen(), surveying.wishes
    code = Exit.CHANGES if exit_code and found.doing else Exit.OK
    answer = Answer(
        data=data_of(found),
        shown=lambda screen: show(screen, session, wished, found, applied=False),
        code=Exit.USAGE if wished.obstacles else code,
        problems=wished.problems,
    )
    raise typer.Exit(session.screen.answer(answer))


def apply(
    paths: Paths = None,
    late: Late = False,
    prune: Prune = False,
    follow_files: Follow = False,
    partial: Partial = False,
    allow: Allow = None,
    because: Because = None,
    client: Client = None,
    account: OneAccount = None,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Make the queue say what post files say."""
    from microcom.cli.changelist import data_of, show
    from microcom.cli.planning import wishes
    from microcom.cli.surveying import Only, Surveying
    from microcom.core.survey import Asked

    session = Session("apply", json=as_json, sandbox=sandbox, config=config)
    only = Only(client, account).checked(session)
    asked = Asked(late=late, prune=prune, follow_files=follow_files)
    surveying = Surveying(session, wishes(session, paths or [], allow or []), asked, only)
    surveying.keep_apart(allow or [])
    found, code = surveying.applied(because, partial=partial, dry=dry_run)
    answer = Answer(
        data=data_of(found),
        shown=lambda screen: show(screen, session, surveying.wishes, found, applied=not dry_run),
        code=code,
        problems=surveying.wishes.problems,
    )
    raise typer.Exit(session.screen.answer(answer))
