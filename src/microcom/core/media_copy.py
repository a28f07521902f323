"""What a fitting copy of a file came to, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.core.media_check import megabytes, name_of
from microcom.core.problem import Problem, Severity

if TYPE_CHECKING:
    from microcom.core.media import Media

NAMES = {"jpeg": "JPEG", "png": "PNG", "webp": "WebP", "gif": "GIF", "mp4": "MP4"}
NAMES |= {"quicktime": "MOV", "webm": "WebM", "x-matroska": "Matroska"}


def change(media: Media, copy: Media) -> Problem:
    """Return the notice ``media.copy``: what a file was, and what goes out instead."""
    message = f"{name_of(media)}: {_facts(media)} → {_facts(copy)}."
    said = [f"turned by {media.turn}°"] if media.turn and not copy.turn else []
    said += ["without the place it was taken at"] if media.places and not copy.places else []
    if said:
        message = f"{message[:-1]}, {' and '.join(said)}."
    return Problem("media.copy", message, severity=Severity.NOTICE)


def _facts(media: Media) -> str:
    kind = media.mime.partition("/")[2]
    return f"{media.width}x{media.height} {NAMES.get(kind, kind)} ({megabytes(media.size)})"
