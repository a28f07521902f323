"""The words in which X's two vocabularies differ (``tweet`` until 2.166, ``post`` since)."""

from __future__ import annotations

from microcom.values import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """The words that differ between the two vocabularies."""

    posts: str
    note: str
    references: str
    history: str
    newest: str


TWEET_NAMES = Names(
    "tweets", "note_tweet", "referenced_tweets", "edit_history_tweet_ids", "most_recent_tweet_id"
)
POST_NAMES = Names(
    "posts", "note_post", "referenced_posts", "edit_history_post_ids", "most_recent_post_id"
)
