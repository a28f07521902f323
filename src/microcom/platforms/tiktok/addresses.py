"""Where TikTok lives: its API, its upload hosts, and the pages people open."""

from __future__ import annotations

import re

from microcom.core.signed import signed

API = "https://open.tiktokapis.com"
WEB = "https://www.tiktok.com"
FAMILY = ".tiktokapis.com"
"""The end of every host that TikTok's own samples upload to (open-upload, upload.us; 2026-11)."""

_OF_SANDBOX = r"(?:(?:127\.0\.0\.1|localhost|\[::1\]):\d+/)?"
_VIDEO = re.compile(
    rf"(?:https?://)?{_OF_SANDBOX}(?:www\.|m\.)?tiktok\.com"
    r"/@[\w.]+/(?:video|photo)/(?P<id>[0-9]{1,19})(?:[/?#].*)?"
)
_BARE = re.compile(r"[0-9]{1,19}|[vp]_(?:pub|inbox)_(?:file|url)~[\w.~-]{1,50}")


def person(handle: str) -> str:
    """Return the address of an account's page."""
    return f"{WEB}/@{handle.removeprefix('@')}"


def video(handle: str, remote_id: str) -> str:
    """Return the address of a post."""
    return f"{person(handle)}/video/{remote_id}"


def recognised(address: str) -> str | None:
    """Return the id that a post's address, real or in a sandbox, or a bare id names."""
    word = address.strip()
    if _BARE.fullmatch(word):
        return word
    found = _VIDEO.fullmatch(word)
    return None if found is None else found["id"]


def upload(address: str) -> str:
    """Return an address that TikTok gave to upload to; raise Rejected for any other host."""
    return signed(address, FAMILY, "TikTok")
