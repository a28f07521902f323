"""Addresses that a platform gives out to upload to: used as they are, and only on its own hosts."""

from __future__ import annotations

from urllib.parse import urlsplit

from microcom.errors import Rejected


def signed(address: str, family: str, platform: str, *, begins: str = "") -> str:
    """Return an address over https on a host of a family; raise Rejected for any other.

    The host ends in ``family``, and ``begins`` with a word of the platform's own where others
    have hosts in it, too. A word that is no address at all leads nowhere and passes: a rehearsal
    has nothing else.
    """
    if "://" not in address:
        return address
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme == "https" and host.endswith(family) and host.startswith(begins):
        return address
    message = f"{platform} named a place to upload to that is not one of its own."
    code = f"{platform.lower()}.upload_host"
    raise Rejected(message, code=code, hint="Nothing was sent there.")
