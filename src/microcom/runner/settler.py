"""Settling: finding out what became of a marked call that got no certain answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microcom.core.delivery import State
from microcom.core.retry import resend_pause, sentence
from microcom.core.settling import CLOCK_SLACK, Absent, Landed, Mark, Unsure
from microcom.core.steps import Call, Effect, Reply, Wait
from microcom.errors import NeedsLogin, PlatformError, RateLimited, TokenExpired
from microcom.runner.conversation import LONGEST_SLEEP, NOTHING, walk
from microcom.runner.endings import Doubt, EndingError
from microcom.store.journal import OwnedError
from microcom.store.times import micros
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.settling import Verdict
    from microcom.core.steps import Item
    from microcom.runner.speech import Speech
    from microcom.store.journal import Marked, Pages

FIRST_LOOK = timedelta(seconds=15)
"""How long after a silence the account is first looked at: most posts that landed show by then."""

OTHERS_FIRST = timedelta(minutes=10)
"""How long one doubt waits for the others of its login, whose posts it may be looking at.

Counted from when not being there says something of the youngest of them.
"""

A_DAY = timedelta(days=1)
"""How long one doubt waits at most for a moment in which all others of its login are explained."""


NOTHING_SHOWS = "another queue spoke for this login, and {} cannot be asked about it"


@dataclass(slots=True)
class Settler:
    """Looks at the account for one open mark, when looking can say something."""

    speech: Speech
    pages: Pages
    mark: Marked
    heard: datetime | None = None
    """The platform's time of the first reply to the look."""

    def settle(self) -> bool:
        """Look if it is time, and record what was found; say whether the delivery may go on.

        A look before the mark's deadline plus ``lands_within`` plus ``visible_within``, on the
        platform's clock, can only find; only one after it can believe that there is nothing.
        """
        now = self.speech.doors.clock.now()
        if not self.mark.fingerprint:
            return self._ask_person(Unsure(NOTHING_SHOWS.format(self.speech.platform.name)))
        if now < self._first_look():
            return self._later(self._first_look(), "waiting to look whether it went out")
        ahead = self._ahead()
        try:
            verdict = self._looked(self._asked())
            if self.mark.elsewhere is not None and isinstance(verdict, Absent):
                verdict = self._before_its_time(self.mark.elsewhere, verdict)
        except PlatformError as error:
            return self._could_not_look(error, now)
        if abs(self._ahead() - ahead) > CLOCK_SLACK and not isinstance(verdict, Landed):
            return self._later(now, "this machine's clock was set; looking again")
        return self._ruled(verdict, now)

    def _looked(self, mark: Mark) -> Verdict:
        return walk(self.speech.platform.settle(mark, self._owned()), self._answer)

    def _before_its_time(self, since: datetime, verdict: Absent) -> Verdict:
        """Look further back: the other queue may have sent it before it is due in this one."""
        asked = self._asked()
        earlier = since + min(self.mark.least_ahead, self._ahead())
        if earlier >= asked.sent:
            return verdict
        found = self._looked(replace(asked, sent=earlier))
        return (
            Unsure("one like it went out before its time") if isinstance(found, Landed) else found
        )

    def _could_not_look(self, error: PlatformError, now: datetime) -> bool:
        """Look again when the platform allows it; where a login has ended, once there is one."""
        speech, when = self.speech, now + FIRST_LOOK * 4
        if isinstance(error, RateLimited):
            when = max(when, error.until)
        if isinstance(error, NeedsLogin | TokenExpired) and not speech.has_newer_login():
            speech.doors.store.accounts.park(speech.known.account.name, sentence(error))
        return self._later(when, f"could not look: {error.message}")

    def _first_look(self) -> datetime:
        """Give the platform a moment after our own silence, and a dead sender its deadline."""
        if self.mark.cause is not None:
            return self.mark.at + FIRST_LOOK
        return self.mark.deadline

    def _too_soon(self, now: datetime) -> timedelta:
        """Return how long it still takes until there not being anything says something.

        That is by the platform's own clock as the look heard it: ours may have been set since.
        """
        proof = self.speech.capabilities.proof
        heard = now + self._ahead() if self.heard is None else self.heard
        return self._until() + proof.lands_within + proof.visible_within - heard

    def _ahead(self) -> timedelta:
        """Return how far the platform's clock is ahead of ours, as last heard."""
        speech = self.speech
        return timedelta(microseconds=speech.doors.store.lanes.offset(speech.lease.lane))

    def _until(self) -> datetime:
        """Return when the call had ended, on the platform's clock: at the latest."""
        return self.mark.deadline + max(self.mark.most_ahead, self._ahead())

    def _ruled(self, verdict: Verdict, now: datetime) -> bool:
        match verdict:
            case Landed():
                return self._landed(verdict)
            case _ if (soon := self._too_soon(now)) > timedelta():
                return self._later(now + soon, "not seen yet; looking again")
            case Absent() if self._may_be_absent():
                return self._absent(verdict)
            case Absent():
                why = "it was not found, and the platform says that it has it"
                return self._ask_person(Unsure(why))
            case Unsure() if (again := self._others_first(now)) is not None:
                return self._later(again, "another post of this login comes first")
            case Unsure():
                return self._ask_person(verdict)

    def _others_first(self, now: datetime) -> datetime | None:
        """Return when to look again, where what seems strange may be another delivery's post.

        That may be one in doubt itself, or one so young that it does not show everywhere yet.
        """
        speech, store, over = self.speech, self.speech.doors.store, -self._too_soon(now)
        if over >= A_DAY:
            return None
        beside = store.queue.doubt_beside(speech.delivery)
        younger = timedelta() if beside is None else max(beside - self.mark.deadline, timedelta())
        if beside is not None and over - younger < OTHERS_FIRST:
            return now + FIRST_LOOK
        shows_within = speech.capabilities.proof.visible_within
        last = store.journal.last_live(speech.lease.lane)
        is_young = last is not None and abs(now - last) <= shows_within
        return last + shows_within + FIRST_LOOK if last and is_young else None

    def _may_be_absent(self) -> bool:
        return (
            self.speech.capabilities.proof.can_prove_absence
            and self.mark.cause != Doubt.DUPLICATE.value
        )

    def _landed(self, verdict: Landed) -> bool:
        """Record what was found: our own conclusion, so only while we speak for the login."""
        speech, store = self.speech, self.speech.doors.store
        try:
            with store.db.transaction(speech.lease.lane):
                store.lanes.renew(speech.lease, 0)
                store.journal.answered(self.mark.id, speech.lease.lane, verdict.reply, "settled")
        except OwnedError as error:
            return self._ask_person(Unsure(error.message))
        now = speech.doors.clock.now()
        speech.delivery = speech.doors.store.queue.move(
            speech.lease, speech.delivery, State.PUBLISHING, reason=None, wake=now
        )
        return True

    def _absent(self, verdict: Absent) -> bool:
        speech = self.speech
        store = speech.doors.store
        with store.db.transaction(speech.lease.lane):
            store.journal.absent(speech.lease, speech.delivery, self.mark.id, verdict.why)
            state = State.QUEUED
            reason = "it surely did not go out; sending again"
            if self.mark.elsewhere is not None:
                reason = "no other queue has sent it"
            if self.mark.cause == Doubt.FOREIGN.value:
                state = State.PARTIAL if self.pages.landed() else State.FAILED
                reason = "refused, not in the platform's own words; it surely did not go out"
            wake = self._next_send() if state is State.QUEUED else None
            speech.delivery = store.queue.move(
                speech.lease, speech.delivery, state, reason=reason, wake=wake
            )
        return wake is not None and wake <= speech.doors.clock.now()

    def _next_send(self) -> datetime:
        if self.mark.elsewhere is not None:
            return self.speech.doors.clock.now()
        sends = self.pages.of(self.mark.step)
        absences = 1 + sum(send.state == "absent" for send in sends)
        broken = self.mark.cause == Doubt.BROKEN.value
        return self.speech.doors.clock.now() + resend_pause(absences, broken=broken)

    def _later(self, when: datetime, why: str) -> bool:
        speech = self.speech
        speech.delivery = speech.doors.store.queue.move(
            speech.lease, speech.delivery, State.IN_DOUBT, reason=self._words(why), wake=when
        )
        return False

    def _ask_person(self, verdict: Unsure) -> bool:
        look = "" if verdict.look is None else f" Look at {verdict.look}."
        speech = self.speech
        speech.delivery = speech.doors.store.queue.move(
            speech.lease,
            speech.delivery,
            State.IN_DOUBT,
            reason=self._words(f"{verdict.why}.{look}"),
        )
        return False

    def _words(self, why: str) -> str:
        return f"{self.mark.step} may have gone out: {why}"

    def _asked(self) -> Mark:
        """Return the mark as the platform is asked about it, on the platform's clock.

        Where a clock was set between the mark and now, the earliest reading of it is taken.
        """
        speech, store, ahead = self.speech, self.speech.doors.store, self._ahead()
        sends = [send for send in self.pages.of(self.mark.step) if send.state in ("open", "absent")]
        first = sends[0].at
        newest = store.journal.newest(speech.lease.lane, micros(first))
        return Mark(
            step=self.mark.step,
            fingerprint=self.mark.fingerprint,
            sent=min(send.at + min(send.least_ahead, ahead) for send in sends),
            until=self._until(),
            evidence=self.mark.evidence,
            remote_user=speech.known.remote_id or "",
            kind=speech.delivery.kind,
            known=newest or speech.known.known,
            settings=speech.outgoing().settings,
        )

    def _owned(self) -> frozenset[str]:
        return self.speech.doors.store.journal.owned(self.speech.lease.lane)

    def _answer(self, item: Item) -> Reply:
        if self.speech.doors.stopping():
            raise EndingError
        match item:
            case Call(effect=Effect.READ):
                reply = self.speech.call(item)
                self.heard = self.heard or reply.at
                return reply
            case Wait(seconds=seconds):
                self.speech.doors.clock.sleep(min(seconds, LONGEST_SLEEP))
                return NOTHING
            case _:
                message = "Settling may only read."
                raise TypeError(message)
