"""Links: the parameters that tell where a visit came from, and the hosts that links may go to.

A host in a list is that host alone; ``*.acme.example`` is every host below acme.example, and not
acme.example. Capitals, a full stop behind it and the two spellings of an international name make
no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, unquote, unquote_plus

from microcom.core.config import Links
from microcom.core.link_hosts import SHORTENERS, SIGNING, SIGNING_VALUE
from microcom.core.problem import Problem, Severity
from microcom.core.text_links import (
    IN_PATH,
    NOT_LAST_IN_PATH,
    NOT_LAST_IN_QUERY,
    PATH,
    QUERY,
    spans,
)

WEB = re.compile(r"https?://(?![/\\])", re.IGNORECASE)
AUTHORITY = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?[/\\]*([^/\\?#]*)", re.IGNORECASE)
ADDRESS = re.compile(
    r"(?<![A-Za-z0-9@\uff20$#\uff03])https?://"
    r"(?:[\w.%~+-]+(?::[\w.%~+-]*)?@)?(?:[\w.-]*\w|\[[0-9a-f:.]+\])(?::[0-9]+)?"
    rf"(?P<path>{PATH.pattern})?(?:{QUERY.pattern})?(?P<fragment>#{IN_PATH}*)?",
    re.IGNORECASE,
)
"""An http(s) address in a text; the host may be one that the DNS does not know."""
IGNORED = str.maketrans("", "", "\t\n\r")
"""What browsers leave out of an address, wherever it stands."""
LOOK_AHEAD = 200


def tagged(url: str, links: Links) -> str:
    """Return an address with its ``utm_`` parameters, behind those that it has.

    All else stays byte for byte. What the address has already is kept, and empty values are left
    out. No http(s) address, one with blanks in it, one that is signed (``link_hosts.SIGNING``) or
    short (``link_hosts.SHORTENERS``), one with a password, and a host in ``untouched`` stay as
    they are.
    """
    if not links.utm or not _may_change(url, links.untouched):
        return url
    address, hash_, fragment = url.partition("#")
    before, mark, query = address.partition("?")
    if _is_signed(query) or _is_signed(fragment):
        return url
    known = _names(query)
    added = [
        f"utm_{quote(name, safe='')}={_quoted(value)}"
        for name, value in links.utm.items()
        if value and f"utm_{name}".casefold() not in known
    ]
    if not added:
        return url
    joint = "" if query.endswith("&") or not query else "&"
    return f"{before}?{query if mark else ''}{joint}{'&'.join(added)}{hash_}{fragment}"


def refused(url: str, links: Links) -> Problem | None:
    """Return what the lists have against where an address leads, or None: ``link.host``.

    With ``only``, what is in it alone may be linked; ``deny`` has the last word. An address whose
    host cannot be read is refused where there is a list ``only``.
    """
    host = host_of(url)
    if links.only and not _is_in(host, links.only):
        message = f"{host or url} is not among the hosts that links may go to."
        return _refusal(message, f"Links may go to {', '.join(links.only)}.")
    if _is_in(host, links.deny):
        allowed = f"Links may go to {', '.join(links.only)}." if links.only else ""
        return _refusal(f"Links may not go to {host}.", allowed or "Take the link out.")
    return None


def in_text(text: str, links: Links) -> str:
    """Return a text whose http(s) addresses are tagged in place.

    An address stays as it is where its new end would run into the words behind it.
    """
    if not links.utm:
        return text
    pieces: list[str] = []
    place = 0
    for start, end in _found(text):
        address = tagged(text[start:end], links)
        if _stands_alone(address, text[end : end + LOOK_AHEAD]):
            pieces.extend((text[place:start], address))
            place = end
    return "".join((*pieces, text[place:]))


def addresses(text: str) -> tuple[str, ...]:
    """Return the http(s) addresses of a text, in order, without the punctuation around them."""
    return tuple(text[start:end] for start, end in _found(text))


def host_of(url: str) -> str:
    """Return the host of an address as the DNS spells it, the way a browser reads it, or ""."""
    found = AUTHORITY.match(url.translate(IGNORED).strip())
    authority = found[1] if found is not None else ""
    host = authority.rpartition("@")[2]
    if not host.startswith("["):
        host = host.partition(":")[0]
    return _spelt(unquote(host))


def _found(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each http(s) address starts and ends.

    Where X sees a link too, it ends where X's does: before words that follow without a blank.
    """
    if "://" not in text:
        return
    counted = dict(spans(text))
    place = 0
    while (found := ADDRESS.search(text, place)) is not None:
        place = counted.get(found.start()) or _end(found)
        if found["fragment"] and place == found.start("fragment"):
            place = _end(found)
        yield found.start(), place


def _end(found: re.Match[str]) -> int:
    """Return where an address ends without the punctuation behind it."""
    address = found[0]
    if "?" in address or found["fragment"]:
        kept = address.rstrip(NOT_LAST_IN_QUERY)
    else:
        kept = address.rstrip(NOT_LAST_IN_PATH) if found["path"] else address
    return found.start() + len(kept)


def _stands_alone(address: str, behind: str) -> bool:
    return next(_found(address + behind), (0, 0)) == (0, len(address))


def _may_change(url: str, untouched: Sequence[str]) -> bool:
    if WEB.match(url) is None or any(sign.isspace() or sign in '\\<>"' for sign in url):
        return False
    found = AUTHORITY.match(url)
    host = host_of(url)
    if not host or (found is not None and "@" in found[1]):
        return False
    return host not in SHORTENERS and not _is_in(host, untouched)


def _is_signed(query: str) -> bool:
    if not _names(query).isdisjoint(SIGNING):
        return True
    return any(SIGNING_VALUE.fullmatch(one) for one in query.split("&"))


def _names(query: str) -> set[str]:
    """Return the names of the parameters in a query."""
    return {unquote_plus(one.partition("=")[0]).casefold() for one in re.split("[&;]", query)}


def _quoted(value: str) -> str:
    """Return a value as a query holds it; its end is never taken for the end of a sentence."""
    text = quote(value, safe="", errors="replace")
    ends = {".": "%2E", "~": "%7E"}
    kept = text.rstrip(".~")
    return kept + "".join(ends[sign] for sign in text[len(kept) :])


def _is_in(host: str, names: Sequence[str]) -> bool:
    return any(_covers(name.strip(), host) for name in names)


def _covers(name: str, host: str) -> bool:
    if name.startswith("*."):
        return host.endswith(f".{_spelt(name[2:])}")
    return host == _spelt(name)


def _spelt(host: str) -> str:
    """Return a host in small letters, ASCII where that is possible."""
    name = host.strip().casefold()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return name.rstrip(".")
    return name.rstrip(".")


def _refusal(message: str, hint: str) -> Problem:
    return Problem("link.host", message, hint, severity=Severity.WOULD_REFUSE)
