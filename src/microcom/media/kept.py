"""The media store: copies of the files that queued posts hold, named by their SHA-256.

Beside each file lies the SHA-256 of every mebibyte of it, so that a stretch is checked before any
of it leaves, however large the file is.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.errors import Rejected, StoreError, UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from microcom.core.bodies import Slice

BLOCK = 1024 * 1024
DIGEST = hashlib.sha256().digest_size
BLOCKS = ".blocks"
DRAFT = ".new"
FETCHED, FITTED = ASIDE = ("fetched", "fitted")
"""Folders of what came from addresses, and of fitting copies."""


class MediaStore:
    """Keeps files in a folder of its own, for this user alone."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def path(self, sha256: str) -> Path:
        """Return where a file of that SHA-256 (hex) is kept."""
        return self._folder / sha256[:2] / sha256

    def holds(self, sha256: str) -> bool:
        """Say whether the file is kept, whole."""
        path = self.path(sha256)
        return path.exists() and path.with_suffix(BLOCKS).exists()

    def keep(self, source: Path, sha256: str) -> None:
        """Copy a file in, checked against its SHA-256 on the way; again is nothing new.

        The copy is on the disk when this returns, as what is queued with it will be. Raises
        UserError ``media.changed`` when the file is no longer what it was when it was looked at,
        and StoreError when it cannot be kept.
        """
        if self.holds(sha256):
            os.utime(self.path(sha256))
            return
        try:
            with source.open("rb") as file:
                self._copy(file, str(source), sha256)
        except OSError as error:
            message = f"{source} could not be copied to {self._folder}: {error.strerror}."
            hint = "Free some space, or look at the rights of both."
            raise StoreError(message, code="media.copy", hint=hint) from error

    def take(self, blocks: Iterator[bytes], sha256: str) -> None:
        """Keep a file whose bytes come as blocks, checked against its SHA-256 on the way.

        Raises StoreError ``media.copy`` when it cannot be kept.
        """
        if self.holds(sha256):
            os.utime(self.path(sha256))
            return
        try:
            self._copy(_Stream(blocks), f"What should be {sha256}", sha256)
        except OSError as error:
            message = f"Media could not be written to {self._folder}: {error.strerror}."
            hint = "Free some space, or look at the rights of the folder."
            raise StoreError(message, code="media.copy", hint=hint) from error

    def read(self, stretch: Slice) -> Iterator[bytes]:
        """Yield a stretch of a kept file, each block checked before it is given out.

        Raises Rejected ``media.lost`` for a file that is gone, cut or damaged.
        """
        path = self.path(stretch.media)
        try:
            with path.open("rb") as file, path.with_suffix(BLOCKS).open("rb") as digests:
                yield from _checked(file, digests, stretch, path)
        except OSError as error:
            raise lost(path, error.strerror or type(error).__name__) from error

    def tidy(self, needed: Callable[[str], bool], before: float) -> int:
        """Delete what was last wanted before a time (seconds since 1970) and is not needed.

        Returns how many files went. Drafts of copies that never ended go too.
        """
        gone = 0
        for path in self._folder.glob("??/*"):
            if path.suffix == BLOCKS or path.stat().st_mtime >= before:
                continue
            if path.suffix == DRAFT or not needed(path.name):
                path.unlink(missing_ok=True)
                path.with_suffix(BLOCKS).unlink(missing_ok=True)
                gone += 1
        return gone

    def aside(self, name: str) -> Path:
        """Return a folder beside the copies, for files that can be made or fetched again."""
        return self._folder / name

    def tidy_aside(self, before: float) -> None:
        """Delete what lies aside and was last wanted before a time (seconds since 1970)."""
        for name in ASIDE:
            for path in self.aside(name).glob("*"):
                if path.stat().st_mtime < before:
                    path.unlink(missing_ok=True)

    def _copy(self, file: IO[bytes] | _Stream, name: str, sha256: str) -> None:
        from tempfile import NamedTemporaryFile

        folder = self._made(self.path(sha256).parent)
        with NamedTemporaryFile(dir=folder, suffix=DRAFT, delete=False) as draft:
            try:
                whole, blocks = _copied(file, draft.file)
                _settle(draft.file)
                _agree(whole, sha256, name)
            except BaseException:
                with suppress(OSError):
                    os.unlink(draft.name)  # noqa: PTH108 - a name, not a path
                raise
        _put(Path(draft.name), self.path(sha256), blocks)

    def _made(self, folder: Path) -> Path:
        for one in (self._folder, folder):
            one.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


def lost(path: Path, why: str) -> Rejected:
    """Return the error for a kept file that is no longer what it was."""
    message = f"The media file {path} is gone or damaged ({why})."
    hint = "Cancel this delivery and post the original file again."
    return Rejected(message, code="media.lost", hint=hint)


class _Stream:
    """Blocks of any size, read as blocks of one size."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def read(self, size: int) -> bytes:
        while len(self._rest) < size:
            block = next(self._blocks, b"")
            if not block:
                break
            self._rest += block
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def _copied(file: IO[bytes] | _Stream, draft: IO[bytes]) -> tuple[str, bytes]:
    """Copy a file; return its SHA-256 (hex) and those of its blocks."""
    whole, blocks = hashlib.sha256(), bytearray()
    while block := file.read(BLOCK):
        whole.update(block)
        blocks += hashlib.sha256(block).digest()
        draft.write(block)
    return whole.hexdigest(), bytes(blocks)


def _agree(whole: str, sha256: str, name: str) -> None:
    if whole != sha256:
        message = f"{name} changed while it was being read."
        raise UserError(message, code="media.changed", hint="Run it again.")


def _put(draft: Path, path: Path, blocks: bytes) -> None:
    """Give a draft its name, after its digests: a file with a name is whole and has them."""
    beside = draft.with_name(f"{draft.name}{BLOCKS}")
    with beside.open("wb") as file:
        file.write(blocks)
        _settle(file)
    draft.chmod(0o400)
    beside.chmod(0o400)
    beside.replace(path.with_suffix(BLOCKS))
    draft.replace(path)
    _settle_names(path.parent)


def _settle(file: IO[bytes]) -> None:
    """Bring what was written to the disk."""
    file.flush()
    os.fsync(file.fileno())


def _settle_names(folder: Path) -> None:
    """Bring a folder's names to the disk, where a system can."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _checked(file: IO[bytes], digests: IO[bytes], stretch: Slice, path: Path) -> Iterator[bytes]:
    first = stretch.start // BLOCK
    file.seek(first * BLOCK)
    digests.seek(first * DIGEST)
    for start in range(first * BLOCK, stretch.stop, BLOCK):
        block = file.read(BLOCK)
        if hashlib.sha256(block).digest() != digests.read(DIGEST):
            raise lost(path, f"its bytes from {start} on are not what they were")
        wanted = block[max(stretch.start - start, 0) : stretch.stop - start]
        if wanted:
            yield wanted
        if len(block) < min(BLOCK, stretch.stop - start):
            raise lost(path, "it ends too soon")
