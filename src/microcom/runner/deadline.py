"""A total deadline for everything a connection does.

A plain read timeout starts anew with every byte, so a reply that trickles never ends. Here the
remaining time of the whole call bounds each single connect, read and write.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator

SMALL = 16 * 1024
"""Bytes: what is larger is sent as it is."""

_ends: ContextVar[float] = ContextVar("_ends")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let every connection used inside fail once so many seconds have passed."""
    token = _ends.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends.reset(token)


class Backend(httpcore.NetworkBackend):
    """Connects like httpcore's own backend, each operation bounded by the call's deadline."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a connected stream; raises httpcore.ConnectTimeout past the deadline."""
        left = time_left(httpcore.ConnectTimeout, timeout)
        return Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options))


class Stream(httpcore.NetworkStream):
    """A stream whose operations end with the call.

    The first small piece after an answer (a request's headers) is held until the next one, or
    until an answer is waited for: a small request leaves in one packet.
    """

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._held = b""
        self._begins = True

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come; raises httpcore.ReadTimeout past the deadline."""
        self._let_go(timeout)
        self._begins = True
        return self._inner.read(max_bytes, time_left(httpcore.ReadTimeout, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send everything; raises httpcore.WriteTimeout past the deadline."""
        if self._begins and len(buffer) <= SMALL:
            self._held, self._begins = buffer, False
        elif len(buffer) <= SMALL:
            self._held += buffer
            self._let_go(timeout)
        else:
            self._let_go(timeout)
            self._inner.write(buffer, time_left(httpcore.WriteTimeout, timeout))

    def close(self) -> None:
        """Close the connection; what was held never leaves."""
        self._inner.close()

    def _let_go(self, timeout: float | None) -> None:
        held, self._held = self._held, b""
        if held:
            self._inner.write(held, time_left(httpcore.WriteTimeout, timeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Return the stream inside TLS."""
        left = time_left(httpcore.ConnectTimeout, timeout)
        return Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own signature
        """Return what the inner stream knows."""
        return self._inner.get_extra_info(info)


def time_left(late: type[Exception], most: float | None = None) -> float | None:
    """Return the seconds that are left of the call, at most ``most``; raise ``late`` where none is.

    None where nothing bounds it.
    """
    ends = _ends.get(None)
    if ends is None:
        return most
    left = ends - time.monotonic()
    if left <= 0:
        message = "the time of the call is over"
        raise late(message)
    return left if most is None else min(most, left)
