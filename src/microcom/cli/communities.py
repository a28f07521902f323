"""`microcom communities`: the places that accounts can post to, in the file and on the platform."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.accounts import named
from microcom.cli.options import AsJson, ConfigFile, Sandbox, Verbose
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from microcom.core.account import Account, Offered
    from microcom.core.steps import JsonValue

HELP = "The places that accounts can post to."
HEADS = ("target", "kind", "what it is")
Name = Annotated[
    str | None, typer.Argument(metavar="ACCOUNT", help="Only this account's.", show_default=False)
]
Live = Annotated[bool, typer.Option("--live", help="Ask the platform which ones there are.")]


def register_group(app: typer.Typer, words: Sequence[str]) -> None:
    """Add the command group."""
    del words
    group = typer.Typer(help=HELP, no_args_is_help=True)
    group.command("list")(list_)
    app.add_typer(group, name="communities")


def list_(
    name: Name = None,
    live: Live = False,
    verbose: Verbose = False,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """List targets; with --live, what the platform has, ready to copy into accounts.yaml.

    Example: microcom communities list acme-pins --live
    """
    session = Session(
        "communities list", json=as_json, sandbox=sandbox, config=config, verbose=verbose
    )
    if live:
        answer = _live(session, name)
    else:
        accounts = session.config.accounts
        chosen = list(accounts.values()) if name is None else [named(session.config, name)]
        answer = _listed(chosen)
    raise typer.Exit(session.screen.answer(answer))


def _listed(accounts: Sequence[Account]) -> Answer:
    rows = [
        (f"{account.name}/{place.name}", place.kind, place.about or _settings(place.settings))
        for account in accounts
        for place in account.communities.values()
    ]
    data: list[JsonValue] = [
        {
            "target": f"{account.name}/{place.name}",
            "kind": place.kind,
            "settings": dict(place.settings),
            "default": place.name == account.default,
        }
        for account in accounts
        for place in account.communities.values()
    ]

    def shown(screen: Screen) -> None:
        screen.table(HEADS, rows)

    return Answer({"communities": data}, shown)


def _live(session: Session, name: str | None) -> Answer:
    """Ask the platform; say what it has as lines of an accounts file."""
    if name is None:
        raise UserError(
            "--live asks one account's platform.",
            code="communities.account",
            hint="Name the account: microcom communities list NAME --live",
        )
    account = named(session.config, name)
    offered = _asked(session, account)
    lines = list(_lines(account, offered))
    data: list[JsonValue] = [
        {"title": one.title, "settings": dict(one.settings), "note": one.note} for one in offered
    ]

    def shown(screen: Screen) -> None:
        if not lines:
            screen.say(f"{account.platform} shows no communities for {account.handle}.")
            return
        screen.note("For accounts.yaml; change the names before the colons as you like:")
        for line in lines:
            screen.say(line)

    return Answer({"communities": data}, shown)


def _asked(session: Session, account: Account) -> Sequence[Offered]:
    from microcom.core.platform import Lists
    from microcom.platforms import load
    from microcom.runner.ready import let_in, logged_in
    from microcom.runner.welcome import asked

    platform = load(account.platform)
    if not isinstance(platform, Lists):
        message = f"{account.platform} cannot be asked which communities there are."
        known = ", ".join(account.communities)
        raise UserError(message, code="communities.none", hint=f"{account.name} has {known}.")
    session.new_store.accounts.register(session.config, [account.name])
    speaker = logged_in(session.store, session.http, account.name)
    http = session.http()
    try:
        credential = let_in(session.access(session.store, http), speaker)
        return asked(platform, platform.communities(account), http, credential)
    finally:
        http.close()


def _lines(account: Account, offered: Sequence[Offered]) -> Sequence[str]:
    """Return lines of YAML: the account's communities as the platform has them."""
    if not offered:
        return []
    keys = {key for one in offered for key in one.settings}
    known = [_named(place.settings, keys) for place in account.communities.values()]
    taken: set[str] = set()
    lines = ["accounts:", f"  {account.name}:", "    communities:"]
    for one in offered:
        is_known = _named(one.settings, keys) in known
        note = ", ".join(filter(None, (one.note, "in accounts.yaml already" * is_known)))
        comment = f"    # {note}" if note else ""
        lines.append(f"      {_alias(one.title, taken)}: {_settings(one.settings)}{comment}")
    return lines


def _named(settings: Mapping[str, JsonValue], keys: Iterable[str]) -> dict[str, JsonValue]:
    """Return what names a community: the settings that the platform itself would give."""
    return {key: settings.get(key) for key in keys}


def _alias(title: str, taken: set[str]) -> str:
    """Return a name for a place: its title as a name, numbered where it is taken."""
    import re
    import unicodedata

    latin = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", latin).strip("-") or "place"
    alias, number = name, 2
    while alias in taken:
        alias, number = f"{name}-{number}", number + 1
    taken.add(alias)
    return alias


def _settings(settings: Mapping[str, JsonValue]) -> str:
    """Return settings as one line of YAML; JSON strings are YAML strings."""
    said = (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in settings.items())
    return f"{{{', '.join(said)}}}" if settings else ""
