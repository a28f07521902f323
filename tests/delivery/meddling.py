"""A wire that tests meddle with: things happen around a call, or another answer comes to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from microcom.core.account import Rules
from microcom.core.capability import Ceiling
from microcom.core.delivery import Delivery
from microcom.testing.stage import DyingWire, Kit, Stage

Does = Callable[[], object]
Answers = Callable[[httpx.Request], httpx.Response]
MOST_CALLS = 250
"""How many calls a test may try to make."""
HTML = "<!doctype html><title>One moment</title><p>Checking your browser ...</p>"


@dataclass(slots=True)
class Aim:
    """Which calls are meant: of a method, whose path ends so, from the ``nth`` on, ``count``."""

    method: str = "POST"
    path: str = ""
    nth: int = 1
    count: int = 1
    met: int = 0

    def meets(self, request: httpx.Request) -> bool:
        """Say whether a call is meant, and count it if it is of that kind."""
        if request.method != self.method or not request.url.path.endswith(self.path):
            return False
        self.met += 1
        return self.nth <= self.met < self.nth + self.count


@dataclass
class MeddledWire(DyingWire):
    """A wire with hooks around a call, each at its moment; ``instead`` gives another answer.

    ``before`` it asks for leave; ``marked``, but not there yet; ``after`` it took effect, while the
    answer is not heard yet. ``instead`` never reaches the service.
    """

    stage: Stage
    before: list[tuple[Aim, Does]] = field(default_factory=list)
    marked: list[tuple[Aim, Does]] = field(default_factory=list)
    after: list[tuple[Aim, Does]] = field(default_factory=list)
    instead: list[tuple[Aim, Answers]] = field(default_factory=list)

    def __post_init__(self) -> None:
        emulator = self.stage.emulator
        super().__init__(dict.fromkeys((*emulator.hosts, *emulator.sites), emulator))
        self.die = lambda: self.stage.store.close()  # noqa: PLW0108 - the store of that moment

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let a call leave, after whatever happens first; a worker that turns in circles fails."""
        if self.count > MOST_CALLS:
            pytest.fail("a worker turns in circles")
        _happen(self.before, request)
        return super().handle_request(request)

    def _carried(
        self, app: httpx.WSGITransport, request: httpx.Request, fault: str | None
    ) -> httpx.Response:
        for aim, answers in self.instead:
            if aim.meets(request):
                return answers(request)
        _happen(self.marked, request)
        response = super()._carried(app, request, fault)
        response.read()
        _happen(self.after, request)
        return response


def _happen(hooks: list[tuple[Aim, Does]], request: httpx.Request) -> None:
    for aim, does in hooks:
        if aim.meets(request):
            does()


def meddled(stage: Stage) -> MeddledWire:
    """Put a wire that can be meddled with into a stage, and return it."""
    wire = MeddledWire(stage)
    stage.wire = wire
    return wire


def says(
    stage: Stage, status: int, body: object = None, headers: Mapping[str, str] | None = None
) -> Answers:
    """Return an answer with a JSON body (None: no body; text: a page), dated by the service."""

    def answer(request: httpx.Request) -> httpx.Response:
        dated = {"date": format_datetime(stage.emulator.clock(), usegmt=True), **(headers or {})}
        content: dict[str, Any] = {"text": body} if isinstance(body, str) else {"json": body}
        if body is None:
            content = {"content": b""}
        return httpx.Response(status, headers=dated, request=request, **content)

    return answer


def roomy(kit: Kit) -> Kit:
    """Return a kit whose account no ceiling stops."""
    account = kit.account
    rules = Rules(ceiling=Ceiling(1000, 1000))
    places = {name: replace(one, rules=rules) for name, one in account.communities.items()}
    return replace(kit, account=replace(account, rules=rules, communities=places))


def marks(stage: Stage, delivery: Delivery) -> list[str]:
    """Return the states of a delivery's marks, first to last."""
    return [mark.state for mark in stage.pages(delivery).marks]


def reason(stage: Stage, delivery: Delivery) -> str:
    """Return why a delivery stands where it stands."""
    return stage.now(delivery).reason or ""
