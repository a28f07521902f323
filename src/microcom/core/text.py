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
    from collections.abc import Iterator

    from regex import Match

    from microcom.core.text_grammar import Grammar

LINK_WEIGHT = 23
EMOJI_WEIGHT = 2
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Code points that weigh 1."""
LONGEST_URL = 4096
LONGEST_LABEL = 63
LONGEST_SLUG = 40


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


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    """Return the compiled patterns; made when a text first needs them."""
    from microcom.core.text_grammar import Grammar

    return Grammar()


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
    return tuple(link for match in grammar().url.finditer(text) for link in _found(match))


def has_link(text: str) -> bool:
    """Say whether the text holds anything that counts as a link."""
    return bool(links(text))


def hashtags(text: str) -> tuple[str, ...]:
    """Return the hashtags of a text, without the sign; what stands inside a link is none."""
    if "#" not in text and "\uff03" not in text:  # the full-width sign counts too
        return ()
    covered = links(text)
    return tuple(
        match["tag"]
        for match in grammar().hashtag.finditer(text)
        if not any(link.start < match.start("tag") < link.end for link in covered)
    )


def cashtags(text: str) -> tuple[str, ...]:
    """Return the cashtags of a text (``$AAPL``), without the sign."""
    if "$" not in text:
        return ()
    return tuple(match["tag"] for match in grammar().cashtag.finditer(text))


def _weighted(text: str) -> int:
    weight, position = 0, 0
    for link in links(text):
        weight += _plain(text[position : link.start]) + LINK_WEIGHT
        position = link.end
    return weight + _plain(text[position:])


def _plain(text: str) -> int:
    if text.isascii():
        return len(text)
    rest, emoji = grammar().emoji.subn("", text)
    return int(emoji) * EMOJI_WEIGHT + sum(_weight(ord(character)) for character in rest)


def _weight(code: int) -> int:
    return 1 if any(first <= code <= last for first, last in LIGHT) else 2


def _found(match: Match[str]) -> Iterator[Link]:
    """Yield the links in one candidate: all of it after a protocol, else its ASCII domains."""
    if match["protocol"]:
        yield from _with_protocol(match)
    elif match["before"] not in {*"-_./"}:
        yield from _without_protocol(match)


def _with_protocol(match: Match[str]) -> Iterator[Link]:
    url, start = match["url"], match.start("url")
    short = grammar().short.match(url)
    if short is not None:
        if len(short["slug"]) > LONGEST_SLUG:
            return
        url = short[0]
    if len(url) <= LONGEST_URL and _is_host(match["domain"]):
        yield Link(start, start + len(url), url)


def _without_protocol(match: Match[str]) -> Iterator[Link]:
    domain, start = match["domain"], match.start("domain")
    found = [part for part in grammar().ascii_domain.finditer(domain) if _is_host(part[0])]
    for part in found[:-1]:
        yield Link(start + part.start(), start + part.end(), part[0])
    for part in found[-1:]:
        end = match.end("url") if match["path"] else start + part.end()
        begin = start + part.start()
        yield Link(begin, end, match.string[begin:end])


def _is_host(domain: str) -> bool:
    labels = [label if label.isascii() else _punycode(label) for label in domain.split(".")]
    return all(0 < len(label) <= LONGEST_LABEL for label in labels)


def _punycode(label: str) -> str:
    return "xn--" + label.encode("punycode").decode()
