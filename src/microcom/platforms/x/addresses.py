"""Where X lives: its API, and the pages people open."""

from __future__ import annotations

import re
from base64 import b64decode

API = "https://api.x.com"
WEB = "https://x.com"

_OF_SANDBOX = r"(?:(?:127\.0\.0\.1|localhost|\[::1\]):\d+/)?"
_POST = re.compile(
    rf"(?:https?://)?{_OF_SANDBOX}(?:www\.|mobile\.)?(?:x|twitter)\.com"
    r"/(?:i/)?\w+/status(?:es)?/(?P<id>[0-9]{1,19})(?:[/?#].*)?"
)

_COMMUNITY = re.compile(
    r"(?:(?:https?://)?(?:www\.|mobile\.)?(?:x|twitter)\.com/i/communities/)?(?P<id>[0-9]{1,19})/?"
)


def person(handle: str) -> str:
    """Return the address of an account's page."""
    return f"{WEB}/{handle.removeprefix('@')}"


def post(handle: str, remote_id: str) -> str:
    """Return the address of a post."""
    return f"{person(handle)}/status/{remote_id}"


def room(written: object) -> str:
    """Return the address of a community's page."""
    return f"{WEB}/i/communities/{community(written)}"


def community(written: object) -> str | None:
    """Return the number of a community: digits, an address, or base64 of ``Community:digits``."""
    word = written.strip() if isinstance(written, str) else ""
    found = _COMMUNITY.fullmatch(word)
    if found is not None:
        return found["id"]
    try:
        named = b64decode(word, validate=True).decode("ascii")
    except ValueError:
        return None
    kind, _, number = named.partition(":")
    return number if kind == "Community" and re.fullmatch(r"[0-9]{1,19}", number) else None


def recognised(address: str) -> str | None:
    """Return the id that a post's address, real or in a sandbox, or a bare id names."""
    word = address.strip()
    if re.fullmatch(r"[0-9]{1,19}", word):
        return word
    found = _POST.fullmatch(word)
    return None if found is None else found["id"]
