"""Preview pages on the disk, for this user alone, and the files they show."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.core.names import slug
from microcom.errors import StoreError
from microcom.intake.places import write_private

if TYPE_CHECKING:
    from microcom.core.media import Media

EMBEDDED = 3 * 1024 * 1024
"""Bytes up to which a file becomes part of a page; a larger one is shown from where it is."""
ALL_EMBEDDED = 24 * 1024 * 1024
"""Bytes of files in one page, all together."""
LONGEST_NAME = 60


class Pages:
    """The pages in a folder of the cache; all of it can be made again."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def write(self, identity: tuple[str, ...], page: str) -> Path:
        """Write the page of a post, whole, in place of its last one; return where it is.

        The last word of ``identity`` is a name for people. Raises StoreError ``preview.write``.
        """
        path = self._path(identity)
        try:
            write_private(str(path), page.encode("utf-8", "replace"))
        except OSError as error:
            message = f"{path} could not be written: {error.strerror}."
            hint = "Free some space, or look at the rights of the cache folder (microcom paths)."
            raise StoreError(message, code="preview.write", hint=hint) from error
        return path

    def tidy(self, before: float) -> None:
        """Delete what was last written before a time (seconds since 1970)."""
        for path in self._folder.glob("*.html*"):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def _path(self, identity: tuple[str, ...]) -> Path:
        digest = hashlib.sha256("\n".join(identity).encode(errors="surrogateescape")).hexdigest()
        name = slug(identity[-1])[:LONGEST_NAME].strip("-") or "post"
        return self._folder / f"{name}-{digest[:10]}.html"


class Shown:
    """The files of one page: in it while they are small, else by where they are.

    ``path`` says where a file is that was looked at.
    """

    def __init__(self, path: Callable[[Media], Path]) -> None:
        self._path = path
        self._room = ALL_EMBEDDED

    def source(self, media: Media) -> str:
        """Return a file's address for the page; "" for one that cannot be read any more."""
        path = self._path(media).absolute()
        try:
            if media.size > min(EMBEDDED, self._room):
                return path.as_uri() if path.is_file() else ""
            content = path.read_bytes()
        except OSError:
            return ""
        self._room -= len(content)
        return f"data:{media.mime};base64,{base64.b64encode(content).decode()}"
