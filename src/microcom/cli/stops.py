"""`microcom pause` and `microcom resume`: who may speak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, DryRun, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from microcom.store.accounts import Accounts

PAUSE_HELP = """Stop accounts until they are resumed; what is queued waits.

Example:

  microcom pause acme-x
"""

RESUME_HELP = """Let paused or parked accounts publish again.

Examples:

  microcom resume acme-x

  microcom resume --app x-north
"""

Names = Annotated[list[str] | None, typer.Argument(metavar="ACCOUNT…", show_default=False)]
Everyone = Annotated[bool, typer.Option("--all", help="Every account of this queue.")]
App = Annotated[str | None, typer.Option("--app", metavar="NAME", help="An app's accounts.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("pause", help=PAUSE_HELP)(pause)
    app.command("resume", help=RESUME_HELP)(resume)


def pause(
    names: Names = None,
    everyone: Everyone = False,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Stop accounts until they are resumed."""
    session = Session("pause", json=as_json, sandbox=sandbox)
    chosen = _chosen(session, names or [], everyone=everyone)

    def decide(accounts: Accounts, name: str) -> None:
        accounts.park(name, f"paused by {session.actor}", by_person=True)

    _each(session, chosen, "paused", decide, dry_run=dry_run)


def resume(
    names: Names = None,
    everyone: Everyone = False,
    app: App = None,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Let accounts speak again."""
    session = Session("resume", json=as_json, sandbox=sandbox)
    if app is not None:
        _each(session, [_app(session, app)], "resumed", _resume_app, dry_run=dry_run)
        return
    chosen = _chosen(session, names or [], everyone=everyone)
    _each(session, chosen, "resumed", _resume, dry_run=dry_run)


def _resume(accounts: Accounts, name: str) -> None:
    accounts.resume(name)


def _resume_app(accounts: Accounts, name: str) -> None:
    accounts.resume_app(name)


def _each(
    session: Session,
    names: list[str],
    done: str,
    decide: Callable[[Accounts, str], None],
    *,
    dry_run: bool,
) -> None:
    store = session.store
    with store.db.trial() if dry_run else store.db.transaction():
        for name in names:
            decide(store.accounts, name)
    would = "would be " if dry_run else ""

    def shown(screen: Screen) -> None:
        for name in names:
            screen.say(f"{name}: {would}{done}")

    raise typer.Exit(session.screen.answer(Answer({"names": names}, shown)))


def _chosen(session: Session, names: list[str], *, everyone: bool) -> list[str]:
    from microcom.core.names import did_you_mean

    known = [one.account.name for one in session.store.accounts.all()]
    if everyone:
        return known
    if not names:
        raise UserError("Which account?", code="account.none", hint="Name one, or --all.")
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or "Only accounts that have been posted to are known."
            raise UserError(
                f"The queue knows no account {name}.", code="account.unknown", hint=hint
            )
    return names


def _app(session: Session, name: str) -> str:
    from microcom.core.names import did_you_mean

    known = {one.account.app for one in session.store.accounts.all()}
    if name not in known:
        hint = did_you_mean(name, known)
        raise UserError(f"The queue knows no app {name}.", code="app.unknown", hint=hint)
    return name
