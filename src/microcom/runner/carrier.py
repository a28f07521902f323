"""What leaves and what comes back, whoever carries it: a connection of ours, or httpx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import httpx

from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from microcom.runner.gate import Gate

Headers: TypeAlias = "list[tuple[bytes, bytes]]"


@dataclass(frozen=True, slots=True)
class Request:
    """What leaves: its content as it is read, once the ``gate`` was asked for leave."""

    method: str
    url: httpx.URL
    headers: Headers
    content: Iterator[bytes]
    gate: Gate


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back: its content as it comes, unpacked, to be closed by whoever reads it."""

    status: int
    headers: Headers
    content: Generator[bytes]


class Carrier(Protocol):
    """Whatever brings requests to where they go."""

    def carry(self, request: Request) -> Answer:
        """Return the answer, of which no more than the head has come; raises httpx's errors."""
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...


class Through:
    """Carries over a transport of httpx.

    Without a client of httpx around it no redirect is followed, no cookie kept, nothing added; and
    httpx's timeouts, which begin anew with every byte, are not set: runner/deadline.py bounds the
    whole instead.
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def carry(self, request: Request) -> Answer:
        """Return the answer; raises httpx's errors."""
        gate = request.gate
        response = self._transport.handle_request(
            httpx.Request(
                request.method,
                request.url,
                headers=request.headers,
                stream=_Leaving(gate.guarded(request.content)),
                extensions={"trace": gate.trace},
            )
        )
        return Answer(response.status_code, response.headers.raw, _whole(response))

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()


def unpacked(answer: Answer) -> Answer:
    """Return an answer as it was before somebody packed it, who was not asked to."""
    if not any(name.lower() == b"content-encoding" for name, _ in answer.headers):
        return answer
    response = httpx.Response(
        answer.status, headers=answer.headers, stream=_Leaving(answer.content)
    )
    return Answer(answer.status, answer.headers, _whole(response))


def _whole(response: httpx.Response) -> Generator[bytes]:
    """Yield the content of a response; let go of it then."""
    try:
        yield from response.iter_bytes()
    finally:
        response.close()


class _Leaving(httpx.SyncByteStream):
    """Content that is read once."""

    def __init__(self, content: Iterator[bytes]) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        return self._content
