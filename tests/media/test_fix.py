"""Fitting copies, made for real: each fits its rule, and holds nothing that a camera wrote."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, ImageCms
from tests.media.pictures import cup, film, noise, phone_photo

from microcom.core.account import Alt, Rules
from microcom.core.capability import FileRule, MediaRule, Range
from microcom.core.media import Media, MediaKind
from microcom.core.media_check import check_media, check_places
from microcom.core.media_copy import change
from microcom.core.post import Snapshot
from microcom.media.fix import Fixed, fix
from microcom.media.fix_picture import fitting_size
from microcom.media.kept import FITTED, MediaStore
from microcom.media.probe import look
from microcom.media.samples import animation

PICTURES = FileRule(
    MediaKind.IMAGE,
    ("image/jpeg", "image/png"),
    200_000,
    width=Range(50, 400),
    height=Range(50, 400),
    ratio=Range(0.5, 2),
)
GIFS = FileRule(MediaKind.ANIMATION, ("image/gif",), 500_000, width=Range(most=100))
VIDEOS = FileRule(MediaKind.VIDEO, ("video/mp4",), 5_000_000, codecs=("h264",))
RULE = MediaRule(files=(PICTURES, GIFS, VIDEOS), source="made up")
JPEG_ONLY = MediaRule(files=(replace(PICTURES, mimes=("image/jpeg",)),), source="made up")


def _fixed(path: Path, rule: MediaRule = RULE) -> Fixed:
    found = fix(path, look(path), rule, path.parent / "copies")
    assert found is not None
    return found


def _codes(media: Media, rule: MediaRule = RULE) -> list[str]:
    found = check_media(Snapshot(("text",), (media,)), rule, "X", Rules(alt=Alt.OFF))
    return [one.code for one in found]


def test_what_fits_is_left_alone(tmp_path: Path) -> None:
    """A file that fits, with nothing of a camera's in it, is posted as it is."""
    cup(tmp_path / "a.jpg", (300, 200))
    assert fix(tmp_path / "a.jpg", look(tmp_path / "a.jpg"), RULE, tmp_path / "copies") is None
    assert fix(tmp_path / "a.jpg", look(tmp_path / "a.jpg"), None, tmp_path / "copies") is None


@pytest.mark.parametrize("orientation", [1, 2, 3, 4, 5, 6, 7, 8])
def test_a_phone_photo_is_turned_and_says_nothing(tmp_path: Path, orientation: int) -> None:
    """Whichever way a photo lies, its copy lies as people saw it, without place and camera."""
    path = tmp_path / "a.jpg"
    phone_photo(path, (300, 200), orientation)
    copy = _fixed(path)
    seen = look(path)
    assert (copy.media.width, copy.media.height) == (seen.width, seen.height)
    assert (copy.media.turn, copy.media.places, copy.media.original) == (None, False, seen.sha256)
    with Image.open(copy.path) as image:
        assert not image.getexif()
        corner = image.convert("RGB").getpixel((10, 10))
    wanted = "red" if orientation in {1, 4, 5, 6} else "blue"
    assert isinstance(corner, tuple)
    assert (corner[0] > corner[2]) is (wanted == "red")
    assert not list(check_places((copy.media,)))


def test_a_photo_that_only_says_too_much_keeps_its_pixels(tmp_path: Path) -> None:
    """Where nothing but EXIF has to go, the picture is the same to within a rounding."""
    phone_photo(tmp_path / "a.jpg", (300, 200), 1)
    with Image.open(tmp_path / "a.jpg") as was, Image.open(_fixed(tmp_path / "a.jpg").path) as now:
        pairs = zip(was.convert("L").tobytes(), now.convert("L").tobytes(), strict=True)
        assert max(abs(a - b) for a, b in pairs) <= 3


def test_a_large_picture_is_made_smaller(tmp_path: Path) -> None:
    """A picture larger than a place takes keeps its shape and fits, and it is said how."""
    path = tmp_path / "menu.png"
    cup(path, (1000, 800))
    copy = _fixed(path, JPEG_ONLY)
    assert (copy.media.mime, copy.media.width, copy.media.height) == ("image/jpeg", 400, 320)
    assert _codes(copy.media, JPEG_ONLY) == []
    said = change(look(path), copy.media)
    assert said.message.startswith("menu.png: 1000x800 PNG (")
    assert "→ 400x320 JPEG (" in said.message


def test_a_heavy_picture_is_saved_lighter(tmp_path: Path) -> None:
    """A picture with too many bytes becomes a JPEG, coarser, and then smaller, until it fits."""
    noise(tmp_path / "a.png", (400, 400))
    light = MediaRule((replace(PICTURES, max_bytes=120_000),), "made up")
    lighter = MediaRule((replace(PICTURES, max_bytes=20_000),), "made up")
    once, twice = _fixed(tmp_path / "a.png", light), _fixed(tmp_path / "a.png", lighter)
    assert (once.media.mime, once.media.width) == ("image/jpeg", 400)
    assert once.media.size <= 120_000
    assert twice.media.size <= 20_000
    assert 50 <= twice.media.width < 400


def test_what_is_clear_lies_on_white(tmp_path: Path) -> None:
    """A PNG that can be seen through becomes a JPEG on white, not on black."""
    for name, image in (
        ("a.png", Image.new("RGBA", (100, 100), (0, 0, 0, 0))),
        ("b.png", Image.new("LA", (100, 100), (0, 0))),
    ):
        image.save(tmp_path / name)
        with Image.open(_fixed(tmp_path / name, JPEG_ONLY).path) as copy:
            assert copy.convert("RGB").getpixel((50, 50)) == (255, 255, 255)


@pytest.mark.parametrize("name", ["a.webp", "a.gif"])
def test_formats_that_are_not_taken(tmp_path: Path, name: str) -> None:
    """A WebP or a GIF that stands still becomes what the place takes."""
    cup(tmp_path / name, (300, 200))
    assert _codes(look(tmp_path / name)) == ["media.type"]
    assert _codes(_fixed(tmp_path / name).media) == []


def test_sixteen_bits_and_printing_inks(tmp_path: Path) -> None:
    """Grey of 16 bits and colours for printing come out as bright as they were."""
    Image.new("I;16", (100, 100), 0x8000).save(tmp_path / "a.png")
    Image.new("CMYK", (800, 800), (0, 255, 255, 0)).save(tmp_path / "b.jpg")
    with Image.open(_fixed(tmp_path / "a.png", JPEG_ONLY).path) as grey:
        assert grey.convert("L").getpixel((50, 50)) == 128
    with Image.open(_fixed(tmp_path / "b.jpg").path) as red:
        pixel = red.convert("RGB").getpixel((50, 50))
    assert isinstance(pixel, tuple)
    assert (pixel[0] > 200, pixel[1] < 60) == (True, True)


def test_a_colour_profile_is_kept(tmp_path: Path) -> None:
    """A picture in colours of its own keeps the profile that says which they are."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (800, 800), "red").save(tmp_path / "a.png", icc_profile=profile)
    with Image.open(_fixed(tmp_path / "a.png").path) as copy:
        assert copy.info["icc_profile"] == profile


def test_the_same_copy_again(tmp_path: Path) -> None:
    """The same file and rule give the same bytes, found again or made again; another does not."""
    phone_photo(tmp_path / "a.jpg", (800, 600))
    first = _fixed(tmp_path / "a.jpg")
    inode = first.path.stat().st_ino
    again = _fixed(tmp_path / "a.jpg")
    assert (again, again.path.stat().st_ino) == (first, inode)
    first.path.unlink()
    assert _fixed(tmp_path / "a.jpg").media.sha256 == first.media.sha256
    smaller = MediaRule((replace(PICTURES, width=Range(most=200)),), "made up")
    assert _fixed(tmp_path / "a.jpg", smaller).media.width == 200
    assert _fixed(tmp_path / "a.jpg").media == first.media
    assert not list((tmp_path / "copies").glob("*.new"))


def test_a_ratio_is_a_persons_to_mend(tmp_path: Path) -> None:
    """Nothing is cut off or padded: a shape that is not taken stays a problem, with its rule."""
    cup(tmp_path / "a.png", (1200, 300))
    copy = _fixed(tmp_path / "a.png")
    assert (copy.media.width, copy.media.height) == (400, 100)
    assert _codes(copy.media) == ["media.ratio"]


def test_what_is_too_small_stays_so(tmp_path: Path) -> None:
    """Nothing is made larger than it is."""
    cup(tmp_path / "a.png", (40, 40))
    assert fix(tmp_path / "a.png", look(tmp_path / "a.png"), RULE, tmp_path / "copies") is None


def test_words_of_the_post_go_with_the_copy(tmp_path: Path) -> None:
    """Alt text, part and name are those of the file that was attached."""
    cup(tmp_path / "a.png", (800, 800))
    media = replace(look(tmp_path / "a.png"), alt="A cup", part=1)
    copy = fix(tmp_path / "a.png", media, RULE, tmp_path / "copies")
    assert copy is not None
    assert (copy.media.alt, copy.media.part, copy.media.name) == ("A cup", 1, "a.png")


def test_an_animation_is_made_smaller(tmp_path: Path) -> None:
    """An animated GIF keeps its frames and its length."""
    animation(tmp_path / "a.gif", (200, 160), 4)
    copy = _fixed(tmp_path / "a.gif")
    assert (copy.media.kind, copy.media.width, copy.media.height) == (MediaKind.ANIMATION, 100, 80)
    assert (copy.media.frames, copy.media.seconds) == (look(tmp_path / "a.gif").frames, 0.32)


def test_a_video_loses_only_what_the_camera_wrote(tmp_path: Path) -> None:
    """A phone's MOV becomes an MP4 with the same pictures, without its place; again the same."""
    film(tmp_path / "a.mov", size=(64, 36), says={"location": "+48.85+002.35/", "comment": "hi"})
    copy = _fixed(tmp_path / "a.mov")
    was = look(tmp_path / "a.mov")
    assert (copy.media.mime, copy.media.places) == ("video/mp4", False)
    assert (copy.media.frames, copy.media.seconds) == (was.frames, was.seconds)
    with av.open(copy.path) as container:
        assert not {"location", "comment"} & set(container.metadata)
    copy.path.unlink()
    assert _fixed(tmp_path / "a.mov").media.sha256 == copy.media.sha256


def test_a_video_that_needs_converting_stays_a_problem(tmp_path: Path) -> None:
    """What cannot be mended without coding it anew is said, with the rule and its source."""
    film(tmp_path / "a.mp4", size=(64, 36), pixels="yuv420p10le")
    media = look(tmp_path / "a.mp4")
    strict = MediaRule((replace(VIDEOS, pixels=("yuv420p",)),), "a vendor's page")
    assert fix(tmp_path / "a.mp4", media, strict, tmp_path / "copies") is None
    (found,) = check_media(Snapshot(("text",), (media,)), strict, "X", Rules(alt=Alt.OFF))
    assert found.code == "media.pixels"
    assert found.message == "a.mp4 keeps its pixels as yuv420p10le; X takes yuv420p."
    assert (found.hint or "").endswith("(Rule: a vendor's page.)")


def test_copies_that_nobody_wants_go(tmp_path: Path) -> None:
    """A copy goes once it was not wanted for long, and stays while it is."""
    store = MediaStore(str(tmp_path))
    cup(tmp_path / "a.png", (800, 800))
    copy = fix(tmp_path / "a.png", look(tmp_path / "a.png"), RULE, store.aside(FITTED))
    assert copy is not None
    os.utime(copy.path, (1000, 1000))
    store.tidy_aside(500)
    assert copy.path.exists()
    store.tidy_aside(2000)
    assert not copy.path.exists()


def test_what_a_platform_fetches_itself_gets_no_copy(tmp_path: Path) -> None:
    """Where a platform takes a file from the user's own address, a copy here would be in vain."""
    cup(tmp_path / "a.png", (800, 800))
    hosted = MediaRule((replace(PICTURES, hosted=True),), "made up")
    assert fix(tmp_path / "a.png", look(tmp_path / "a.png"), hosted, tmp_path / "copies") is None


@given(
    width=some.integers(1, 8000),
    height=some.integers(1, 8000),
    most=some.integers(1, 4000),
    pixels=some.integers(100, 10_000_000),
)
def test_a_fitting_size_fits(width: int, height: int, most: int, pixels: int) -> None:
    """Whatever its size, a picture made smaller is within the rule and never larger than it was."""
    media = Media("a" * 64, 1, "image/png", MediaKind.IMAGE, width, height)
    own = replace(PICTURES, width=Range(most=most), height=Range(most=most), max_pixels=pixels)
    wide, high = fitting_size(media, own)
    assert 1 <= wide <= min(width, most)
    assert 1 <= high <= min(height, most)
    assert wide * high <= pixels or 1 in {wide, high}
