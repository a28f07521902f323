"""What a network does wrong, inside one process: a transport around the emulators.

The names are those of the TCP proxy (:mod:`microcom.testing.proxy`), and so is what the caller
meets, though no time passes here: where a wire would stay silent until the call's deadline, this
one says at once that it did.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Self

import httpx

from microcom.runner.gate import LEAVING
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from microcom.emulator import Emulator

FAULTS: Mapping[str, str] = {
    "lost_request": "it never arrives; the caller hears nothing",
    "lost_reply": "it takes effect; the caller hears nothing",
    "reset": "it takes effect; the connection is reset before the answer",
    "stall": "the caller hears nothing and gives up; then it arrives and takes effect",
    "cut_body": "it takes effect; half of the answer comes and the connection ends",
    "trickle": "it takes effect; the answer comes so slowly that it never ends",
}
"""Every network fault, and what it does to a call."""


@dataclass(slots=True)
class Arm:
    """A fault waiting for its calls: those of a method (None: any) whose path ends with ``path``.

    It meets the ``nth`` such call (from 1) and the ``count`` - 1 that follow.
    """

    fault: str
    method: str | None = None
    path: str = ""
    nth: int = 1
    count: int = 1
    met: int = 0


@dataclass(slots=True)
class Arms:
    """Faults that wait, safe to be asked by several threads."""

    waiting: list[Arm] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, arm: Arm) -> None:
        """Let a fault wait; raise ValueError for a name that is none."""
        if arm.fault not in FAULTS:
            message = f"no network fault is called {arm.fault}: {', '.join(FAULTS)}"
            raise ValueError(message)
        with self.lock:
            self.waiting.append(arm)

    def clear(self) -> None:
        """Forget every fault."""
        with self.lock:
            self.waiting.clear()

    def take(self, method: str, path: str) -> str | None:
        """Return the fault that a call meets, and count the call."""
        found = None
        with self.lock:
            for arm in self.waiting:
                if arm.method not in {None, method} or not path.endswith(arm.path):
                    continue
                arm.met += 1
                if found is None and arm.nth <= arm.met < arm.nth + arm.count:
                    found = arm.fault
        return found


@dataclass(frozen=True, slots=True)
class Sent:
    """A call that left: as the service would have seen it."""

    method: str
    url: str
    body: bytes
    fault: str | None


class Wire(httpx.BaseTransport):
    """The internet of a test: calls go to the WSGI app that owns their host.

    ``calls`` lists everything that left. Give it as ``Http(..., transport=lambda: wire)``.
    """

    def __init__(self, apps: Mapping[str, Callable[..., Any]]) -> None:
        self._apps = {host: httpx.WSGITransport(app=app) for host, app in apps.items()}
        self._arms = Arms()
        self._held: list[httpx.Request] = []
        self.calls: list[Sent] = []

    @classmethod
    def of(cls, emulators: Sequence[Emulator]) -> Self:
        """Return the wire to emulators, each under its API's hosts."""
        return cls({host: one for one in emulators for host in (*one.hosts, *one.sites)})

    def arm(
        self, fault: str, *, method: str | None = None, path: str = "", nth: int = 1, count: int = 1
    ) -> None:
        """Let the ``nth`` call (from 1) of a method and path, and the next ones, meet a fault."""
        self._arms.add(Arm(fault, method, path, nth, count))

    def clear(self) -> None:
        """Forget every fault that still waits."""
        self._arms.clear()

    def deliver_late(self) -> int:
        """Let the stalled calls arrive now; return how many there were."""
        held, self._held = self._held, []
        for request in held:
            self._apps[request.url.host].handle_request(request).read()
        return len(held)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let a call leave; raises httpx's own errors."""
        app = self._apps.get(request.url.host)
        if app is None:
            message = f"no service of this test is called {request.url.host}"
            raise httpx.ConnectError(message, request=request)
        self._let_go(request)
        fault = self._arms.take(request.method, request.url.path)
        self.calls.append(Sent(request.method, str(request.url), request.content, fault))
        return self._carried(app, request, fault)

    def close(self) -> None:
        """Stay open: a client that is closed leaves the wire to the next one."""

    def _let_go(self, request: httpx.Request) -> None:
        """Do what a connection does as headers and body leave: tell the trace, read the body."""
        trace = request.extensions.get("trace")
        if trace is not None:
            trace(LEAVING, {})
        request.read()

    def _carried(
        self, app: httpx.WSGITransport, request: httpx.Request, fault: str | None
    ) -> httpx.Response:
        if fault == "stall":
            self._held.append(request)
        if fault in {"stall", "lost_request"}:
            raise _silence(request)
        response = app.handle_request(request)
        if fault is None:
            return response
        body = response.read()
        if fault == "lost_reply":
            raise _silence(request)
        if fault == "reset":
            message = "connection reset by peer"
            raise httpx.ReadError(message, request=request)
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Broken(body[: len(body) // 2], fault, request),
        )


class _Broken(httpx.SyncByteStream):
    """Half of an answer, and then the end of a connection or of the caller's patience."""

    def __init__(self, half: bytes, fault: str, request: httpx.Request) -> None:
        self._half = half
        self._fault = fault
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        if self._fault == "trickle":
            yield from (bytes([byte]) for byte in self._half)
            raise _silence(self._request)
        yield self._half
        message = "peer closed connection without sending complete message body"
        raise httpx.RemoteProtocolError(message, request=self._request)


def _silence(request: httpx.Request) -> httpx.ReadTimeout:
    return httpx.ReadTimeout("the read operation timed out", request=request)
