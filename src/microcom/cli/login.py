"""`microcom login`: give an account its token."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, ConfigFile, DryRun, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.errors import UserError

if TYPE_CHECKING:
    from datetime import timedelta

    from microcom.core.account import Account
    from microcom.core.login import Identity
    from microcom.core.platform import Platform

HELP = """Give an account its access token.

The token is asked for without showing it, or read from standard input; it never stands on the
command line. It is checked to be the account's own, and kept in the system's keyring.

Examples:

  microcom login acme-x --token

  pass show x/acme | microcom login acme-x --token
"""

LONGEST_TOKEN = 8192
Name = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="An account of accounts.yaml.", show_default=False)
]
WithToken = Annotated[bool, typer.Option("--token", help="Type or pipe in an access token.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("login", help=HELP)(login)


def login(
    name: Name,
    token: WithToken = False,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Give an account its access token."""
    from microcom.cli.accounts import named
    from microcom.platforms import load

    session = Session("login", json=as_json, sandbox=sandbox, config=config)
    account = named(session.config, name)
    platform = load(account.platform)
    if session.is_real and not token:
        raise _no_browser_yet(name, platform)
    secret = _asked(session, account, platform) if session.is_real else session.vault.token(name)
    identity, offset = _checked(session, account, platform, secret)
    if not dry_run:
        _keep(session, name, secret, identity, offset)

    def shown(screen: Screen) -> None:
        did = "would be logged in" if dry_run else "is logged in"
        screen.say(f"{name} {did} as {identity.handle} on {account.platform}.")

    row = {"name": name, "handle": identity.handle, "remote_id": identity.remote_id}
    raise typer.Exit(session.screen.answer(Answer({"accounts": [row]}, shown)))


def _no_browser_yet(name: str, platform: Platform) -> UserError:
    hint = (
        f"Make a token that allows {' '.join(platform.login.scopes)} at "
        f"{platform.login.token_page}, then: microcom login {name} --token"
    )
    message = "Logging in through the browser is not there yet."
    return UserError(message, code="login.browser", hint=hint)


def _asked(session: Session, account: Account, platform: Platform) -> str:
    """Return the token that a person typed unseen, or that was piped in."""
    secret = _said(session, account, platform).strip()
    if not secret:
        hint = f"Type it when asked, or pipe it in: … | microcom login {account.name} --token"
        raise UserError("No token was given.", code="login.empty", hint=hint)
    if len(secret) > LONGEST_TOKEN or not _is_one_word(secret):
        hint = "Give the token alone, on one line, without quotes or the word Bearer."
        raise UserError("This is not a token.", code="login.token", hint=hint)
    return secret


def _is_one_word(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _said(session: Session, account: Account, platform: Platform) -> str:
    """Return what was typed unseen, or the standing input; "" where there is neither."""
    if sys.stdin is None or sys.stdin.closed:
        return ""
    if not sys.stdin.isatty():
        session.screen.note("Reading the token from standard input.")
        return sys.stdin.read(LONGEST_TOKEN + 2)
    allowed = " ".join(platform.login.scopes)
    session.screen.note(f"A token for {account.handle}, from {platform.login.token_page}")
    session.screen.note(f"  It must allow {allowed}")
    return _typed("Token (not shown): ")


def _typed(prompt: str) -> str:
    """Return what a person types unseen; raise UserError where it could be seen."""
    import getpass
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt)
    except EOFError:
        return ""
    except getpass.GetPassWarning as error:
        message = "This terminal would show the token."
        hint = "Pipe it in: … | microcom login ACCOUNT --token"
        raise UserError(message, code="login.seen", hint=hint) from error


def _checked(
    session: Session, account: Account, platform: Platform, secret: str
) -> tuple[Identity, timedelta]:
    """Return whose token it is, and how far the platform's clock is ahead of ours.

    Raises UserError ``login.other`` unless it is the account's own.
    """
    from microcom.runner.welcome import identify

    door = session.http()
    try:
        identity, offset = identify(platform, door, secret)
    finally:
        door.close()
    if session.is_real and identity.handle.lower() != account.handle.lower():
        raise UserError(
            f"This token is {identity.handle}'s, and {account.name} is {account.handle}.",
            code="login.other",
            hint="Nothing was kept. Log in as the right user, or mend `handle` in accounts.yaml.",
        )
    return identity, offset


def _keep(session: Session, name: str, secret: str, identity: Identity, offset: timedelta) -> None:
    """Keep the token; not if the queue knows the account's name as somebody else's."""
    accounts = session.new_store.accounts
    accounts.register(session.config, [name])
    session.vault.keep(name, secret)
    accounts.identify(name, identity, offset)
