"""Recording what passes between us and an emulated service."""

from __future__ import annotations

import httpx
from tests.contract.vendor import Exchange


class Tape(httpx.BaseTransport):
    """Records what passes over a wire."""

    def __init__(self, wire: httpx.BaseTransport) -> None:
        self._wire = wire
        self.exchanges: list[Exchange] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one call."""
        response = self._wire.handle_request(request)
        answer = response.read()
        kind = response.headers.get("content-type", "")
        self.exchanges.append(
            Exchange(
                request.method,
                str(request.url),
                request.content,
                response.status_code,
                kind,
                answer,
                request.headers.get("content-type", "application/json"),
            )
        )
        return httpx.Response(response.status_code, headers=response.headers, content=answer)
