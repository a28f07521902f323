"""The rules that the promise rests on, each broken on purpose: to see that the judging bites."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

from microcom.errors import Transient
from microcom.runner.conversation import Conversation
from microcom.runner.settler import Settler
from microcom.store import journal, lanes, leave, queue
from microcom.store.leave import Given, Leave, Why


@contextmanager
def no_mark() -> Iterator[None]:
    """Let calls leave without anything in the journal that says so."""
    ask = Leave.ask

    def unmarked(self: Leave, *words: Any, **named: Any) -> Given:  # noqa: ANN401
        given = ask(self, *words, **named)
        self._db.run("UPDATE mark SET state = 'unsent' WHERE id = :id", id=given.mark)
        return given

    with mock.patch.object(Leave, "ask", unmarked):
        yield


@contextmanager
def resend_on_timeout() -> Iterator[None]:
    """Take silence for a no, as most tools do."""

    def shrugged(self: Conversation, given: Given, message: str, doubt: object) -> Transient:
        del doubt
        self.speech.doors.store.journal.unsent(given.mark, message)
        return Transient(message, code="http.silence")

    with mock.patch.object(Conversation, "_doubtful", shrugged):
        yield


@contextmanager
def no_fencing() -> Iterator[None]:
    """Let whoever once held a lane go on deciding, whatever has changed since."""
    free = tuple(
        (why, condition) for why, condition in leave._CONDITIONS  # noqa: SLF001
        if why not in {Why.LANE, Why.CHANGED, Why.ANSWERED}
    )  # fmt: skip
    with (
        mock.patch.object(leave, "_CONDITIONS", free),
        mock.patch.object(queue, "FENCE", "1 = 1"),
        mock.patch.object(journal, "FENCE", "1 = 1"),
    ):
        yield


@contextmanager
def lease_ignored() -> Iterator[None]:
    """Take lanes that somebody holds."""
    claim = lanes.Lanes.claim

    def grabbed(self: lanes.Lanes, *words: Any, **named: Any) -> Any:  # noqa: ANN401
        self._db.run("UPDATE lane SET lease_until = 0")
        return claim(self, *words, **named)

    with mock.patch.object(lanes.Lanes, "claim", grabbed):
        yield


@contextmanager
def settle_too_soon() -> Iterator[None]:
    """Believe that nothing is there at the first look."""
    with mock.patch.object(Settler, "_too_soon", return_value=timedelta(seconds=-1)):
        yield


RULES: dict[str, Callable[[], Any]] = {
    "no-mark": no_mark,
    "resend-on-timeout": resend_on_timeout,
    "no-fencing": no_fencing,
    "lease-ignored": lease_ignored,
    "settle-too-soon": settle_too_soon,
}


@contextmanager
def no_locks() -> Iterator[None]:
    """Let transactions on a server run side by side, whatever they are about."""
    from psycopg import sql

    from microcom.store.postgres import Postgres

    opening = Postgres._opening  # noqa: SLF001

    def open_to_all(self: Postgres, lane: str | None) -> sql.Composed:
        begin, _, _, *rest = opening(self, lane)
        return sql.Composed([begin, *rest])

    with mock.patch.object(Postgres, "_opening", open_to_all):
        yield


RULES_ON_A_SERVER = RULES | {"no-locks": no_locks}
