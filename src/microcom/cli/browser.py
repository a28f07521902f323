"""Walking a person through a platform's page, with a browser here or anywhere."""

from __future__ import annotations

import os
import socket
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from microcom.core.oauth import read_redirect
from microcom.errors import UserError
from microcom.runner.signin import Answers, begin, listen_at, listening, redeem
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.cli.session import Session
    from microcom.core.account import Account
    from microcom.core.config import App
    from microcom.core.login import OAuth2, Tokens
    from microcom.core.oauth import AppKeys, Redirect
    from microcom.core.platform import Platform
    from microcom.runner.signin import Attempt

LONGEST_LINE = 16_384


@dataclass(frozen=True, slots=True)
class Way:
    """How an account logs in through a browser: its platform's way, its app, where to come back."""

    account: Account
    platform: Platform
    way: OAuth2
    app: App
    redirect: str


def way_of(session: Session, account: Account, platform: Platform) -> Way:
    """Return how an account logs in; raise UserError ``login.app`` where it has no app."""
    way, app = platform.login.oauth2, session.config.apps[account.app]
    if way is None:
        message = f"{platform.name} has no page to log in at."
        hint = f"Bring a token: microcom login {account.name} --token"
        raise UserError(message, code="login.way", hint=hint)
    if not app.client_id:
        message = f"{account.name} has no app on {platform.name} to log in through."
        hint = (
            f"Make one at {platform.login.token_page}, then in accounts.yaml:  "
            f"apps: {{my-{platform.name}: {{platform: {platform.name}, client_id: ITS_ID}}}}  "
            f"(or bring a token: microcom login {account.name} --token)"
        )
        raise UserError(message, code="login.app", hint=hint)
    return Way(account, platform, way, app, app.redirect or way.redirect)


def tokens_by_browser(
    session: Session, at: Way, keys: AppKeys, *, browser: bool, seconds: float
) -> Tokens:
    """Return the tokens that a person's yes on the platform's page gives."""
    with ExitStack() as stack:
        redirect = read_redirect(at.redirect)
        sockets = listen_at(redirect) if redirect.is_here else []
        port = sockets[0].getsockname()[1] if sockets else redirect.port or 443
        home = redirect.at(port) if redirect.port is None else at.redirect
        scopes = at.platform.login.scopes
        attempt = begin(
            at.platform.name, at.way, keys, redirect=home, scopes=scopes, world=session.world
        )
        answers = Answers(attempt, session.screen.tell)
        stack.enter_context(listening(sockets, redirect.path, answers))
        shows = browser and has_browser()
        _tell(session, at, attempt, redirect, port, shows=shows)
        if shows:
            open_page(attempt.page)
        else:
            _take_pasted(session, answers)
        code = answers.wait(seconds)
        http = session.http()
        stack.callback(http.close)
        nobody = session.nobody(at.platform)
        return redeem(http, nobody, attempt, code, session.clock.now())


def has_browser() -> bool:
    """Say whether a page can be opened here: on a desktop, or where BROWSER names how."""
    if os.environ.get("BROWSER"):
        return True
    if sys.platform in {"darwin", "win32"}:
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _tell(
    session: Session,
    at: Way,
    attempt: Attempt,
    redirect: Redirect,
    port: int,
    *,
    shows: bool,
) -> None:
    note, account = session.screen.tell, at.account
    verb = "Opening" if shows else "Open"
    note(f"{account.name}: {verb} {account.platform}'s page; let microcom in as {account.handle}.")
    note("  (Somebody else is logged in there? Use a private window.)")
    note("")
    note(f"  {attempt.page}")
    note("")
    if shows:
        note(f"Waiting for the answer at {attempt.redirect} (Ctrl-C ends it).")
        return
    lives = at.way.code_lives
    soon = "soon: the code in it does not live long"
    if lives is not None:
        soon = f"within {lives.total_seconds():.0f} seconds: the code in it lives no longer"
    note("The browser then goes to an address that begins with")
    note(f"  {attempt.redirect}")
    note("It may show an error. Copy the whole address, paste it here and press Enter,")
    note(f"{soon}.")
    if redirect.is_here:
        note("Or let the browser of your own computer reach this machine before you begin:")
        note(f"  ssh -L {port}:127.0.0.1:{port} {_user()}@{socket.gethostname()}")


def open_page(page: str) -> threading.Thread:
    """Open a page; a browser that only ends when it is closed is not waited for.

    Whoever ends this process next waits a moment for the thread that starts the browser.
    """
    import webbrowser

    thread = threading.Thread(target=webbrowser.open, args=(page,), daemon=True)
    thread.start()
    return thread


def _take_pasted(session: Session, answers: Answers) -> None:
    """Take lines of standing input as addresses, beside the listener, until one is the answer."""

    def read() -> None:
        for line in iter(lambda: sys.stdin.readline(LONGEST_LINE), ""):
            if not line.strip():
                continue
            wrong = answers.came(line, noted=sys.stdin.isatty())
            if wrong is None:
                return
            if wrong.code == "login.state" and not sys.stdin.isatty():
                answers.fail(wrong)
                return
            session.screen.tell("Paste the whole address, from http to the end.")

    if sys.stdin is not None and not sys.stdin.closed:
        threading.Thread(target=read, daemon=True).start()


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "you"
