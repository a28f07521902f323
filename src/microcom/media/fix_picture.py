"""A picture that fits: turned, small enough, in a format that is taken, without EXIF."""

from __future__ import annotations

import io
import math
import warnings
from typing import TYPE_CHECKING

from PIL import Image, ImageCms

from microcom.media.probe import ORIENTATION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from microcom.core.capability import FileRule
    from microcom.core.media import Media

QUALITIES = (92, 85, 78, 70)
"""How well pictures are kept, from the best; below the last they are made smaller instead."""
SMALLER = 0.85
"""How much smaller each side becomes when no quality is low enough."""
LEAST = 64
"""Nothing is made smaller than so many pixels, whatever a rule says."""
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
WRITTEN = frozenset({"exif", "xmp", "XML:com.adobe.xmp", "comment", "photoshop", "Comment"})
"""What Pillow calls the things a camera or a program writes into a picture."""
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture of each EXIF orientation comes to lie as it is seen."""
WHITE = (255, 255, 255)


def make(path: Path, draft: Path, media: Media, own: FileRule) -> bool:
    """Write a fitting copy of a picture; False where it fits as it is, or none can be made."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd EXIF data: it goes anyway
        with Image.open(path, formats=tuple(FORMATS.values())) as image:
            size = fitting_size(media, own)
            content = _copied(image, media, own, size)
    if content is None:
        return False
    draft.write_bytes(content)
    return True


def fitting_size(media: Media, own: FileRule) -> tuple[int, int]:
    """Return the largest size of the same shape that a rule takes; never larger than it is."""
    scale = min(
        1.0,
        (own.width.most or math.inf) / media.width,
        (own.height.most or math.inf) / media.height,
    )
    if own.max_pixels is not None:
        pixels = media.width * media.height * (media.frames or 1)
        scale = min(scale, math.sqrt(own.max_pixels / pixels))
    return scaled(media.width, media.height, scale)


def scaled(width: int, height: int, scale: float) -> tuple[int, int]:
    """Return a size made smaller, rounded down so that it stays within what it was fitted to."""
    return max(1, math.floor(width * scale + 1e-6)), max(1, math.floor(height * scale + 1e-6))


def _copied(image: Image.Image, media: Media, own: FileRule, size: tuple[int, int]) -> bytes | None:
    """Return the bytes of a fitting copy, None where nothing has to be done or nothing helps."""
    is_taken, is_small = media.mime in own.mimes, media.size <= own.max_bytes
    is_upright = image.getexif().get(ORIENTATION, 1) not in UPRIGHT
    is_as_wanted = is_upright and size == (media.width, media.height)
    if is_taken and is_small and is_as_wanted:
        if not _is_written_on(image):
            return None
        if image.format == "JPEG" and image.mode != "CMYK":
            bare = _encoded(image, "JPEG", "keep")  # the same picture, without what was written
            return bare if len(bare) <= own.max_bytes else None
    plain = _plain(_upright(image))
    for smaller in _sizes(size, own):
        shrunk = plain if plain.size == smaller else _resized(plain, smaller)
        for name in _formats(shrunk, image.format or "", own):
            for content in _attempts(shrunk, name):
                if len(content) <= own.max_bytes:
                    return content
    return None


def _upright(image: Image.Image) -> Image.Image:
    """Return a picture as it is seen; Pillow would write its EXIF anew, which damage makes fail."""
    way = UPRIGHT.get(image.getexif().get(ORIENTATION, 1))
    return image if way is None else image.transpose(way)


def _is_written_on(image: Image.Image) -> bool:
    texts = getattr(image, "text", None)
    return bool(image.getexif()) or bool(texts) or not WRITTEN.isdisjoint(image.info)


def _sizes(size: tuple[int, int], own: FileRule) -> Iterator[tuple[int, int]]:
    """Yield the sizes to try, from the largest, none of them below what the rule takes."""
    least = own.wise or (own.width.least or 0, own.height.least or 0)
    yield size
    smaller = scaled(*size, SMALLER)
    while min(smaller) >= LEAST and smaller[0] >= least[0] and smaller[1] >= least[1]:
        yield smaller
        smaller = scaled(*smaller, SMALLER)


def _formats(image: Image.Image, was: str, own: FileRule) -> list[str]:
    """Return the formats to try: its own, and then PNG first for what JPEG would spoil."""
    taken = [FORMATS[mime] for mime in own.mimes if mime in FORMATS and FORMATS[mime] != "GIF"]
    has_alpha = "A" in image.getbands()
    others = ["PNG", "JPEG"] if has_alpha or was in {"PNG", "GIF"} else ["JPEG", "PNG"]
    return [name for name in dict.fromkeys([was, *others]) if name in taken]


def _attempts(image: Image.Image, name: str) -> Iterator[bytes]:
    if name == "PNG":
        yield _encoded(image, name, None)
        return
    for quality in QUALITIES:
        yield _encoded(image, name, quality)


def _encoded(image: Image.Image, name: str, quality: int | str | None) -> bytes:
    """Return a picture's bytes, with its colour profile and nothing else that was written in it."""
    profile = image.info.get("icc_profile")
    kept = {} if profile is None else {"icc_profile": profile}
    file = io.BytesIO()
    if name == "PNG":
        _bare(image).save(file, "PNG", optimize=True, **kept)
    elif name == "WEBP":
        _bare(image).save(file, "WEBP", quality=quality, **kept)
    elif quality == "keep":
        image.save(file, "JPEG", quality=quality, optimize=True, exif=b"", comment=b"", **kept)
    else:
        _bare(_over_white(image)).save(file, "JPEG", quality=quality, optimize=True, **kept)
    return file.getvalue()


def _bare(image: Image.Image) -> Image.Image:
    """Return the same pixels with nothing beside them."""
    bare = image.copy()
    bare.info = {}
    return bare


def _over_white(image: Image.Image) -> Image.Image:
    """Return a picture as it looks on a white page: JPEG knows nothing clear."""
    if "A" not in image.getbands():
        return image
    alpha = image.getchannel("A")
    page = Image.new("RGB", image.size, WHITE)
    page.paste(image.convert("RGB"), mask=alpha)
    return page


def _plain(image: Image.Image) -> Image.Image:
    """Return a picture in grey or in red, green and blue, 8 bits each, clear or not."""
    if image.mode in {"RGB", "RGBA", "L"} and "transparency" not in image.info:
        return image
    if image.mode == "CMYK":
        return _from_ink(image)
    if image.mode.startswith("I"):
        # 16 bits of grey: the upper eight are what is seen
        return image.convert("I").point(lambda value: value / 256).convert("L")
    is_clear = "A" in image.mode or "a" in image.mode or "transparency" in image.info
    info = image.info
    plain = image.convert("RGBA" if is_clear else "RGB")
    if image.mode == "P" and "icc_profile" in info:
        plain.info["icc_profile"] = info["icc_profile"]
    return plain


def _from_ink(image: Image.Image) -> Image.Image:
    """Return a picture made for printing in colours for screens, by its profile if it has one."""
    profile = image.info.get("icc_profile")
    plain: Image.Image | None = None
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            screen = ImageCms.createProfile("sRGB")
            plain = ImageCms.profileToProfile(image, source, screen, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            plain = None  # a profile that cannot be read says nothing: as without one
    plain = image.convert("RGB") if plain is None else plain
    plain.info = {}
    return plain


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    smaller = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    profile = image.info.get("icc_profile")
    if profile is not None:
        smaller.info["icc_profile"] = profile
    return smaller
