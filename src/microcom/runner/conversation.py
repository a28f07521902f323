"""Holding a platform's conversation: each step answered by the journal or by the platform.

The generator is started anew each time; what the journal knows answers at once, and the first
unanswered step is the first that leaves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from microcom.core.delivery import State
from microcom.core.rehearsal import imagined
from microcom.core.steps import Call, Effect, Reply, Stale, Steps, Wait, merge, pack
from microcom.errors import Duplicate, MicrocomError, Rejected, TokenExpired, Transient, UserError
from microcom.redaction import hide
from microcom.runner.elsewhere import is_moot
from microcom.runner.endings import (
    AgainError,
    Doubt,
    DoubtError,
    EndingError,
    PauseError,
    StagedError,
)
from microcom.runner.http import NotConnectedError, SilenceError
from microcom.runner.persistence import persistently
from microcom.store.leave import Given
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from microcom.core.passage import Receipt
    from microcom.core.steps import Item, JsonValue
    from microcom.runner.speech import Speech
    from microcom.store.journal import Kept, Pages

SHORTEST_HANDLE = 24
"""Characters: what is shorter among sealed fields (a MIME type) is no secret by itself."""
LONGEST_SLEEP = 10.0
"""Seconds up to which a wait is slept with the lane held; longer ones give it back."""
LONGEST_NAP = 1.0
"""Seconds of such a sleep after which it is asked whether somebody else has work."""

LEFT = "its call might have outlasted this run; the next one makes it"

NOTHING = Reply(0)
"""What a generator is sent after a wait."""

T = TypeVar("T")


@dataclass(slots=True)
class Conversation:
    """One pass through a platform's ``publish``, over the journal of the present attempt."""

    speech: Speech
    pages: Pages
    replayed: datetime | None = None
    answer: tuple[Given, Reply] | None = None
    """What the last PUBLISH call was answered, while that is not written down."""

    def hold(self) -> Receipt:
        """Return the receipt; every way of not getting there is an exception.

        The answer that it came with is not written down yet: see :meth:`write_down`.
        """
        while True:
            try:
                return self._pass(set())
            except AgainError:
                self._read()
            except MicrocomError:
                self.write_down()
                raise

    def write_down(self) -> None:
        """Store the last answer: a fact, whoever decides by now, and however long that takes.

        It is on disk with the next mark, or before anybody is told.
        """
        persistently(self.speech.doors.clock, self._write_alone)

    def _write_alone(self) -> None:
        with self.speech.doors.store.db.soon_transaction(self.speech.lease.lane):
            self.write_along()

    def write_along(self) -> None:
        """Store the last answer in the caller's transaction."""
        if self.answer is not None:
            given, reply = self.answer
            store = self.speech.doors.store
            store.journal.answered(given.mark, self.speech.lease.lane, reply)
            store.accounts.mended(self.speech.known.account.app)

    def _pass(self, asked: set[str]) -> Receipt:
        steps = self.speech.platform.publish(self.speech.outgoing())
        receipt = walk(steps, lambda item: self._answer(item, asked))
        self._nothing_unasked(asked)
        return receipt

    def _answer(self, item: Item, asked: set[str]) -> Reply:
        if self.answer is not None:
            self.write_down()
            self.answer = None
            self._read()
        match item:
            case Wait():
                return self._wait(item)
            case Stale():
                return self._forget(item)
            case Call(effect=Effect.PUBLISH):
                return self._publish(item, asked)
            case Call() if is_moot(self.speech, self.pages, asked):
                return imagined(item, ends=True)
            case Call(effect=Effect.READ):
                return self._read_once(item)
            case Call():
                return self._write(item)

    def _wait(self, wait: Wait) -> Reply:
        """Count from the last replayed step, so that a wait that has passed is not waited again."""
        clock = self.speech.doors.clock
        now = clock.now()
        if wait.seconds == 0:
            return self._time()
        until = (self.replayed or now) + timedelta(seconds=wait.seconds)
        self.replayed = None
        left = (until - now).total_seconds()
        if left > LONGEST_SLEEP:
            raise PauseError(until, wait.why, accepted=wait.accepted)
        if self.pages.landed() and not wait.accepted:
            clock.sleep(max(left, 0))  # between two parts: nothing else comes between them
        else:
            self._sleep(left, until, wait)
        return self._time()

    def _sleep(self, left: float, until: datetime, wait: Wait) -> None:
        """Let time pass with the lane held, and give way as soon as anybody else has work."""
        while left > 0:
            self._ending()
            others = self.speech.others_in()
            if others <= 0:
                raise PauseError(until, wait.why, accepted=wait.accepted)
            nap = min(left, others, LONGEST_NAP)
            self.speech.doors.clock.sleep(nap)
            left -= nap

    def _time(self) -> Reply:
        """Return the platform's time, unless something of the post is out."""
        if self.pages.landed():
            return NOTHING
        return Reply(0, at=self.speech.doors.clock.now() + self._offset())

    def _offset(self) -> timedelta:
        """Return how far the platform's clock is ahead of ours."""
        speech = self.speech
        return timedelta(microseconds=speech.doors.store.lanes.offset(speech.lease.lane))

    def _forget(self, stale: Stale) -> Reply:
        if self.pages.renewed or self.pages.open_mark() is not None or self.pages.landed():
            message = f"The upload lapsed again ({stale.why})."
            raise Rejected(message, code="delivery.stale")
        journal = self.speech.doors.store.journal
        journal.forget(self.speech.lease, self.speech.delivery, stale.steps)
        raise AgainError

    def _write(self, call: Call) -> Reply:
        kept = self.pages.kept.get(call.name)
        if kept is not None and kept.fingerprint == call.fingerprint():
            self.replayed = kept.at
            return self._opened(call.name, kept)
        self._may_go_on()
        reply = self.speech.call(call)
        if not reply.ok:
            return reply  # a status that the generator handles itself: nothing to keep
        secrets = self.speech.doors.secrets
        hide(*_handles(reply.narrowed(call.seals).json()))
        sealed = secrets.seal(pack(reply.json(), call.seals)) if call.seals else None
        clear = reply.narrowed(call.keeps)
        doors = self.speech.doors
        doors.store.journal.keep(self.speech.lease, self.speech.delivery, call, clear, sealed)
        self.speech.progressed = True
        self.replayed = doors.clock.now()
        return reply.narrowed(call.visible)

    def _opened(self, step: str, kept: Kept) -> Reply:
        """Return a kept reply with what was sealed, and the platform's time when it came.

        What was sealed under another key (the vault was moved) is made again, as what has lapsed.
        """
        reply = replace(kept.reply, at=kept.at + self._offset())
        if kept.sealed is None:
            return reply
        try:
            secret = self.speech.doors.secrets.unseal(kept.sealed)
        except UserError as error:
            return self._forget(Stale((step,), error.message))
        hide(*_handles(json.loads(secret)))
        return replace(reply, body=merge(reply.body, secret))

    def _read_once(self, call: Call) -> Reply:
        """Ask, unless the journal holds the last word already."""
        kept = self.pages.kept.get(call.name)
        if call.until and kept is not None and kept.fingerprint == call.fingerprint():
            self.replayed = kept.at
            return replace(kept.reply, at=kept.at + self._offset())
        self._may_go_on()
        self.replayed = None
        reply = self.speech.call(call)
        if not call.is_last_word(reply):
            return reply
        clear = reply.narrowed(call.keeps)
        journal = self.speech.doors.store.journal
        journal.keep(self.speech.lease, self.speech.delivery, call, clear, None)
        return clear

    def _publish(self, call: Call, asked: set[str]) -> Reply:
        asked.add(call.name)
        for mark in self.pages.of(call.name):
            if mark.state != "answered" or mark.reply is None:
                continue
            if mark.elsewhere is None and mark.fingerprint != call.fingerprint():
                message = f"{call.name} went out saying something else than it would say now."
                raise DoubtError(message)
            self.replayed = mark.answered
            at = None if mark.answered is None else mark.answered + self._offset()
            return replace(mark.reply, at=at)
        self._nothing_unasked(asked)
        self._ending()
        if self.speech.is_early():
            raise StagedError
        return self._send(call)

    def _send(self, call: Call) -> Reply:
        """Let a PUBLISH call leave; one that is refused for a lapsed token leaves once more."""
        try:
            return self._send_once(call)
        except TokenExpired:
            self.speech.renew()
            return self._send_once(call)

    def _send_once(self, call: Call) -> Reply:
        """Let a PUBLISH call leave, marked, and store what it is answered."""
        speech = self.speech
        self._wait_for_app()
        credential = speech.let_in(call)
        self._ends_in_time(call)
        given: list[Given] = []
        alarm = ExitStack()

        def leave() -> None:
            alarm.enter_context(speech.doors.alarm.within(call.deadline))
            given.append(self._leave(call))

        try:
            with alarm:
                reply = speech.doors.http.send(call, credential, leave, speech.moved(call))
        except NotConnectedError as error:
            for one in given:
                speech.doors.store.journal.unsent(one.mark, error.message)
            raise Transient(error.message, code=error.code) from error
        except SilenceError as error:
            if not given:
                raise Transient(error.message, code=error.code) from error
            raise self._doubtful(given[0], error.message, Doubt.SILENCE) from error
        except Rejected as error:  # a file that was damaged between being looked through and sent
            if not given:
                raise
            raise self._doubtful(given[0], error.message, Doubt.SILENCE) from error
        return self._heard(call, reply, given[0])

    def _wait_for_app(self) -> None:
        """Rest while the app's platform is failing, before a connection is opened for nothing."""
        doors, account = self.speech.doors, self.speech.known.account
        until = doors.store.accounts.broken_until(account.app)
        if until is not None and until > doors.clock.now():
            raise PauseError(until, f"{account.platform} has been failing", accepted=False)

    def _ends_in_time(self, call: Call) -> None:
        """Leave a call that may outlast this process to the next one."""
        doors = self.speech.doors
        if doors.ends is not None:
            over = doors.clock.now() + timedelta(seconds=call.deadline)
            if over > doors.ends:
                raise PauseError(doors.ends, LEFT, accepted=False)

    def _leave(self, call: Call) -> Given:
        speech, store = self.speech, self.speech.doors.store
        given = store.leave.ask(
            speech.lease,
            speech.delivery,
            call,
            app=speech.known.account.app,
            ceiling=speech.ceiling,
            spend=lambda: speech.spend(call),
        )
        speech.advanced(revision=given.revision, state=State.PUBLISHING, elsewhere=None)
        return given

    def _heard(self, call: Call, reply: Reply, given: Given) -> Reply:
        speech, store = self.speech, self.speech.doors.store
        persistently(speech.doors.clock, lambda: speech.heard(call, reply))
        error = speech.platform.explain(reply)
        if isinstance(error, Duplicate) and self._sent_before(call):
            raise self._doubtful(given, error.message, Doubt.DUPLICATE)
        if error is not None:
            store.journal.refused(given.mark, error.message)
            if reply.status < 500:  # noqa: PLR2004 - it answers, and in its own words
                store.accounts.mended(speech.known.account.app)
            raise error
        if not call.is_answered_by(reply):
            raise self._no_answer(given, call, reply)
        narrowed = reply.narrowed(call.visible)
        self.answer = given, narrowed
        speech.progressed = True
        self.replayed = None
        return narrowed

    def _sent_before(self, call: Call) -> bool:
        return any(mark.state == "absent" for mark in self.pages.of(call.name))

    def _no_answer(self, given: Given, call: Call, reply: Reply) -> DoubtError:
        message = f"{self.speech.delivery.platform} answered {call.name} with {reply.status}"
        if reply.status >= 500:  # noqa: PLR2004 - the platform's own failures
            return self._doubtful(given, f"{message}: it may have taken it.", Doubt.BROKEN)
        if 400 <= reply.status < 500:  # noqa: PLR2004 - refusals, in somebody else's words
            return self._doubtful(given, f"{message}, not in its own words.", Doubt.FOREIGN)
        return self._doubtful(given, f"{message} and nothing readable.", Doubt.SILENCE)

    def _doubtful(self, given: Given, message: str, doubt: Doubt) -> DoubtError:
        self.speech.doors.store.journal.suspect(given.mark, doubt.value)
        return DoubtError(message, doubt)

    def _nothing_unasked(self, asked: set[str]) -> None:
        """Refuse to go on past a step that went out and is not asked for: new code, old journal."""
        unasked = [mark.step for mark in self.pages.landed() if mark.step not in asked]
        if unasked:
            message = (
                f"{', '.join(unasked)} went out before, and this microcom does not ask for it."
            )
            raise DoubtError(message)

    def _may_go_on(self) -> None:
        """End with the process; before its time, give way to whatever of the login is due."""
        self._ending()
        speech, now = self.speech, self.speech.doors.clock.now()
        if not speech.is_early():
            return
        first = speech.doors.store.queue.next(speech.lease)
        if first is not None and first.due <= now:
            raise PauseError(now, "others are due first", accepted=False)

    def _ending(self) -> None:
        if self.speech.doors.stopping():
            raise EndingError

    def _read(self) -> None:
        self.pages = self.speech.doors.store.journal.read(self.speech.delivery)


def walk(steps: Steps[T], answer: Callable[[Item], Reply]) -> T:
    """Drive a generator to its end, each item answered by ``answer``; return its result.

    An error of the adapter itself is said as Rejected, so that one bad reply stops one delivery.
    """
    reply: Reply | None = None
    try:
        while True:
            try:
                item = next(steps) if reply is None else steps.send(reply)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # typed by Steps[T]
            except MicrocomError:
                raise
            except Exception as error:
                message = f"The adapter failed ({type(error).__name__})."
                hint = "This is a bug in microcom or the platform's plug-in: please report it."
                raise Rejected(message, code="adapter.failed", hint=hint) from error
            reply = answer(item)
    finally:
        steps.close()


def _handles(value: JsonValue) -> Iterator[str]:
    """Yield the texts in what was sealed that are secrets."""
    if isinstance(value, str) and len(value) >= SHORTEST_HANDLE:
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _handles(inner)
