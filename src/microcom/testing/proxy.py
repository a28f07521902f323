"""What a network does wrong, on a real wire: a TCP proxy on loopback in front of a sandbox.

The names are those of :mod:`microcom.testing.faults`. Here time passes: a caller without a
deadline of its own waits for as long as the proxy runs.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
from contextlib import suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from microcom.testing.faults import Arm, Arms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

LOOK = 0.05
"""Seconds between two looks at whether the caller has gone or the proxy ends."""
HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "host", "proxy-connection"})
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Proxy:
    """A proxy in front of ``upstream`` (``http://127.0.0.1:PORT``); use it in a ``with``.

    ``url`` is where it answers. ``hold`` is how long a stalled call is held, and ``drip`` the time
    between two bytes of an answer that trickles, in seconds.
    """

    def __init__(self, upstream: str, *, hold: float = 1.0, drip: float = 0.05) -> None:
        self.upstream = urlsplit(upstream)
        self.hold = hold
        self.drip = drip
        self.arms = Arms()
        self.ending = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(LOOK,))

    @property
    def url(self) -> str:
        """Return where the proxy answers."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def arm(
        self, fault: str, *, method: str | None = None, path: str = "", nth: int = 1, count: int = 1
    ) -> None:
        """Let the ``nth`` call (from 1) of a method and path, and the next ones, meet a fault."""
        self.arms.add(Arm(fault, method, path, nth, count))

    def clear(self) -> None:
        """Forget every fault that still waits."""
        self.arms.clear()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ending.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for every thread
    proxy: Proxy

    def __init__(self, address: tuple[str, int], handler: type[_Handler]) -> None:
        super().__init__(address, handler)
        self.lines: set[socket.socket] = set()

    def hang_up(self) -> None:
        """End the connections that still wait for a call."""
        for line in tuple(self.lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing: callers that go away are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        """Remember the connection while it is open."""
        super().setup()
        self.server.lines.add(self.connection)

    def finish(self) -> None:
        """Forget the connection; the caller may be gone already."""
        self.server.lines.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def forward(self) -> None:
        """Carry one call, or do to it what waits for it; one that is cut off reaches nobody."""
        proxy = self.server.proxy
        size = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(size)
        if len(body) < size:
            self.close_connection = True
            return
        fault = proxy.arms.take(self.command, urlsplit(self.path).path)
        if fault == "lost_request":
            self._stay_silent()
            return
        if fault == "stall":
            proxy.ending.wait(proxy.hold)
        status, headers, answer = self._ask(body)
        if fault in {"lost_reply", "stall"}:
            self._stay_silent()
        elif fault == "reset":
            self._reset()
        else:
            self._reply(status, headers, answer, fault)

    do_GET = do_POST = do_DELETE = do_PUT = forward  # noqa: N815 - names the base class calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
        """Write nothing to stderr."""

    def _ask(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        upstream = self.server.proxy.upstream
        connection = HTTPConnection(upstream.hostname or "", upstream.port)
        headers = {name: text for name, text in self.headers.items() if name.lower() not in HOP}
        try:
            connection.request(self.command, self.path, body or None, headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        kept = {name: text for name, text in response.getheaders() if name.lower() not in HOP}
        return response.status, kept, answer

    def _reply(
        self, status: int, headers: Mapping[str, str], answer: bytes, fault: str | None
    ) -> None:
        self.send_response_only(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        if fault is None:
            self.wfile.write(answer)
            return
        self.close_connection = True
        if fault == "cut_body":
            self.wfile.write(answer[: len(answer) // 2])
        elif fault == "trickle":
            self._drip(answer)

    def _drip(self, answer: bytes) -> None:
        """Send a byte now and then, never the last one."""
        for byte in answer[:-1]:
            self.wfile.write(bytes([byte]))
            if self.server.proxy.ending.wait(self.server.proxy.drip):
                return
        self._stay_silent()

    def _stay_silent(self) -> None:
        """Keep the connection open without a word until the caller has gone."""
        self.close_connection = True
        while not self.server.proxy.ending.wait(LOOK):
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(4096):
                return

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.connection.close()
