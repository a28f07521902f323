"""One request and its answer over a connection of its own, with nothing around it.

What stands around connections that are kept open (pools, locks, traces) costs as much again. The
answer is read by httptools, which is the parser of Node.js; strict, as it comes.
"""

from __future__ import annotations

import re
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import httpx
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from microcom.runner.carrier import Answer, unpacked
from microcom.runner.deadline import time_left
from microcom.runner.trust import trusted

if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator, Iterator

    from microcom.runner.carrier import Request

SMALL = 16 * 1024
"""Bytes: what is larger is sent as it is."""
AT_ONCE = 64 * 1024
"""Bytes of an answer that are read at once, at most."""
LONGEST_HEAD = 100 * 1024
"""Bytes that come before an answer's content, at most."""
FIRST_FINAL, SWITCHED = 200, 101
"""Statuses: the first of an answer itself, and the one after which no HTTP is spoken."""

_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+: (?:[!-~\x80-\xff]+(?:[\t ]+[!-~\x80-\xff]+)*)?")
"""A header (RFC 9110, 5.5): no control characters, no space at its ends."""


class Alone:
    """Carries one request, over a connection that is opened for it."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._socket: socket.socket | None = None

    def carry(self, request: Request) -> Answer:
        """Send the request once the connection stands; raises httpx's errors."""
        head = _head(request)
        self._socket = _connected(request.url, self._context)
        request.gate.ask()
        exchange = _Exchange(self._socket)
        with suppress(httpx.WriteError):  # whoever hangs up may have answered before
            exchange.say(head, request)
        return unpacked(exchange.answer())

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()


class _Exchange:
    """HTTP/1.1 over a socket, each step bounded by the call's deadline."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._reading = Reading()

    def say(self, head: bytes, request: Request) -> None:
        """Send a request; what is small of it leaves in one packet, with its head."""
        held = head
        for piece in _sized(request):
            if len(held) + len(piece) > SMALL:
                self._send(held)
                self._send(piece)
                held = b""
            else:
                held += piece
        self._send(held)

    def answer(self) -> Answer:
        """Return the answer once its head has come, whatever was said before it (status 1xx)."""
        while not self._reading.begun:
            self._hear()
        return Answer(self._reading.status, self._reading.headers, self._body())

    def _body(self) -> Generator[bytes]:
        """Yield what follows the head."""
        while True:
            yield from self._reading.taken()
            if self._reading.ended:
                return
            self._hear()

    def _hear(self) -> None:
        self._socket.settimeout(time_left(httpx.ReadTimeout))
        with _named(httpx.ReadTimeout, httpx.ReadError):
            came = self._socket.recv(AT_ONCE)
        self._reading.more(came)

    def _send(self, content: bytes) -> None:
        waiting = memoryview(content)
        with _named(httpx.WriteTimeout, httpx.WriteError):
            while waiting:
                self._socket.settimeout(time_left(httpx.WriteTimeout))
                waiting = waiting[self._socket.send(waiting) :]


class Reading:
    """What httptools makes of an answer, which is its own protocol: it calls the ``on_`` methods.

    ``begun`` is whether its head is whole, ``ended`` whether all of it is.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.begun = False
        self.ended = False
        self._pieces: list[bytes] = []
        self._before = 0
        self._parser = HttpResponseParser(self)

    def more(self, came: bytes) -> None:
        """Read on, with b"" for the end of the connection; raises httpx.RemoteProtocolError."""
        if not came:
            self._over()
        try:
            self._parser.feed_data(came)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self.ended:  # whatever follows an answer is nobody's
                raise httpx.RemoteProtocolError(str(error)) from error
        self._before += 0 if self.begun else len(came)
        if self._before > LONGEST_HEAD:
            message = "an endless head"
            raise httpx.RemoteProtocolError(message)

    def taken(self) -> list[bytes]:
        """Return what has come of the body since this was last asked."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what follows the body is nobody's."""
        if not self.begun:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Begin the body, unless this comes before the answer, or after it."""
        if self.ended:
            return
        self.status = self._parser.get_status_code()
        self.begun = self.status >= FIRST_FINAL or self.status == SWITCHED

    def on_body(self, piece: bytes) -> None:
        """Take a piece."""
        if not self.ended:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """End, or begin anew after what came before the answer."""
        if self.begun:
            self.ended = self.status != SWITCHED
        else:
            self.headers.clear()

    def _over(self) -> None:
        """End with the connection, where nothing has told the length of the answer."""
        told = {b"content-length", b"transfer-encoding"} & {name for name, _ in self.headers}
        if told or not self.begun or self.status == SWITCHED:
            message = "the connection ended too soon"
            raise httpx.RemoteProtocolError(message)
        self.ended = True


def _head(request: Request) -> bytes:
    """Return how a request begins; raises httpx.LocalProtocolError for what no header can hold."""
    lines = [b"%s: %s" % header for header in request.headers]
    if not all(map(_LINE.fullmatch, lines)):
        message = "a header that cannot be sent"
        raise httpx.LocalProtocolError(message)
    first = b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)
    return b"\r\n".join((first, *lines, b"", b""))


def _sized(request: Request) -> Iterator[bytes]:
    """Yield the content of a request; raises httpx.LocalProtocolError where it is not as long."""
    left = int(dict(request.headers).get(b"content-length", 0))
    for piece in request.content:
        left -= len(piece)
        if left < 0:
            break
        yield piece
    if left:
        message = "a content that is not as long as was said"
        raise httpx.LocalProtocolError(message)


def _connected(url: httpx.URL, context: ssl.SSLContext | None) -> socket.socket:
    """Return a connection to where a request goes, inside TLS where its address asks for that."""
    host, secured = url.raw_host.decode("ascii"), url.scheme == "https"
    with _named(httpx.ConnectTimeout, httpx.ConnectError):
        place = host, url.port or (443 if secured else 80)
        plain = socket.create_connection(place, time_left(httpx.ConnectTimeout))
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _secured(plain, host, context or trusted()) if secured else plain
        except BaseException:
            plain.close()
            raise


def _secured(plain: socket.socket, host: str, context: ssl.SSLContext) -> socket.socket:
    context.set_alpn_protocols(["http/1.1"])
    plain.settimeout(time_left(httpx.ConnectTimeout))
    return context.wrap_socket(plain, server_hostname=host)


@contextmanager
def _named(late: type[httpx.TransportError], broken: type[httpx.TransportError]) -> Iterator[None]:
    """Say errors of a socket with httpx's names."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise broken(str(error)) from error
