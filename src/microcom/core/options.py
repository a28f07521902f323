"""Keys of the accounts file that only one platform understands, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """A key that an account of a platform may carry: its type, default and meaning."""

    name: str
    type: type[bool | int | str]
    default: bool | int | str | None
    help: str
