"""Drafts for the inbox, and pictures that TikTok fetches itself."""

from __future__ import annotations

import pytest
from tests.platforms.tiktok.talk import Talk

from microcom.core.media import Media, MediaKind


@pytest.fixture
def talk() -> Talk:
    """Return somebody to talk to."""
    return Talk()


def _picture(name: str = "a.jpg") -> Media:
    return Media("0" * 64, 9, "image/jpeg", MediaKind.IMAGE, 1080, 1080, name=name)


def test_a_draft_is_handed_over(talk: Talk) -> None:
    """A draft says nothing but its file, asks for no audience, and ends in the owner's inbox."""
    receipt = talk.publish("inbox")
    assert talk.calls() == ["init", "chunk:0:0"]
    assert set(talk.bodies()["init"]) == {"source_info"}
    (made,) = talk.tiktok.published()
    assert (made.kind, made.draft, made.text) == ("draft", True, "")
    assert receipt.handed_over
    assert receipt.remote_id == made.remote_id


def test_pictures_are_named_and_fetched(talk: Talk) -> None:
    """One call names the pictures below the verified address, and publishes."""
    receipt = talk.publish(
        media=(_picture("a b.jpg"), _picture("c.jpg")),
        title="Two cups",
        own={"photo_urls": "https://media.example.com/tok/"},
    )
    assert talk.calls() == ["creator", "post"]
    body = talk.bodies()["post"]
    assert body["source_info"] == {
        "source": "PULL_FROM_URL",
        "photo_images": [
            "https://media.example.com/tok/a%20b.jpg",
            "https://media.example.com/tok/c.jpg",
        ],
        "photo_cover_index": 0,
    }
    assert (body["media_type"], body["post_mode"]) == ("PHOTO", "DIRECT_POST")
    info = body["post_info"]
    assert (info["title"], info["description"]) == ("Two cups", "How we pour")
    assert not info.keys() & {"is_aigc", "disable_duet", "disable_stitch"}
    (made,) = talk.tiktok.published()
    assert (made.title, made.text, receipt.remote_id) == ("Two cups", "How we pour", made.remote_id)


def test_pictures_for_the_inbox(talk: Talk) -> None:
    """Pictures may be a draft, too."""
    receipt = talk.publish(
        "inbox", media=(_picture(),), own={"photo_urls": "https://media.example.com/tok/"}
    )
    assert talk.bodies()["post"]["post_mode"] == "MEDIA_UPLOAD"
    assert receipt.handed_over
