"""Files damaged at random: each has an answer in words, and what is read can be made to fit."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image
from tests.media.pictures import cup, film, phone_photo

from microcom.core.capability import FileRule, MediaRule, Range
from microcom.core.media import MediaKind
from microcom.errors import UserError
from microcom.media.fix import fix
from microcom.media.probe import look
from microcom.media.samples import animation

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("phone.jpg", "ink.jpg", "a.png", "p.png", "a.webp", "a.gif", "a.mp4", "a.mov")
SMALL = Range(most=30)
RULE = MediaRule(
    (
        FileRule(MediaKind.IMAGE, ("image/jpeg",), 5000, width=SMALL),
        FileRule(MediaKind.ANIMATION, ("image/gif",), 5000, width=SMALL),
        FileRule(MediaKind.VIDEO, ("video/mp4",), 5000),
    ),
    source="made up",
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a small file of each kind."""
    made = tmp_path_factory.mktemp("whole")
    phone_photo(made / "phone.jpg", (60, 40))
    Image.new("CMYK", (40, 40)).save(made / "ink.jpg")
    Image.new("P", (40, 40)).save(made / "p.png")
    for name in ("a.png", "a.webp"):
        cup(made / name, (60, 40))
    animation(made / "a.gif", (64, 64), 4)
    film(made / "a.mp4", size=(64, 36))
    film(made / "a.mov", size=(64, 36), says={"location": "+1+1/"})
    return made


@given(
    name=some.sampled_from(KINDS),
    places=some.lists(some.tuples(some.integers(0, 20_000), some.integers(0, 255)), max_size=8),
    end=some.none() | some.integers(0, 20_000),
)
def test_damage_is_said_or_does_not_matter(
    folder: Path, name: str, places: list[tuple[int, int]], end: int | None
) -> None:
    """Whatever a byte is changed to, a file is read or refused in words: nothing else is raised."""
    content = bytearray((folder / name).read_bytes())
    for at, value in places:
        content[at % len(content)] = value
    damaged = folder / f"damaged-{name}"
    damaged.write_bytes(content[: end if end is None else end % len(content)])
    _tried(damaged)


def test_a_gif_that_ends_within_a_frame(folder: Path) -> None:
    """A GIF that is cut anywhere is read as far as it is whole, or refused in words."""
    content = (folder / "a.gif").read_bytes()
    for end in range(0, len(content), 3):
        (folder / "cut.gif").write_bytes(content[:end])
        _tried(folder / "cut.gif")


def test_exif_that_makes_no_sense(folder: Path) -> None:
    """A photo whose EXIF is damaged in any one byte is read, or refused in words."""
    content = (folder / "phone.jpg").read_bytes()
    for at in range(20, 200):
        damaged = bytearray(content)
        damaged[at] ^= 0x0F
        path = folder / "exif.jpg"
        path.write_bytes(damaged)
        _tried(path)


def _tried(path: Path) -> None:
    """Read a file and make it fit; what cannot be read is said with what to do."""
    with suppress(UserError):
        fix(path, look(path), RULE, path.parent / "copies")
