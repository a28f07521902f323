"""Whether a post in a listing is the one that was sent, though X rewrote it.

X answers with short links in place of the ones written, with ``& < >`` as HTML entities, with a
link of its own for attached media, and keeps what is longer than 280 in a field of its own
(github.com/FxEmbed/FxEmbed/issues/24). Both sides are brought to one form before they are compared.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue
    from microcom.platforms.x.wire import Entities, Post, Url

SNOWFLAKE_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
FIRST_SNOWFLAKE = 1 << 41
"""Ids below, from X's first years and a few minutes after, hold no time."""

# A link to X itself may be shown as a quote or as somebody else's media, so that what hangs on
# the post says nothing any more about where it came from; a short link may lead there.
LINKS_TO_X = re.compile(r"(?:\b(?:x|twitter)|\bpic\.(?:x|twitter)|\bt)\.com?/", re.IGNORECASE)
OF_MEDIA = re.compile(r"/status/(?P<id>\d+)/(?:photo|video)/\d+\Z")
SHORT_AT_END = re.compile(r"(?:\s*https://t\.co/\w+)+\s*\Z")
SCHEME = re.compile(r"https?://", re.IGNORECASE)
LAST_SLASH = re.compile(r"/(?=\s|\Z)")
MENTIONS = re.compile(r"\A(?:@\w{1,15} )+")
MOST_LAYERS = 4


def made_at(remote_id: str, otherwise: datetime) -> datetime:
    """Return when X made a post: its id holds the millisecond, ``created_at`` only the second."""
    number = int(remote_id)
    if number < FIRST_SNOWFLAKE:
        return otherwise
    return SNOWFLAKE_EPOCH + timedelta(milliseconds=number >> 22)


def wanted_hard(text: str, reply_to: JsonValue, media: int = 0) -> dict[str, JsonValue]:
    """Return the keys of a post of text, with so many files, that X never rewrites."""
    keys: dict[str, JsonValue] = {"reply_to": reply_to, "repost": False}
    if media:
        return {**keys, "media": media, "polls": 0}
    return keys if LINKS_TO_X.search(text) else {**keys, "media": 0, "polls": 0}


def hard(post: Post, wanted: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the keys of a post in a listing, as far as ``wanted`` has them.

    What the listing leaves open is taken to be as wanted: only a difference that is seen tells
    two posts apart.
    """
    repost = any(one.type == "retweeted" for one in post.references or ())
    found: dict[str, JsonValue] = {"reply_to": _parent(post, wanted), "repost": repost}
    if "media" in wanted:
        hanging = post.attachments
        found["media"] = len((hanging and hanging.media_keys) or ())
        found["polls"] = len((hanging and hanging.poll_ids) or ())
    return found


def sent(text: str, *, reply: bool) -> str:
    """Return the text that was sent, in the form for comparing."""
    return _plain(text, reply=reply)


def shown(post: Post, *, reply: bool) -> str:
    """Return the text of a post in a listing, in the form for comparing."""
    whole = post.note or post
    text = whole.text
    for url in _urls(whole.entities):
        if url.url:
            instead = "" if _is_media(url, post) else url.expanded_url or url.url
            text = text.replace(url.url, instead)
    if post.attachments is not None and post.attachments.media_keys:
        text = SHORT_AT_END.sub("", text)
    return _plain(text, reply=reply)


def _parent(post: Post, wanted: Mapping[str, JsonValue]) -> JsonValue:
    for reference in post.references or ():
        if reference.type == "replied_to":
            return reference.id
    if post.conversation_id == post.id:
        return None
    return wanted["reply_to"]  # a reply to something untold, or nothing is told at all


def _urls(entities: Entities | None) -> Iterator[Url]:
    yield from (entities and entities.urls) or ()


def _is_media(url: Url, post: Post) -> bool:
    """Say whether a link is X's own to what hangs on the post, not one that was written."""
    found = OF_MEDIA.search(url.expanded_url or "")
    return bool(url.media_key) or (found is not None and found["id"] == post.id)


def _plain(text: str, *, reply: bool) -> str:
    """Undo what X may do to a text; a reply loses the names in front, which X adds and hides."""
    for _ in range(MOST_LAYERS):
        bare = html.unescape(text)
        if bare == text:
            break
        text = bare
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if reply:
        line = MENTIONS.sub("", line)
    return LAST_SLASH.sub("", SCHEME.sub("", line)).casefold()
