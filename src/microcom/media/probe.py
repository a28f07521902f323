"""What a file is: a picture or a video, by its content and not by its name.

Pillow reads pictures and FFmpeg (through PyAV) videos. Nothing is believed from outside: a file is
decoded as far as needed to know that it can be, within bounds on pixels and memory.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from microcom.core.media import Media, MediaKind
from microcom.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer
    from PIL.Image import Image

STRETCH = 1024 * 1024
MOST_PIXELS = 64_000_000
"""A picture with more is refused unread: it would take hundreds of megabytes to open."""
MOST_FRAMES = 2_000
"""Frames of an animated GIF that are looked at."""
TURNS = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}
"""EXIF orientations and how far a viewer turns such a picture, clockwise."""
ORIENTATION = 0x0112
GPS = 0x8825
"""The EXIF block that says where a picture was taken."""
LOCATION = re.compile(r"location(-.*)?|com\.apple\.quicktime\.location\..*")
"""Names under which FFmpeg finds where a video was taken."""
DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, KeyError, struct.error)
"""What Pillow raises for damaged files, as damaging them at random found."""
EBML = b"\x1a\x45\xdf\xa3"
"""How Matroska and WebM begin."""
PICTURES = ("JPEG", "PNG", "WEBP", "GIF")
OTHERS = "JPEG, PNG, WebP and GIF pictures and MP4, MOV and WebM videos are taken."


def look(path: Path, name: str = "") -> Media:
    """Return what a file is, with its size and SHA-256; ``name`` is what it is called elsewhere.

    Raises UserError ``media.missing``, ``.folder``, ``.special``, ``.unreadable``, ``.empty``,
    ``.unknown``, ``.broken``, ``.bomb`` or ``.still`` (an image of a kind that is not taken).
    """
    with _opened(path) as file:
        digest, size = _hashed(file)
        if size == 0:
            hint = "Choose another file."
            raise UserError(f"{name or path} is empty.", code="media.empty", hint=hint)
        file.seek(0)
        found = _what(file, name or path.name)
    return replace(found, sha256=digest, size=size, name=name or path.name)


def readers() -> str:
    """Return what reads pictures and video here; raise ImportError where one is missing."""
    import av
    import PIL

    return f"Pillow {PIL.__version__}, PyAV {av.__version__}"


def probe(content: bytes) -> Media | None:
    """Return what bytes are, None for what is neither a picture nor a video."""
    try:
        found = _what(io.BytesIO(content), "the file")
    except UserError:
        return None
    return replace(found, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def kind_at(start: bytes) -> MediaKind | None:
    """Return what a file that begins so says it is; None for what is never taken."""
    is_webp = start.startswith(b"RIFF") and start[8:12] == b"WEBP"
    if is_webp or start.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8")):
        return MediaKind.IMAGE
    return MediaKind.VIDEO if _is_video(start) else None


def unknown(name: str, start: bytes) -> UserError:
    """Return the error for what begins like no file that is taken."""
    text = start.lstrip().lower()
    if text.startswith((b"<svg", b"<?xml")):
        message = f"{name} is an SVG drawing, which no platform takes."
        return UserError(message, code="media.unknown", hint="Export it as a PNG.")
    kind = "a zip archive" if start.startswith(b"PK\x03\x04") else "no picture and no video"
    if text.startswith((b"<!doctype html", b"<html")):
        kind = "a web page, no picture and no video"
    return UserError(f"{name} is {kind}.", code="media.unknown", hint=OTHERS)


def demuxer(mime: str) -> str:
    """Return what FFmpeg is to read a video with: guessing, it would also read playlists.

    Those name other files and addresses, which it would open.
    """
    return "matroska" if mime in {"video/webm", "video/x-matroska"} else "mov"


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a plain file for reading, never waiting for the other end of a pipe."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise _unopened(path, error) from error
    mode = os.fstat(number).st_mode
    if not stat.S_ISREG(mode):
        os.close(number)
        raise _folder(path) if stat.S_ISDIR(mode) else _special(path)
    with os.fdopen(number, "rb") as file:
        try:
            yield file
        except OSError as error:
            raise _unopened(path, error) from error


def _unopened(path: Path, error: OSError) -> UserError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        message = f"There is no file {path}."
        return UserError(message, code="media.missing", hint="Look at the name and the folder.")
    message = f"{path} cannot be read: {error.strerror or error}."
    return UserError(message, code="media.unreadable", hint="Look at its rights.")


def _folder(path: Path) -> UserError:
    message = f"{path} is a folder, not a file."
    return UserError(message, code="media.folder", hint="Name a file in it.")


def _special(path: Path) -> UserError:
    message = f"{path} is no plain file (a pipe or device)."
    return UserError(message, code="media.special", hint="Save it to a file first.")


def _hashed(file: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while stretch := file.read(STRETCH):
        digest.update(stretch)
        size += len(stretch)
    return digest.hexdigest(), size


def _what(file: IO[bytes], name: str) -> Media:
    picture = _picture(file, name)
    if picture is not None:
        return picture
    file.seek(0)
    return _video(file, name)


def _picture(file: IO[bytes], name: str) -> Media | None:
    """Return the facts of a picture, None for what is none."""
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd EXIF data; the bound on pixels is our own
        try:
            with Image.open(file, formats=PICTURES) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise _too_large(name, image.width, image.height)
                return _facts(image, name)
        except UnidentifiedImageError:
            return None
        except Image.DecompressionBombError as error:
            raise _too_large(name, 0, 0) from error
        except DAMAGE as error:
            raise _broken(name) from error


def _facts(image: Image, name: str) -> Media:
    """Return a picture's facts; all of it is decoded, so that a cut file is found here."""
    # A phone's JPEG may carry a second picture, for depth or light: Pillow calls that MPO.
    kind = "JPEG" if image.format == "MPO" else image.format or ""
    frames, seconds = _frames(image)
    animated = kind == "GIF" and frames > 1
    if frames > 1 and not animated and kind != "JPEG":
        message = f"{name} is an animated {kind}, which no platform takes."
        raise UserError(message, code="media.still", hint="Save it as a GIF or a video.")
    width, height = image.size
    exif = image.getexif()
    turn = TURNS.get(exif.get(ORIENTATION, 1), 0)
    if turn % 180:
        width, height = height, width
    return Media(
        sha256="",
        size=0,
        mime=f"image/{kind.lower()}",
        kind=MediaKind.ANIMATION if animated else MediaKind.IMAGE,
        width=width,
        height=height,
        seconds=seconds if animated else None,
        frames=frames if animated else None,
        turn=turn or None,
        places=bool(exif.get_ifd(GPS)),
    )


def _frames(image: Image) -> tuple[int, float]:
    """Decode every frame, one at a time; return how many there are and how long they last."""
    frames, milliseconds = 0, 0.0
    while frames < MOST_FRAMES:
        image.load()
        frames += 1
        if image.format in {"JPEG", "MPO"}:
            break
        milliseconds += float(image.info.get("duration", 0) or 0)
        try:
            image.seek(frames)
        except EOFError:
            break
    return frames, milliseconds / 1000


def _video(file: IO[bytes], name: str) -> Media:
    import av

    av.logging.set_level(None)  # FFmpeg would write to standard error by itself
    start = file.read(4096)
    file.seek(0)
    if not _is_video(start):
        raise unknown(name, start)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    reader = demuxer(_video_mime(start))
    try:
        with av.open(file, mode="r", format=reader, metadata_errors="ignore") as container:
            return _moving(container, start, size, name)
    except (av.FFmpegError, ValueError, EOFError, StopIteration, IndexError) as error:
        raise _broken(name) from error


def _moving(container: InputContainer, start: bytes, size: int, name: str) -> Media:
    """Return a video's facts; its first frame is decoded, which also says how it is turned.

    The other frames are not decoded: where the file has an index of them, the last one has to lie
    within it, so that a download that broke off is found.
    """
    import av

    if not container.streams.video:
        message = f"{name} holds no pictures, only sound."
        raise UserError(message, code="media.unknown", hint=OTHERS)
    stream = container.streams.video[0]
    entries = stream.index_entries
    if len(entries) and entries[len(entries) - 1].pos + entries[len(entries) - 1].size > size:
        raise _broken(name)
    frame = next(container.decode(stream))
    width, height = frame.width, frame.height
    if frame.rotation % 180:
        width, height = height, width
    seconds = None
    if container.duration:
        seconds = container.duration / av.time_base
    elif stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    rate = stream.average_rate or stream.guessed_rate
    return Media(
        sha256="",
        size=0,
        mime=_video_mime(start),
        kind=MediaKind.VIDEO,
        width=width,
        height=height,
        seconds=None if seconds is None else round(seconds, 3),
        fps=None if rate is None else round(float(rate), 3),
        codec=stream.codec_context.codec.canonical_name,
        frames=stream.frames or None,
        pixels=stream.codec_context.pix_fmt,
        turn=-frame.rotation % 360 or None,
        places=any(LOCATION.fullmatch(key.lower()) for key in container.metadata),
    )


def _is_video(start: bytes) -> bool:
    return start[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free"} or start.startswith(EBML)


def _video_mime(start: bytes) -> str:
    """Return the container by its brand: QuickTime, WebM or MP4."""
    if start.startswith(EBML):
        return "video/webm" if b"webm" in start[:64] else "video/x-matroska"
    if start[4:8] != b"ftyp" or start[8:12] == b"qt  ":
        return "video/quicktime"
    return "video/mp4"


def _broken(name: str) -> UserError:
    message = f"{name} cannot be read to its end: it is cut off or damaged."
    return UserError(message, code="media.broken", hint="Open it, and save it again.")


def _too_large(name: str, width: int, height: int) -> UserError:
    size = f" ({width} x {height})" if width else ""
    message = f"{name} has more pixels than are safe to open{size}."
    hint = f"{MOST_PIXELS / 1e6:.0f} million pixels are the most."
    return UserError(message, code="media.bomb", hint=hint)
