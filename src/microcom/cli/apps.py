"""`microcom apps`: the developer apps that accounts speak through, and their secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, ConfigFile, DryRun, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.core.config import App, Config
    from microcom.core.steps import JsonValue

HELP = "Developer apps: which account speaks through which, and their secrets."
KEEP_HELP = """Keep the secret of a developer app in the vault.

It is asked for without showing it, or read from standard input; it never stands on the command
line. A new one replaces the one before.

Examples:

  microcom apps secret x-north

  pass show x/north | microcom apps secret x-north
"""
HEADS = ("app", "platform", "kind", "client id", "secret", "comes back to", "accounts")
Name = Annotated[
    str, typer.Argument(metavar="APP", help="An app of accounts.yaml.", show_default=False)
]


def register_group(app: typer.Typer, words: Sequence[str]) -> None:
    """Add the command group."""
    del words
    group = typer.Typer(help=HELP, no_args_is_help=True)
    group.command("list")(list_)
    group.command("secret", help=KEEP_HELP)(secret)
    app.add_typer(group, name="apps")


def list_(sandbox: Sandbox = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List the apps, whether their secret is known, and who speaks through them.

    Example: microcom apps list
    """
    session = Session("apps list", json=as_json, sandbox=sandbox, config=config)
    rows = [_row(session, app) for app in session.config.apps.values()]

    def shown(screen: Screen) -> None:
        screen.table(HEADS, [_cells(row) for row in rows])

    raise typer.Exit(session.screen.answer(Answer({"apps": rows}, shown)))


def secret(
    name: Name,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Keep the secret of an app."""
    from microcom.cli.typed import secrets
    from microcom.core.login import app_entry

    session = Session("apps secret", json=as_json, sandbox=sandbox, config=config)
    app = _named(session.config, name)
    session.screen.note(f"The secret of {name} ({app.platform} app {app.client_id})")
    (given,) = secrets(session.screen, f"microcom apps secret {name}", "secret")
    entry = app_entry(app.platform, app.client_id)
    if not dry_run:
        session.new_store.secrets.note(entry, session.vault.name)
        session.vault.write(entry, given)

    def shown(screen: Screen) -> None:
        did = "would be kept" if dry_run else "is kept"
        screen.say(f"The secret of {name} {did} in the {session.vault.name} vault.")
        waiting = ", ".join(_parked(session, name))
        if waiting and not dry_run:
            screen.say(f"Parked: {waiting}. To go on: microcom resume ACCOUNT")

    answer = Answer({"apps": [_row(session, app)]}, shown)
    raise typer.Exit(session.screen.answer(answer))


def _named(config: Config, name: str) -> App:
    """Return the app of that name; raise UserError where there is none, or it has no secret."""
    from microcom.core.login import AppKind
    from microcom.core.names import did_you_mean

    app = config.apps.get(name)
    if app is None:
        hint = did_you_mean(name, config.apps)
        raise UserError(f"There is no app {name}.", code="app.unknown", hint=hint)
    if not app.client_id:
        hint = (
            f"In accounts.yaml:  apps: {{{name}: {{platform: {app.platform}, client_id: ITS_ID}}}}"
        )
        message = f"The app {name} has no client_id yet."
        raise UserError(message, code="app.undeclared", hint=hint)
    if app.kind is AppKind.PUBLIC:
        message = f"The app {name} is public: it has no secret."
        hint = "If it does have one, write `kind: confidential` in accounts.yaml."
        raise UserError(message, code="app.public", hint=hint)
    return app


def _row(session: Session, app: App) -> dict[str, JsonValue]:
    from microcom.platforms import load

    way = load(app.platform).login.oauth2
    usual = None if way is None else way.redirect
    accounts = session.config.accounts.values()
    return {
        "name": app.name,
        "platform": app.platform,
        "kind": app.kind.value,
        "client_id": app.client_id,
        "redirect": app.redirect or usual,
        "has_secret": _has_secret(session, app),
        "accounts": [one.name for one in accounts if one.app == app.name],
    }


def _has_secret(session: Session, app: App) -> bool | None:
    """Say whether an app's secret was kept, None for one that has none; opens no vault."""
    from microcom.core.login import AppKind, app_entry

    if app.kind is AppKind.PUBLIC or not app.client_id:
        return None
    try:
        return app_entry(app.platform, app.client_id) in session.store.secrets.names()
    except UserError as error:
        if error.code != "store.none":
            raise
        return False


def _cells(row: dict[str, JsonValue]) -> tuple[str, ...]:
    kept = {True: "kept", False: "missing", None: "-"}[row["has_secret"]]
    kind = row["kind"] if row["client_id"] else "-"
    return (
        row["name"],
        row["platform"],
        kind,
        row["client_id"] or "not declared",
        kept,
        row["redirect"] or "-",
        ", ".join(row["accounts"]),
    )


def _parked(session: Session, app: str) -> list[str]:
    """Return the accounts of an app that are parked."""
    known = session.store.accounts.all()
    return [
        one.account.name
        for one in known
        if one.account.app == app and one.state == "parked" and one.until is None
    ]
