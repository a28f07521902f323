"""Addresses that a platform gives out to upload to: used as they are, and only on its own hosts."""

from __future__ import annotations

from urllib.parse import urlsplit

from microcom.errors import Rejected


def signed(address: str, family: str, platform: str) -> str:
    """Return an address over https on a host that ends in ``family``; raise Rejected for others.

    A word that is no address at all leads nowhere and passes: a rehearsal has nothing else.
    """
    if "://" not in address:
        return address
    parts = urlsplit(address)
    if parts.scheme == "https" and (parts.hostname or "").endswith(family):
        return address
    message = f"{platform} named a place to upload to that is not one of its own."
    code = f"{platform.lower()}.upload_host"
    raise Rejected(message, code=code, hint="Nothing was sent there.")
