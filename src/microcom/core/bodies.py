"""Request bodies as descriptions: bytes, and stretches of media that are opened as they leave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import field
from functools import cached_property
from typing import Any, TypeAlias
from urllib.parse import urlencode

from microcom.values import dataclass


@dataclass(frozen=True, slots=True)
class Slice:
    """The bytes ``start`` to ``stop`` (excluded) of a media file, named by its SHA-256 (hex)."""

    media: str
    start: int
    stop: int

    @property
    def size(self) -> int:
        """Return how many bytes leave."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class InBase64:
    """A stretch of media in the standard base64 alphabet, without line breaks."""

    content: Slice

    @property
    def size(self) -> int:
        """Return how many bytes leave."""
        return (self.content.size + 2) // 3 * 4


Piece: TypeAlias = bytes | Slice | InBase64


class _Pieces:
    """What every body can do."""

    mime: str

    def pieces(self) -> Iterator[Piece]:
        """Yield what leaves, in order."""
        raise NotImplementedError

    @property
    def size(self) -> int:
        """Return the content's length in bytes."""
        return sum(len(one) if isinstance(one, bytes) else one.size for one in self.pieces())

    @property
    def holds_media(self) -> bool:
        """Say whether some of it is media."""
        return any(not isinstance(one, bytes) for one in self.pieces())

    def described(self) -> Any:  # noqa: ANN401 - a JSON value
        """Return what leaves as JSON values for people, media named instead of shown."""
        raise NotImplementedError

    def fingerprint(self) -> str:
        """Return the SHA-256 (hex) of what leaves, media by their own SHA-256."""
        import hashlib

        digest = hashlib.sha256()
        for one in self.pieces():
            digest.update(one if isinstance(one, bytes) else repr(one).encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class Json(_Pieces):
    """A JSON body; an :class:`InBase64` may stand for a string anywhere in it."""

    value: Any
    mime = "application/json"

    def encoded(self) -> bytes:
        """Return the bytes of a body without media: UTF-8, compact, keys in the order given."""
        return json.dumps(self.value, ensure_ascii=False, separators=(",", ":")).encode()

    @cached_property
    def _whole(self) -> bytes | None:
        """Return the bytes of a body without media, None for one with media."""
        try:
            return self.encoded()
        except TypeError:  # what json cannot write is media
            return None

    def pieces(self) -> Iterator[Piece]:
        """Yield what leaves."""
        if self._whole is None:
            yield from _joined(_written(self.value))
        else:
            yield self._whole

    def described(self) -> Any:  # noqa: ANN401 - a JSON value
        """Return the value, media named instead of shown."""
        return json.loads(json.dumps(self.value, default=_named))


@dataclass(frozen=True)
class Form(_Pieces):
    """Fields, form-encoded; ``hidden`` ones are secrets that are never shown."""

    fields: tuple[tuple[str, str], ...]
    hidden: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    mime = "application/x-www-form-urlencoded"

    def pieces(self) -> Iterator[Piece]:
        """Yield what leaves."""
        yield urlencode((*self.fields, *self.hidden)).encode()

    def described(self) -> Any:  # noqa: ANN401 - a JSON value
        """Return the fields, the hidden ones by name alone."""
        return dict(self.fields) | {name: "(hidden)" for name, _ in self.hidden}


@dataclass(frozen=True)
class Raw(_Pieces):
    """Media alone."""

    content: Slice
    mime: str

    def pieces(self) -> Iterator[Piece]:
        """Yield what leaves."""
        yield self.content

    def described(self) -> Any:  # noqa: ANN401 - a JSON value
        """Return which stretch of which media it is."""
        return _named(self.content)


@dataclass(frozen=True)
class Multipart(_Pieces):
    """A form (RFC 7578) with text fields and, last, one file."""

    fields: tuple[tuple[str, str], ...]
    name: str
    filename: str
    kind: str
    """The file's MIME type."""
    content: Slice

    @cached_property
    def boundary(self) -> str:
        """Return what separates the parts: the same for the same form."""
        import hashlib

        whole = json.dumps([self.fields, self.name, self.filename, repr(self.content)])
        return hashlib.sha256(whole.encode()).hexdigest()[:32]

    @property
    def mime(self) -> str:  # type: ignore[override]  # computed, read like the others'
        """Return the content type, which names the boundary."""
        return f"multipart/form-data; boundary={self.boundary}"

    def pieces(self) -> Iterator[Piece]:
        """Yield what leaves."""
        head = "".join(
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
            f"\r\n\r\n{value}\r\n"
            for name, value in self.fields
        )
        yield (
            f"{head}--{self.boundary}\r\nContent-Disposition: form-data; "
            f'name="{_quoted(self.name)}"; filename="{_quoted(self.filename)}"\r\n'
            f"Content-Type: {self.kind}\r\n\r\n"
        ).encode()
        yield self.content
        yield f"\r\n--{self.boundary}--\r\n".encode()

    def described(self) -> Any:  # noqa: ANN401 - a JSON value
        """Return the fields; the file is named instead of shown."""
        return {**dict(self.fields), self.name: _named(self.content)}


Body: TypeAlias = Json | Form | Raw | Multipart


def in_base64(content: Iterator[bytes]) -> Iterator[bytes]:
    """Yield bytes in the standard base64 alphabet, without line breaks."""
    from binascii import b2a_base64

    rest = b""
    for stretch in content:
        held = rest + stretch
        even = len(held) - len(held) % 3
        rest = held[even:]
        yield b2a_base64(held[:even], newline=False)
    yield b2a_base64(rest, newline=False)


def _written(value: Any) -> Iterator[Piece]:  # noqa: ANN401 - any JSON value
    """Yield a JSON value in pieces."""
    if isinstance(value, InBase64):
        yield from (b'"', value, b'"')
    elif isinstance(value, dict):
        yield b"{"
        for number, (key, inner) in enumerate(value.items()):
            yield f"{',' if number else ''}{json.dumps(key, ensure_ascii=False)}:".encode()
            yield from _written(inner)
        yield b"}"
    elif isinstance(value, list | tuple):
        yield b"["
        for number, inner in enumerate(value):
            if number:
                yield b","
            yield from _written(inner)
        yield b"]"
    else:
        yield json.dumps(value, ensure_ascii=False).encode()


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Yield the pieces with neighbouring bytes as one."""
    held = b""
    for one in pieces:
        if isinstance(one, bytes):
            held += one
            continue
        yield held
        held = b""
        yield one
    yield held


def _named(piece: object) -> str:
    """Return a stretch of media in words."""
    if isinstance(piece, InBase64):
        return f"{_named(piece.content)} in base64"
    if not isinstance(piece, Slice):
        message = f"{type(piece).__name__} is no JSON value"
        raise TypeError(message)
    return f"<{piece.size} bytes of media {piece.media[:8]} from {piece.start}>"


def _quoted(text: str) -> str:
    """Return a name fit for a header (RFC 7578 §2, as browsers do)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
