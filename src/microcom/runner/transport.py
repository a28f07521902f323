"""Connections that are kept open, by httpcore; whatever they do ends with the call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from microcom.runner.alone import SMALL
from microcom.runner.deadline import time_left

if TYPE_CHECKING:
    import ssl


class DeadlineTransport(httpx.BaseTransport):
    """Sends over connections that are kept open."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, network_backend=Backend(), retries=0, keepalive_expiry=20
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises httpx's own errors."""
        with _httpx_errors():
            response = self._pool.handle_request(_core(request))
        return _response(response)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _httpx_errors():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _httpx_errors:  # noqa: N801 - a context manager, read like a function
    """Say httpcore's errors with httpx's names; the names are the same."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or not type(error).__module__.startswith("httpcore"):
            return
        named = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise named(str(error)) from error


def _core(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


def _response(response: httpcore.Response) -> httpx.Response:
    return httpx.Response(
        status_code=response.status,
        headers=response.headers,
        stream=_Stream(response),
        extensions=response.extensions,
    )


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
