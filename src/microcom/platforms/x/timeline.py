"""Looking at an account's own timeline: whether a marked post is there, and whose account it is.

A page costs money for each post in it, so only what is needed is asked for: from just before a
post that is known to exist, or, where none is known, from a minute before the call.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from microcom.core.login import Identity
from microcom.core.schedule import rfc3339
from microcom.core.settling import (
    CLOCK_SLACK,
    Absent,
    Landed,
    Mark,
    Seen,
    Unsure,
    Wanted,
    Window,
    judge,
)
from microcom.core.steps import Call, Effect, Reply
from microcom.errors import Transient
from microcom.platforms.x import addresses
from microcom.platforms.x.sameness import hard, made_at, sent, shown, wanted_hard

if TYPE_CHECKING:
    from microcom.core.settling import Verdict
    from microcom.core.steps import Steps
    from microcom.platforms.x.wire import Page

MOST_PAGES = 5
BEFORE = timedelta(seconds=60)
FIELDS = "created_at,entities,note_tweet,attachments,conversation_id"
EXPANSIONS = "referenced_tweets.id,attachments.media_keys"

Query: TypeAlias = tuple[tuple[str, str], ...]


def look(mark: Mark, owned: Collection[str]) -> Steps[Verdict]:
    """Return whether the marked post is in its author's timeline, by the rule of absence."""
    text, parent = str(mark.evidence.get("text", "")), mark.evidence.get("reply_to")
    media = int(mark.evidence.get("media", 0))
    wanted = Wanted(wanted_hard(text, parent, media), sent(text, reply=parent is not None))
    window = yield from _window(mark, wanted)
    found = judge(mark, wanted, window, owned)
    match found:
        case Seen():
            return Landed(_answer(found))
        case Unsure(why=why):
            return Unsure(why, addresses.person(str(mark.evidence.get("handle", ""))))
        case Absent():
            return found


def whose() -> Steps[Identity]:
    """Return whose token this is; raise Transient ``x.unreadable`` when X does not say.

    The newest post's id is an expansion since the names changed (OpenAPI 2.167); it comes back
    as a field of the user.
    """
    from microcom.platforms.x.wire import me

    query = (("expansions", "most_recent_post_id"),)
    reply = yield Call(
        name="me",
        method="GET",
        url=f"{addresses.API}/2/users/me",
        effect=Effect.READ,
        query=query,
    )
    user = me(reply)
    if user is None:
        message = "X answered, but not whose token this is."
        raise Transient(message, code="x.unreadable", hint="Try again in a while.")
    return Identity(user.id, user.username, user.newest)


def _window(mark: Mark, wanted: Wanted) -> Steps[Window]:
    """Read the timeline, newest first, until it reaches back to before the first mark."""
    from microcom.platforms.x.wire import page

    seen: list[Seen] = []
    more: Query = ()
    for number in range(MOST_PAGES):
        reply = yield _listing(mark, number, more)
        read = page(reply)
        if read is None:
            return Window(seen, whole=False)
        seen.extend(_seen(read, mark, wanted))
        if not read.is_whole:
            return Window(seen, whole=False)
        if read.meta.next_token is None:
            return Window(seen, whole=True)
        if _reaches(seen, mark):
            return Window(seen, whole=True)
        more = (("pagination_token", read.meta.next_token),)
    return Window(seen, whole=_is_past(seen, mark))


def _listing(mark: Mark, number: int, more: Query) -> Call:
    return Call(
        name=f"settle:page:{number}",
        method="GET",
        url=f"{addresses.API}/2/users/{mark.remote_user}/tweets",
        effect=Effect.READ,
        query=(
            ("max_results", "100"),
            ("tweet.fields", FIELDS),
            ("expansions", EXPANSIONS),
            _since(mark),
            *more,
        ),
    )


def _since(mark: Mark) -> tuple[str, str]:
    known = mark.known or ""
    if known.isdecimal() and int(known) > 0 and made_at(known, mark.until) < mark.sent:
        return ("since_id", str(int(known) - 1))  # exclusive: the known post itself is shown
    start = (mark.sent - BEFORE).replace(microsecond=0)
    return ("start_time", rfc3339(start))


def _seen(read: Page, mark: Mark, wanted: Wanted) -> list[Seen]:
    """Return the posts of a page; one whose time cannot be read counts as made just now."""
    return [
        Seen(
            remote_id=post.id,
            made=made_at(post.id, post.created_at or mark.until),
            hard=hard(post, wanted.hard),
            soft=shown(post, reply=wanted.hard["reply_to"] is not None),
        )
        for post in read.data
    ]


def _reaches(seen: list[Seen], mark: Mark) -> bool:
    """Say whether enough was read: past the first mark, and to the post known to exist."""
    known = mark.known is None or any(one.remote_id == mark.known for one in seen)
    return known and _is_past(seen, mark)


def _is_past(seen: list[Seen], mark: Mark) -> bool:
    """Say whether a listing that surely is newest first has gone past the first mark."""
    times = [one.made for one in seen]
    return (
        times == sorted(times, reverse=True) and bool(times) and times[-1] < mark.sent - CLOCK_SLACK
    )


def _answer(found: Seen) -> Reply:
    """Return what X would have answered: how it does, with the id."""
    return Reply(201, {}, json.dumps({"data": {"id": found.remote_id}}).encode(), found.made)
