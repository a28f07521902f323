"""Looking at a board or section: whether a marked pin is there; and whose token it is."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.login import Identity
from microcom.core.settling import Absent, Landed, Mark, Seen, Unsure, Wanted, Window, judge
from microcom.core.steps import Call, Effect, Reply
from microcom.errors import Transient
from microcom.platforms.pinterest import addresses
from microcom.platforms.pinterest.addresses import API

if TYPE_CHECKING:
    from microcom.core.settling import Verdict
    from microcom.core.steps import JsonValue, Steps
    from microcom.platforms.pinterest.wire import Pin

MOST_PAGES = 20
A_SECOND = timedelta(seconds=1)
"""Pins carry whole seconds: one made in the same second as the mark may seem older."""


def look(mark: Mark, owned: Collection[str]) -> Steps[Verdict]:
    """Return whether the marked pin is on its board or in its section, by the rule of absence.

    The listing is read to its end: its order is not documented. That it is alive is shown by a
    pin known to exist, or by the number of pins that the board itself says it has.
    """
    said = mark.evidence
    wanted = Wanted(
        {"section": said.get("section"), "shows": said.get("shows")},
        _soft(said.get("title"), said.get("description"), said.get("link")),
    )
    counted = None if said.get("section") else (yield from _count(said))
    window = yield from _window(said)
    alive = _alive(mark, window, counted)
    found = judge(replace(mark, sent=mark.sent - A_SECOND, known=alive), wanted, window, owned)
    match found:
        case Seen():
            body = json.dumps({"id": found.remote_id}).encode()
            return Landed(Reply(201, {}, body, found.made))
        case Unsure(why=why):
            return Unsure(why, addresses.person(str(said.get("handle", ""))))
        case Absent():
            return found


def whose() -> Steps[Identity]:
    """Return whose token this is, and their newest pin; raise Transient where Pinterest is silent.

    Since September 2026 new apps may read business accounts only (the changelog of Pinterest's
    developer pages); :mod:`explain` says so when it happens.
    """
    from microcom.platforms.pinterest.wire import person, pins

    reply = yield Call(name="me", method="GET", url=f"{API}/user_account", effect=Effect.READ)
    found = person(reply)
    if found is None:
        message = "Pinterest answered, but not whose token this is."
        raise Transient(message, code="pinterest.unreadable", hint="Try again in a while.")
    newest = pins(
        (
            yield Call(
                name="newest",
                method="GET",
                url=f"{API}/pins",
                effect=Effect.READ,
                query=(("page_size", "1"),),
            )
        )
    )
    first = newest.items[0].id if newest is not None and newest.items else None
    return Identity(found.id, found.username, first)


def _alive(mark: Mark, window: Window, counted: int | None) -> str | None:
    """Return the id of a pin that shows the listing to be alive, or None.

    A pin known to exist may stand on another board. Then what the listing shows has to be as many
    as the board says it has, and at least one older than the call.
    """
    shown = {one.remote_id for one in window.seen}
    if mark.known in shown:
        return mark.known
    older = [one.remote_id for one in window.seen if one.made < mark.sent - A_SECOND]
    if older and (counted is None or counted == len(shown)):
        return older[0]
    return mark.known


def _count(said: Mapping[str, JsonValue]) -> Steps[int | None]:
    """Return how many pins the board says it has, None where it does not."""
    from microcom.platforms.pinterest.wire import board

    found = board(
        (
            yield Call(
                name="settle:board",
                method="GET",
                url=f"{API}/boards/{said.get('board')}",
                effect=Effect.READ,
                query=_acting(said),
            )
        )
    )
    return None if found is None else found.pin_count


def _window(said: Mapping[str, JsonValue]) -> Steps[Window]:
    """Read the board or section to its end."""
    from microcom.platforms.pinterest.wire import pins

    section = said.get("section")
    where = f"/sections/{section}/pins" if section else "/pins"
    seen: list[Seen] = []
    bookmark: str | None = None
    for number in range(MOST_PAGES):
        more = () if bookmark is None else (("bookmark", bookmark),)
        page = pins(
            (
                yield Call(
                    name=f"settle:page:{number}",
                    method="GET",
                    url=f"{API}/boards/{said.get('board')}{where}",
                    effect=Effect.READ,
                    query=(("page_size", "250"), *_acting(said), *more),
                )
            )
        )
        if page is None:
            return Window(seen, whole=False)
        seen.extend(_seen(pin, said) for pin in page.items)
        if page.bookmark is None:
            return Window(seen, whole=True)
        if page.bookmark == bookmark:
            return Window(seen, whole=False)
        bookmark = page.bookmark
    return Window(seen, whole=False)


def _acting(said: Mapping[str, JsonValue]) -> tuple[tuple[str, str], ...]:
    acting = said.get("acting")
    return tuple(acting.items()) if isinstance(acting, dict) else ()


def _seen(pin: Pin, said: Mapping[str, JsonValue]) -> Seen:
    """Return a pin of a listing; what it leaves open is taken to be as wanted."""
    from datetime import UTC, datetime

    shows = pin.media.media_type if pin.media and pin.media.media_type else said.get("shows")
    section = pin.board_section_id or said.get("section")
    return Seen(
        remote_id=pin.id,
        made=pin.created_at or datetime.max.replace(tzinfo=UTC),
        hard={"section": section, "shows": shows},
        soft=_soft(pin.title, pin.description, pin.link),
    )


def _soft(*words: object) -> str:
    """Return title, description and link in the form for comparing."""
    plain = (unicodedata.normalize("NFC", str(word or "")) for word in words)
    lines = (" ".join(word.split()).casefold() for word in plain)
    return "\n".join(re.sub(r"^https?://|/$", "", line) for line in lines)
