# ruff: noqa: RUF001 - the signs themselves
"""Where a text may be cut: between paragraphs, sentences, words, and what shows as one sign.

Each kind is a function from a stretch of the text to the stretches in it, in order and without
the white space around them; all else is in exactly one of them. They are found by simple rules:

- a paragraph ends with an empty line;
- a sentence ends with its line, or with one of ``. ! ? …`` and their like in other scripts, marks
  that close it, and white space (East Asian ones need none). What goes on with a small letter is
  the same sentence, and so is a full stop behind a known abbreviation, a single letter, a number
  of one or two digits (``3. Dezember``) or a word with full stops in it (``e.g.``);
- a word ends with white space that may break, a zero-width space or an East Asian comma. What a
  lone ``!`` or ``»`` follows goes on (``Salut !``), and so does what ``«`` stands before;
- a sign is a letter with its marks, a picture of several characters (``text_pictures``), a link.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from microcom.core import text as counted

Stretch: TypeAlias = tuple[int, int]

STOPS = ".!?…‼⁇⁈⁉؟۔।॥።។"
FULL_STOPS = "。！？｡"
CLOSING = ")\\]\"'”’»›」』）】"
PARAGRAPH = re.compile(r"\n(?=[^\S\n]*\n)")
SENTENCE = re.compile(
    rf"(?<![{STOPS}])[{STOPS}]++[{CLOSING}]*+(?=\s)|[{FULL_STOPS}]++[{STOPS}{CLOSING}]*+|\n"
)
WORD = re.compile(
    r"(?<![\s«])(?:(?![\xa0\u2007\u202f])\s)++(?![!?:;»]{1,3}(?:\s|\Z))|[，、；：\u200b]++"
)
UNSPACED = re.compile(f"[{FULL_STOPS}，、；：\u200b]")
BEFORE_STOP = re.compile(r"(?:^|[\s(\[{«“\"'])([^\W_]+(?:\.[^\W_]+)*)\Z")
FURTHEST_BACK = 40
ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof jr sr vs etc cf fig vol pp approx inc ltd corp dept jan feb aug sept oct "  # noqa: SIM905
    "nov dec mme mlle env bzw usw ca ggf inkl evtl nr tel str sra dra pág dott ecc bijv enz ул гг "
    "руб тыс млн т.е".split()
)
"""What a full stop follows without ending a sentence, in the languages that were asked for."""
ADDRESS = re.compile("https?://[!-~]+", re.IGNORECASE)
JOINER = "\u200d"
KEEPS_ON = re.compile(
    "[\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
    "\u0e33\u0eb3\uff9e\uff9f\u1160-\u11ff\ud7b0-\ud7fb]"
)
"""What belongs to the sign before it, beside marks: joiners, tones, tags, vowels of Hangul."""
VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0c4d\u0ccd\u0d4d"


def paragraphs(text: str, start: int, stop: int) -> Iterator[Stretch]:
    """Yield the paragraphs of a stretch."""
    return _between(text, start, stop, (one.end() for one in PARAGRAPH.finditer(text, start, stop)))


def sentences(text: str, start: int, stop: int) -> Iterator[Stretch]:
    """Yield the sentences of a stretch."""
    closed = _closed(text, start, stop)
    found = (one for one in SENTENCE.finditer(text, start, stop) if one.end() not in closed)
    return _between(text, start, stop, (one.end() for one in found if _ends(text, one)))


def words(text: str, start: int, stop: int) -> Iterator[Stretch]:
    """Yield the words of a stretch; a link is never in two of them."""
    closed = _closed(text, start, stop)
    found = (one.end() for one in WORD.finditer(text, start, stop))
    return _between(text, start, stop, (end for end in found if end not in closed))


def signs(text: str, start: int, stop: int) -> Iterator[Stretch]:
    """Yield what shows as one sign: links, pictures, letters with their marks."""
    closed = _inside([*links(text, start, stop), *_pictures(text, start, stop)])
    ends = (place for place in _sign_ends(text, start, stop) if place not in closed)
    return _between(text, start, stop, ends)


def characters(text: str, start: int, stop: int) -> Iterator[Stretch]:
    """Yield the characters of a stretch, the last that can be cut."""
    return _between(text, start, stop, range(start + 1, stop))


def links(text: str, start: int, stop: int) -> list[Stretch]:
    """Return where the links of a stretch are: what counts as one, and every http(s) address."""
    piece = text[start:stop]
    found = [(start + link.start, start + link.end) for link in counted.links(piece)]
    if "://" in piece:
        found.extend(one.span() for one in ADDRESS.finditer(text, start, stop))
    return found


def _between(text: str, start: int, stop: int, cuts: Iterable[int]) -> Iterator[Stretch]:
    """Yield what lies between cuts, without the white space around it, if anything is left."""
    for cut in (*cuts, stop):
        first, last = start, cut
        while first < last and text[first].isspace():
            first += 1
        while last > first and text[last - 1].isspace():
            last -= 1
        if first < last:
            yield first, last
        start = cut


def _ends(text: str, found: re.Match[str]) -> bool:
    """Say whether a sentence ends where a stop was found."""
    mark = found[0][0]
    if mark == "\n" or mark in FULL_STOPS:
        return True
    place = found.end()
    while place < len(text) and text[place].isspace():
        if text[place] == "\n":
            return True
        place += 1
    if text[place : place + 1].islower():
        return False
    return found[0] != "." or not _is_abbreviated(text, found.start())


def _is_abbreviated(text: str, stop: int) -> bool:
    """Say whether the full stop at ``stop`` belongs to the word before it."""
    before = BEFORE_STOP.search(text[max(0, stop - FURTHEST_BACK) : stop])
    if before is None:
        return False
    word = before[1].lower()
    if word.isdecimal():
        return len(word) <= 2  # noqa: PLR2004 - an ordinal; a year ends a sentence
    if "." in word:
        return not word.replace(".", "").isdecimal()
    return len(word) == 1 or word in ABBREVIATIONS


def _closed(text: str, start: int, stop: int) -> set[int]:
    """Return the places inside links, if a border that needs no white space may be among them."""
    return _inside(links(text, start, stop)) if UNSPACED.search(text, start, stop) else set()


def _pictures(text: str, start: int, stop: int) -> list[Stretch]:
    piece = text[start:stop]
    if piece.isascii() or re.search(counted.SEVERAL, piece) is None:
        return []
    from microcom.core.text_pictures import spans

    return [(start + first, start + last) for first, last in spans(piece)]


def _inside(closed: Iterable[Stretch]) -> set[int]:
    """Return the places that are strictly inside one of the stretches."""
    return {place for first, last in closed for place in range(first + 1, last)}


def _sign_ends(text: str, start: int, stop: int) -> Iterator[int]:
    """Yield where one sign ends and another begins; two regional letters are one flag."""
    regions = 0
    for place in range(start + 1, stop):
        regions = regions + 1 if _is_region(text[place - 1]) else 0
        is_flag = regions % 2 == 1 and _is_region(text[place])
        if not is_flag and not _goes_on(text[place - 1], text[place]):
            yield place


def _goes_on(before: str, sign: str) -> bool:
    """Say whether a character belongs to the sign of the one before it."""
    if sign.isascii():
        return False
    category = unicodedata.category(sign)
    if before == JOINER or category.startswith("M") or KEEPS_ON.match(sign):
        return True
    return before in VIRAMAS and category == "Lo"


def _is_region(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"
