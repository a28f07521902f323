"""The rows of this command's queue for the database vault, opened when one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from microcom.store import Store


class QueueRows:
    """Sealed rows over the command's own connection; without a queue there are none.

    ``read`` and ``written`` open the queue that is read from, and the one that is written to.
    """

    def __init__(self, read: Callable[[], Store], written: Callable[[], Store]) -> None:
        self._read = read
        self._written = written

    def find(self, name: str) -> str | None:
        """Return a row's text, or None."""
        try:
            return self._read().sealed.find(name)
        except UserError as error:
            if error.code != "store.none":
                raise
            return None

    def all(self) -> Sequence[str]:
        """Return every row's text."""
        try:
            return self._read().sealed.all()
        except UserError as error:
            if error.code != "store.none":
                raise
            return []

    def put(self, name: str, text: str) -> None:
        """Keep a row, replacing the one before; raise UserError ``store.none`` without a queue."""
        self._written().sealed.put(name, text)

    def add(self, name: str, text: str) -> None:
        """Keep a row unless there is one; raise UserError ``store.none`` without a queue."""
        self._written().sealed.add(name, text)

    def drop(self, name: str) -> None:
        """Delete a row; that there is none is nothing wrong."""
        if self.find(name) is not None:
            self._written().sealed.drop(name)
