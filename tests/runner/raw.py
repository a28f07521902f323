"""A server that takes connections and says raw bytes, on a free port of this machine."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from microcom.core.login import Credential

TOKEN = "sandbox:acme"
HOSTS = ("api.example",)


def credential(url: str, token: str = TOKEN) -> Credential:
    """Return what a sandbox lets in."""
    return Credential(url, HOSTS, token)


@dataclass(slots=True)
class Server:
    """A raw server: what came in, how many connections, and how each is answered.

    One that does not read leaves that to ``answer``, too.
    """

    answer: Callable[[socket.socket], None]
    reads: bool = True
    listener: socket.socket = field(default_factory=socket.socket)
    came: list[bytes] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        """Accept connections one after the other; read one request of each."""
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                if self.reads:
                    self.came.append(_request(peer))
                if not self.reads or self.came[-1]:
                    self.answer(peer)


def trickle(peer: socket.socket, words: bytes, ended: threading.Event) -> None:
    """Say some words a byte at a time, until nobody listens any more."""
    for byte in words:
        try:
            peer.sendall(bytes([byte]))
        except OSError:
            return
        ended.wait(0.01)


def _request(peer: socket.socket) -> bytes:
    came = b""
    while b"\r\n\r\n" not in came:
        piece = peer.recv(65536)
        if not piece:
            return came
        came += piece
    head, _, body = came.partition(b"\r\n\r\n")
    size = next(
        (
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if b"content-length" in line
        ),
        0,
    )
    while len(body) < size:
        piece = peer.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


@contextmanager
def served(
    answer: Callable[[socket.socket], None],
    *,
    reads: bool = True,
    context: ssl.SSLContext | None = None,
) -> Iterator[Server]:
    """Serve one answer on a free loopback port, inside TLS where there is a ``context``."""
    server = Server(answer, reads)
    if context is not None:
        server.listener = context.wrap_socket(server.listener, server_side=True)
    server.listener.bind(("127.0.0.1", 0))
    server.listener.listen()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        thread.join()
