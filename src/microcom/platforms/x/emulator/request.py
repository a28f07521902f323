"""Reading what an emulated X is asked to post: a closed object, wrong keys and types refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from microcom.emulator.call import Refusal, Request
from microcom.platforms.x.emulator.problems import invalid, problem
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue

TAKEN = frozenset(
    {"text", "reply", "media", "made_with_ai", "paid_partnership", "community_id"}
    | {"share_with_followers"}
)
KNOWN = TAKEN | frozenset(
    [
        "card_uri",
        "community_id",
        "direct_message_deep_link",
        "edit_options",
        "for_super_followers_only",
        "geo",
        "made_with_ai",
        "media",
        "nullcast",
        "paid_partnership",
        "poll",
        "quote_tweet_id",
        "reply_settings",
        "share_with_followers",
    ]
)
"""OpenAPI 2.167, CreatePostsRequest."""
REPLY = frozenset(
    {"in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata"}
)


@dataclass(frozen=True, slots=True)
class NewPost:
    """What is to be posted; ``reply_to`` is the id of the post it answers, or None."""

    text: str
    reply_to: str | None = None
    media: tuple[str, ...] = ()
    community: str | None = None
    labels: tuple[str, ...] = ()


def new_post(request: Request) -> NewPost:
    """Return the post that a request asks for; raise Refusal for anything X does not take."""
    body = json_object(request)
    for key in body.keys() - KNOWN:
        raise Refusal(invalid(key, str(body[key]), f"[$.{key}] is not defined in the schema"))
    if "quote_tweet_id" in body:
        said = "Quoting posts is not available to this app."  # Enterprise only since 2026-04-20
        raise Refusal(problem(403, "Forbidden", said, "not-authorized-for-resource"))
    for key in body.keys() - TAKEN:
        raise Refusal(invalid(key, str(body[key]), f"this emulator does not take `{key}`"))
    text = body.get("text", "")
    if not isinstance(text, str):
        raise Refusal(invalid("text", str(text), "[$.text] string expected"))
    media = _media(body)
    if not text.strip() and not media:
        said = "Please include either text or media in your Tweet."
        raise Refusal(problem(400, "Invalid Request", said, "invalid-request"))
    community = body.get("community_id")
    if community is not None and not _is_id(community):
        raise Refusal(invalid("community_id", str(community), "does not match ^[0-9]{1,19}$"))
    return NewPost(text, _reply_to(body), media, community, tuple(_labels(body)))


def json_object(request: Request) -> dict[str, JsonValue]:
    """Return a request's body; raise Refusal for anything but a JSON object."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(
            invalid("content-type", kind, "Requests with bodies must be application/json")
        )
    try:
        body = request.json()
    except ValueError as error:
        raise Refusal(invalid("body", "", "Request body is not valid JSON")) from error
    if not isinstance(body, dict):
        raise Refusal(invalid("body", "", "Request body must be a JSON object"))
    return body


def _media(body: dict[str, JsonValue]) -> tuple[str, ...]:
    if "media" not in body:
        return ()
    media = body["media"]
    ids = media.get("media_ids") if isinstance(media, dict) else None
    if not isinstance(ids, list) or not 1 <= len(ids) <= 4 or not all(map(_is_id, ids)):  # noqa: PLR2004
        raise Refusal(invalid("media.media_ids", str(ids), "one to four ids are expected"))
    return tuple(ids)


def _labels(body: dict[str, JsonValue]) -> Iterator[str]:
    for key, label in (("made_with_ai", "Made with AI"), ("paid_partnership", "Paid partnership")):
        if not isinstance(body.get(key, False), bool):
            raise Refusal(invalid(key, str(body[key]), f"[$.{key}] boolean expected"))
        if body.get(key):
            yield label


def _is_id(value: JsonValue) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20  # noqa: PLR2004


def _reply_to(body: dict[str, JsonValue]) -> str | None:
    if "reply" not in body:
        return None
    reply = body["reply"]
    if not isinstance(reply, dict) or not reply.keys() <= REPLY:
        raise Refusal(invalid("reply", str(reply), "[$.reply] is not what the schema defines"))
    parent = reply.get("in_reply_to_tweet_id")
    if not _is_id(parent):
        message = "[$.reply.in_reply_to_tweet_id] does not match ^[0-9]{1,19}$"
        raise Refusal(invalid("reply.in_reply_to_tweet_id", str(parent), message))
    return str(parent)
