"""How platforms count text, and what in it they take for links, hashtags and cashtags.

The weighted rule is twitter-text's configuration version 3 (github.com/twitter/twitter-text,
config/v3.json): most Latin text weighs 1 a character and everything else 2, an emoji sequence 2,
a link 23 whatever its length.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regex import Match, Pattern

LINK_WEIGHT = 23
EMOJI_WEIGHT = 2
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Code points that weigh 1."""
LONGEST_URL = 4096
LONGEST_LABEL = 63


class Counting(StrEnum):
    """How a platform counts the length of a text."""

    WEIGHTED = "weighted"
    CODEPOINTS = "codepoints"


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
    if text.isascii() and "." not in text:
        return len(text)
    return _weighted(unicodedata.normalize("NFC", text))


def links(text: str) -> tuple[Link, ...]:
    """Return what the weighted rule takes for links, in order."""
    if "." not in text:
        return ()
    found = (_link(match) for match in _candidates().finditer(text))
    return tuple(link for link in found if link is not None)


def has_link(text: str) -> bool:
    """Say whether the text holds anything that counts as a link."""
    return bool(links(text))


def hashtags(text: str) -> tuple[str, ...]:
    """Return the hashtags of a text, without the sign."""
    if "#" not in text and "\uff03" not in text:  # the full-width sign counts too
        return ()
    return tuple(match["tag"] for match in _hashtag().finditer(text))


def cashtags(text: str) -> tuple[str, ...]:
    """Return the cashtags of a text (``$AAPL``), without the sign."""
    if "$" not in text:
        return ()
    return tuple(match["tag"] for match in _cashtag().finditer(text))


def _weighted(text: str) -> int:
    weight, position = 0, 0
    for link in links(text):
        weight += _plain(text[position : link.start]) + LINK_WEIGHT
        position = link.end
    return weight + _plain(text[position:])


def _plain(text: str) -> int:
    if text.isascii():
        return len(text)
    rest, emoji = _emoji().subn("", text)
    return emoji * EMOJI_WEIGHT + sum(_weight(ord(character)) for character in rest)


def _weight(code: int) -> int:
    return 1 if any(first <= code <= last for first, last in LIGHT) else 2


def _link(match: Match[str]) -> Link | None:
    """Return the link that a candidate holds: as far as a known top-level domain reaches."""
    protocol, host = match["protocol"] or "", match["host"]
    start = match.start("protocol") if protocol else match.start("host")
    reach = _domain_end(host)
    if reach is None:
        return None
    domain = host[:reach]
    if not protocol:
        skipped = _foreign_start(domain)
        domain, start = domain[skipped:], start + skipped
        if "." not in domain or _is_embedded(match.string, start):
            return None
    if any(not label or len(_punycode(label)) > LONGEST_LABEL for label in domain.split(".")):
        return None
    tail = match["tail"] if reach == len(host) else ""
    end = match.start("host") + reach + len(tail)
    url = match.string[start:end]
    return Link(start, end, url) if len(url) <= LONGEST_URL else None


def _domain_end(host: str) -> int | None:
    """Return where the longest domain with a known ending stops, or None."""
    from microcom.core.text_tlds import TLDS

    best = None
    position = host.find(".")
    while position != -1:
        after = host[position + 1 :]
        ascii_part = _ascii_head(after)
        whole = after.split(".", 1)[0]
        if whole.lower() in TLDS or whole.lower().startswith("xn--"):
            best = position + 1 + len(whole)
        elif ascii_part.lower() in TLDS and len(ascii_part) < len(whole):
            best = position + 1 + len(ascii_part)
        position = host.find(".", position + 1)
    return best


def _ascii_head(text: str) -> str:
    for index, character in enumerate(text):
        if not (character.isascii() and (character.isalnum() or character in "-_")):
            return text[:index]
    return text


def _foreign_start(domain: str) -> int:
    """Return how many characters to skip: without a protocol a link begins with ASCII letters."""
    labels = domain.split(".")
    head = labels[0]
    latin = len(head)
    while latin and (ord(head[latin - 1]) < 0x250 and head[latin - 1] != "_"):  # noqa: PLR2004
        latin -= 1
    return latin


def _is_embedded(text: str, start: int) -> bool:
    return start > 0 and text[start - 1] in "-_./@"


def _punycode(label: str) -> str:
    if label.isascii():
        return label
    return "xn--" + label.encode("punycode").decode()


@lru_cache(maxsize=1)
def _candidates() -> Pattern[str]:
    import regex

    return regex.compile(
        r"""(?<![A-Za-z0-9@\uFF20$\#\uFF03\u202A-\u202E])
        (?P<protocol>https?://)?
        (?P<host>[\p{L}\p{N}\p{M}_](?:[\p{L}\p{N}\p{M}_-]|\.(?=[\p{L}\p{N}]))*)
        (?![@])
        (?P<tail>(?::\d+)?
            (?:/(?:\([\w\p{L}\p{M}!*';:=+,.$%\#\[\]/~|&@-]*\)|[\w\p{L}\p{M}!*';:=+,.$%\[\]/~|&@-])*
               (?<=[\w\p{L}\p{M}=\#/+)-]))?
            (?:\?[\w!?*'();:&=+$/%\#\[\].,~|@-]*[\w&=\#/-])?)""",
        regex.VERBOSE | regex.IGNORECASE,
    )


@lru_cache(maxsize=1)
def _emoji() -> Pattern[str]:
    import regex

    one = r"(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{Extended_Pictographic}\uFE0F?)"
    return regex.compile(
        r"\p{RI}\p{RI}"
        r"|[0-9\#*]\uFE0F?\u20E3"
        r"|\U0001F3F4[\U000E0020-\U000E007E]+\U000E007F"
        rf"|{one}(?:\u200D{one})*(?<![\u00A9\u00AE\u203C\u2049\u2122\u2139])"
    )


@lru_cache(maxsize=1)
def _hashtag() -> Pattern[str]:
    import regex

    return regex.compile(
        r"(?<![\p{L}\p{N}_&/])[\#\uFF03](?P<tag>[\p{L}\p{M}\p{N}_]*[\p{L}\p{M}][\p{L}\p{M}\p{N}_]*)"
    )


@lru_cache(maxsize=1)
def _cashtag() -> Pattern[str]:
    import regex

    return regex.compile(
        r"(?<![^\s])\$(?P<tag>[a-z]{1,6}(?:[._][a-z]{1,2})?)(?=$|\s|\p{P})", regex.IGNORECASE
    )
