"""What is asked of an emulated X: fields, expansions and pages, in either vocabulary.

Values outside the vendor's lists are refused with the list, as X does (OpenAPI 2.167 for the
``post`` names, 2.166 for the ``tweet`` names).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from microcom.emulator.call import Refusal, Request
from microcom.platforms.x.emulator.names import POST_NAMES, TWEET_NAMES, Names
from microcom.platforms.x.emulator.problems import invalid
from microcom.values import dataclass

_SHARED_FIELDS = (
    "article attachments card_uri community_id context_annotations conversation_id created_at "
    "display_text_range edit_controls entities geo id lang media_metadata non_public_metrics "
    "organic_metrics paid_partnership possibly_sensitive promoted_metrics public_metrics "
    "reply_settings scopes source text withheld"
)
POST_FIELDS = frozenset(
    f"{_SHARED_FIELDS} article_title matched_media_notes note_post note_request_suggestions "
    "suggested_source_links suggested_source_links_with_counts".split()
)
TWEET_FIELDS = frozenset(
    f"{_SHARED_FIELDS} note_tweet author_id in_reply_to_user_id referenced_tweets "
    "edit_history_tweet_ids".split()
)
_SHARED_EXPANSIONS = (
    "article.cover_media article.media_entities attachments.media_keys "
    "attachments.media_source_tweet attachments.poll_ids author_id entities.mentions.username "
    "geo.place_id in_reply_to_user_id"
)
POST_EXPANSIONS = frozenset(f"{_SHARED_EXPANSIONS} edit_history_post_ids referenced_posts".split())
TWEET_EXPANSIONS = frozenset(
    f"{_SHARED_EXPANSIONS} edit_history_tweet_ids referenced_tweets.id "
    "referenced_tweets.id.author_id".split()
)
USER_EXPANSIONS = frozenset(
    {"affiliation", "most_recent_post_id", "pinned_post_id"}
    | {"affiliation.user_id", "most_recent_tweet_id", "pinned_tweet_id"}
)
"""Both vocabularies: whichever is asked in is answered in."""
USER_FIELDS = frozenset(
    [
        "confirmed_email",
        "connection_status",
        "created_at",
        "description",
        "entities",
        "id",
        "is_identity_verified",
        "location",
        "name",
        "parody",
        "profile_banner_url",
        "profile_image_url",
        "protected",
        "public_metrics",
        "receives_your_dm",
        "subscribes_to_you",
        "subscription",
        "subscription_type",
        "url",
        "username",
        "verified",
        "verified_followers_count",
        "verified_type",
        "withheld",
        "most_recent_tweet_id",
        "pinned_tweet_id",
    ]
)
NEW_WORDS = frozenset(
    {"edit_history_post_ids", "referenced_posts", "most_recent_post_id", "pinned_post_id"}
)
BESIDE = frozenset({"media.fields", "poll.fields", "place.fields"})
"""Lists that are taken as they come: nothing they speak of is emulated."""


@dataclass(frozen=True, slots=True)
class Question:
    """The fields and expansions asked for, the vocabulary to answer in, and the rest by name."""

    fields: frozenset[str]
    expansions: frozenset[str]
    user_fields: frozenset[str]
    names: Names
    rest: Mapping[str, str]


def question(request: Request, *rest: str, about_user: bool = False) -> Question:
    """Return what a request asks for; ``rest`` are further parameters it may carry."""
    given = dict(request.query)
    lists = {"tweet.fields", "post.fields", "user.fields", "expansions"} | BESIDE
    for name, value in given.items():
        if name not in {*lists, *rest}:
            allowed = ",".join(sorted({*lists, *rest}))
            message = f"The query parameter [{name}] is not one of [{allowed}]"
            raise Refusal(invalid(name, value, message))
    expansions = frozenset(_items(given, "expansions"))
    known = USER_EXPANSIONS if about_user else POST_EXPANSIONS | TWEET_EXPANSIONS
    _within(expansions, known, "expansions")
    _within(_items(given, "post.fields"), POST_FIELDS, "post.fields")
    _within(_items(given, "tweet.fields"), TWEET_FIELDS, "tweet.fields")
    _within(_items(given, "user.fields"), USER_FIELDS, "user.fields")
    new = "post.fields" in given or bool(expansions & NEW_WORDS)
    return Question(
        fields=frozenset((*_items(given, "post.fields"), *_items(given, "tweet.fields"))),
        expansions=expansions,
        user_fields=frozenset(_items(given, "user.fields")),
        names=POST_NAMES if new else TWEET_NAMES,
        rest={name: given[name] for name in rest if name in given},
    )


def _items(given: Mapping[str, str], name: str) -> list[str]:
    return given[name].split(",") if name in given else []


def _within(asked: frozenset[str] | list[str], known: frozenset[str], name: str) -> None:
    for item in _strangers(asked, known):
        message = f"The `{name}` query parameter value [{item}] is not one of "
        raise Refusal(invalid(name, item, f"{message}[{','.join(sorted(known))}]"))


def _strangers(asked: frozenset[str] | list[str], known: frozenset[str]) -> Iterator[str]:
    return (item for item in asked if item not in known)
