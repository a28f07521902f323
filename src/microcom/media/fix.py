"""Fitting copies: a file made to fit a place that would not take it as it is.

What is done to pictures: turned the way they are to be seen, made smaller, saved in a format that
the place takes, and stripped of what the camera wrote. Videos are only put into another container,
without what the camera wrote; their pictures and sound stay byte for byte. Never is anything cut
off, padded, enlarged or left out: what that would take stays a problem, for a person.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from microcom.core.media import Media, MediaKind
from microcom.errors import StoreError
from microcom.media.probe import look
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from microcom.core.capability import FileRule, MediaRule

WAY = 1
"""Which way copies are made: one more whenever the same file would become another copy."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A fitting copy: where it is, and what it is; ``media.original`` names what it was made of."""

    path: Path
    media: Media


def fix(path: Path, media: Media, rule: MediaRule | None, folder: Path) -> Fixed | None:
    """Return a copy of a file that fits a rule better; None where none is needed or can be made.

    The copy is kept in ``folder`` and found there again: the same file and rule give the same
    bytes. It holds to the rule in all that can be mended, which may not be all: it is for
    :func:`microcom.core.media_check.check_media` to say what is still wrong. Raises UserError
    for a file that cannot be read any more and StoreError when the copy cannot be kept.
    """
    own = None if rule is None else rule.of(media.kind)
    if own is None or own.hosted:
        return None
    copy = folder / f"{media.sha256[:32]}-{_fingerprint(own)}"
    if not copy.exists() and not _make(path, copy, media, own):
        return None
    with suppress(OSError):
        os.utime(copy)  # lately wanted: see MediaStore.tidy_aside
    found = replace(
        look(copy, media.name),
        alt=media.alt,
        part=media.part,
        cover=media.cover,
        original=media.sha256,
    )
    return Fixed(copy, found)


def _fingerprint(own: FileRule) -> str:
    """Return a name for a rule: another rule, or another way of making copies, has another."""
    return hashlib.sha256(f"{WAY} {own!r}".encode()).hexdigest()[:16]


def _make(path: Path, copy: Path, media: Media, own: FileRule) -> bool:
    """Make a copy under its name, whole or not at all; say whether there was something to do."""
    make = _maker(media)
    draft = copy.with_name(f"{copy.name}.{os.getpid()}.new")
    try:
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not make(path, draft, media, own):
            return False
        draft.chmod(0o600)
        draft.replace(copy)
    except OSError as error:
        message = f"A fitting copy of {path} could not be made: {error.strerror or error}."
        hint = f"Look at the file, and at the space in {copy.parent}."
        raise StoreError(message, code="media.copy", hint=hint) from error
    finally:
        draft.unlink(missing_ok=True)
    return True


def _maker(media: Media) -> Callable[[Path, Path, Media, FileRule], bool]:
    if media.kind is MediaKind.IMAGE:
        from microcom.media.fix_picture import make
    elif media.kind is MediaKind.ANIMATION:
        from microcom.media.fix_animation import make
    else:
        from microcom.media.fix_video import make
    return make
