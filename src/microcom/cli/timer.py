"""`microcom timer`: having the queue run by itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, DryRun
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.core.exits import Exit
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.runner.timer import Timer

HELP = "Have the queue run every minute: by systemd, launchd or cron."
INSTALL_HELP = """Have `microcom run` started every minute, also after a restart.

Shows what it writes, writes it, and then looks with the timer's own eyes whether publishing would
work (`microcom doctor --as-cron`). Installing twice changes nothing.

Examples:

  microcom timer install --dry-run

  microcom timer install --kind cron
"""
Kind = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="systemd, launchd or cron")
]


def register_group(app: typer.Typer, words: Sequence[str]) -> None:
    """Add the command group."""
    del words
    group = typer.Typer(help=HELP, no_args_is_help=True)
    group.command("install", help=INSTALL_HELP)(install)
    group.command("status")(status)
    group.command("remove")(remove)
    app.add_typer(group, name="timer")


def install(kind: Kind = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Have the queue run every minute."""
    from microcom.cli.findings import answer
    from microcom.runner import timer

    session, found = _found("timer install", kind, json=as_json)
    for line in found.shown().splitlines():
        session.screen.note(line)
    if dry_run:
        raise typer.Exit(_said(session, found, "Nothing was written.", changed=False))
    changed = timer.install(found, os.environ)
    done = "is installed" if changed else "was installed already"
    session.screen.note(f"The {found.kind} timer {done}. As it would run:")
    findings = timer.as_cron(session.places)
    looked = answer(findings, "The queue is run every minute.")
    looked.data["timer"] = {"kind": found.kind, "changed": changed}
    code = session.screen.answer(looked)
    if found.kind == "systemd":
        session.screen.note("To run while you are logged out: sudo loginctl enable-linger $USER")
    raise typer.Exit(code)


def status(kind: Kind = None, as_json: AsJson = False) -> None:
    """Say whether a timer is installed, and when the queue was last run.

    Example: microcom timer status
    """
    from microcom.runner import timer

    session, found = _found("timer status", kind, json=as_json)
    there = timer.is_installed(found, os.environ)
    words = "installed" if there else "not installed (microcom timer install)"
    last = _last_run(session)
    said = f"The {found.kind} timer is {words}. The queue was last run: {last}."
    raise typer.Exit(_said(session, found, said, installed=there, last_run=last))


def remove(kind: Kind = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Take the timer away; what is queued then waits for `microcom run`.

    Example: microcom timer remove
    """
    from microcom.runner import timer

    session, found = _found("timer remove", kind, json=as_json)
    there = timer.is_installed(found, os.environ)
    if there and not dry_run:
        timer.remove(found, os.environ)
    did = "would be removed" if dry_run else "is removed"
    said = f"The {found.kind} timer {did}." if there else f"There is no {found.kind} timer."
    raise typer.Exit(_said(session, found, said, changed=there and not dry_run))


def _found(command: str, kind: str | None, *, json: bool) -> tuple[Session, Timer]:
    from microcom.runner.timer import timer_of

    session = Session(command, json=json)
    if not session.is_real:
        message = "A timer is for the real world, and this is a sandbox."
        raise UserError(message, code="timer.sandbox", hint="Unset MICROCOM_SANDBOX.")
    return session, timer_of(kind, os.environ, Path.home())


def _last_run(session: Session) -> str:
    try:
        last = session.store.last_run()
    except UserError as error:
        if error.code != "store.none":
            raise
        last = None
    return "never" if last is None else f"{last:%Y-%m-%d %H:%M} UTC"


def _said(session: Session, found: Timer, words: str, **data: object) -> Exit:
    def shown(screen: Screen) -> None:
        screen.say(words)

    row = {"kind": found.kind, "files": [str(path) for path in found.files], **data}
    return session.screen.answer(Answer({"timer": row}, shown))
