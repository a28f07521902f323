"""The installed command with short times: the same rules, over facts that a test can wait for.

A platform's word counts after minutes; here after seconds. What is shortened are figures: how long
a call may take, when its effect is sure to have landed and to be seen, and the pauses. No rule is
another one. Run by its path, with the words of ``microcom``.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Collection, Generator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from microcom import platforms
from microcom.__main__ import main
from microcom.core import retry, settling
from microcom.core.capability import Proof
from microcom.core.steps import Call, Item, Reply
from microcom.runner import alarm, engine, persistence, settler
from microcom.runner.conversation import Conversation
from microcom.store import lanes, leave
from microcom.store.leave import Given, Leave
from microcom.store.times import SECOND

if TYPE_CHECKING:
    from microcom.core.passage import Outgoing, Receipt
    from microcom.core.platform import Platform
    from microcom.core.settling import Mark, Verdict
    from microcom.core.steps import Steps

DEADLINE = 3.0
LAST_WORD = timedelta(seconds=1)
LANDS, SEEN = timedelta(seconds=4), timedelta(seconds=2)
PAUSE = timedelta(seconds=1)
MARGIN = 2
"""Seconds that a lease is longer than the call it covers."""
IDLE = "1s"
"""How long a transaction on a server may stand still."""
TRIES = 2
"""How many seconds a server may be away when an answer is to be written."""
STOPS = "STOPS_WHEN"
"""The environment variable that lets a process stop itself: when it is ``marking`` its first call
and has not committed, when it has ``marked`` it, or when it has ``read`` the first reply."""
BREAKS = "BREAKS_RULE"
"""The environment variable that names a rule to break."""
HOST = "BRISK_HOST"
"""The environment variable that names the machine on which this process says it is."""

T = TypeVar("T")


class Brisk:
    """A platform whose calls end soon, and whose silence says something soon."""

    def __init__(self, slow: Platform) -> None:
        self._slow = slow
        self.capabilities = {
            kind: replace(facts, proof=Proof(LANDS, SEEN, facts.proof.can_prove_absence))
            for kind, facts in slow.capabilities.items()
        }

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a platform has
        return getattr(self._slow, name)

    def publish(self, delivery: Outgoing) -> Steps[Receipt]:
        """Hold the same conversation with shorter deadlines."""
        return hurried(self._slow.publish(delivery))

    def settle(self, mark: Mark, owned: Collection[str]) -> Steps[Verdict]:
        """Look with shorter deadlines."""
        return hurried(self._slow.settle(mark, owned))


def hurried(steps: Steps[T]) -> Generator[Item, Reply, T]:
    """Hold a conversation, each call of it with a short deadline."""
    item = next(steps)
    try:
        while True:
            if isinstance(item, Call):
                item = replace(item, deadline=min(item.deadline, DEADLINE))
            reply = yield item
            item = steps.send(reply)
    except StopIteration as end:
        return cast("T", end.value)


def hurry() -> None:
    """Shorten the times of this process."""
    slow = platforms.load
    platforms.load = lambda name: cast("Platform", Brisk(slow(name)))
    for knows_the_last_word in (settling, alarm, leave):
        knows_the_last_word.LAST_WORD = LAST_WORD  # type: ignore[attr-defined]
    for knows_the_margin in (lanes, leave):
        knows_the_margin.MARGIN = MARGIN * SECOND  # type: ignore[attr-defined]
    for looks in (settler, engine):
        looks.FIRST_LOOK = PAUSE  # type: ignore[attr-defined]
    retry.FIRST_PAUSE = PAUSE
    persistence.TRIES = TRIES
    if "MICROCOM_SANDBOX_DATABASE" in os.environ:
        from microcom.store import postgres_session

        long = f"'{postgres_session.IDLE_SECONDS}s'"
        postgres_session.SESSION = postgres_session.SESSION.replace(long, f"'{IDLE}'")


def stop_when(what: str) -> None:
    """Let this process stop itself (SIGSTOP) at a point that nobody outside can see."""
    leave, heard = Conversation._leave, Conversation._heard  # noqa: SLF001 - no door is there
    mark_of = Leave._mark  # noqa: SLF001

    def marked(self: Conversation, call: Call) -> Given:
        given = leave(self, call)
        _stop()
        return given

    def read(self: Conversation, call: Call, reply: Reply, given: Given) -> Reply:
        _stop()
        return heard(self, call, reply, given)

    def marking(self: Leave, *arguments: Any) -> int:  # noqa: ANN401 - passed on as they are
        Leave._mark = mark_of  # type: ignore[method-assign]  # noqa: SLF001 - its first one
        mark = mark_of(self, *arguments)
        _stop()
        return mark

    if what == "marking":
        Leave._mark = marking  # type: ignore[assignment, method-assign]  # noqa: SLF001
    elif what == "marked":
        Conversation._leave = marked  # type: ignore[method-assign]  # noqa: SLF001
    else:
        Conversation._heard = read  # type: ignore[method-assign]  # noqa: SLF001


def _stop() -> None:
    """Stop the process here: by its other threads it would stop a moment later."""
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def broken(rule: str) -> AbstractContextManager[None]:
    """Break a rule on purpose, one of tests/simulation/broken.py; "" breaks none."""
    if not rule:
        return nullcontext()
    sys.path.append(str(Path(__file__).parents[2]))
    from tests.simulation.broken import RULES

    found: AbstractContextManager[None] = RULES[rule]()
    return found


if __name__ == "__main__":
    hurry()
    if HOST in os.environ:
        socket.gethostname = lambda: os.environ[HOST]
    if STOPS in os.environ:
        stop_when(os.environ[STOPS])
    with broken(os.environ.get(BREAKS, "")):
        sys.exit(main())
