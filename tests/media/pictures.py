"""What phones and odd programs make, made here: small files of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
from PIL import Image

from microcom.media.samples import picture

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ORIENTATION, GPS, MODEL = 0x0112, 0x8825, 0x0110


def phone_photo(path: Path, size: tuple[int, int], orientation: int = 6) -> None:
    """Save a photo as a phone does: red to the left as it lies in the file, with a place."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[MODEL] = orientation, "Phone"
    place = exif.get_ifd(GPS)
    place[1], place[2], place[3], place[4] = "N", (48.0, 51.0, 0.0), "E", (2.0, 21.0, 0.0)
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    image.save(path, exif=exif, quality=90)


def noise(path: Path, size: tuple[int, int]) -> None:
    """Save a picture that no format makes small."""
    Image.effect_noise(size, 100).convert("RGB").save(path)


def cup(path: Path, size: tuple[int, int]) -> None:
    """Draw a picture with a few words on it."""
    picture(path, "Menu", size, 20)


def film(
    path: Path,
    *,
    size: tuple[int, int],
    pixels: str = "yuv420p",
    says: Mapping[str, str] | None = None,
) -> None:
    """Film a few frames of grey, with what a camera says about them."""
    with av.open(path, "w") as container:
        container.metadata.update(says or {})
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        for _ in range(5):
            grey = av.VideoFrame.from_image(Image.new("RGB", size, "gray"))  # type: ignore[no-untyped-call]
            container.mux(stream.encode(grey.reformat(format=pixels)))
        container.mux(stream.encode())
