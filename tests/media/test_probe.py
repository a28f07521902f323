"""What files are, made for real: every kind that is taken, and what is refused in words."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import av
import pytest
from PIL import Image
from tests.media.pictures import film, phone_photo

from microcom.core.media import MediaKind
from microcom.errors import UserError
from microcom.media.probe import look, probe
from microcom.media.samples import animation, picture, video


def _refused(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        look(path)
    assert path.name in caught.value.message
    assert caught.value.hint
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "mime"), [("a.jpg", "image/jpeg"), ("a.png", "image/png"), ("a.webp", "image/webp")]
)
def test_pictures(tmp_path: Path, name: str, mime: str) -> None:
    """A picture is known by its content, whatever it is called."""
    picture(tmp_path / name, "Menu", (301, 200), 20)
    found = look(tmp_path / name)
    assert (found.kind, found.mime, found.width, found.height) == (MediaKind.IMAGE, mime, 301, 200)
    assert found.size == (tmp_path / name).stat().st_size
    other = (tmp_path / name).rename(tmp_path / "menu.zip")
    assert (look(other).mime, look(other).name) == (mime, "menu.zip")
    again = probe(other.read_bytes())
    assert again is not None
    assert (again.sha256, again.mime) == (found.sha256, mime)


@pytest.mark.parametrize(
    ("orientation", "size", "turn"),
    [(1, (400, 300), None), (3, (400, 300), 180), (6, (300, 400), 90), (8, (300, 400), 270)],
)
def test_a_phone_photo_is_turned(
    tmp_path: Path, orientation: int, size: tuple[int, int], turn: int | None
) -> None:
    """A photo that says it lies on its side is as wide as people see it; where it was is found."""
    phone_photo(tmp_path / "a.jpg", (400, 300), orientation)
    found = look(tmp_path / "a.jpg")
    assert ((found.width, found.height), found.turn, found.places) == (size, turn, True)


def test_a_photo_without_a_place(tmp_path: Path) -> None:
    """A picture that says nothing of where it was taken is not said to."""
    picture(tmp_path / "a.jpg", "Menu", (64, 64), 20)
    found = look(tmp_path / "a.jpg")
    assert (found.places, found.turn) == (False, None)
    assert "places" not in found.row()


def test_a_photo_with_a_second_picture_behind_it(tmp_path: Path) -> None:
    """A phone's photo that carries a map of depth is a JPEG like any other."""
    photo, depth = Image.new("RGB", (400, 300), "red"), Image.new("RGB", (40, 30), "gray")
    photo.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[depth])
    found = look(tmp_path / "a.jpg")
    assert (found.kind, found.mime, found.width) == (MediaKind.IMAGE, "image/jpeg", 400)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_odd_sizes(tmp_path: Path, name: str) -> None:
    """A picture of one pixel, or of an uneven number of them, is read as it is."""
    for size in ((1, 1), (333, 7)):
        Image.new("RGB", size, "red").save(tmp_path / name)
        assert (look(tmp_path / name).width, look(tmp_path / name).height) == size


def test_gifs(tmp_path: Path) -> None:
    """An animated GIF has frames and a length; one that stands still is a picture."""
    animation(tmp_path / "a.gif", (64, 64), 10)
    Image.new("P", (64, 64)).save(tmp_path / "b.gif")
    moving, still = look(tmp_path / "a.gif"), look(tmp_path / "b.gif")
    assert (moving.kind, moving.frames, moving.seconds) == (MediaKind.ANIMATION, 10, 0.8)
    assert (still.kind, still.mime, still.frames) == (MediaKind.IMAGE, "image/gif", None)


@pytest.mark.parametrize(
    ("name", "codec", "mime", "said"),
    [
        ("a.mp4", "libx264", "video/mp4", "h264"),
        ("a.mov", "libx264", "video/quicktime", "h264"),
        ("b.mp4", "libx265", "video/mp4", "hevc"),
        ("a.webm", "libvpx-vp9", "video/webm", "vp9"),
    ],
)
def test_videos(tmp_path: Path, name: str, codec: str, mime: str, said: str) -> None:
    """A video's container, codec, rate, length and size are read from the file."""
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no encoder {codec}")
    video(tmp_path / name, seconds=1, width=320, height=180, fps=25, codec=codec)
    found = look(tmp_path / name)
    assert (found.kind, found.mime, found.codec) == (MediaKind.VIDEO, mime, said)
    assert (found.width, found.height, found.fps) == (320, 180, 25.0)
    assert found.seconds == pytest.approx(1, abs=0.1)
    assert found.pixels == "yuv420p"


def test_a_video_of_ten_bits_a_colour(tmp_path: Path) -> None:
    """How a video keeps its pixels is read too: some places take eight bits only."""
    film(tmp_path / "a.mp4", size=(64, 36), pixels="yuv420p10le")
    assert (look(tmp_path / "a.mp4").codec, look(tmp_path / "a.mp4").pixels) == (
        *("h264", "yuv420p10le"),
    )


def test_a_video_of_an_odd_size(tmp_path: Path) -> None:
    """A video with an uneven number of lines is as large as it shows, not as it is coded."""
    film(tmp_path / "a.mp4", size=(65, 37), pixels="yuv444p")
    found = look(tmp_path / "a.mp4")
    assert (found.width, found.height) == (65, 37)


def test_a_video_that_says_where_it_was_taken(tmp_path: Path) -> None:
    """A phone's video with a place in it is found to have one."""
    film(tmp_path / "a.mov", size=(64, 36), says={"location": "+48.85+002.35/"})
    assert look(tmp_path / "a.mov").places


def test_a_turned_video(tmp_path: Path) -> None:
    """A video that is to be shown turned is as wide as people see it."""
    video(tmp_path / "a.mp4", seconds=0.2, width=320, height=180)
    with av.open(tmp_path / "a.mp4") as source, av.open(tmp_path / "b.mp4", "w") as turned:
        stream = source.streams.video[0]
        copy = turned.add_stream_from_template(stream)
        copy.set_display_rotation(90)
        for packet in source.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                turned.mux(packet)
    found = look(tmp_path / "b.mp4")
    assert (found.width, found.height, found.turn) == (180, 320, 270)


def test_a_long_video_is_padded_and_whole(tmp_path: Path) -> None:
    """A film that is to be large is, and is still a film."""
    video(tmp_path / "a.mp4", seconds=0.2, width=64, height=64, at_least=3_000_000)
    found = look(tmp_path / "a.mp4")
    assert (found.size, found.codec) == (3_000_000, "h264")


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.mp4"])
def test_cut_files(tmp_path: Path, name: str) -> None:
    """A file that is cut off is said to be, not posted."""
    whole = tmp_path / f"whole-{name}"
    if name.endswith("mp4"):
        video(whole, seconds=0.5, width=64, height=64)
    else:
        picture(whole, "Menu", (400, 400), 20)
    content = whole.read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    assert _refused(tmp_path / name) == "media.broken"
    assert probe(content[: len(content) // 2]) is None


def test_what_is_neither(tmp_path: Path) -> None:
    """An archive, a drawing, a text or nothing is refused by what it is, not by its name."""
    with zipfile.ZipFile(tmp_path / "a.jpg", "w") as archive:
        archive.writestr("a.txt", "hello")
    (tmp_path / "b.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "c.png").write_text("hello")
    (tmp_path / "d.png").touch()
    assert [_refused(tmp_path / name) for name in ("a.jpg", "b.svg", "c.png", "d.png")] == [
        *("media.unknown", "media.unknown", "media.unknown", "media.empty")
    ]


def test_a_bomb_is_not_opened(tmp_path: Path) -> None:
    """A small file that unpacks to a huge picture is refused by its size, unread."""
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    assert (tmp_path / "bomb.png").stat().st_size < 100_000
    assert _refused(tmp_path / "bomb.png") == "media.bomb"


def test_a_moving_picture_of_another_kind(tmp_path: Path) -> None:
    """An animated WebP, which no platform takes, says what to save it as."""
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:])
    assert _refused(tmp_path / "a.webp") == "media.still"


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    """A name without a file, a folder and a pipe are each said, and nobody waits for the pipe."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    assert _refused(tmp_path / "none.jpg") == "media.missing"
    assert _refused(tmp_path / "folder") == "media.folder"
    assert _refused(tmp_path / "pipe") == "media.special"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(tmp_path: Path) -> None:
    """A file without the right to read it says so."""
    picture(tmp_path / "a.jpg", "Menu", (64, 64), 20)
    (tmp_path / "a.jpg").chmod(0)
    assert _refused(tmp_path / "a.jpg") == "media.unreadable"


def test_a_download_that_broke_off(tmp_path: Path) -> None:
    """A video whose index stands in front is found to be cut, though its beginning plays."""
    video(tmp_path / "a.mp4", seconds=1, width=128, height=128)
    with (
        av.open(tmp_path / "a.mp4") as source,
        av.open(tmp_path / "b.mp4", "w", options={"movflags": "faststart"}) as moved,
    ):
        copy = moved.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = copy
                moved.mux(packet)
    whole = (tmp_path / "b.mp4").read_bytes()
    assert whole.find(b"moov") < whole.find(b"mdat")
    assert look(tmp_path / "b.mp4").codec == "h264"
    (tmp_path / "c.mp4").write_bytes(whole[:-100])
    assert _refused(tmp_path / "c.mp4") == "media.broken"
