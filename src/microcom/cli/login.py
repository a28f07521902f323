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
Name = Annotated[str, typer.Argument(metavar="ACCOUNT")]
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
    from microcom.platforms import load

    session = Session("login", json=as_json, sandbox=sandbox, config=config)
    account = _named(session, name)
    platform = load(account.platform)
    if session.is_real and not token:
        raise _no_browser_yet(name, platform)
    secret = _asked(session, account, platform) if session.is_real else session.vault.token(name)
    identity = _kept(session, account, platform, secret, dry_run=dry_run)

    def shown(screen: Screen) -> None:
        did = "would be kept" if dry_run else "is logged in"
        screen.say(f"{name} {did}: {identity.handle} on {account.platform}.")

    data = {
        "accounts": [{"name": name, "handle": identity.handle, "remote_id": identity.remote_id}]
    }
    raise typer.Exit(session.screen.answer(Answer(data, shown)))


def _named(session: Session, name: str) -> Account:
    from microcom.core.names import did_you_mean

    accounts = session.config.accounts
    if name not in accounts:
        hint = did_you_mean(name, accounts)
        raise UserError(f"There is no account {name}.", code="account.unknown", hint=hint)
    return accounts[name]


def _no_browser_yet(name: str, platform: Platform) -> UserError:
    hint = (
        f"Make a token with {' '.join(platform.login.scopes)} at {platform.login.token_page}, "
        f"then: microcom login {name} --token"
    )
    message = "Logging in through the browser is not there yet."
    return UserError(message, code="login.browser", hint=hint)


def _asked(session: Session, account: Account, platform: Platform) -> str:
    """Return the token that a person typed unseen, or that was piped in."""
    if sys.stdin.isatty():
        import getpass

        session.screen.note(f"A token for {account.handle}, from {platform.login.token_page}")
        secret = getpass.getpass("Token (not shown): ")
    else:
        secret = sys.stdin.read(LONGEST_TOKEN + 1)
    secret = secret.strip()
    if not secret:
        hint = f"Type it when asked, or pipe it in: … | microcom login {account.name} --token"
        raise UserError("No token was given.", code="login.empty", hint=hint)
    if len(secret) > LONGEST_TOKEN or not secret.isprintable() or " " in secret:
        hint = "Copy the token alone, without quotes or the word Bearer."
        raise UserError("This is not a token.", code="login.token", hint=hint)
    return secret


def _kept(
    session: Session, account: Account, platform: Platform, secret: str, *, dry_run: bool
) -> Identity:
    """Check whose token it is and keep it; nothing is kept under the wrong name."""
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
    if not dry_run:
        session.vault.keep(account.name, secret)
        session.new_store.accounts.register(session.config, [account.name])
        session.new_store.accounts.identify(account.name, identity, offset)
    return identity
