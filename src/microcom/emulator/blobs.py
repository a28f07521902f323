"""Files that were uploaded to an emulated service: their bytes while small, their hash always."""

from __future__ import annotations

from hashlib import sha256

KEPT = 32 * 1024 * 1024
"""The largest file whose bytes are kept, to be shown; of a larger one only size and hash."""


class Blob:
    """A file that comes in, a stretch at a time and in order."""

    def __init__(self) -> None:
        self.size = 0
        self._digest = sha256()
        self._stretches: list[bytes] = []

    def append(self, stretch: bytes) -> None:
        """Add the next bytes."""
        self.size += len(stretch)
        self._digest.update(stretch)
        if self.size <= KEPT:
            self._stretches.append(stretch)
        else:
            self._stretches.clear()

    @property
    def sha256(self) -> str:
        """Return the SHA-256 (hex) of what came so far."""
        return self._digest.hexdigest()

    @property
    def content(self) -> bytes | None:
        """Return the bytes, None where there are too many to keep."""
        return b"".join(self._stretches) if self.size <= KEPT else None

    @property
    def mime(self) -> str | None:
        """Return the MIME type that the first bytes show, None for what is not known."""
        return sniffed(self._stretches[0] if self._stretches else b"")


class Blobs:
    """Every whole file of a service, by its SHA-256 (hex)."""

    def __init__(self) -> None:
        self._contents: dict[str, tuple[str, bytes]] = {}

    def keep(self, blob: Blob) -> str:
        """Keep a file to be shown; return its SHA-256 (hex)."""
        content = blob.content
        if content is not None:
            self._contents[blob.sha256] = (blob.mime or "application/octet-stream", content)
        return blob.sha256

    def find(self, digest: str) -> tuple[str, bytes] | None:
        """Return the MIME type and bytes of a file, None for one that was not kept."""
        return self._contents.get(digest)


def of(content: bytes) -> Blob:
    """Return a whole file."""
    blob = Blob()
    blob.append(content)
    return blob


def sniffed(content: bytes) -> str | None:
    """Return the MIME type that a file's first bytes show, None for what is not known."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:6] in {b"GIF87a", b"GIF89a"}:
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp":
        return "video/quicktime" if content[8:12] == b"qt  " else "video/mp4"
    if content[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm"
    return None
