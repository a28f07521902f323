"""What is said against a post to TikTok before anything is sent, and what one agrees to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.platforms.tiktok.talk import Talk, account

from microcom.core.media import Media, MediaKind
from microcom.core.post import Labels, Snapshot
from microcom.core.problem import Problem, Severity
from microcom.platforms.tiktok import platform


@pytest.fixture
def talk() -> Talk:
    """Return somebody to talk to."""
    return Talk()


def _problems(
    place: str,
    *media: Media,
    text: str = "How we pour",
    labels: Labels | None = None,
    title: str | None = None,
    **options: object,
) -> dict[str, Problem]:
    snapshot = Snapshot((text,), media, title=title, labels=labels or Labels())
    owner = account(**options)
    found = platform.validate(snapshot, owner, owner.communities[place])
    return {one.code: one for one in found}


def _picture(name: str = "a.jpg") -> Media:
    return Media("0" * 64, 9, "image/jpeg", MediaKind.IMAGE, 1080, 1080, name=name)


def test_no_audience_is_chosen_for_anybody() -> None:
    """There is no default: who sees a post is said each time, and each place says what it does."""
    assert platform.default is None
    assert [one.name for one in platform.places] == [
        *("inbox", "only-me", "friends", "followers", "public")
    ]
    assert all(one.about for one in platform.places)


@pytest.mark.parametrize("place", ["friends", "followers", "public"])
def test_an_unaudited_app_is_told_what_it_may(talk: Talk, place: str) -> None:
    """An app that was not audited is refused every audience but its owner, before it is tried."""
    found = _problems(place, talk.file())["tiktok.unaudited"]
    assert found.severity is Severity.WOULD_REFUSE
    assert "/inbox" in f"{found.message} {found.hint}"
    assert "tiktok.unaudited" not in _problems(place, talk.file(), audited=True)


@pytest.mark.parametrize("place", ["inbox", "only-me"])
def test_what_any_app_may(talk: Talk, place: str) -> None:
    """Drafts and posts for oneself are open to every app."""
    assert "tiktok.unaudited" not in _problems(place, talk.file())


def test_only_me_asks_for_a_private_account(talk: Talk) -> None:
    """An unaudited app may post for its owner while the account is private: that is said."""
    assert _problems("only-me", talk.file())["tiktok.private"].severity is Severity.NOTICE
    assert "tiktok.private" not in _problems("only-me", talk.file(), audited=True)


def test_a_person_is_told_what_posting_agrees_to(talk: Talk) -> None:
    """Direct posts show the consent line, with the branded policy where it applies."""
    plain = _problems("public", talk.file(), audited=True)["tiktok.consent"]
    paid = _problems("public", talk.file(), audited=True, labels=Labels(paid=True))
    assert plain.severity is Severity.NOTICE
    assert "Music Usage Confirmation" in plain.message
    assert "Branded Content Policy" not in plain.message
    assert "Branded Content Policy" in paid["tiktok.consent"].message
    assert "tiktok.consent" not in _problems("inbox", talk.file())


@pytest.mark.parametrize(
    "labels", [Labels(paid=True), Labels(brand="partner"), Labels(brand="both")]
)
def test_branded_content_is_for_others(talk: Talk, labels: Labels) -> None:
    """Branded content that nobody else sees is refused; one's own brand is not."""
    found = _problems("only-me", talk.file(), labels=labels, audited=True)
    assert any("brand" in code for code in found)
    own = _problems("only-me", talk.file(), labels=Labels(brand="own"), audited=True)
    assert not any("brand" in code for code in own)


def test_a_caption_for_the_inbox_is_pasted(talk: Talk) -> None:
    """A draft takes no caption: a text is no obstacle, and a person is told to paste it."""
    found = _problems("inbox", talk.file(), text="x" * 5000)
    assert [one.severity for one in found.values()] == [Severity.NOTICE] * len(found)
    assert "tiktok.paste" in found


def test_captions_are_counted_in_utf16(talk: Talk) -> None:
    """Most emoji count two of the 2,200 units."""
    file = talk.file()
    assert "text.too_long" not in _problems("public", file, text="\U0001f600" * 1100, audited=True)
    assert "text.too_long" in _problems("public", file, text="\U0001f600" * 1101, audited=True)


def test_nothing_goes_without_a_file() -> None:
    """TikTok has no posts of text alone."""
    assert "media.needed" in _problems("public", audited=True)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"seconds": 601.0}, "media.seconds"),
        ({"fps": 22.0}, "media.fps"),
        ({"width": 358}, "media.size"),
        ({"height": 4098}, "media.size"),
        ({"codec": "av1"}, "media.codec"),
        ({"mime": "video/x-matroska"}, "media.type"),
        ({"size": 4_000_000_001}, "media.bytes"),
    ],
)
def test_a_video_has_limits(talk: Talk, facts: dict[str, Any], code: str) -> None:
    """Length, frame rate, sides, codec, container and bytes are checked with the rule quoted."""
    assert code in _problems("public", replace(talk.file(), **facts), audited=True)


def test_pictures_need_an_address_of_the_apps_own() -> None:
    """TikTok fetches pictures itself; without a verified address there is no way."""
    assert any("photo" in code for code in _problems("public", _picture(), audited=True))
    found = _problems(
        "public", _picture(), audited=True, photo_urls="https://media.example.com/tok/"
    )
    assert [code for code, one in found.items() if one.severity is not Severity.NOTICE] == []


@pytest.mark.parametrize("names", [("a.jpg", "a.jpg"), ("a.jpg", "")])
def test_pictures_are_told_apart_by_name(names: tuple[str, str]) -> None:
    """Pictures are fetched by their names, so each has one of its own."""
    found = _problems(
        "public", *map(_picture, names), audited=True, photo_urls="https://e.example/"
    )
    assert "tiktok.photo_names" in found


def test_pictures_have_no_ai_label() -> None:
    """TikTok's API labels videos alone."""
    found = _problems(
        "public", _picture(), labels=Labels(ai=True), audited=True, photo_urls="https://e.example/"
    )
    assert any("photo" in code for code in found)
