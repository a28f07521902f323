"""The one door to HTTP: calls leave here, with their token, inside their deadline.

Redirects are never followed, nothing is retried behind the caller's back except READ calls whose
reply got lost, and a PUBLISH goes over a connection of its own, asking for leave once that
connection stands and before a byte is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import httpx

from microcom import __version__
from microcom.core.steps import MAX_REPLY_BYTES, Effect, Reply
from microcom.errors import MicrocomError
from microcom.runner.alone import Alone
from microcom.runner.carrier import Request, Through
from microcom.runner.deadline import within
from microcom.runner.gate import Gate, Leave
from microcom.runner.trust import Trust, trusted

if TYPE_CHECKING:
    import ssl
    from contextlib import AbstractContextManager

    from microcom.core.bodies import Body, Slice
    from microcom.core.login import Credential
    from microcom.core.steps import Call
    from microcom.runner.carrier import Answer, Carrier, Headers

REAL = "real"
READ_TRIES = 3
LOOPBACK = re.compile(r"127\..*|::1|(?:.*\.)?localhost\.?")

WENT_WRONG = {
    "ConnectTimeout": "no connection in time",
    "ReadTimeout": "no answer in time",
    "WriteTimeout": "the request did not go out in time",
    "ReadError": "the connection broke",
    "WriteError": "the connection broke",
    "RemoteProtocolError": "the connection ended too soon",
}

Transport = Callable[[], httpx.BaseTransport]
Moved = Callable[[int], None]
Files = Callable[["Slice"], Iterator[bytes]]
"""Gives the bytes of a stretch of media, checked against its SHA-256 as they come."""


def no_files(stretch: Slice) -> Iterator[bytes]:
    """Have no media at all: for doors that only ask."""
    message = f"There is no media here, so nothing of {stretch.media[:8]} can leave."
    raise MicrocomError(message, code="media.none")


def unmoved(count: int) -> None:
    """Let bytes pass uncounted."""


class NotConnectedError(MicrocomError):
    """No connection was established: surely nothing left this machine."""


class SilenceError(MicrocomError):
    """A call may have left, and no whole answer came: nobody here knows what it did."""


class Http:
    """Sends calls of one world.

    ``sandbox`` is the address of a sandbox, or None for the real world. ``transport`` makes
    transports in tests; ``trust`` gives whose certificates count. ``sleep`` passes the time
    between tries of a READ. ``watch`` is told each call and how it ended, in a line without
    secrets. ``files`` opens media.
    """

    def __init__(
        self,
        *,
        sandbox: str | None,
        sleep: Callable[[float], None],
        transport: Transport | None = None,
        trust: Trust = trusted,
        watch: Callable[[str], None] = lambda _: None,
        files: Files = no_files,
    ) -> None:
        self._files = files
        self.world = sandbox or REAL
        self._watch = watch
        self._sleep = sleep
        self._context: ssl.SSLContext | None = None
        self._trust = trust
        self._made = transport
        self._shared: Carrier | None = None

    def send(
        self,
        call: Call,
        credential: Credential,
        leave: Leave | None = None,
        moved: Moved = unmoved,
    ) -> Reply:
        """Return the reply to a call.

        Raises NotConnectedError (surely unsent), SilenceError (unknown), or whatever ``leave``
        raises: it is asked once the connection stands, for a PUBLISH and each time that a READ is
        made again. Raises what ``files`` does for media that are gone or damaged: of a PUBLISH
        before it asks for leave, unless they were damaged since. ``moved`` is told how many bytes
        of media were just handed to the network.
        """
        if call.effect is Effect.PUBLISH:
            self._look_through(call)
            with self._alone() as alone:
                return self._once(alone, call, credential, leave, moved)
        if call.effect is Effect.WRITE:
            return self._once(self._kept_open(), call, credential, None, moved)
        return self._patiently(call, credential, leave)

    def send_alone(self, call: Call, credential: Credential) -> Reply:
        """Return the reply to a call over a connection of its own, made once.

        One that was kept open may just have been closed by the other side, and then nobody knows
        what became of a call. Raises as :meth:`send` does.
        """
        with self._alone() as alone:
            return self._once(alone, call, credential, None)

    def close(self) -> None:
        """Close the connections that were kept open."""
        if self._shared is not None:
            self._shared.close()
            self._shared = None

    def _look_through(self, call: Call) -> None:
        """Read the media of a call once, so that damage is found before anything is marked."""
        if call.body is not None and call.body.holds_media:
            for _ in self._content(call.body, unmoved):
                pass

    def _patiently(self, call: Call, credential: Credential, leave: Leave | None) -> Reply:
        try:
            return self._once(self._kept_open(), call, credential, None)
        except (NotConnectedError, SilenceError):
            return self._again(call, credential, leave)

    def _again(self, call: Call, credential: Credential, leave: Leave | None) -> Reply:
        import tenacity

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(READ_TRIES - 1),
            wait=tenacity.wait_exponential_jitter(initial=1, max=4),
            retry=tenacity.retry_if_exception_type((NotConnectedError, SilenceError)),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(self._once, self._kept_open(), call, credential, leave)

    def _once(
        self,
        carrier: Carrier,
        call: Call,
        credential: Credential,
        leave: Leave | None,
        moved: Moved = unmoved,
    ) -> Reply:
        request = self._request(call, credential, Gate(leave), moved)
        try:
            with within(call.deadline):
                reply = _reply(carrier.carry(request))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            self._watch(f"{_line(call)}: not connected")
            message = f"{request.url.host} could not be reached ({_kind(error)})."
            raise NotConnectedError(message, code="http.unreachable") from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            self._watch(f"{_line(call)}: no answer")
            message = f"{request.url.host} did not answer in full ({_kind(error)})."
            raise SilenceError(message, code="http.silence") from error
        self._watch(f"{_line(call)}: {reply.status}")
        return reply

    def _request(self, call: Call, credential: Credential, gate: Gate, moved: Moved) -> Request:
        """Return what leaves."""
        url = self._address(call, credential)
        if call.query:
            url = httpx.URL(url, params=list(call.query))
        content = iter(()) if call.body is None else self._content(call.body, moved)
        named = {"host": url.netloc.decode("ascii"), **_headers(call, credential)}
        headers = [(name.encode("ascii"), value.encode("ascii")) for name, value in named.items()]
        return Request(call.method, url, headers, content, gate)

    def _content(self, body: Body, moved: Moved) -> Iterator[bytes]:
        """Yield what leaves, media a stretch at a time."""
        from microcom.core.bodies import InBase64, Slice, in_base64

        for piece in body.pieces():
            match piece:
                case bytes():
                    yield piece
                case Slice():
                    yield from _counted(self._files(piece), moved)
                case InBase64():
                    yield from in_base64(_counted(self._files(piece.content), moved))

    def _address(self, call: Call, credential: Credential) -> httpx.URL:
        """Return where a call goes: a token only to its platform, and only in its own world."""
        parts = _parsed(call.url)
        if credential.world != self.world:
            message = "A token of another world was about to leave."
            raise MicrocomError(message, code="world.token")
        if credential.access and not call.bare and parts.host not in credential.hosts:
            message = f"A token was about to go to {parts.host}, which is not its platform's."
            raise MicrocomError(message, code="world.host")
        if self.world != REAL:
            return _parsed(f"{self.world}/{parts.netloc.decode()}{parts.raw_path.decode()}")
        if LOOPBACK.fullmatch(parts.host) or parts.scheme != "https":
            message = f"{parts.host} is not part of the real world."
            raise MicrocomError(message, code="world.address")
        return parts

    def _kept_open(self) -> Carrier:
        if self._shared is None:
            self._shared = Through(self._pool() if self._made is None else self._made())
        return self._shared

    def _pool(self) -> httpx.BaseTransport:
        from microcom.runner.transport import DeadlineTransport

        return DeadlineTransport(self._tls())

    def _alone(self) -> AbstractContextManager[Carrier]:
        return closing(Alone(self._tls()) if self._made is None else Through(self._made()))

    def _tls(self) -> ssl.SSLContext | None:
        """Return what the real world's connections are secured by; a sandbox has no certificate."""
        if self._context is None and self.world == REAL:
            self._context = self._trust()
        return self._context


@lru_cache(maxsize=64)
def _parsed(url: str) -> httpx.URL:
    """Return an address in its parts; most calls go where others have gone before."""
    return httpx.URL(url)


def _line(call: Call) -> str:
    return f"{call.name}  {call.method} {call.address}"


def _counted(content: Iterator[bytes], moved: Moved) -> Iterator[bytes]:
    for stretch in content:
        yield stretch
        moved(len(stretch))


def _headers(call: Call, credential: Credential) -> dict[str, str]:
    headers = {
        "accept": "application/json",
        "user-agent": f"microcom/{__version__}",
        "accept-encoding": "identity",
    }
    if credential.access and not call.bare:
        headers["authorization"] = _authorization(call, credential)
    if call.body is not None:
        headers["content-type"] = call.body.mime
        headers["content-length"] = str(call.body.size)
    elif call.method in {"POST", "PUT", "PATCH"}:
        headers["content-length"] = "0"
    return headers | dict(call.headers)


def _authorization(call: Call, credential: Credential) -> str:
    """Return the header that lets a call in: a bearer token, or a signature (RFC 5849)."""
    if credential.signer is None:
        return f"Bearer {credential.access}"
    from oauthlib.oauth1 import Client

    signing = Client(
        credential.signer.key,
        client_secret=credential.signer.secret,
        resource_owner_key=credential.access,
        resource_owner_secret=credential.secret,
    )
    address = str(httpx.URL(call.url).copy_merge_params(list(call.query)))
    _, headers, _ = signing.sign(address, http_method=call.method)  # type: ignore[arg-type]
    return str(headers["Authorization"])


def _reply(answer: Answer) -> Reply:
    """Read a whole answer, bounded in size."""
    chunks: list[bytes] = []
    size = 0
    with closing(answer.content) as content:
        for chunk in content:
            size += len(chunk)
            if size > MAX_REPLY_BYTES:
                message = "the reply is too large"
                raise httpx.ReadError(message)
            chunks.append(chunk)
    headers = _joined(answer.headers)
    return Reply(answer.status, headers, b"".join(chunks), _date(headers.get("date")))


def _joined(headers: Headers) -> dict[str, str]:
    """Return headers by their names in lower case; what stands twice, with a comma between."""
    found: dict[str, str] = {}
    for raw, value in headers:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


@lru_cache(maxsize=64)
def _date(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        return parsedate_to_datetime(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _kind(error: Exception) -> str:
    """Say what went wrong, in words that cannot hold a header or a body."""
    if isinstance(error, httpx.ConnectError):
        return str(error) or "no connection"
    return WENT_WRONG.get(type(error).__name__, type(error).__name__)
