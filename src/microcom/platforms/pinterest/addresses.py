"""Where Pinterest lives: its API, the bucket for videos, and the pages people open."""

from __future__ import annotations

import re

from microcom.core.signed import signed

API = "https://api.pinterest.com/v5"
WEB = "https://www.pinterest.com"
BUCKETS = ".amazonaws.com"

_OF_SANDBOX = r"(?:(?:127\.0\.0\.1|localhost|\[::1\]):\d+/)?"
_PIN = re.compile(
    rf"(?:https?://)?{_OF_SANDBOX}(?:[a-z]{{2,3}}\.)?pinterest\.[a-z.]{{2,6}}"
    r"/pin/(?:[\w-]*--)?(?P<id>[0-9]{1,20})(?:[/?#].*)?"
)


def person(handle: str) -> str:
    """Return the address of an account's page."""
    return f"{WEB}/{handle.removeprefix('@')}/"


def pin(remote_id: str) -> str:
    """Return the address of a pin."""
    return f"{WEB}/pin/{remote_id}/"


def recognised(address: str) -> str | None:
    """Return the id that a pin's address, real or in a sandbox, or a bare id names."""
    word = address.strip()
    if re.fullmatch(r"[0-9]{1,20}", word):
        return word
    found = _PIN.fullmatch(word)
    return None if found is None else found["id"]


def upload(address: str) -> str:
    """Return an address that Pinterest gave to upload to; raise Rejected for any other host."""
    return signed(address, BUCKETS, "Pinterest", begins="pinterest-")
