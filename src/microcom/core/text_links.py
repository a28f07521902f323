"""Where X's counter sees links: ``https://example.com/a``, but a bare ``example.com`` too.

The rules are those of twitter-text 3.1.0 (its JavaScript release, measured 2026-11). A link is an
address with or without http(s), whose host ends in a known top-level domain. Without a protocol
only what is written in ASCII or accented Latin counts, and only its path may follow.

Each character is looked at a bounded number of times, so that no text, however long, is slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from microcom.core.text_tlds import LONGEST, TLDS
from microcom.values import dataclass

LONGEST_URL = 4096
LONGEST_LABEL = 63  # of a domain, as the DNS sees it
LONGEST_SLUG = 40  # of a t.co address
PROTOCOLS = ("https://", "http://")

SIGNS = r"!'#%&()*+,\\/:;<=>?@\[\]^{|}~$"
SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
NO_CHARACTERS = "\ufffe\ufeff\uffff"
LATIN = (
    "\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272"
    "\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
IN_PATH = rf"[A-Za-z0-9\u0400-\u04ff{LATIN}!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
NOT_LAST_IN_PATH = "!*';:,.$%[]\u2013~@|&"
NOT_LAST_IN_QUERY = "!?*'@();:+$%[].,~|"

RUN = re.compile(rf"[^{SIGNS}{SPACES}{DIRECTIONS}{NO_CHARACTERS}]+")
"""What a domain is made of, with the full stops, hyphens and underscores in it."""
START = re.compile(rf"(?<![A-Za-z0-9@\uff20$#\uff03{NO_CHARACTERS}])[^._-]")
AFTER_ENDING = re.compile("[0-9A-Za-z@+-]")
ENCODED_ENDING = re.compile("xn--[-0-9a-z]+", re.IGNORECASE | re.ASCII)
LATIN_LABEL = re.compile(f"[-A-Za-z0-9{LATIN}]+")
PORT = re.compile(":[0-9]+")
PATH = re.compile(rf"/(?:{IN_PATH}++|\((?:{IN_PATH}++\)|{IN_PATH}*+\({IN_PATH}++\){IN_PATH}*+\)))*")
QUERY = re.compile(r"\?([A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*)")
SHORTENED = re.compile(r"https?://t\.co/([a-z0-9]+)", re.IGNORECASE | re.ASCII)
OTHER_STOPS = re.compile("[\u3002\uff0e\uff61]")  # full stops of East Asian scripts


@dataclass(frozen=True, slots=True)
class _Host:
    """A domain in the text from ``domain`` to ``end``; its link begins at ``start``."""

    start: int
    domain: int
    end: int

    @property
    def has_protocol(self) -> bool:
        return self.start < self.domain


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each link starts and ends, in order."""
    position = 0
    while (host := _next_host(text, position)) is not None:
        path = _path_end(text, host.end)
        position = _query_end(text, path or _port_end(text, host.end))
        if not _is_sound(text, host, position):
            continue
        if host.has_protocol:
            yield from _full(text, host, position)
        elif host.start == 0 or text[host.start - 1] not in "-_./":
            yield from _bare(text, host, position if path else None)


def _full(text: str, host: _Host, end: int) -> Iterator[tuple[int, int]]:
    """Yield a link with a protocol; t.co's own are cut after their slug and query."""
    short = SHORTENED.match(text, host.start, end)
    if short is None:
        yield host.start, end
    elif len(short[1]) <= LONGEST_SLUG:
        yield host.start, min(end, _query_end(text, short.end()))


def _bare(text: str, host: _Host, end: int | None) -> Iterator[tuple[int, int]]:
    """Yield the Latin domains of a host without protocol; a path goes with the last of them."""
    found = list(_latin_domains(text, host.domain, host.end))
    if found and end is not None:
        found[-1] = (found[-1][0], end)
    yield from found


def _latin_domains(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    while (label := LATIN_LABEL.search(text, start, stop)) is not None:
        dots, end = [], label.end()
        while text.startswith(".", end, stop):
            dots.append(end)
            following = LATIN_LABEL.match(text, end + 1, stop)
            if following is None:
                break
            end = following.end()
        endings = (_ending(text, dot + 1, stop) for dot in reversed(dots))
        reach = next((ending for ending in endings if ending is not None), None)
        if reach is not None:
            yield label.start(), reach
        start = reach or end


def _next_host(text: str, position: int) -> _Host | None:
    """Return the first host that begins after ``position``, or at the very start of the text."""
    for run in RUN.finditer(text, position):
        if "." in run[0]:
            host = _after_protocol(text, *run.span(), position)
            host = host or _in_run(text, *run.span(), position)
            if host is not None:
                return host
    return None


def _after_protocol(text: str, first: int, stop: int, position: int) -> _Host | None:
    """Return the host that begins a run, if a protocol that may begin a link stands before it."""
    before = text[max(0, first - len(PROTOCOLS[0])) : first].lower()
    protocol = next((one for one in PROTOCOLS if before.endswith(one)), None)
    if protocol is None or text[first] in "._-":
        return None
    start = first - len(protocol)
    if start and (start <= position or START.match(text, start) is None):
        return None
    dots = _chain(text, first, stop)
    reach = _reach(text, first, dots)
    return None if reach is None else _Host(start, first, reach[1])


def _in_run(text: str, first: int, stop: int, position: int) -> _Host | None:
    """Return the first host without protocol in a run of domain characters."""
    while True:
        dots = _chain(text, first, stop)
        host = _in_chain(text, first, dots, position)
        if host is not None:
            return host
        last = dots[-1] if dots else text.find(".", first, stop)
        if last == -1:
            return None
        first = last + 1


def _in_chain(text: str, first: int, dots: list[int], position: int) -> _Host | None:
    """Return the host that begins earliest and, from there, reaches furthest."""
    furthest, furthest_end = _reach(text, first, dots) or (first, first)
    for label, dot in zip([first, *(dot + 1 for dot in dots)], dots, strict=False):
        low, end = label, _ending(text, dot + 1, len(text)) if dot >= furthest else furthest_end
        if dot >= furthest:  # the label before the ending holds no underscore
            low = max(label, text.rfind("_", label, dot) + 1)
        start = _start(text, low, dot, position)
        if start is not None and end is not None:
            return _Host(start, start, end)
    return None


def _chain(text: str, first: int, stop: int) -> list[int]:
    """Return the full stops behind the labels from ``first`` on that follow each other soundly.

    A label neither begins nor ends with a hyphen or underscore; the first may begin anyhow.
    """
    dots: list[int] = []
    label = first
    while (dot := text.find(".", label, stop)) != -1:
        if dot == label or text[dot - 1] in "-_" or (dots and text[label] in "-_"):
            break
        dots.append(dot)
        label = dot + 1
    return dots


def _reach(text: str, first: int, dots: list[int]) -> tuple[int, int] | None:
    """Return the last full stop that a known ending follows, and where that ending stops.

    The label before the ending, the registered name, holds no underscore.
    """
    for number in range(len(dots) - 1, -1, -1):
        label = dots[number - 1] + 1 if number else first
        if "_" not in text[label : dots[number]]:
            end = _ending(text, dots[number] + 1, len(text))
            if end is not None:
                return dots[number], end
    return None


def _start(text: str, low: int, high: int, position: int) -> int | None:
    """Return the first place in a label where a link may begin: after a character that allows it.

    At the very start of a text no character is needed, but one that allows it goes first.
    """
    found = START.search(text, max(low, position + 1), high)
    if low == position == 0 and text[0] not in "._-" and (found is None or found.start() > 1):
        return 0
    return None if found is None else found.start()


def _ending(text: str, start: int, stop: int) -> int | None:
    """Return where a top-level domain that begins at ``start`` stops, or None."""
    for end in range(min(stop, start + LONGEST), start + 1, -1):
        if text[start:end].lower() in TLDS and AFTER_ENDING.match(text, end, stop) is None:
            return end
    encoded = ENCODED_ENDING.match(text, start, stop)
    return None if encoded is None else encoded.end()


def _port_end(text: str, end: int) -> int:
    port = PORT.match(text, end)
    return end if port is None else port.end()


def _path_end(text: str, end: int) -> int | None:
    path = PATH.match(text, _port_end(text, end))
    return None if path is None else path.start() + len(path[0].rstrip(NOT_LAST_IN_PATH))


def _query_end(text: str, end: int) -> int:
    query = QUERY.match(text, end)
    kept = "" if query is None else query[1].rstrip(NOT_LAST_IN_QUERY)
    return end + 1 + len(kept) if kept else end


def _is_sound(text: str, host: _Host, end: int) -> bool:
    """Say whether a link is short enough, and its host what the DNS can hold."""
    counted = len(PROTOCOLS[0]) if not host.has_protocol else host.domain - host.start
    domain = text[host.domain : host.end]
    if end - host.start + counted > LONGEST_URL:
        return False
    if (
        domain.startswith("xn--")
        and next(_latin_domains(text, host.domain, host.end), None) is None
    ):
        return False
    return all(_encoded_length(label) <= LONGEST_LABEL for label in domain.split("."))


def _encoded_length(label: str) -> int:
    """Return a label's length in the DNS; what is certainly too long is not encoded."""
    if label.isascii() or len(label) > LONGEST_LABEL:
        return len(label)
    pieces = OTHER_STOPS.split(label)
    return (
        len(pieces)
        - 1
        + sum(
            len(piece) if piece.isascii() else len("xn--") + len(piece.encode("punycode"))
            for piece in pieces
        )
    )
