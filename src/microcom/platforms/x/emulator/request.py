"""Reading what an emulated X is asked to post: a closed object, wrong keys and types refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microcom.emulator.call import Refusal, Request
from microcom.platforms.x.emulator.problems import invalid, problem

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue

TAKEN = frozenset({"text", "reply"})
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


def new_post(request: Request) -> NewPost:
    """Return the post that a request asks for; raise Refusal for anything X does not take."""
    body = _object(request)
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
    if not text.strip():
        said = "Please include either text or media in your Tweet."
        raise Refusal(problem(400, "Invalid Request", said, "invalid-request"))
    return NewPost(text, _reply_to(body))


def _object(request: Request) -> dict[str, JsonValue]:
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


def _reply_to(body: dict[str, JsonValue]) -> str | None:
    if "reply" not in body:
        return None
    reply = body["reply"]
    if not isinstance(reply, dict) or not reply.keys() <= REPLY:
        raise Refusal(invalid("reply", str(reply), "[$.reply] is not what the schema defines"))
    parent = reply.get("in_reply_to_tweet_id")
    if not (isinstance(parent, str) and parent.isascii() and parent.isdigit() and len(parent) < 20):  # noqa: PLR2004
        message = "[$.reply.in_reply_to_tweet_id] does not match ^[0-9]{1,19}$"
        raise Refusal(invalid("reply.in_reply_to_tweet_id", str(parent), message))
    return parent
