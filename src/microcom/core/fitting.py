"""Making a text fit: cut into pieces for a thread, or shortened.

Lengths are the platform's own (``text.length``). Both look at each character a bounded number of
times, and a logarithm of times more to measure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from microcom.core.text import Counting, length
from microcom.core.text_borders import (
    FULL_STOPS,
    Stretch,
    characters,
    links,
    paragraphs,
    sentences,
    signs,
    words,
)
from microcom.errors import UserError

HEAVIEST = 6
"""The most that a character weighs: some compose (NFC) to three that weigh 2 each."""
LEVELS = (paragraphs, sentences, words, signs, characters)
MORE = "…"
LOOSE = " \t\n,;:–—-([{«¿¡，、；："  # noqa: RUF001 - what does not stand well before MORE


def split(text: str, limit: int, counting: Counting) -> tuple[str, ...]:
    """Return the text in pieces that each fit ``limit``, as few as keep whole what fits whole.

    What fits one piece is not cut: a paragraph, else a sentence, else a word, else a sign (a
    link, a picture, a letter with its marks); the pieces are filled with these in order. So no two
    neighbours would fit in one piece.

    A text that fits is its own only piece. Otherwise each piece is a stretch of the text that
    neither begins nor ends with white space, and nothing but white space lies between two of
    them, before the first and behind the last. A blank text has no piece. A limit below HEAVIEST
    is a ValueError, because there are characters that do not fit.
    """
    if limit < HEAVIEST:
        raise ValueError(f"nothing can be cut to {limit}: {HEAVIEST} is the least")
    if not text.strip():
        return ()
    fits = _measure(text, limit, counting)
    if fits(0, len(text)):
        return (text,)
    atoms = list(_atoms(text, (0, len(text)), 0, fits))
    return tuple(text[start:stop] for start, stop in _packed(atoms, fits))


def trim(text: str, limit: int, counting: Counting, *, keep: str = "") -> str:
    """Return the text, shortened where it and ``keep`` behind an empty line do not fit.

    A shortened text ends at the last sentence that fits, if that leaves it at least half as long
    as the last word that fits would, and otherwise at that word; inside a word only where none
    fits, never inside a link. ``…`` follows, behind a blank after a sentence or a link.

    UserError ``fit.tail``: what has to stay does not fit even by itself.
    """
    tail = f"\n\n{keep}" if keep else ""
    if length(text + tail, counting) <= limit:
        return text + tail
    if length(MORE + tail, counting) > limit:
        used = length(keep, counting)
        message = f"What has to stay behind the text is {used} of {limit}."
        raise UserError(message, code="fit.tail", hint="Shorten the link or the tags.")

    def fits(shortened: str) -> bool:
        return length(shortened + tail, counting) <= limit

    return _shortened(text, fits) + tail


def _measure(text: str, limit: int, counting: Counting) -> Callable[[int, int], bool]:
    """Return what says whether a stretch of the text fits."""

    def fits(start: int, stop: int) -> bool:
        if HEAVIEST * (stop - start) <= limit:
            return True
        return length(text[start:stop], counting) <= limit

    return fits


def _atoms(
    text: str, stretch: Stretch, level: int, fits: Callable[[int, int], bool]
) -> Iterator[Stretch]:
    """Yield the largest stretches that fit: paragraphs, or what is in those that do not."""
    for start, stop in LEVELS[level](text, *stretch):
        if fits(start, stop) or level + 1 == len(LEVELS):
            yield start, stop
        else:
            yield from _atoms(text, (start, stop), level + 1, fits)


def _packed(atoms: Sequence[Stretch], fits: Callable[[int, int], bool]) -> Iterator[Stretch]:
    """Yield stretches of as many atoms as fit, in order."""
    first = 0
    while first < len(atoms):
        last = _last(atoms, first, fits)
        yield atoms[first][0], atoms[last][1]
        first = last + 1


def _last(atoms: Sequence[Stretch], first: int, fits: Callable[[int, int], bool]) -> int:
    """Return the last atom that fits in one piece with the first."""
    start, others = atoms[first][0], len(atoms) - first - 1
    return first + _most(others, lambda count: fits(start, atoms[first + count][1]))


def _most(count: int, holds: Callable[[int], bool]) -> int:
    """Return the most, up to ``count``, for which it holds, looking at few and small ones first."""
    low, step = 0, 1
    while low + step <= count and holds(low + step):
        low, step = low + step, step * 2
    high = min(low + step, count + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _shortened(text: str, fits: Callable[[str], bool]) -> str:
    """Return the beginning of a text that fits, with ``…`` behind it."""
    ends = [stop for _, stop in words(text, 0, len(text))]
    count = _most(len(ends), lambda n: fits(_marked(text, ends[n - 1])))
    if count == 0:
        return _cut_word(text, ends[0] if ends else 0, fits)
    end = ends[count - 1]
    sentence = _last_sentence(text, end)
    if sentence * 2 >= end:
        whole = f"{text[:sentence]}{_blank_after(text[sentence - 1])}{MORE}"
        if fits(whole):
            return whole
    return _marked(text, end)


def _marked(text: str, end: int) -> str:
    """Return the text up to a word's end with ``…``, apart from a link that it would join."""
    kept = text[:end].rstrip(LOOSE)
    start = max(map(kept.rfind, " \n\t")) + 1
    is_link = any(stop == len(kept) for _, stop in links(kept, start, len(kept)))
    return f"{kept} {MORE}" if is_link else kept + MORE


def _cut_word(text: str, end: int, fits: Callable[[str], bool]) -> str:
    """Return as many signs of the first word as fit, with ``…``."""
    ends = [stop for _, stop in signs(text, 0, end)]
    count = _most(len(ends), lambda n: fits(_marked(text, ends[n - 1])))
    return _marked(text, ends[count - 1]) if count else MORE


def _last_sentence(text: str, end: int) -> int:
    """Return where the last sentence ends that ends at ``end`` or before, or 0."""
    last = 0
    for _, stop in sentences(text, 0, len(text)):
        if stop > end:
            break
        last = stop
    return last


def _blank_after(mark: str) -> str:
    return "" if mark in FULL_STOPS else " "
