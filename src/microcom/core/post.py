"""A post: what is said; and its snapshot, frozen when a delivery is queued."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Post:
    """What a person wrote, before it meets a target.

    ``id`` keeps it the same post when its file moves or changes; ``parts`` are thread parts in
    order; ``to`` and ``at`` are words still to be resolved; ``source`` is the file, or None.
    """

    id: str | None
    parts: tuple[str, ...]
    to: tuple[str, ...] = ()
    at: str | None = None
    campaign: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Exactly what will be sent: the parts of a thread, cut when the delivery was queued."""

    parts: tuple[str, ...]

    def to_json(self) -> str:
        """Return the canonical JSON text, the same for the same content."""
        return json.dumps({"parts": list(self.parts)}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Snapshot:
        """Return the snapshot that :meth:`to_json` wrote."""
        return cls(parts=tuple(json.loads(text)["parts"]))

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hex) of the content."""
        import hashlib

        return hashlib.sha256(self.to_json().encode()).hexdigest()
