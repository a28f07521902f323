"""Cutting a video into the chunks TikTok takes.

Media transfer guide, and what its service has enforced since August 2026
(github.com/DayMoonDevelopment/post-for-me/issues/327): the count is the size divided by the chunk
size, rounded down, the last chunk takes the rest, and a single chunk is the whole file.
"""

from __future__ import annotations

from microcom.values import dataclass

MEBIBYTE = 1024 * 1024
WHOLE_BELOW = 10 * MEBIBYTE
SMALL, LARGE = 5 * MEBIBYTE, 10 * MEBIBYTE
LARGE_ABOVE = 500_000_000


@dataclass(frozen=True, slots=True)
class Chunks:
    """How ``whole`` bytes go up: ``count`` chunks of ``size``, the last with the rest."""

    whole: int
    size: int
    count: int

    def bounds(self, number: int) -> tuple[int, int]:
        """Return where a chunk (from 0) starts and stops (excluded)."""
        start = number * self.size
        return start, self.whole if number == self.count - 1 else start + self.size

    def content_range(self, number: int) -> str:
        """Return the Content-Range of a chunk (RFC 9110 section 14.4)."""
        start, stop = self.bounds(number)
        return f"bytes {start}-{stop - 1}/{self.whole}"


def cut(size: int) -> Chunks:
    """Return the chunks of a file: small ones, as the last is what people wait for."""
    if size < WHOLE_BELOW:
        return Chunks(size, size, 1)
    step = LARGE if size > LARGE_ABOVE else SMALL
    return Chunks(size, step, size // step)
