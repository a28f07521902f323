"""The bodies an emulated X answers with: posts and users, in both vocabularies."""

from __future__ import annotations

import html
from collections.abc import Callable, Collection
from datetime import UTC
from typing import TYPE_CHECKING

from microcom.core.media import MediaKind
from microcom.core.text import Counting, length, links
from microcom.platforms.x.emulator.names import TWEET_NAMES

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue
    from microcom.platforms.x.emulator.people import Person, Written
    from microcom.platforms.x.emulator.question import Question

LONG = 280
MEDIA_TYPES = {
    MediaKind.IMAGE: "photo",
    MediaKind.ANIMATION: "animated_gif",
    MediaKind.VIDEO: "video",
}
SHORTENED = 270

Digest = Callable[..., str]


def created(post: Written, digest: Digest) -> JsonValue:
    """Return the answer to a new post; the old names were still seen live in 2026."""
    text, _ = rewritten(_short(post.text), digest)
    return {"data": {"id": post.id, "text": text, TWEET_NAMES.history: [post.id]}}


def post_body(post: Written, asked: Question, digest: Digest) -> dict[str, JsonValue]:
    """Return a post with the fields asked for."""
    text, urls = rewritten(_short(post.text), digest)
    text, urls = _with_media(text, urls, post, digest)
    names, wanted = asked.names, asked.fields | asked.expansions
    body: dict[str, JsonValue] = {"id": post.id, "text": text, names.history: [post.id]}
    if "created_at" in wanted:
        body["created_at"] = f"{post.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    if "conversation_id" in wanted:
        body["conversation_id"] = post.conversation
    if "author_id" in wanted:
        body["author_id"] = post.author.id
    if "community_id" in wanted and post.community is not None:
        body["community_id"] = post.community
    if post.media and wanted & {"attachments", "attachments.media_keys"}:
        body["attachments"] = {"media_keys": [one.key for one in post.media]}
    if "entities" in wanted and urls:
        body["entities"] = {"urls": urls}
    if names.note in wanted and _is_long(post.text):
        whole, urls = rewritten(post.text, digest)
        body[names.note] = {"text": whole} | ({"entities": {"urls": urls}} if urls else {})
    if post.parent is not None and _asks_for_references(wanted):
        body[names.references] = [{"type": "replied_to", "id": post.parent.id}]
    if post.parent is not None and "in_reply_to_user_id" in wanted:
        body["in_reply_to_user_id"] = post.parent.author.id
    return body


def includes(posts: Collection[Written], asked: Question, digest: Digest) -> dict[str, JsonValue]:
    """Return what the expansions add, or nothing."""
    parents = {post.parent.id: post.parent for post in posts if post.parent is not None}
    found: dict[str, JsonValue] = {}
    if parents and asked.expansions & {"referenced_tweets.id", "referenced_posts"}:
        found[asked.names.posts] = [post_body(one, asked, digest) for one in parents.values()]
    media = {one.key: one for post in posts for one in post.media}
    if media and "attachments.media_keys" in asked.expansions:
        found["media"] = [
            {"media_key": key, "type": MEDIA_TYPES[one.kind]} for key, one in media.items()
        ]
    if "author_id" in asked.expansions:
        authors = {post.author.id: post.author for post in posts}
        found["users"] = [user_body(one, asked) for one in authors.values()]
    return {"includes": found} if found else {}


def user_body(person: Person, asked: Question) -> dict[str, JsonValue]:
    """Return a user with the fields asked for."""
    wanted = asked.user_fields | asked.expansions
    body: dict[str, JsonValue] = {
        "id": person.id,
        "name": person.username.replace("_", " ").title(),
        "username": person.username,
    }
    if "subscription_type" in wanted:
        body["subscription_type"] = "Premium" if person.premium else "None"
    standing = [post for post in person.posts if not post.deleted]
    if standing and wanted & {"most_recent_post_id", "most_recent_tweet_id"}:
        body[asked.names.newest] = standing[-1].id
    return body


def rewritten(text: str, digest: Digest) -> tuple[str, list[JsonValue]]:
    """Return a text as X gives it back: links shortened, ``& < >`` as HTML; and its links."""
    pieces: list[str] = []
    urls: list[JsonValue] = []
    position = 0
    for link in links(text):
        pieces.append(html.escape(text[position : link.start], quote=False))
        short = f"https://t.co/{digest('link', link.url)[:10]}"
        start = sum(map(len, pieces))
        full = link.url if "://" in link.url else f"http://{link.url}"
        shown = full.partition("://")[2]
        urls.append(
            {
                "start": start,
                "end": start + len(short),
                "url": short,
                "expanded_url": full,
                "display_url": shown if len(shown) <= 30 else f"{shown[:30]}\u2026",  # noqa: PLR2004
            }
        )
        pieces.append(short)
        position = link.end
    pieces.append(html.escape(text[position:], quote=False))
    return "".join(pieces), urls


def _with_media(
    text: str, urls: list[JsonValue], post: Written, digest: Digest
) -> tuple[str, list[JsonValue]]:
    """Return a text with X's own link to what hangs on the post, as X shows it."""
    if not post.media:
        return text, urls
    short = f"https://t.co/{digest('media', post.id)[:10]}"
    start = len(text) + 1 if text else 0
    page = f"https://x.com/{post.author.username}/status/{post.id}/photo/1"
    link: JsonValue = {
        "start": start,
        "end": start + len(short),
        "url": short,
        "expanded_url": page,
        "display_url": f"pic.x.com/{short[-10:]}",
        "media_key": post.media[0].key,
    }
    return f"{text} {short}".strip(), [*urls, link]


def _asks_for_references(wanted: Collection[str]) -> bool:
    asked = {"referenced_tweets", "referenced_tweets.id", "referenced_posts"}
    return not asked.isdisjoint(wanted)


def _is_long(text: str) -> bool:
    return length(text, Counting.WEIGHTED) > LONG


def _short(text: str) -> str:
    return f"{text[:SHORTENED]}\u2026" if _is_long(text) else text
