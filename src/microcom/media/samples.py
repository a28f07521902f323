"""Pictures, an animated GIF and videos of our own making: for the demo and for tests.

The same arguments give the same picture; nothing in them belongs to anybody.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.ImageFont import FreeTypeFont
    from PIL.ImageFont import ImageFont as BitmapFont

PAPER = (250, 246, 238)
QUICK = {
    "libx264": {"preset": "ultrafast", "crf": "28"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"},
}
"""What makes an encoder fast and silent."""


def picture(path: Path, words: str, size: tuple[int, int], hue: int) -> None:
    """Draw a picture with a few words on it, around a hue (0 to 359); the name says the format."""
    _drawn(words, size, hue, 0.35).save(path, quality=88)


def animation(path: Path, size: tuple[int, int] = (480, 480), frames: int = 12) -> None:
    """Draw an animated GIF of a lamp that goes on and off."""
    pictures = [_lamp(size, (1 - math.cos(math.tau * n / frames)) / 2) for n in range(frames)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=80, loop=0)


def video(
    path: Path,
    *,
    seconds: float,
    width: int,
    height: int,
    fps: int = 30,
    codec: str = "libx264",
    at_least: int = 0,
    hue: int = 25,
) -> None:
    """Film moving shapes; a file ``at_least`` so many bytes long is padded as MP4 allows.

    ``codec`` is FFmpeg's name of an encoder.
    """
    import av

    av.logging.set_level(None)
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=fps, options=QUICK.get(codec, {}))
        assert isinstance(stream, av.VideoStream)  # noqa: S101 - of a codec for video
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p"
        for image in _scenes(round(seconds * fps), (width, height), hue):
            frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    _pad(path, at_least)


def _pad(path: Path, at_least: int) -> None:
    """Add a free box (ISO 14496-12, 8.1.2) that makes a file as long as it is wanted."""
    missing = at_least - path.stat().st_size
    if missing <= 0:
        return
    size = max(missing, 8)
    with path.open("ab") as file:
        file.write(size.to_bytes(4, "big") + b"free")
        file.write(bytes(size - 8))


def _scenes(count: int, size: tuple[int, int], hue: int) -> Iterator[Image.Image]:
    """Yield a film: one background, and a circle that pours from top to bottom."""
    back = _background(size, hue)
    for number in range(count):
        image = back.copy()
        draw = ImageDraw.Draw(image)
        at = number / max(count - 1, 1)
        x = size[0] * (0.5 + 0.3 * math.sin(math.tau * at * 2))
        y, radius = size[1] * (0.15 + 0.7 * at), size[0] * 0.12
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=PAPER)
        yield image


def _drawn(words: str, size: tuple[int, int], hue: int, fill: float) -> Image.Image:
    image = _background(size, hue)
    draw = ImageDraw.Draw(image)
    width, height = size
    centre, cup = (width / 2, height * 0.42), width * fill
    for ring, tint in ((1.0, PAPER), (0.84, _tint(hue, 0.55, 0.55)), (0.5, PAPER)):
        radius = cup * ring
        box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
        draw.ellipse(box, fill=tint)
    _write(draw, words, size)
    return image


def _write(draw: ImageDraw.ImageDraw, words: str, size: tuple[int, int]) -> None:
    """Write words near the lower edge, as large as fits."""
    width, height = size
    points = height // 10
    font = _font(points)
    while draw.textlength(words, font=font) > width * 0.86 and points > 8:  # noqa: PLR2004
        points -= 4
        font = _font(points)
    draw.text((width / 2, height * 0.84), words, font=font, anchor="mm", fill=PAPER)


def _font(points: int) -> FreeTypeFont | BitmapFont:
    return ImageFont.load_default(points)


def _lamp(size: tuple[int, int], light: float) -> Image.Image:
    image = Image.new("RGB", size, (int(30 + 60 * light), int(32 + 50 * light), 48))
    draw = ImageDraw.Draw(image)
    width, height = size
    glow = (255, int(190 + 50 * light), int(90 + 60 * light)) if light else PAPER
    shade = ((0.35, 0.2), (0.65, 0.2), (0.75, 0.45), (0.25, 0.45))
    red, green, blue = (int(one * (0.35 + 0.65 * light)) for one in glow)
    draw.polygon([(width * x, height * y) for x, y in shade], fill=(red, green, blue))
    draw.line((width * 0.5, height * 0.45, width * 0.5, height * 0.85), fill=PAPER, width=8)
    draw.line((width * 0.3, height * 0.85, width * 0.7, height * 0.85), fill=PAPER, width=12)
    return image


def _background(size: tuple[int, int], hue: int) -> Image.Image:
    """Return a soft gradient from top to bottom."""
    top, bottom = _tint(hue, 0.45, 0.75), _tint(hue + 25, 0.6, 0.35)
    column = Image.new("RGB", (1, 64))
    for y in range(64):
        at = y / 63
        red, green, blue = (int(a + (b - a) * at) for a, b in zip(top, bottom, strict=True))
        column.putpixel((0, y), (red, green, blue))
    return column.resize(size, Image.Resampling.BICUBIC)


def _tint(hue: int, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb((hue % 360) / 360, saturation, value)
    return int(red * 255), int(green * 255), int(blue * 255)
