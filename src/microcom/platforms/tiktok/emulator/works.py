"""A post on its way through an emulated TikTok: its chunks, its file, what became of it."""

from __future__ import annotations

import re
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microcom.core.capability import FileRule
from microcom.core.media import MediaKind
from microcom.emulator.blobs import Blob
from microcom.emulator.call import Answer, Request
from microcom.platforms.tiktok.adapter import MEDIA
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.media import Media

UPLOAD_LIVES = timedelta(hours=1)
RANGE = re.compile(r"bytes (?P<first>\d+)-(?P<last>\d+)/(?P<whole>\d+)\Z")
TYPES = frozenset({"video/mp4", "video/quicktime", "video/webm"})


@dataclass(slots=True, eq=False)
class Work:
    """One post or draft, from its announcement on; ``urls`` are what TikTok fetches itself."""

    publish_id: str
    account: str
    begun: datetime
    direct: bool
    size: int = 0
    chunk: int = 0
    count: int = 0
    blob: Blob = field(default_factory=Blob)
    level: str = ""
    caption: str = ""
    title: str = ""
    mime: str = "video/mp4"
    labels: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    received: datetime | None = None
    remote_id: str = ""
    sha256: str = ""
    fail_reason: str = ""
    polls: int = 0

    @property
    def has(self) -> int:
        """Return how many bytes came."""
        return self.blob.size

    @property
    def files(self) -> tuple[str, ...]:
        """Return the SHA-256 (hex) of its files; what was fetched is named by its address."""
        return (self.sha256,) if self.sha256 else self.urls

    @property
    def audience(self) -> str:
        """Return who sees it, in words."""
        if not self.direct:
            return "inbox"
        return {
            "SELF_ONLY": "only me",
            "MUTUAL_FOLLOW_FRIENDS": "friends",
            "FOLLOWER_OF_CREATOR": "followers",
        }.get(self.level, "public")

    def put(self, request: Request) -> Answer:
        """Take the next chunk; answer as the transfer guide says."""
        found = RANGE.match(request.headers.get("content-range", ""))
        if found is None or request.headers.get("content-type") not in TYPES:
            return Answer(400)
        first, last, whole = (int(found[name]) for name in ("first", "last", "whole"))
        if whole != self.size or last - first + 1 != len(request.body):
            return Answer(400)
        number = first // self.chunk
        expected = self.size if number >= self.count - 1 else first + self.chunk
        if first != self.has or last + 1 != expected:
            return Answer(416, headers=self._progress())
        self.mime = str(request.headers["content-type"])
        self.blob.append(request.body)
        if self.has < self.size:
            return Answer(206, headers=self._progress())
        self.received = request.at
        return Answer(201, headers=self._progress())

    def _progress(self) -> dict[str, str]:
        return {"content-range": f"bytes 0-{max(self.has - 1, 0)}/{self.size}"}


def checked(facts: Media | None, longest: int) -> str:
    """Return why TikTok does not take a video, "" where it does."""
    rule = MEDIA.of(MediaKind.VIDEO)
    if facts is None or facts.kind is not MediaKind.VIDEO or rule is None:
        return "file_format_check_failed"
    return _reason(facts, rule, longest)


def _reason(facts: Media, rule: FileRule, longest: int) -> str:
    if facts.mime not in rule.mimes or facts.codec not in rule.codecs:
        return "file_format_check_failed"
    if facts.seconds is not None and facts.seconds > longest:
        return "duration_check_failed"
    if facts.fps is not None and facts.fps not in rule.fps:
        return "frame_rate_check_failed"
    if facts.width not in rule.width or facts.height not in rule.height:
        return "picture_size_check_failed"
    return ""
