"""Where several characters show one picture: flags, keycaps, skin tones, joined signs.

X counts such a sequence as one picture if it knows it (twitter-text 3.1.0 with twemoji-parser 11,
measured 2026-11), and sign by sign otherwise; so are they found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from microcom.core.text_emoji import FLAGS, JOINED, NATIONS, NEEDS_PICTURE, TAKES_PICTURE, TONED

PICTURE = "\ufe0f"  # asks for the character before it to be shown as a picture
KEY = "\u20e3"
JOINER = "\u200d"
TONES = "\U0001f3fb-\U0001f3ff"
REGIONS = "\U0001f1e6-\U0001f1ff"  # A to Z; two of them are a flag
FIRST_REGION = 0x1F1E6
BLACK_FLAG = "\U0001f3f4"
LETTER_TAG = "[\U000e0061-\U000e007a]"  # invisible twins of a to z, which spell a region
END_TAG = "\U000e007f"
LONGEST_JOINED = 4

NATION_TAGS = {"".join(chr(0xE0000 + ord(letter)) for letter in name) for name in NATIONS}
TONE_RULES = {key: rule for rule, keys in JOINED.items() for key in keys.split()}
SIGNS = "".join(sorted({*NEEDS_PICTURE, *TAKES_PICTURE, *TONED, *chain(*TONE_RULES)} - {"+"}))
SIGN = rf"[{SIGNS}](?:{PICTURE}[{TONES}]?|[{TONES}])?"
ONE_SIGN = re.compile(SIGN)
CLUSTER = re.compile(
    rf"(?P<keycap>[#*0-9]{PICTURE}?{KEY})"
    rf"|(?P<regions>[{REGIONS}]+)"
    rf"|{BLACK_FLAG}(?P<nation>{LETTER_TAG}+){END_TAG}"
    rf"|(?P<signs>{SIGN}(?:{JOINER}(?!{BLACK_FLAG}{LETTER_TAG}){SIGN})*)"
)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each picture made of several characters starts and ends, in order."""
    for found in CLUSTER.finditer(text):
        if found["keycap"]:
            yield found.span()
        elif found["regions"]:
            yield from _flags(text, *found.span())
        elif found["signs"]:
            yield from _signs(list(ONE_SIGN.finditer(text, *found.span())))
        elif found["nation"] in NATION_TAGS:
            yield found.span()


def _flags(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    while start < stop:
        letters = (
            chr(ord("A") + ord(sign) - FIRST_REGION) for sign in text[start : min(start + 2, stop)]
        )
        is_flag = "".join(letters) in FLAGS
        if is_flag:
            yield start, start + 2
        start += 2 if is_flag else 1


def _signs(signs: Sequence[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """Yield the pictures in a row of joined signs, each as long as can be."""
    first = 0
    while first < len(signs):
        count, last = _picture([sign[0] for sign in signs[first : first + LONGEST_JOINED]])
        start, end = signs[first].start(), signs[first + count - 1].start() + last
        if end > start + 1:
            yield start, end
        first += count


def _picture(signs: Sequence[str]) -> tuple[int, int]:
    """Return how many of the signs make one picture, and how much of the last one is in it."""
    for count in range(len(signs), 1, -1):
        *others, last = signs[:count]
        for size in range(len(last), 0, -1):  # a mark that does not belong stands for itself
            if _is_picture([*others, last[:size]]):
                return count, size
    return 1, _known(signs[0])


def _is_picture(signs: Sequence[str]) -> bool:
    rule = TONE_RULES.get("+".join(sign[0] for sign in signs))
    if rule is None or not all(_is_in_full(sign) for sign in signs):
        return False
    first, *inner, last = (sign[1:].replace(PICTURE, "") for sign in signs)
    return not any(inner) and _may_have(rule, first, last)


def _is_in_full(sign: str) -> bool:
    """Say whether a sign has the mark that its picture needs, or a skin tone for it."""
    if len(sign) == 1:
        return sign not in NEEDS_PICTURE
    return sign[1:] != PICTURE or sign[0] in NEEDS_PICTURE


def _may_have(rule: str, first: str, last: str) -> bool:
    """Say whether a rule of JOINED lets the first and the last sign have these skin tones."""
    if rule == "different":
        return bool(first) and bool(last) and first != last
    if rule == "both":
        return bool(first) == bool(last)
    return not last and (rule == "first" or not first)


def _known(sign: str) -> int:
    """Return how many characters of a sign with its marks are one picture."""
    is_toned, marks = sign[0] in TONED, len(sign) - 1
    if not sign.startswith(PICTURE, 1):
        return 2 if marks and is_toned else 1
    if sign[0] not in NEEDS_PICTURE and sign[0] not in TAKES_PICTURE:
        return 1
    return 1 + marks if is_toned else 2
