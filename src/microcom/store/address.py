"""The address of a queue on a PostgreSQL server, and how people are shown it."""

from __future__ import annotations

SCHEMES = ("postgresql://", "postgres://")


def expect_address(text: str, variable: str) -> None:
    """Raise UserError ``store.address`` unless a text is an address, naming who said it."""
    if not is_address(text):
        from microcom.errors import UserError

        message = f"{variable} is not the address of a PostgreSQL database."
        hint = "It is written postgresql://user@host/name; unset, the queue is a file."
        raise UserError(message, code="store.address", hint=hint)


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


def password(address: str) -> str | None:
    """Return the password that an address holds, or None."""
    from urllib.parse import parse_qs, unquote, urlsplit

    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.password is not None:
        return unquote(parts.password)
    return parse_qs(parts.query).get("password", [None])[0]
