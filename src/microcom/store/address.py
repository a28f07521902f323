"""The address of a queue on a PostgreSQL server, and how people are shown it."""

from __future__ import annotations

SCHEMES = ("postgresql://", "postgres://")


def is_address(path: str) -> bool:
    """Say whether a queue is on a server, and no file."""
    return path.startswith(SCHEMES)


def shown(address: str) -> str:
    """Return an address without its password, and without what follows the database's name."""
    scheme, _, rest = address.partition("://")
    rest = rest.partition("?")[0]
    who, at, where = rest.rpartition("@")
    user = who.partition(":")[0]
    return f"{scheme}://{user}{at}{where}"
