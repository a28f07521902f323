"""Logging in through a browser: the page to open, the answer that comes back, tokens for it.

The answer comes to a listener on the app's own redirect address, or is pasted; whichever is first.
"""

from __future__ import annotations

import queue
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from microcom.core import oauth
from microcom.core.login import Challenge
from microcom.errors import NeedsLogin, PlatformError, UserError
from microcom.runner.http import REAL, NotConnectedError, SilenceError
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.login import Credential, OAuth2, Tokens
    from microcom.core.oauth import AppKeys, Redirect
    from microcom.runner.http import Http

PATIENCE = 10.0
"""Seconds that one request to the listener may take."""
POLL = 0.05
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>microcom: {title}</title>
<meta name="viewport" content="width=device-width"><style>:root{{color-scheme:light dark}}
body{{font:16px/1.5 system-ui,sans-serif;max-width:34em;margin:20vh auto;padding:0 1.5em}}
h1{{font-size:1.4em}}</style><h1>{title}</h1><p>{text}</p></html>"""

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One login that has begun; its secrets never show.

    ``page`` is the address to open, ``redirect`` the one that the browser comes back to.
    """

    platform: str
    way: OAuth2
    app: AppKeys
    page: str = field(repr=False)
    redirect: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)

    def code(self, address: str) -> str:
        """Return the code in the address that a browser came back to; see ``oauth.code_from``."""
        return oauth.code_from(address, self.state, self.platform)


def begin(
    platform: str,
    way: OAuth2,
    app: AppKeys,
    *,
    redirect: str,
    scopes: tuple[str, ...],
    world: str,
) -> Attempt:
    """Return a new attempt; in a sandbox its page is the sandbox's."""
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    if way.challenge is Challenge.NONE:
        verifier = ""
    page = oauth.page(way, app, redirect, scopes, state=state, verifier=verifier)
    if world != REAL:
        parts = urlsplit(page)
        page = f"{world}/{parts.netloc}{parts.path}?{parts.query}"
    return Attempt(platform, way, app, page, redirect, state, verifier)


def redeem(http: Http, nobody: Credential, attempt: Attempt, code: str, now: datetime) -> Tokens:
    """Return the tokens that a code gives; raise UserError where it gives none."""
    way = attempt.way
    call = oauth.exchange(way, attempt.app, attempt.redirect, code, attempt.verifier)
    try:
        reply = http.send_alone(call, nobody)
        return oauth.granted(way, reply, now, attempt.platform)
    except (NotConnectedError, SilenceError) as error:
        hint = "Nothing was kept. Begin again."
        raise UserError(error.message, code=error.code, hint=hint) from error
    except NeedsLogin as error:
        message = f"{attempt.platform} did not accept the code: it was used before or is too old"
        lives = way.code_lives
        if lives is not None:
            message += f" (it lives {lives.total_seconds():.0f} s)"
        hint = "Begin again, and answer sooner."
        raise UserError(f"{message}.", code="login.code", hint=hint) from error
    except PlatformError as error:
        raise UserError(error.message, code=error.code, hint=error.hint) from error


class Answers:
    """What came back of one login, from whichever side; the first code counts."""

    def __init__(self, attempt: Attempt, note: Note) -> None:
        self._attempt = attempt
        self._note = note
        self._came: queue.SimpleQueue[str | UserError] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._over = False

    def came(self, address: str, *, noted: bool = True) -> UserError | None:
        """Take an address that a browser came back to; return what is wrong with it.

        One with another state is not this login's answer, and does not end it; that is noted.
        """
        try:
            code = self._attempt.code(address)
        except UserError as error:
            if error.code != "login.state":
                self._end(error)
            elif noted:
                self._note(error.message)
            return error
        if not self._end(code):
            message = "This login is over already."
            return UserError(message, code="login.over")
        return None

    def fail(self, error: UserError) -> None:
        """End the wait with an error."""
        self._end(error)

    def wait(self, seconds: float) -> str:
        """Return the code; raise UserError ``login.timeout`` when none comes in time."""
        try:
            found = self._came.get(timeout=seconds)
        except queue.Empty:
            minutes = f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"  # noqa: PLR2004
            message = f"Nobody answered {self._attempt.platform}'s page within {minutes}."
            hint = "Begin again; --timeout gives more time, --no-browser takes a pasted address."
            raise UserError(message, code="login.timeout", hint=hint) from None
        if isinstance(found, UserError):
            raise found
        return found

    def _end(self, found: str | UserError) -> bool:
        with self._lock:
            if self._over:
                return False
            self._over = True
        self._came.put(found)
        return True


def listen_at(redirect: Redirect) -> list[socket.socket]:
    """Return sockets that listen on a redirect address, of every family that it names.

    Raises UserError ``login.port`` where the port is taken or not allowed.
    """
    families = {
        "127.0.0.1": [(socket.AF_INET, "127.0.0.1")],
        "::1": [(socket.AF_INET6, "::1")],
        "localhost": [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")],
    }
    found: list[socket.socket] = []
    port = redirect.port or 0
    for family, host in families[redirect.host]:
        try:
            found.append(socket.create_server((host, port), family=family))
        except OSError as error:
            if family is socket.AF_INET6 and found and not _is_taken(error):
                continue  # a machine without IPv6
            for one in found:
                one.close()
            message = f"Port {port} of this machine is taken, so the browser could not come back."
            hint = (
                "End what listens there (another login?), or register another redirect address "
                "and write it as the app's `redirect`."
            )
            raise UserError(message, code="login.port", hint=hint) from error
        port = found[0].getsockname()[1]
    return found


@contextmanager
def listening(sockets: list[socket.socket], path: str, answers: Answers) -> Iterator[None]:
    """Take what a browser brings to the sockets, until the end of the block."""
    servers = [_Server(one, path, answers) for one in sockets]
    threads = [
        threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True)
        for server in servers
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a browser may hold a connection open for nothing

    def __init__(self, listener: socket.socket, path: str, answers: Answers) -> None:
        address = listener.getsockname()
        super().__init__(address[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.path = path
        self.answers = answers


class _Handler(BaseHTTPRequestHandler):
    """Answers the browser that comes back; repeats nothing of what it brought."""

    server: _Server
    timeout = PATIENCE
    server_version = "microcom"
    sys_version = ""

    def do_GET(self) -> None:
        """Take the answer of a login."""
        host = urlsplit(f"//{self.headers.get('host', '')}").hostname
        if host not in oauth.LOOPBACK or urlsplit(self.path).path != self.server.path:
            self._say(HTTPStatus.NOT_FOUND, "Nothing here", "A login answers elsewhere.")
            return
        wrong = self.server.answers.came(self.path)
        if wrong is None:
            text = "microcom has what it needs. You may close this page."
            self._say(HTTPStatus.OK, "Back to the terminal", text)
        else:
            self._say(HTTPStatus.BAD_REQUEST, "Not logged in", wrong.message)

    def log_message(self, *words: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Write no log: the address holds a code."""

    def _say(self, status: HTTPStatus, title: str, text: str) -> None:
        from html import escape

        page = PAGE.format(title=escape(title), text=escape(text)).encode()
        self.send_response(status)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(page)))
        self.send_header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.send_header("referrer-policy", "no-referrer")
        self.send_header("cache-control", "no-store")
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(page)


def _is_taken(error: OSError) -> bool:
    import errno

    return error.errno in {errno.EADDRINUSE, errno.EACCES}
