"""Files against a place's rule: each message quotes the platform's number and the file's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from microcom.core.account import Alt, Rules
from microcom.core.capability import FileRule, MediaRule, Range
from microcom.core.media import Media, MediaKind
from microcom.core.media_check import check_media, check_places, megabytes
from microcom.core.post import Snapshot
from microcom.core.problem import Problem, Severity

RULE = MediaRule(
    files=(
        FileRule(
            MediaKind.IMAGE,
            ("image/jpeg", "image/png"),
            5_000_000,
            most=2,
            width=Range(100, 4000),
            wise=(600, 400),
        ),
        FileRule(
            MediaKind.ANIMATION, ("image/gif",), 15_000_000, max_frames=350, max_pixels=300_000_000
        ),
        FileRule(
            MediaKind.VIDEO,
            ("video/mp4",),
            512_000_000,
            ratio=Range(0.5, 2),
            seconds=Range(0.5, 140),
            fps=Range(23, 60),
            codecs=("h264",),
        ),
    ),
    source="made up",
    alt_limit=10,
    alt_kinds=(MediaKind.IMAGE,),
    one_shape=True,
)
PICTURE = Media(
    "a" * 64, 1000, "image/png", MediaKind.IMAGE, 800, 600, alt="A cup", name="menu.png"
)
GIF = Media("b" * 64, 1000, "image/gif", MediaKind.ANIMATION, 800, 600, frames=10, name="a.gif")
VIDEO = Media(
    *("c" * 64, 1000, "video/mp4", MediaKind.VIDEO, 1280, 720, 12.0, 30.0, "h264", 360),
    name="pour.mp4",
)


def _found(
    *media: Media, parts: int = 1, alt: Alt = Alt.WARN, rule: MediaRule | None = RULE
) -> list[Problem]:
    snapshot = Snapshot(("text",) * parts, media)
    return list(check_media(snapshot, rule, "X", Rules(alt=alt)))


@pytest.mark.parametrize("media", [(PICTURE,), (GIF,), (VIDEO,), (PICTURE, PICTURE), ()])
def test_what_fits(media: tuple[Media, ...]) -> None:
    """Files that keep the rule have nothing against them."""
    assert _found(*media) == []


@pytest.mark.parametrize(
    ("media", "code", "words"),
    [
        ((replace(PICTURE, size=7_200_000),), "media.bytes", "menu.png is 7.2 MB; X takes 5.0 MB"),
        ((replace(PICTURE, mime="image/webp"),), "media.type", "image/webp; X takes image/jpeg"),
        ((replace(PICTURE, width=5000),), "media.size", "5000 pixels wide; X takes 100 to 4000"),
        ((replace(PICTURE, width=300),), "media.small", "300 x 600"),
        ((PICTURE,) * 3, "media.count", "3 pictures; X takes 2"),
        ((PICTURE, VIDEO), "media.mixed", "not pictures and videos together"),
        ((PICTURE, replace(PICTURE, height=800)), "media.shape", "one shape"),
        ((replace(VIDEO, seconds=200.0),), "media.seconds", "200.0 s; X takes 0.5 to 140"),
        ((replace(VIDEO, fps=12.0),), "media.fps", "12 pictures a second; X takes 23 to 60"),
        ((replace(VIDEO, codec="hevc"),), "media.codec", "coded in hevc; X takes h264"),
        ((replace(VIDEO, height=100),), "media.ratio", "12.80 times as wide as high"),
        ((replace(VIDEO, cover=13.0),), "media.cover", "at 13 s, and it lasts 12.0 s"),
        ((replace(GIF, frames=400),), "media.frames", "400 frames; X takes 350"),
        ((replace(GIF, width=8000, frames=100),), "media.frames", "480 million pixels"),
        ((replace(PICTURE, alt="A very long one"),), "alt.too_long", "15 of 10 characters"),
    ],
)
def test_what_does_not(media: tuple[Media, ...], code: str, words: str) -> None:
    """Each rule that is broken is quoted, with the file's own number."""
    found = {problem.code: problem.message for problem in _found(*media)}
    assert words in found.get(code, ""), found


def test_each_part_has_files_of_its_own() -> None:
    """What one post may hold counts for each part of a thread by itself."""
    second = replace(VIDEO, part=1)
    assert _found(PICTURE, PICTURE, second, parts=2) == []


@pytest.mark.parametrize(
    ("alt", "severity"),
    [(Alt.WARN, Severity.NOTICE), (Alt.REQUIRE, Severity.WOULD_REFUSE), (Alt.OFF, None)],
)
def test_a_picture_without_words(alt: Alt, severity: Severity | None) -> None:
    """Alt text is asked for by rule, where it can be carried; an empty one is an answer."""
    found = _found(replace(PICTURE, alt=None), alt=alt)
    assert [problem.severity for problem in found] == ([] if severity is None else [severity])
    assert _found(replace(PICTURE, alt=""), alt=alt) == []
    assert _found(VIDEO, alt=alt) == []


def test_places_that_need_or_take_no_files() -> None:
    """A place says when it takes nothing without a file, or no file at all."""
    needing = replace(RULE, needed=True)
    assert [problem.code for problem in _found(rule=needing)] == ["media.needed"]
    assert [problem.code for problem in _found(PICTURE, rule=None)] == ["media.none"]
    only = replace(RULE, files=RULE.files[2:])
    assert "X takes a video" in _found(PICTURE, rule=only)[0].message


@pytest.mark.parametrize(
    ("size", "words"), [(999, "1.0 kB"), (5_000_000, "5.0 MB"), (4_000_000_000, "4.00 GB")]
)
def test_sizes_for_people(size: int, words: str) -> None:
    """Sizes are decimal, as the platforms count."""
    assert megabytes(size) == words


def test_alt_text_that_goes_nowhere() -> None:
    """Where a place has none for a file's kind, that is said, and it costs nothing."""
    from microcom.core.price import price
    from microcom.platforms import load

    timeline = load("x").capabilities["timeline"]
    video = Media("a", 9, "video/mp4", MediaKind.VIDEO, 640, 480, seconds=2, alt="A pour", name="v")
    said = Snapshot(("Hello",), (video,))
    found = [one for one in check_media(said, timeline.media, "X", Rules()) if "alt" in one.code]
    assert [(one.code, one.severity) for one in found] == [("alt.unused", Severity.NOTICE)]
    assert price(said, timeline) == price(Snapshot(("Hello",)), timeline)


def test_a_file_that_says_where_it_was_taken() -> None:
    """A picture with a place in it is posted, and it is said that it tells."""
    (found,) = check_places((PICTURE, replace(PICTURE, places=True)))
    assert (found.code, found.severity) == ("media.gps", Severity.NOTICE)
    assert found.message.startswith("menu.png says where it was taken")


def test_the_rule_is_quoted_with_its_source() -> None:
    """What a platform's rule is against names the number, and where the number is from."""
    (found,) = _found(replace(PICTURE, size=6_000_000))
    assert found.message == "menu.png is 6.0 MB; X takes 5.0 MB."
    assert found.hint == "Make it smaller. (Rule: made up.)"


def test_a_row_keeps_what_was_found() -> None:
    """A file's facts are the same after they were in the queue; what says nothing takes no room."""
    turned = replace(PICTURE, places=True, turn=90, original="d" * 64, cover=0.0)
    assert Media.of(turned.row()) == turned
    assert not {"places", "turn", "original", "pixels"} & set(PICTURE.row())
