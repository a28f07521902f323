"""Connections that end with the call's deadline, as httpx's transports."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from typing import TypeAlias

import httpcore
import httpx

from microcom.runner.deadline import Backend

Trust: TypeAlias = Callable[[], ssl.SSLContext]
"""Gives whose certificates count."""


def trusted() -> ssl.SSLContext:
    """Return whose certificates count, read from this machine's list: it takes a while."""
    return httpx.create_ssl_context()


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
