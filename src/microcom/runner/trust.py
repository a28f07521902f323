"""Whose certificates count."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import httpx

if TYPE_CHECKING:
    import ssl

Trust: TypeAlias = "Callable[[], ssl.SSLContext]"
"""Gives whose certificates count."""


def trusted() -> ssl.SSLContext:
    """Return whose certificates count, read from this machine's list: it takes a while."""
    return httpx.create_ssl_context()
