"""Where X sees hashtags and cashtags, by the rules of twitter-text 3.1.0."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

JOINING = frozenset(
    "_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\xb7"
)
"""What a hashtag may hold beside letters, marks and digits."""
STYLES = "\ufe0e\ufe0f"  # how the character before is shown; marks, and yet they end a word
NOT_FIRST = {"\ufe0f", "\u20e3"}  # these make a keycap of the sign
SIGNS = "#\uff03"
HASH = re.compile(f"[{SIGNS}]")
SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
CASHTAG = re.compile(
    rf"(?<![^{SPACES}])\$([A-Za-z]{{1,6}}(?:[._][A-Za-z]{{1,2}})?)"
    rf"(?=\Z|[{SPACES}\ufeff!'#%&()*+,\\\-./:;<=>?@\[\]^_{{|}}~$])"
)


def hashtag_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each hashtag starts, its sign included, and where it ends.

    A hashtag holds at least one letter. It follows nothing that it could be part of, and neither
    another sign nor ``://`` follows it.
    """
    used = 0
    for sign in HASH.finditer(text):
        start, end = sign.start(), _word_end(text, sign.end())
        is_apart = start == 0 or (start > used and _may_precede(text[start - 1]))
        if not is_apart or not _is_tag(text[start + 1 : end]):
            continue
        used = end
        if not text.startswith((*SIGNS, "://"), end):
            yield start, end


def cashtags(text: str) -> Iterator[str]:
    """Yield each cashtag without its sign."""
    return (found[1] for found in CASHTAG.finditer(text))


def _word_end(text: str, start: int) -> int:
    return next((at for at in range(start, len(text)) if not _is_in_tags(text[at])), len(text))


def _is_tag(word: str) -> bool:
    return word[:1] not in NOT_FIRST and any(_is_letter(character) for character in word)


def _may_precede(character: str) -> bool:
    return character in STYLES or not (character == "&" or _is_in_tags(character))


def _is_in_tags(character: str) -> bool:
    return _is_letter(character) or character in JOINING or unicodedata.category(character) == "Nd"


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM"
