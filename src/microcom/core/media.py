"""A picture or video as it will be sent: what it is, and what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from enum import StrEnum
from typing import TYPE_CHECKING

from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue


class MediaKind(StrEnum):
    """What a file shows."""

    IMAGE = "image"
    ANIMATION = "animation"  # an animated GIF
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Media:
    """One file of a post: its content by SHA-256 (hex), the facts of a probe, and its words.

    ``width`` and ``height`` are pixels as shown, turned as the file asks for. ``seconds``, ``fps``,
    ``codec`` (ffmpeg's name, such as ``h264``), ``pixels`` (how a video keeps them, such as
    ``yuv420p10le``) and ``frames`` are None where there is no such thing. ``turn`` is how many
    degrees clockwise a viewer turns it; ``places``: it says where it was taken. ``original`` is
    the SHA-256 of the file that it is a fitting copy of.

    ``alt`` None means that nobody wrote one, "" that the picture is decoration. ``part`` is the
    part of a thread it hangs on, from 0. ``cover`` is the second of a video to show first.
    ``name`` is the file's own name, for messages.
    """

    sha256: str
    size: int
    mime: str
    kind: MediaKind
    width: int
    height: int
    seconds: float | None = None
    fps: float | None = None
    codec: str | None = None
    frames: int | None = None
    alt: str | None = None
    part: int = 0
    cover: float | None = None
    name: str = ""
    pixels: str | None = None
    turn: int | None = None
    places: bool = False
    original: str | None = None

    def row(self) -> dict[str, JsonValue]:
        """Return it as JSON values; what says nothing is left out."""
        said = asdict(self).items()
        return {
            key: value for key, value in said if value not in {None, ""} and value is not False
        } | ({"alt": ""} if self.alt == "" else {})

    @classmethod
    def of(cls, row: Mapping[str, JsonValue]) -> Media:
        """Return what :meth:`row` gave; a key from a later version is passed over."""
        known = {field.name for field in fields(cls)}
        values = {key: value for key, value in row.items() if key in known}
        return cls(**{**values, "kind": MediaKind(row["kind"])})

    @property
    def identity(self) -> list[JsonValue]:
        """Return what makes it this content: the same for the same file under another name."""
        return [self.sha256, self.alt, self.part, self.cover]
