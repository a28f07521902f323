"""`microcom login` and `microcom logout`: who speaks for an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, Client, ConfigFile, DryRun, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.core.exits import Exit
from microcom.errors import PlatformError, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.core.account import Account
    from microcom.core.login import AppKind, Credential, Tokens
    from microcom.core.platform import Platform
    from microcom.core.problem import Problem
    from microcom.core.steps import JsonValue
    from microcom.runner.entry import Entry

LOGIN_HELP = """Log an account in, through your browser.

Opens the platform's page, takes its answer, checks whose login it is, and keeps its tokens in the
vault. They are renewed by themselves. On a machine without a browser the address is printed, and
the address that the browser ends at can be pasted.

With --token an access token is asked for without showing it, or read from standard input; it never
stands on the command line.

Examples:

  microcom login acme-x

  microcom login --all --client acme

  pass show x/acme | microcom login acme-x --token
"""

LOGOUT_HELP = """Forget an account's login, and end it at the platform where that can be asked for.

What is queued for the account stays, and waits for the next login.

Example:

  microcom logout acme-x
"""

Name = Annotated[
    str | None,
    typer.Argument(metavar="ACCOUNT", help="An account of accounts.yaml.", show_default=False),
]
TheName = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="An account of accounts.yaml.", show_default=False)
]
WithToken = Annotated[bool, typer.Option("--token", help="Type or pipe in an access token.")]
Everyone = Annotated[bool, typer.Option("--all", help="Every account that nobody is logged in to.")]
NoBrowser = Annotated[
    bool, typer.Option("--no-browser", help="Print the address; take the answer pasted.")
]
Timeout = Annotated[
    int, typer.Option("--timeout", min=10, max=3600, help="Seconds to wait for the answer.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("login", help=LOGIN_HELP)(login)
    app.command("logout", help=LOGOUT_HELP)(logout)


def login(
    name: Name = None,
    token: WithToken = False,
    everyone: Everyone = False,
    client: Client = None,
    no_browser: NoBrowser = False,
    timeout: Timeout = 300,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Log an account in."""
    session = Session("login", json=as_json, sandbox=sandbox, config=config)
    asking = Asking(session, token=token, browser=not no_browser, seconds=timeout, dry_run=dry_run)
    if everyone and name is None and not token:
        raise typer.Exit(_each(asking, client))
    if name is None or everyone or client is not None:
        hint = "microcom login ACCOUNT, or microcom login --all [--client NAME]"
        raise UserError("Say who is to log in.", code="login.who", hint=hint)
    from microcom.cli.accounts import named

    entry = asking.one(named(session.config, name))
    raise typer.Exit(session.screen.answer(_answer([entry], dry_run=dry_run)))


class Asking:
    """How the accounts of one command are logged in."""

    def __init__(
        self, session: Session, *, token: bool, browser: bool, seconds: float, dry_run: bool
    ) -> None:
        self.session = session
        self._token = token
        self._browser = browser
        self._seconds = seconds
        self._dry_run = dry_run

    def one(self, account: Account) -> Entry:
        """Log one account in; raise UserError where that fails, with nothing kept."""
        from microcom.platforms import load
        from microcom.runner.entry import Entry

        platform = load(account.platform)
        app = self.session.config.apps[account.app]
        if self._token:
            tokens, kind = self._brought(account, platform, app.kind)
        elif not self.session.is_real and not app.client_id:
            return self._rehearsed(account, platform)
        else:
            kind = app.kind
            found = self._by_browser(account, platform, kind)
            if found is None:
                return Entry(account, None, "would be logged in through the browser")
            tokens = found
        return self._enter(account, platform, tokens, kind)

    def _brought(
        self, account: Account, platform: Platform, kind: AppKind
    ) -> tuple[Tokens, AppKind | None]:
        """Return the token that a person brought; with OAuth 1.0a its secret too."""
        from microcom.cli.typed import secrets
        from microcom.core.login import AppKind, Tokens

        command = f"microcom login {account.name} --token"
        page = platform.login.token_page
        self.session.screen.note(f"A token for {account.handle}, from {page}")
        if kind is AppKind.OAUTH1:
            access, secret = secrets(
                self.session.screen, command, "access token", "access token secret"
            )
            return Tokens(access, secret=secret), kind
        self.session.screen.note(f"  It must allow {' '.join(platform.login.scopes)}")
        (access,) = secrets(self.session.screen, command, "token")
        return Tokens(access), None

    def _by_browser(self, account: Account, platform: Platform, kind: AppKind) -> Tokens | None:
        from microcom.cli.browser import tokens_by_browser, way_of
        from microcom.core.login import AppKind
        from microcom.runner.keys import app_keys

        way = way_of(self.session, account, platform)
        if kind is AppKind.OAUTH1:
            hint = f"Make them on the app's page, then: microcom login {account.name} --token"
            message = f"{way.app.name} is an OAuth 1.0a app: its tokens are made by hand."
            raise UserError(message, code="login.oauth1", hint=hint)
        try:
            vault, world = self.session.vault, self.session.world
            keys = app_keys(vault, world, platform.name, way.app.client_id, kind)
        except PlatformError as error:
            hint = f"microcom apps secret {way.app.name}  (or `kind: public`, for one without)"
            raise UserError(error.message, code=error.code, hint=hint) from error
        if self._dry_run:
            return None
        return tokens_by_browser(
            self.session, way, keys, browser=self._browser, seconds=self._seconds
        )

    def _rehearsed(self, account: Account, platform: Platform) -> Entry:
        """Log in to a sandbox, which knows every account."""
        from microcom.runner.entry import Entry, identity_of, note_identity
        from microcom.runner.keys import rehearsed

        credential = rehearsed(self.session.world, platform, account.name)
        identity, offset = identity_of(platform, self.session.http(), credential)
        if not self._dry_run:
            note_identity(self.session.new_store, self.session.config, account, identity, offset)
        return Entry(account, identity)

    def _enter(
        self, account: Account, platform: Platform, tokens: Tokens, kind: AppKind | None
    ) -> Entry:
        """Check whose tokens these are and what they allow, then keep them."""
        from microcom.runner.entry import checked, enter

        credential = self._credential(account, platform, tokens, kind)
        entry, offset = checked(account, platform, tokens, self.session.http(), credential)
        if not self._dry_run:
            store = self.session.new_store
            access = self.session.access(store, self.session.http())
            enter(
                store,
                access,
                self.session.config,
                entry,
                tokens=tokens,
                kind=kind,
                offset=offset,
            )
            why = store.standing.why_not(account.name)
            if why is not None:
                self.session.screen.note(f"{why}.")
                self.session.screen.note(f"  microcom store adopt --account {account.name}")
        return entry

    def _credential(
        self, account: Account, platform: Platform, tokens: Tokens, kind: AppKind | None
    ) -> Credential:
        from microcom.runner.keys import credential_of

        try:
            vault, world = self.session.vault, self.session.world
            return credential_of(
                vault, world, platform, account.client_id, tokens=tokens, kind=kind
            )
        except PlatformError as error:
            hint = f"microcom apps secret {account.app}"
            raise UserError(error.message, code=error.code, hint=hint) from error


def _each(asking: Asking, client: str | None) -> Exit:
    """Log in every account that nobody is logged in to, one after the other."""
    from microcom.cli.accounts import of_client
    from microcom.cli.readiness import standings_of
    from microcom.core.problem import Problem

    session = asking.session
    accounts = of_client(session.config, client)
    standings = standings_of(session, accounts)
    waiting = [one for one in accounts if standings[one.name].wants_login]
    done: list[Entry] = []
    failed: list[Problem] = []
    for number, account in enumerate(waiting, start=1):
        session.screen.note(f"{number} of {len(waiting)}")
        try:
            done.append(asking.one(account))
            session.screen.step(done[-1].words)
        except (UserError, PlatformError) as error:
            session.screen.step(account.name, sign="✗")
            failed.append(Problem(error.code, f"{account.name}: {error.message}", error.hint))
    answer = _answer(done, failed=failed, nothing=not waiting)
    return session.screen.answer(answer)


def _answer(
    entries: Sequence[Entry],
    *,
    failed: Sequence[Problem] = (),
    nothing: bool = False,
    dry_run: bool = False,
) -> Answer:
    def shown(screen: Screen) -> None:
        if nothing:
            screen.say("Somebody is logged in to every account.")
        for entry in entries:
            screen.say(entry.said(dry_run=dry_run))
            for wall in entry.walls:
                screen.say(f"  ! {wall}")

    code = Exit.OK
    if failed:
        code = Exit.PARTIAL if entries else Exit.NOTHING_SUCCEEDED
    rows: JsonValue = [entry.row() for entry in entries]
    return Answer({"accounts": rows}, shown, code, failed)


def logout(
    name: TheName,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Forget an account's login."""
    from microcom.cli.accounts import named
    from microcom.platforms import load
    from microcom.runner.entry import Left, leave

    session = Session("logout", json=as_json, sandbox=sandbox, config=config)
    account = named(session.config, name)
    platform = load(account.platform)
    http = session.http()
    try:
        access = session.access(session.store, http)
        left = leave(session.store, access, http, account, platform, dry_run=dry_run)
    except UserError as error:
        if error.code != "store.none":
            raise
        left = Left(account, was_in=False)  # without a queue nobody ever logged in
    finally:
        http.close()

    def shown(screen: Screen) -> None:
        for line in left.lines(dry_run=dry_run):
            screen.say(line)

    raise typer.Exit(session.screen.answer(Answer({"accounts": [left.row()]}, shown)))
