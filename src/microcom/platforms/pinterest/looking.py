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

    Listings are read to their end: their order is not documented. A board says itself how many
    pins it has; as long as it shows another number, one may be missing, and absence is not proven.
    Whether that number counts the pins of sections is unverified: where it differs, a person looks.
    """
    said = mark.evidence
    wanted = Wanted(
        {"section": said.get("section"), "shows": said.get("shows")},
        _soft(said.get("title"), said.get("description"), said.get("link")),
    )
    counted = yield from _count(said)
    whole = yield from _window(said, None)
    window = whole if said.get("section") is None else (yield from _window(said, said["section"]))
    known = replace(mark, sent=mark.sent - A_SECOND, known=_alive(mark, window))
    page = addresses.person(str(said.get("handle", "")))
    match judge(known, wanted, window, owned):
        case Seen() as found:
            body = json.dumps({"id": found.remote_id}).encode()
            return Landed(Reply(201, {}, body, found.made))
        case Absent() if counted != len(whole.seen):
            shows = f"the board says it has {counted} pins and shows {len(whole.seen)}"
            return Unsure(shows, page)
        case Unsure(why=why):
            return Unsure(why, page)
        case absent:
            return absent


BUSINESS = "BUSINESS"
NO_BUSINESS = (
    "This is not a business account: Pinterest keeps boards and pins of others from new apps. "
    "Turn it into one, free of charge, in Pinterest's settings."
)


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
    walls = () if found.account_type == BUSINESS else (NO_BUSINESS,)
    return Identity(found.id, found.username, first, walls)


def _alive(mark: Mark, window: Window) -> str | None:
    """Return the id of a pin that shows the listing to be alive: one that is older than the call.

    The pin known to exist may stand on another board.
    """
    older = (one.remote_id for one in window.seen if one.made < mark.sent - A_SECOND)
    return next(older, mark.known)


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


def _window(said: Mapping[str, JsonValue], section: JsonValue) -> Steps[Window]:
    """Read a board, or a section of it, to its end."""
    from microcom.platforms.pinterest.wire import pins

    where = f"/sections/{section}/pins" if section else "/pins"
    name = "section" if section else "page"
    seen: list[Seen] = []
    bookmark: str | None = None
    for number in range(MOST_PAGES):
        more = () if bookmark is None else (("bookmark", bookmark),)
        page = pins(
            (
                yield Call(
                    name=f"settle:{name}:{number}",
                    method="GET",
                    url=f"{API}/boards/{said.get('board')}{where}",
                    effect=Effect.READ,
                    query=(("page_size", "250"), *_acting(said), *more),
                )
            )
        )
        if page is None:
            return Window(seen, whole=False)
        seen.extend(_seen(pin, said, section) for pin in page.items)
        if page.bookmark is None:
            return Window(seen, whole=True)
        if page.bookmark == bookmark:
            return Window(seen, whole=False)
        bookmark = page.bookmark
    return Window(seen, whole=False)


def _acting(said: Mapping[str, JsonValue]) -> tuple[tuple[str, str], ...]:
    acting = said.get("acting")
    return tuple(acting.items()) if isinstance(acting, dict) else ()


def _seen(pin: Pin, said: Mapping[str, JsonValue], section: JsonValue) -> Seen:
    """Return a pin of a listing; what it leaves open is taken to be as the listing's own."""
    from datetime import UTC, datetime

    shows = pin.media.media_type if pin.media and pin.media.media_type else said.get("shows")
    section = pin.board_section_id or section
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
