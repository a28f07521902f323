"""Driving one delivery as far as it goes now, and obeying what follows from how it ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.account import Lateness
from microcom.core.delivery import State
from microcom.core.retry import (
    MOST_TRIES,
    Anew,
    GiveUp,
    Park,
    Retry,
    Scope,
    breaker_pause,
    decide,
)
from microcom.errors import (
    NeedsLogin,
    Outdated,
    PlatformError,
    RateLimited,
    StoreError,
    Superseded,
    TokenExpired,
)
from microcom.runner.conversation import Conversation
from microcom.runner.elsewhere import supposed
from microcom.runner.endings import Doubt, DoubtError, EndingError, PauseError, StagedError
from microcom.runner.settler import FIRST_LOOK, Settler
from microcom.runner.speech import SPENT, Speech
from microcom.store.leave import LeaveRefusedError, Why

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.delivery import Delivery
    from microcom.core.passage import Receipt
    from microcom.core.retry import Decision
    from microcom.runner.doors import Doors
    from microcom.store.journal import Pages
    from microcom.store.lanes import Lease

LATE = timedelta(minutes=5)
"""How late a delivery is that goes out apart from others."""
GAP = timedelta(hours=1.1)
"""What an account's late posts share, each by its ceiling: so spaced, none reaches the ceiling."""
SLACK = 0.1
"""The part of a gap by which the one before may have left later than its place."""


def drive(doors: Doors, lease: Lease, delivery: Delivery) -> datetime | None:
    """Take a delivery as far as it goes now; its row then says where it stands and why.

    Returns when it goes on by itself, if it does.

    Raises Superseded when the lane was lost, and StoreError when the store fails; everything
    else that can happen ends in the row.
    """
    known = doors.store.accounts.find(delivery.target.account)
    if known is None:
        message = f"The account {delivery.target.account} of delivery {delivery.id} is not known."
        raise Superseded(message)
    platform = doors.platform(delivery.platform)
    ahead = known.ahead if known.lane == lease.lane else None
    speech = Speech(doors, lease, delivery, known, platform, ahead=ahead)
    _drive(speech)
    return speech.delivery.wake


def _drive(speech: Speech) -> None:
    try:
        pages = _settled(speech)
        if pages is None:
            return
        if not pages.landed() and (_missed(speech) or _spaced(speech)):
            return
        conversation = Conversation(speech, pages)
        _published(conversation, conversation.hold())
    except PauseError as pause:
        _paused(speech, pause)
    except StagedError:
        state = speech.delivery.state  # beyond queued only where our clock was set back since
        state = State.STAGED if state is State.QUEUED else state
        _move(speech, state, None, speech.delivery.due)
    except DoubtError as doubt:
        _doubted(speech, doubt)
    except LeaveRefusedError as refused:
        _not_left(speech, refused.why)
    except EndingError:
        return
    except PlatformError as error:
        _failed(speech, error)


def _settled(speech: Speech) -> Pages | None:
    """Return the journal once nothing in it is open; None where that has to wait."""
    pages = supposed(speech, _pages(speech))
    while (mark := pages.open_mark()) is not None:
        if not Settler(speech, pages, mark).settle():
            return None
        pages = supposed(speech, _pages(speech))
    state = speech.delivery.state
    if state is State.IN_DOUBT or (state is State.STAGED and pages.landed()):
        _move(speech, State.QUEUED, "an answer came late", speech.doors.clock.now())
    return pages


def _published(conversation: Conversation, receipt: Receipt) -> None:
    """Record the receipt together with the last answer, which stays even where that fails.

    Both are on disk with the next mark, or before anybody is told.
    """
    speech, store = conversation.speech, conversation.speech.doors.store
    try:
        with store.db.soon_transaction(speech.lease.lane):
            conversation.write_along()
            store.queue.publish(speech.lease, speech.delivery, receipt)
            if speech.known.failures:
                store.accounts.succeeded(speech.known.account.name)
    except (Superseded, StoreError):
        conversation.write_down()
        raise


def _missed(speech: Speech) -> bool:
    """Apply the missed policy to what is too late; say whether it was."""
    missed = speech.rules.missed
    late = speech.doors.clock.now() - speech.delivery.due
    if missed.do is Lateness.SEND or late <= missed.after:
        return False
    state = State.HELD if missed.do is Lateness.HOLD else State.MISSED
    _move(speech, state, f"{_hours(late)} late (missed: {missed.do} after {_hours(missed.after)})")
    return True


def _spaced(speech: Speech) -> bool:
    """Put off what is late while another post of the account has just left; say whether it was.

    After a downtime nothing fires in a burst.
    """
    doors, one = speech.doors, speech.delivery
    now = doors.clock.now()
    if now - one.due <= LATE:
        return False
    last = doors.store.journal.last_beside(one)
    if last is None:
        return False
    gap = GAP / speech.ceiling.hour
    if not now - gap * (1 - SLACK) < last <= now:  # a clock that was set back makes no longer gap
        return False
    why = "late, and another one has just left"
    speech.delivery = doors.store.queue.put_off(speech.lease, one, why, last + gap, gap)
    return True


def _paused(speech: Speech, pause: PauseError) -> None:
    state = State.PROCESSING if pause.accepted else speech.delivery.state
    _move(speech, state, pause.message, pause.until)


def _doubted(speech: Speech, error: DoubtError) -> None:
    """Stop; a call's doubt is looked into soon, a doubt about our own journal by a person."""
    now = speech.doors.clock.now()
    if error.doubt is Doubt.BROKEN:
        app = speech.known.account.app
        accounts = speech.doors.store.accounts
        accounts.broke(app, breaker_pause(accounts.failures(app) + 1))
    wake = None if error.doubt is None else now + FIRST_LOOK
    _move(speech, State.IN_DOUBT, error.message, wake)


def _not_left(speech: Speech, why: Why) -> None:
    """Nothing was sent, because something changed first."""
    match why:
        case Why.LANE:
            message = f"Another process took over the lane {speech.lease.lane}."
            raise Superseded(message)
        case Why.STOPPED:
            speech.delivery = speech.doors.store.queue.again(speech.delivery)
            landed = _pages(speech).landed()
            _move(speech, State.PARTIAL if landed else State.CANCELLED, "cancelled")
        case Why.CEILING:
            limit = speech.ceiling
            reason = f"reached its ceiling of {limit.hour} posts an hour or {limit.day} a day"
            speech.doors.store.accounts.park(speech.known.account.name, reason)
        case Why.SENDS:
            landed = _pages(speech).landed()
            state = State.PARTIAL if landed else State.FAILED
            _move(speech, state, "sent three times without effect")
        case Why.EARLY:
            _move(speech, speech.delivery.state, None, speech.delivery.due)
        case Why.CHANGED | Why.ACCOUNT | Why.APP | Why.BREAKER | Why.ANSWERED:
            return  # the next look at the lane sees what changed


def _failed(speech: Speech, error: PlatformError) -> None:
    doors = speech.doors
    one = speech.delivery
    if isinstance(error, RateLimited) and error.code == SPENT and speech.is_early():
        _move(speech, one.state, error.message, error.until)  # what is due may have room
        return
    tries = 0 if speech.progressed else one.tries
    if _all_out(speech):
        tries = min(tries, MOST_TRIES - 2)
    decision = decide(error, tries, one.attempt, doors.clock.now(), doors.chance())
    with doors.store.db.transaction():
        if isinstance(error, NeedsLogin | TokenExpired) and speech.has_newer_login():
            decision = Retry(doors.clock.now(), "logged in again")
        if isinstance(error, Outdated):
            doors.store.lookups.forget(speech.known.account.name)
            if speech.remembered and tries + 1 < MOST_TRIES:
                decision = Retry(doors.clock.now(), error.message)
        _obey(speech, decision, tries)


def _all_out(speech: Speech) -> bool:
    """Say whether every part is live: then all that is left is to ask, and that is not given up."""
    parts = speech.doors.store.queue.snapshot(speech.delivery).parts
    return len(_pages(speech).landed()) >= len(parts)


def _obey(speech: Speech, decision: Decision, tries: int) -> None:
    store, now = speech.doors.store, speech.doors.clock.now()
    match decision:
        case Retry(at=at, why=why, whole_lane=whole_lane):
            if whole_lane:
                store.lanes.rest(speech.lease, at)
            more = 0 if whole_lane else 1  # being asked to wait is no failure
            _move(speech, State.QUEUED, why, at, tries=tries + more)
        case Park(scope=Scope.APP, why=why, until=until):
            store.accounts.park_app(speech.known.account.app, why, until)
            _move(speech, State.QUEUED, None, now)
        case Park(why=why, until=until):
            store.accounts.park(speech.known.account.name, why, until)
            _move(speech, State.QUEUED, None, now)
        case Anew(at=at, why=why):
            speech.delivery = store.queue.next_attempt(speech.lease, speech.delivery)
            _move(speech, State.QUEUED, why, at, tries=0)
        case GiveUp(why=why, nothing_out=nothing_out):
            partial = not nothing_out and _pages(speech).landed()
            _move(speech, State.PARTIAL if partial else State.FAILED, why)
            _stop_after(speech, why)


def _stop_after(speech: Speech, why: str) -> None:
    """Park an account whose deliveries fail one after the other."""
    accounts, name = speech.doors.store.accounts, speech.known.account.name
    failures = accounts.failed(name)
    if failures >= speech.rules.stop_after:
        accounts.park(name, f"{failures} deliveries in a row failed, the last: {why}")


def _move(
    speech: Speech,
    state: State,
    reason: str | None,
    wake: datetime | None = None,
    *,
    tries: int | None = None,
) -> None:
    speech.delivery = speech.doors.store.queue.move(
        speech.lease, speech.delivery, state, reason=reason, wake=wake, tries=tries
    )


def _pages(speech: Speech) -> Pages:
    return speech.doors.store.journal.read(speech.delivery)


def _hours(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
