"""One request and its answer over a connection of its own, spoken by h11 and nothing around it.

What else stands around connections that are kept open (pools, locks, traces) costs as much again.
"""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import h11
import httpx

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
"""Bytes that an answer's headers have, at most, and what tells the length of a chunk."""


class Alone:
    """Carries one request, over a connection that is opened for it."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._socket: socket.socket | None = None

    def carry(self, request: Request) -> Answer:
        """Send the request once the connection stands; raises httpx's errors."""
        self._socket = _connected(request.url, self._context)
        request.gate.ask()
        exchange = _Exchange(self._socket)
        with suppress(httpx.WriteError):  # whoever hangs up may have answered before
            exchange.say(request)
        head = exchange.head()
        return unpacked(Answer(head.status_code, list(head.headers), exchange.body()))

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()


class _Exchange:
    """HTTP/1.1 over a socket, each step bounded by the call's deadline."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._protocol = h11.Connection(h11.CLIENT, LONGEST_HEAD)

    def say(self, request: Request) -> None:
        """Send a request; what is small of it leaves in one packet, with its headers."""
        with _renamed(h11.LocalProtocolError, httpx.LocalProtocolError):
            held = b""
            for piece in self._pieces(request):
                if len(held) + len(piece) > SMALL:
                    self._send(held)
                    self._send(piece)
                    held = b""
                else:
                    held += piece
            self._send(held)

    def head(self) -> h11.Response:
        """Return the head of the answer, whatever was said before it (status 1xx)."""
        while True:
            event = self._heard()
            if isinstance(event, h11.Response):
                return event

    def body(self) -> Generator[bytes]:
        """Yield what follows the head."""
        while isinstance(event := self._heard(), h11.Data):
            yield bytes(event.data)

    def _pieces(self, request: Request) -> Iterator[bytes]:
        """Yield a request as it goes over the wire."""
        target, headers = request.url.raw_path, request.headers
        speak = self._protocol.send
        yield speak(h11.Request(method=request.method, target=target, headers=headers)) or b""
        for piece in request.content:
            yield speak(h11.Data(data=piece)) or b""
        yield speak(h11.EndOfMessage()) or b""

    def _heard(self) -> object:
        """Return the next event that h11 makes of what was said."""
        with _renamed(h11.RemoteProtocolError, httpx.RemoteProtocolError):
            while (event := self._protocol.next_event()) is h11.NEED_DATA:
                self._protocol.receive_data(self._received())
        return event

    def _received(self) -> bytes:
        self._socket.settimeout(time_left(httpx.ReadTimeout))
        with _named(httpx.ReadTimeout, httpx.ReadError):
            return self._socket.recv(AT_ONCE)

    def _send(self, content: bytes) -> None:
        waiting = memoryview(content)
        with _named(httpx.WriteTimeout, httpx.WriteError):
            while waiting:
                self._socket.settimeout(time_left(httpx.WriteTimeout))
                waiting = waiting[self._socket.send(waiting) :]


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


@contextmanager
def _renamed(kind: type[Exception], named: type[httpx.TransportError]) -> Iterator[None]:
    """Say an error of h11 with httpx's name for it."""
    try:
        yield
    except kind as error:
        raise named(str(error)) from error
