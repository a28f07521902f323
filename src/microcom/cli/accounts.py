"""`microcom accounts`: who can post where, under which rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, Client, ConfigFile, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from microcom.core.account import Account
    from microcom.core.config import Config, Origin
    from microcom.core.steps import JsonValue
    from microcom.store.accounts import Known

HELP = "Who can post where, and under which rules."
Name = Annotated[str, typer.Argument(metavar="NAME")]


def register_group(app: typer.Typer, words: Sequence[str]) -> None:
    """Add the command group."""
    del words
    group = typer.Typer(help=HELP, no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    app.add_typer(group, name="accounts")


def list_(
    client: Client = None,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """List the accounts with their state.

    Example: microcom accounts list --client acme
    """
    session = Session("accounts list", json=as_json, sandbox=sandbox, config=config)
    known = _known(session)
    accounts = [
        account
        for account in session.config.accounts.values()
        if client is None or account.client == client
    ]
    rows = [_row(account, known.get(account.name)) for account in accounts]

    def shown(screen: Screen) -> None:
        heads = ("account", "platform", "client", "handle", "state", "communities")
        pairs = zip(accounts, rows, strict=True)
        screen.table(heads, [_cells(account, row) for account, row in pairs])

    raise typer.Exit(session.screen.answer(Answer({"accounts": rows}, shown)))


def show(
    name: Name, sandbox: Sandbox = None, config: ConfigFile = None, as_json: AsJson = False
) -> None:
    """Show one account: who it is, its communities, and each rule with the line it comes from.

    Example: microcom accounts show acme-x
    """
    session = Session("accounts show", json=as_json, sandbox=sandbox, config=config)
    account = _named(session.config, name)
    row = _row(account, _known(session).get(name))
    rules = {place: _rules(session.config, place) for place in _places(account)}

    def shown(screen: Screen) -> None:
        screen.facts({key.replace("_", " "): _said(value) for key, value in row.items()})
        for place, said in rules.items():
            if said:
                screen.say(f"\nrules of {place}")
                screen.facts({f"  {key}": value for key, value in said.items()})

    data = {"accounts": [row | {"rules": rules}]}
    raise typer.Exit(session.screen.answer(Answer(data, shown)))


def _named(config: Config, name: str) -> Account:
    from microcom.core.names import did_you_mean

    if name not in config.accounts:
        hint = did_you_mean(name, config.accounts)
        raise UserError(f"There is no account {name}.", code="account.unknown", hint=hint)
    return config.accounts[name]


def _known(session: Session) -> Mapping[str, Known]:
    """Return what the queue knows, by name; nothing where there is no queue yet."""
    try:
        return {one.account.name: one for one in session.store.accounts.all()}
    except UserError as error:
        if error.code != "store.none":
            raise
        return {}


def _row(account: Account, known: Known | None) -> dict[str, JsonValue]:
    return {
        "name": account.name,
        "platform": account.platform,
        "client": account.client,
        "app": account.app,
        "handle": account.handle,
        "timezone": account.timezone,
        "state": _state(known),
        "reason": None if known is None else known.reason,
        "remote_id": None if known is None else known.remote_id,
        "communities": list(account.communities),
        "default": account.default,
    }


def _state(known: Known | None) -> str:
    if known is None or known.remote_id is None:
        return "not logged in"
    return "ready" if known.state == "active" else known.state


def _cells(account: Account, row: dict[str, JsonValue]) -> tuple[str, ...]:
    places = ", ".join(account.communities)
    return (
        account.name,
        account.platform,
        account.client or "",
        account.handle,
        str(row["state"]),
        places,
    )


def _places(account: Account) -> tuple[str, ...]:
    return (account.name, *(f"{account.name}/{place}" for place in account.communities))


def _rules(config: Config, place: str) -> dict[str, str]:
    origins: Mapping[str, Origin] = config.origins.get(place, {})
    return {key: f"{origin.value}  ({origin.where})" for key, origin in sorted(origins.items())}


def _said(value: JsonValue) -> str:
    if value is None:
        return "-"
    return ", ".join(value) if isinstance(value, list) else str(value)
