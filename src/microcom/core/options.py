"""Keys that only one platform understands, as data, and reading what a file says for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue

WANTED = {bool: "true or false", int: "a whole number", str: "text"}


@dataclass(frozen=True, slots=True)
class Option:
    """A key of an account, app, community or post: its type, default and meaning."""

    name: str
    type: type[bool | int | str]
    default: bool | int | str | None
    help: str

    @property
    def wanted(self) -> str:
        """Return what may stand there, in words."""
        return WANTED[self.type]

    def read(self, written: JsonValue) -> bool | int | str:
        """Return the value of what was written; raise ValueError for anything else."""
        text = written.strip() if isinstance(written, str) else ""
        if self.type is bool and text in {"true", "false"}:
            return text == "true"
        if self.type is int and text.isascii() and text.isdigit():
            return int(text)
        if self.type is str and text:
            return text
        raise ValueError(self.wanted)
