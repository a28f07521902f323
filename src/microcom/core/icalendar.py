"""Deliveries as an iCalendar file (RFC 5545), for any calendar program to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import TYPE_CHECKING

from microcom.core.delivery import State

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.delivery import Delivery

OCTETS = 75
"""The longest line without its break (section 3.1)."""
BREAK = "\r\n"
OUT_OF_IT = frozenset({State.CANCELLED, State.FAILED, State.MISSED})
OPEN = frozenset({State.HELD, State.IN_DOUBT, State.PARTIAL})


def calendar(
    events: Iterable[tuple[Delivery, str]], queue: str, version: str, now: datetime
) -> Iterator[str]:
    """Yield a calendar's lines, folded and each with its break: an event for each delivery.

    With each delivery comes its text. ``queue`` names the queue among all others, so that a
    delivery has the same UID whenever it is written.
    """
    yield from _lines("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//microcom//{version}//EN")
    for delivery, text in events:
        yield from _lines(*_event(delivery, text, queue, now))
    yield from _lines("END:VCALENDAR")


def _event(one: Delivery, text: str, queue: str, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{one.id}.{_escaped(queue)}@microcom"
    yield f"DTSTAMP:{_utc(now)}"
    yield f"DTSTART:{_utc(one.due)}"
    yield f"SEQUENCE:{one.revision}"
    yield f"SUMMARY:{_escaped(f'{one.target}: {one.post}')}"
    state = one.state.value.replace("_", " ")
    said = f"{state}: {one.reason}" if one.reason else state
    described = "\n\n".join(filter(None, (said, text)))
    yield f"DESCRIPTION:{_escaped(described)}"
    yield f"STATUS:{_status(one.state)}"
    yield "TRANSP:TRANSPARENT"
    groups = [word for word in (one.client, one.campaign) if word]
    if groups:
        yield f"CATEGORIES:{','.join(map(_escaped, groups))}"
    if one.url:
        yield f"URL:{_one_line(one.url)}"
    yield "END:VEVENT"


def _status(state: State) -> str:
    if state in OUT_OF_IT:
        return "CANCELLED"
    return "TENTATIVE" if state in OPEN else "CONFIRMED"


def _utc(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """Return text as a TEXT value (section 3.3.11), without control characters but line breaks."""
    text = re.sub(r"\r\n?|[\x85\u2028\u2029]", "\n", text)
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "", text)
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", r"\n")


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x20\x7f]", "", text)


def _lines(*lines: str) -> Iterator[str]:
    for line in lines:
        yield from _folded(line)


def _folded(line: str) -> Iterator[str]:
    """Yield a line in pieces of at most 75 octets, no letter cut, all but the first indented."""
    piece, room = "", OCTETS
    for letter in line:
        size = len(letter.encode())
        if size > room:
            yield piece + BREAK
            piece, room = " ", OCTETS - 1
        piece += letter
        room -= size
    yield piece + BREAK
