"""An animated GIF that fits: made smaller, and as long as it was."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageSequence

from microcom.media.fix_picture import LEAST, SMALLER, fitting_size, scaled

if TYPE_CHECKING:
    from pathlib import Path

    from microcom.core.capability import FileRule
    from microcom.core.media import Media

MOST_PIXELS = 400_000_000
"""An animation with more, in all its frames, is left alone: it would take minutes."""
TRIES = 6


def make(path: Path, draft: Path, media: Media, own: FileRule) -> bool:
    """Write a smaller animation; False where it fits as it is, or smaller would not help."""
    size = fitting_size(media, own)
    is_small = media.size <= own.max_bytes
    if "image/gif" not in own.mimes or (is_small and size == (media.width, media.height)):
        return False
    if media.width * media.height * (media.frames or 1) > MOST_PIXELS:
        return False
    if size == (media.width, media.height):
        size = scaled(*size, SMALLER)
    for _ in range(TRIES):
        if min(size) < LEAST:
            return False
        content = _smaller(path, size)
        if len(content) <= own.max_bytes:
            draft.write_bytes(content)
            return True
        size = scaled(*size, SMALLER)
    return False


def _smaller(path: Path, size: tuple[int, int]) -> bytes:
    frames, durations = [], []
    with Image.open(path, formats=("GIF",)) as image:
        loop = image.info.get("loop")
        for frame in ImageSequence.Iterator(image):
            durations.append(int(frame.info.get("duration", 0) or 0))
            frames.append(frame.convert("RGBA").resize(size, Image.Resampling.LANCZOS))
    first, *rest = frames
    file = io.BytesIO()
    again = {} if loop is None else {"loop": loop}
    first.save(
        file, "GIF", save_all=True, append_images=rest, duration=durations, disposal=2, **again
    )
    return file.getvalue()
