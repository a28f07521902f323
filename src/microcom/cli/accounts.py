"""`microcom accounts`: who can post where, under which rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, Client, ConfigFile, Sandbox
from microcom.cli.readiness import login_line, said_stop, standings_of
from microcom.cli.screen import Answer, Screen, nearby
from microcom.cli.session import Session
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from microcom.cli.readiness import Standing
    from microcom.cli.rules import InForce
    from microcom.core.account import Account
    from microcom.core.config import Config
    from microcom.core.steps import JsonValue

HELP = "Who can post where, and under which rules."
HEADS = ("account", "platform", "client", "handle", "state", "login", "communities")
LOGIN_HEADS = (
    "account",
    "state",
    "login",
    "token until",
    "last delivery",
    "lasts till then",
    "may",
)
Logins = Annotated[
    bool, typer.Option("--logins", help="How long each login lasts, and what it may do.")
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="An account.", show_default=False)]


def register_group(app: typer.Typer, words: Sequence[str]) -> None:
    """Add the command group."""
    del words
    group = typer.Typer(help=HELP, no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    app.add_typer(group, name="accounts")


def list_(
    client: Client = None,
    logins: Logins = False,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """List the accounts with their state, or (--logins) with their logins.

    Example: microcom accounts list --client acme
    """
    session = Session("accounts list", json=as_json, sandbox=sandbox, config=config)
    accounts = of_client(session.config, client)
    standings = standings_of(session, accounts)

    def shown(screen: Screen) -> None:
        cells = _login_cells if logins else _cells
        rows = [cells(account, standings[account.name]) for account in accounts]
        screen.table(LOGIN_HEADS if logins else HEADS, rows)
        for line in (*_short(standings), *_stops(standings)):
            screen.say(line)

    rows = [_row(account, standings[account.name]) for account in accounts]
    raise typer.Exit(session.screen.answer(Answer({"accounts": rows}, shown)))


def show(
    name: Name, sandbox: Sandbox = None, config: ConfigFile = None, as_json: AsJson = False
) -> None:
    """Show one account: who it is, its communities, and each rule with the line it comes from.

    Example: microcom accounts show acme-x
    """
    session = Session("accounts show", json=as_json, sandbox=sandbox, config=config)
    account = named(session.config, name)
    standing = standings_of(session, [account])[name]
    rules = _rules(session.config, account)

    def shown(screen: Screen) -> None:
        screen.head(f"{name}: {account.handle} on {account.platform}")
        screen.facts(_about(session.config, account, standing))
        _show_rules(screen, name, rules)

    row = _row(account, standing) | {
        "options": dict(account.options),
        "file": session.config.files[0],
        "rules": {
            place: {rule.key: {"value": rule.value, "where": rule.where} for rule in said}
            for place, said in rules.items()
        },
    }
    raise typer.Exit(session.screen.answer(Answer({"accounts": [row]}, shown)))


def named(config: Config, name: str) -> Account:
    """Return the account of that name; raise UserError ``account.unknown`` with the nearest."""
    from microcom.core.names import did_you_mean

    if name not in config.accounts:
        hint = did_you_mean(name, config.accounts)
        raise UserError(f"There is no account {name}.", code="account.unknown", hint=hint)
    return config.accounts[name]


def of_client(config: Config, client: str | None) -> list[Account]:
    """Return the accounts of a client, or all; raise UserError ``client.unknown``."""
    from microcom.core.names import did_you_mean

    if client is not None and client not in config.clients:
        hint = did_you_mean(client, config.clients)
        raise UserError(f"There is no client {client}.", code="client.unknown", hint=hint)
    return [one for one in config.accounts.values() if client in {None, one.client}]


def _row(account: Account, standing: Standing) -> dict[str, JsonValue]:
    from microcom.core.schedule import rfc3339

    stop = standing.stop
    return {
        "name": account.name,
        "platform": account.platform,
        "client": account.client,
        "app": account.app,
        "handle": account.handle,
        "timezone": account.timezone,
        "state": standing.state,
        "reason": None if stop is None else stop.reason,
        "until": None if stop is None or stop.until is None else rfc3339(stop.until),
        "remote_id": standing.remote_id,
        "login": standing.login_row(),
        "communities": list(account.communities),
        "default": account.default,
    }


def _cells(account: Account, standing: Standing) -> tuple[str, ...]:
    places = ", ".join(account.communities)
    client = account.client or ""
    return (
        account.name,
        account.platform,
        client,
        account.handle,
        standing.words,
        standing.lasts,
        places,
    )


def _login_cells(account: Account, standing: Standing) -> tuple[str, ...]:
    """Return a login's end and rights, and whether it lasts until the last delivery."""
    facts, due = standing.tokens, standing.last_due
    expires = None if facts is None else facts.expires
    scopes = None if facts is None else facts.scopes
    lasts = {True: "yes", False: "no", None: "not known"}[standing.outlives]
    return (
        account.name,
        standing.words,
        standing.lasts,
        "" if expires is None else f"{expires:%Y-%m-%d %H:%M} UTC",
        "" if due is None else f"{due:%Y-%m-%d %H:%M} UTC",
        "" if due is None else lasts,
        " ".join(scopes or ()),
    )


def _short(standings: Mapping[str, Standing]) -> list[str]:
    """Return whose login does not last as long as what is queued for it."""
    return [
        f"{name}: its login ends before its last delivery is due"
        for name, one in standings.items()
        if one.outlives is False and one.last_due is not None
    ]


def _stops(standings: Mapping[str, Standing]) -> list[str]:
    """Return, once each, what is stopped, why, and what ends it."""
    found = (standing.stop for standing in standings.values() if standing.stop is not None)
    return [line for stop in dict.fromkeys(found) for line in ("", *said_stop(stop))]


def _about(config: Config, account: Account, standing: Standing) -> dict[str, str]:
    places = (
        f"{place} (default)" if place == account.default else place for place in account.communities
    )
    facts = {
        "client": _client(config, account),
        "app": account.app,
        "time zone": account.timezone,
        "communities": ", ".join(places),
        **{name: json.dumps(value) for name, value in account.options.items()},
        "state": standing.words,
    }
    if standing.remote_id is not None:
        facts["logged in as"] = f"user {standing.remote_id}"
    if standing.stop is not None:
        facts["reason"] = "; ".join(line.strip() for line in said_stop(standing.stop))
    facts.update(_login(standing))
    if standing.wants_login:
        facts["log in with"] = login_line(config, account)
    return facts


def _login(standing: Standing) -> dict[str, str]:
    """Return what an account's login allows and how long it lasts."""
    facts, due = standing.tokens, standing.last_due
    if facts is None:
        return {}
    said = {"login": standing.lasts or "no longer accepted"}
    if facts.scopes is not None:
        said["may"] = " ".join(facts.scopes)
    if due is not None:
        lasts = {True: "the login lasts", False: "the login ends before", None: "not known"}
        said["last delivery"] = f"{due:%Y-%m-%d %H:%M} UTC: {lasts[standing.outlives]}"
    return said


def _client(config: Config, account: Account) -> str:
    if account.client is None:
        return "-"
    title = config.clients[account.client].title
    return account.client if title == account.client else f"{account.client} ({title})"


def _rules(config: Config, account: Account) -> dict[str, tuple[InForce, ...]]:
    """Return the rules of the account and of each of its communities."""
    from microcom.cli.rules import in_force
    from microcom.platforms import load

    facts = load(account.platform).capabilities
    kinds = {name: place.kind for name, place in account.communities.items()}
    first = kinds.get(account.default or "", next(iter(facts)))
    origins = config.origins.get(account.name, {})
    found = {account.name: in_force(account.rules, origins, facts[first])}
    for name, place in account.communities.items():
        target = f"{account.name}/{name}"
        own = config.origins.get(target, origins)
        found[target] = in_force(place.rules, own, facts[place.kind])
    return found


def _show_rules(screen: Screen, name: str, rules: Mapping[str, tuple[InForce, ...]]) -> None:
    """Print the account's rules, and of its communities those that differ."""
    for place, said in rules.items():
        rows = [rule for rule in said if place == name or rule not in rules[name]]
        if rows:
            screen.say()
            screen.head(f"rules of {place}")
            cells = [(rule.key, rule.value, nearby(rule.line)) for rule in rows]
            screen.table(("rule", "value", "from"), cells)
