"""Cutting a video into chunks, by every rule TikTok has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.platforms.tiktok.chunks import cut

MEBIBYTE = 1024 * 1024
LEAST, MOST, MOST_OF_LAST = 5_000_000, 64_000_000, 128_000_000


@given(st.integers(1, 4 * 1024**3))
def test_chunks_keep_every_rule(size: int) -> None:
    """Chunks follow each other without a gap, in sizes and a number that TikTok takes."""
    chunks = cut(size)
    bounds = [chunks.bounds(number) for number in range(chunks.count)]
    assert [start for start, _ in bounds] == [0, *(stop for _, stop in bounds[:-1])]
    assert bounds[-1][1] == size
    assert chunks.count <= 1000
    if chunks.count == 1:
        assert chunks.size == size <= MOST
        return
    assert chunks.count == size // chunks.size
    assert LEAST <= chunks.size <= MOST
    assert all(stop - start == chunks.size for start, stop in bounds[:-1])
    last = bounds[-1][1] - bounds[-1][0]
    assert chunks.size <= last < 2 * chunks.size <= MOST_OF_LAST


@pytest.mark.parametrize(
    ("size", "count"),
    [
        (1, 1),
        (10 * MEBIBYTE - 1, 1),
        (10 * MEBIBYTE, 2),
        (15 * MEBIBYTE - 1, 2),
        (64_000_001, 12),
        (4 * 1024**3, 409),
    ],
)
def test_how_many_chunks(size: int, count: int) -> None:
    """Small chunks, so that the last one, which people wait for, is soon sent."""
    assert cut(size).count == count


@given(st.integers(10 * MEBIBYTE, 4 * 1024**3), st.data())
def test_what_a_chunk_says_it_is(size: int, data: st.DataObject) -> None:
    """A chunk names its first and last byte and the whole."""
    chunks = cut(size)
    number = data.draw(st.integers(0, chunks.count - 1))
    start, stop = chunks.bounds(number)
    assert chunks.content_range(number) == f"bytes {start}-{stop - 1}/{size}"
