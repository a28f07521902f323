"""How alike two texts are, and short names by which those that are alike can be looked up.

A text is compared by its shingles: every run of four letters and digits, once what people change
from place to place (links, mentions, hashtags, pictures, punctuation, capitals) was left out.
Texts that share most of their shingles share a band, nearly always: MinHash, with numbers that
never change, because the names of bands are kept.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
import zlib
from collections.abc import Iterator

from microcom.core.text import links

NEAR = 0.7
"""From here on two texts are nearly the same: a typo in 26 characters, a word in ten."""
SHINGLE = 4
BANDS = 12
ROWS = 4
SAMPLE = 128
"""So many shingles stand for a longer text: those with the smallest numbers."""
WORD = (1 << 64) - 1
ODD = 0x9E3779B97F4A7C15
WEB = re.compile(r"https?://\S+", re.IGNORECASE)
"""An address, also one whose host no rule for links knows."""
NAMES = re.compile("[@#\uff20\uff03]\\w+")
BETWEEN = re.compile(r"[\W_]+")


def bare(text: str) -> str:
    """Return the letters and digits of a text, words apart by one blank.

    What is nothing but links, tags or pictures keeps them: it is compared as it is.
    """
    rest = WEB.sub(" ", text)
    for link in reversed(links(rest)):
        rest = f"{rest[: link.start]} {rest[link.end :]}"
    folded = unicodedata.normalize("NFKC", NAMES.sub(" ", rest)).casefold()
    words = BETWEEN.sub(" ", folded).strip()
    return words or " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def similarity(one: str, other: str) -> float:
    """Return how much of two bare texts is the same: 1 for all, 0 for nothing."""
    if one == other:
        return 1.0
    mine, theirs = _shingles(one), _shingles(other)
    return len(mine & theirs) / len(mine | theirs)


def bands(bare_text: str) -> Iterator[tuple[int, ...]]:
    """Yield the bands of a bare text, each a few numbers; none of a text without a letter."""
    if not bare_text:
        return
    numbers = heapq.nsmallest(SAMPLE, map(_number, _shingles(bare_text)))
    for band in range(BANDS):
        first = band * ROWS
        yield tuple(_smallest(numbers, row) for row in range(first, first + ROWS))


def _shingles(text: str) -> set[str]:
    return {text[at : at + SHINGLE] for at in range(max(1, len(text) - SHINGLE + 1))}


def _number(shingle: str) -> int:
    """Return 64 well-mixed bits that stand for a shingle, the same in every process."""
    number = zlib.crc32(shingle.encode("utf-8", "surrogatepass"))
    number = ((number ^ 0x5BD1E995) * ODD) & WORD
    return number ^ (number >> 29)


def _smallest(numbers: list[int], row: int) -> int:
    """Return the smallest of the numbers after they were shuffled in the way of a row."""
    factor, mask = SHUFFLES[row]
    return min([((number ^ mask) * factor) & WORD for number in numbers])


def _shuffles(count: int) -> Iterator[tuple[int, int]]:
    state = 0
    for _ in range(count):
        state = (state + ODD) & WORD
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        factor = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & WORD
        yield factor | 1, mixed


SHUFFLES = tuple(_shuffles(BANDS * ROWS))
