"""What another queue may have sent: the calls that this one would make, looked for before it does.

A queue that was adopted knows what it knew at some moment. A delivery that was due since then may
be out. Its next PUBLISH call is worked out without making it, and marked as if it had been made:
then everything goes on as after any call that got no answer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.rehearsal import imagined
from microcom.core.settling import LAST_WORD
from microcom.core.steps import Call, Effect, Stale, Wait
from microcom.runner.slots import REMEMBERED

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.steps import Item, Reply
    from microcom.runner.speech import Speech
    from microcom.store.journal import Pages

TALES = ("", " (again)")
"""What is made up differs between the two: what a call says of it does, too."""


def supposed(speech: Speech, pages: Pages) -> Pages:
    """Return the journal, with an open mark of the next call if another queue may have made it."""
    if speech.delivery.elsewhere is None or pages.open_mark() is not None:
        return pages
    replies: dict[str, Reply] = {}
    call, other = (_next_call(speech, pages, tale, replies) for tale in TALES)
    if call is None or other is None:
        return pages
    if any(mark.elsewhere is not None for mark in pages.of(call.name)):
        return pages  # it was looked for
    store = speech.doors.store
    store.supposed.note(
        speech.lease,
        speech.delivery,
        call,
        looks=dict(call.evidence) == dict(other.evidence),
        until=_until(speech, call),
    )
    return store.journal.read(speech.delivery)


def is_moot(speech: Speech, pages: Pages, asked: set[str]) -> bool:
    """Say whether all that a call could prepare is out already, sent by another queue."""
    found = any(mark.elsewhere and mark.step not in asked for mark in pages.landed())
    return found and len(speech.outgoing().snapshot.parts) == 1


def _until(speech: Speech, call: Call) -> datetime:
    """Return when the other queue's last call had ended: it learns of the adoption in time."""
    adopted = speech.known.adopted or speech.doors.clock.now()
    return adopted + REMEMBERED + timedelta(seconds=call.deadline) + LAST_WORD


def _next_call(speech: Speech, pages: Pages, tale: str, replies: dict[str, Reply]) -> Call | None:
    """Return the first PUBLISH call that is not known to be out, or None.

    What was published answers from the journal; what is read is asked; what would be written, and
    all that follows from that, is made up.
    """
    steps = speech.platform.publish(speech.outgoing())
    made_up = False
    asked: set[str] = set()
    try:
        item: Item = next(steps)
        while True:
            if isinstance(item, Call) and item.effect is Effect.PUBLISH:
                reply = _published(pages, item)
                if reply is None:
                    return item
            elif isinstance(item, Stale) or (isinstance(item, Call) and item.name in asked):
                return None
            elif isinstance(item, Wait) or made_up or item.effect is Effect.WRITE:
                made_up = made_up or not isinstance(item, Wait)
                reply = imagined(item, tale, ends=True)
            else:
                reply = replies.get(item.name) or speech.call(item)
                replies[item.name] = reply
            if isinstance(item, Call):
                asked.add(item.name)
            item = steps.send(reply)
    except StopIteration:
        return None
    finally:
        steps.close()


def _published(pages: Pages, call: Call) -> Reply | None:
    """Return what a step is known to have been answered."""
    found = (mark.reply for mark in pages.of(call.name) if mark.state == "answered")
    return next((reply for reply in found if reply is not None), None)
