"""A post: what is said; and its snapshot, frozen when a delivery is queued."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.account import Fit
    from microcom.core.media import Media
    from microcom.core.steps import JsonValue

BRANDS = ("own", "partner", "both", "none")


@dataclass(frozen=True, slots=True)
class Labels:
    """What a post says about itself; None where nobody said anything.

    ``ai``: made or changed by AI. ``paid``: a paid partnership. ``brand``: whose business it
    promotes, one of :data:`BRANDS`.
    """

    ai: bool | None = None
    paid: bool | None = None
    brand: str | None = None

    def row(self) -> dict[str, JsonValue]:
        """Return what was said as JSON values."""
        said = {"ai": self.ai, "paid": self.paid, "brand": self.brand}
        return {name: value for name, value in said.items() if value is not None}


def is_address(word: str) -> bool:
    """Say whether what a post names is an address and not a file."""
    return "://" in word


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file or address as a post names it: ``part`` counts from 0, ``cover`` is in seconds."""

    file: str
    alt: str | None = None
    part: int = 0
    cover: float | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """What a post says otherwise for some of its targets; None where it stays the same.

    The fields are those of :class:`Post`. An empty text, title or link is a decision: none.
    """

    parts: tuple[str, ...] | None = None
    at: str | None = None
    title: str | None = None
    link: str | None = None
    tags: tuple[str, ...] | None = None
    fit: Fit | None = None
    labels: Labels = Labels()
    attachments: tuple[Attachment, ...] | None = None
    media: tuple[Media, ...] = ()
    vars: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, JsonValue]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Post:
    """What a person wrote, before it meets a target.

    ``id`` keeps it the same post when its file moves or changes; ``parts`` are thread parts in
    order; ``to`` and ``at`` are words still to be resolved; ``source`` is the file, or None.
    ``attachments`` are files still to be looked at, ``media`` what was found in them. ``options``
    are keys for one platform alone, by its name. ``tags`` are without #. ``variants`` say what
    is otherwise for ``client:NAME``, ``platform:NAME``, ``group:NAME``, ``ACCOUNT`` and
    ``ACCOUNT/COMMUNITY``. Words of a ``template`` may ask for variables, ``vars`` among them.
    """

    id: str | None
    parts: tuple[str, ...]
    to: tuple[str, ...] = ()
    at: str | None = None
    campaign: str | None = None
    source: str | None = None
    title: str | None = None
    link: str | None = None
    labels: Labels = Labels()
    attachments: tuple[Attachment, ...] = ()
    media: tuple[Media, ...] = ()
    options: Mapping[str, Mapping[str, JsonValue]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    fit: Fit | None = None
    vars: Mapping[str, object] = field(default_factory=dict)
    variants: Mapping[str, Variant] = field(default_factory=dict)
    template: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Exactly what will be sent: the parts of a thread, cut when the delivery was queued.

    ``media`` are in order; each hangs on the part it names. ``options`` are the post's own keys
    for the platform it goes to.
    """

    parts: tuple[str, ...]
    media: tuple[Media, ...] = ()
    title: str | None = None
    link: str | None = None
    labels: Labels = Labels()
    options: Mapping[str, JsonValue] = field(default_factory=dict)

    def of_part(self, number: int) -> tuple[Media, ...]:
        """Return the media that hang on a part, from 0."""
        return tuple(one for one in self.media if one.part == number)

    def to_json(self) -> str:
        """Return the canonical JSON text, the same for the same content."""
        return _written(self._row([one.row() for one in self.media]))

    @classmethod
    def from_json(cls, text: str) -> Snapshot:
        """Return the snapshot that :meth:`to_json` wrote."""
        row = json.loads(text)
        return cls(
            parts=tuple(row["parts"]),
            media=_media(row.get("media", ())),
            title=row.get("title"),
            link=row.get("link"),
            labels=Labels(**row.get("labels", {})),
            options=row.get("options", {}),
        )

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hex) of the content; a file's name and probed facts are not of it."""
        import hashlib

        content = _written(self._row([one.identity for one in self.media]))
        return hashlib.sha256(content.encode()).hexdigest()

    def _row(self, media: list[JsonValue]) -> dict[str, JsonValue]:
        whole = {
            "parts": list(self.parts),
            "media": media,
            "title": self.title,
            "link": self.link,
            "labels": self.labels.row(),
            "options": dict(sorted(self.options.items())),
        }
        return {key: value for key, value in whole.items() if key == "parts" or value}


def _written(row: dict[str, JsonValue]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _media(rows: list[dict[str, JsonValue]]) -> tuple[Media, ...]:
    if not rows:
        return ()
    from microcom.core.media import Media

    return tuple(Media.of(row) for row in rows)
