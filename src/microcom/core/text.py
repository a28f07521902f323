"""How platforms count text, and what in it they take for links, hashtags and cashtags.

The weighted rule is X's: configuration 3 of twitter-text (github.com/twitter/twitter-text,
config/v3.json; the JavaScript release 3.1.0, measured 2026-11). Most scripts weigh 1 a character
and everything else 2, a picture 2 however many characters it is made of, a link 23 whatever its
length; all after the text was composed (NFC).
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from microcom.values import dataclass

LINK_WEIGHT = 23
PICTURE_WEIGHT = 2
HEAVY = "[^\x00-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]+"
"""What weighs 2 a character."""
SEVERAL = "[\u200d\u20e3\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e007f]"
"""What only matters where several characters show one picture."""


class Counting(StrEnum):
    """How a platform counts the length of a text."""

    WEIGHTED = "weighted"
    CODEPOINTS = "codepoints"
    UTF16 = "utf16"


@dataclass(frozen=True, slots=True)
class Link:
    """What counts as a link: where it stands in the text, and its words."""

    start: int
    end: int
    url: str


def length(text: str, counting: Counting) -> int:
    """Return the length of a text in the platform's own units."""
    if counting is Counting.CODEPOINTS:
        return len(text)
    if counting is Counting.UTF16:
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    weight, position = 0, 0
    for link in links(composed):
        weight += _plain(composed[position : link.start]) + LINK_WEIGHT
        position = link.end
    return weight + _plain(composed[position:])


def links(text: str) -> tuple[Link, ...]:
    """Return what the weighted rule takes for links, in order.

    Bare addresses (``example.com``) count as those with a protocol do.
    """
    if not _may_hold_links(text):
        return ()
    from microcom.core.text_links import spans

    return tuple(Link(start, end, text[start:end]) for start, end in spans(text))


def has_link(text: str) -> bool:
    """Say whether the text holds anything that counts as a link."""
    return bool(links(text))


def hashtags(text: str) -> tuple[str, ...]:
    """Return the hashtags of a text without their sign; what stands inside a link is none."""
    if "#" not in text and "\uff03" not in text:  # the full-width sign counts too
        return ()
    from microcom.core.text_tags import hashtag_spans

    tags = {span: text[span[0] + 1 : span[1]] for span in hashtag_spans(text)}
    others = [(link.start, link.end) for link in links(text)]
    return tuple(tags[span] for span in _apart([*tags, *others]) if span in tags)


def cashtags(text: str) -> tuple[str, ...]:
    """Return the cashtags of a text (``$ACME``) without their sign."""
    if "$" not in text:
        return ()
    from microcom.core.text_tags import cashtags as found

    return tuple(found(text))


def _plain(text: str) -> int:
    """Return the weight of a text without links."""
    if text.isascii() or re.search(SEVERAL, text) is None:
        return _weight(text)
    from microcom.core.text_pictures import spans

    pictures = [text[start:end] for start, end in spans(text)]
    return _weight(text) - sum(_weight(picture) - PICTURE_WEIGHT for picture in pictures)


def _weight(text: str) -> int:
    """Return the weight of a text's characters, one by one."""
    if text.isascii():
        return len(text)
    return len(text) + sum(map(len, re.findall(HEAVY, text)))


def _may_hold_links(text: str) -> bool:
    """Say whether a full stop has something behind it, as in every address."""
    return any(not piece[:1].isspace() for piece in text.split(".")[1:] if piece)


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans in order without those that begin inside the one before."""
    kept: list[tuple[int, int]] = []
    for span in sorted(spans):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept
