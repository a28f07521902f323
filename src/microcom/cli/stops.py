"""`microcom pause` and `microcom resume`: who may speak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from microcom.cli.options import AsJson, DryRun, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from microcom.store.accounts import Accounts

PAUSE_HELP = """Stop accounts until they are resumed; what is queued waits.

What is leaving at this moment is let out.

Examples:

  microcom pause acme-x

  microcom pause --app x-north

  microcom pause --client acme
"""

RESUME_HELP = """Let paused or parked accounts publish again.

What waited in the queue goes out as soon as it is run.

Examples:

  microcom resume acme-x

  microcom resume --app x-north
"""

Names = Annotated[list[str] | None, typer.Argument(metavar="ACCOUNT…", show_default=False)]
Everyone = Annotated[bool, typer.Option("--all", help="Every account of this queue.")]
OfClient = Annotated[
    str | None, typer.Option("--client", metavar="NAME", help="All accounts of a client.")
]
OneAccount = Annotated[str | None, typer.Option("--account", metavar="NAME", help="This account.")]
App = Annotated[str | None, typer.Option("--app", metavar="NAME", help="All accounts of an app.")]

Who: TypeAlias = tuple[str, str]
"""``account`` or ``app``, and a name."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("pause", help=PAUSE_HELP)(pause)
    app.command("resume", help=RESUME_HELP)(resume)


def pause(
    names: Names = None,
    account: OneAccount = None,
    app: App = None,
    client: OfClient = None,
    everyone: Everyone = False,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Stop accounts until they are resumed."""
    session = Session("pause", json=as_json, sandbox=sandbox)
    reason = f"asked by {session.actor}"

    def decide(accounts: Accounts, who: Who) -> str:
        stop = accounts.park if who[0] == "account" else accounts.park_app
        stop(who[1], reason, by_person=True)
        return "paused"

    names = [*(names or []), *([] if account is None else [account])]
    if _is_everyone(everyone, names, app, client):
        who = [("account", one.name) for one in session.store.accounts.members()]
    else:
        who = _named(session, names, app, client)
    raise typer.Exit(_each(session, who, decide, dry_run=dry_run))


def resume(
    names: Names = None,
    account: OneAccount = None,
    app: App = None,
    client: OfClient = None,
    everyone: Everyone = False,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Let accounts publish again."""
    session = Session("resume", json=as_json, sandbox=sandbox)

    def decide(accounts: Accounts, who: Who) -> str:
        go_on = accounts.resume if who[0] == "account" else accounts.resume_app
        return "resumed" if go_on(who[1]) else "was not stopped"

    names = [*(names or []), *([] if account is None else [account])]
    if _is_everyone(everyone, names, app, client):
        who = [
            (stop.scope, stop.name)
            for stop in session.store.accounts.stops()
            if stop.state != "unadopted"
        ]
    else:
        who = _named(session, names, app, client)
    raise typer.Exit(_each(session, who, decide, dry_run=dry_run))


def _is_everyone(everyone: bool, names: list[str], app: str | None, client: str | None) -> bool:
    """Return whether --all was said; raise UserError where somebody was named as well."""
    if everyone and (names or app is not None or client is not None):
        hint = "--all already means every account of this queue."
        raise UserError("Say either --all or names.", code="account.both", hint=hint)
    return everyone


def _each(
    session: Session, whom: list[Who], decide: Callable[[Accounts, Who], str], *, dry_run: bool
) -> int:
    """Decide about all of them, or none; return the exit code."""
    store = session.store
    with store.db.trial() if dry_run else store.db.transaction():
        done = [(who, decide(store.accounts, who)) for who in whom]

    def shown(screen: Screen) -> None:
        for (scope, name), said in done:
            screen.say(f"{scope} {name}: {said}")
        if not done:
            screen.say("There is nobody to decide about.")
        if dry_run:
            screen.say("This was a dry run: nothing has changed.")

    data = {
        f"{scope}s": [{"name": name, "done": said} for (kind, name), said in done if kind == scope]
        for scope in ("account", "app")
    }
    return session.screen.answer(Answer(data, shown))


def _named(session: Session, names: list[str], app: str | None, client: str | None) -> list[Who]:
    """Return who was named; raise UserError for nobody, or for a name that is unknown here."""
    if not names and app is None and client is None:
        hint = "Name one or more, or an app (--app NAME), a client (--client NAME), or --all."
        raise UserError("Which account?", code="account.none", hint=hint)
    known = session.store.accounts.members()
    for name in names:
        _expect("account", name, {one.name for one in known})
    if app is not None:
        _expect("app", app, {one.app for one in known})
    if client is not None:
        _expect("client", client, {one.client for one in known if one.client is not None})
        names = [*names, *(one.name for one in known if one.client == client)]
    apps = [] if app is None else [("app", app)]
    return [*(("account", name) for name in dict.fromkeys(names)), *apps]


def _expect(scope: str, name: str, known: Collection[str]) -> None:
    from microcom.core.names import did_you_mean

    if name not in known:
        hint = did_you_mean(name, known)
        hint = hint or "It knows those that have logged in or were posted to."
        raise UserError(f"The queue knows no {scope} {name}.", code=f"{scope}.unknown", hint=hint)
