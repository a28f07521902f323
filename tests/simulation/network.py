"""The network between the machines and the service: slow, lossy, and torn by a seed's choice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import httpx
from tests.simulation.baton import SECOND, Baton, Crash

from microcom.emulator import Emulator
from microcom.runner.gate import LEAVING

PATIENCE = 20 * SECOND
"""The longest that a caller waits in silence: less than any call's deadline."""


LONG_AGO = 3600 * SECOND
"""A process that stood still since may be in a call that nobody counts on any more."""


class Caller(Protocol):
    """A process: ``door`` is where it may die or stand still, ``stood_at`` when it last did."""

    stood_at: int

    def door(self) -> None:
        """Pass, later, or never."""
        ...

    def owes_a_mark(self) -> bool:
        """Say whether it has made a mark that a power cut would take now."""
        ...


@dataclass(frozen=True, slots=True)
class Weather:
    """How likely each thing is that may go wrong at one call, or at one door.

    Where the queue is on a server, its connections may be ``severed``, and between two statements
    of a transaction time may pass (``lingering``).
    """

    unconnected: float = 0.0
    lost_request: float = 0.0
    lost_reply: float = 0.0
    stalled: float = 0.0
    cut: float = 0.0
    killed: float = 0.0
    frozen: float = 0.0
    severed: float = 0.0
    lingering: float = 0.0


CALM = Weather()


class Network:
    """Carries calls to one service, and what was held back to it later.

    ``lands_within`` is how long a call may be held back and still take effect.
    """

    def __init__(self, baton: Baton, emulator: Emulator, lands_within: timedelta) -> None:
        self.baton = baton
        self.weather = CALM
        self.met: Counter[str] = Counter()
        self.speaking: dict[str | None, Caller] = {}
        self.wrong: list[str] = []
        self.heard: set[str | None] = set()
        """The logins that were answered once."""
        self._app = httpx.WSGITransport(app=emulator)
        self._lands = int(lands_within.total_seconds() * SECOND)

    def line(self, process: Caller) -> Line:
        """Return one process's way out."""
        return Line(self, process)

    def carry(self, request: httpx.Request) -> httpx.Response:
        """Let a call arrive and take effect; return its answer, read in full."""
        self.met["calls"] += 1
        response = self._app.handle_request(request)
        response.read()
        return response

    def hold_back(self, request: httpx.Request) -> None:
        """Let a call arrive some time later, whatever its sender does."""
        later = self.baton.chance.randint(0, self._lands - 1)
        self.baton.at(self.baton.now + later, lambda: _heard(self.carry(request)))

    def speaks(self, login: str | None, process: Caller) -> None:
        """Note who speaks for a login; two at once are allowed only after one stood still."""
        other = self.speaking.get(login) if login else None
        if other is not None and other is not process:
            recently = self.baton.now - LONG_AGO
            if other.stood_at < recently and process.stood_at < recently:
                self.wrong.append(f"two speak for one login at {self.baton.now}")
        self.speaking[login] = process

    def passes(self) -> int:
        """Return how long one way takes, in microseconds."""
        return self.baton.chance.randint(20_000, 800_000)

    def fate(self) -> str:
        """Return what becomes of a call that has left."""
        chance, weather = self.baton.chance.random(), self.weather
        for name in ("lost_request", "lost_reply", "stalled", "cut"):
            chance -= getattr(weather, name)
            if chance < 0:
                self.met[name] += 1
                return name
        return ""


class Line(httpx.BaseTransport):
    """One process's connections."""

    def __init__(self, network: Network, process: Caller) -> None:
        self._network = network
        self._process = process
        self._door = process.door

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let a call leave; raises httpx's own errors."""
        login = request.headers.get("authorization")
        self._network.speaks(login, self._process)
        try:
            return self._handled(request)
        finally:
            self._network.speaking.pop(login, None)

    def _handled(self, request: httpx.Request) -> httpx.Response:
        network, baton = self._network, self._network.baton
        self._door()
        if baton.chance.random() < network.weather.unconnected:
            network.met["unconnected"] += 1
            message = "no route to host"
            raise httpx.ConnectError(message, request=request)
        request.extensions["trace"](LEAVING, {})
        request.read()
        self._leave(request)
        return self._answered(request, network.fate())

    def close(self) -> None:
        """Stay open: a client that is closed leaves the line to the next one."""

    def _leave(self, request: httpx.Request) -> None:
        """Pass the moment between the mark and the first byte; the dead may have written it all."""
        assert not self._process.owes_a_mark(), "a mark that a power cut would lose"
        try:
            self._door()
        except Crash:
            if self._network.baton.chance.random() < 0.5 and not self._network.baton.me.doomed:
                self._network.hold_back(request)
            raise

    def _answered(self, request: httpx.Request, fate: str) -> httpx.Response:
        network, baton = self._network, self._network.baton
        if fate in {"lost_request", "stalled"}:
            if fate == "stalled":
                network.hold_back(request)
            raise self._silence(request)
        baton.sleep(network.passes())
        response = network.carry(request)
        if fate == "lost_reply":
            raise self._silence(request)
        baton.sleep(network.passes())
        self._door()
        if fate == "cut":
            message = "peer closed connection without sending complete message body"
            raise httpx.RemoteProtocolError(message, request=request)
        network.heard.add(request.headers.get("authorization"))
        return response

    def _silence(self, request: httpx.Request) -> httpx.ReadTimeout:
        baton = self._network.baton
        baton.sleep(baton.chance.randint(SECOND, PATIENCE))
        return httpx.ReadTimeout("the read operation timed out", request=request)


def _heard(response: httpx.Response) -> None:
    """Let an answer go that nobody waits for."""
    response.close()
