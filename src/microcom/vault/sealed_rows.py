"""The database vault: a sealed row for each secret, in the queue's own database.

Every machine that shares the queue reads and writes the same rows, under a key that it holds
itself. A row is one entry as :mod:`microcom.vault.box` closes it, so whoever has the database alone
reads names, and can neither read a value nor put one in another's place.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Protocol

from microcom.errors import UserError
from microcom.vault.box import CHECK, Box, named, what_is_wrong

if TYPE_CHECKING:
    from collections.abc import Sequence


class Rows(Protocol):
    """Rows of a table: texts by name. Each change is durable when it returns."""

    def find(self, name: str) -> str | None:
        """Return a row's text, or None."""
        ...

    def all(self) -> Sequence[str]:
        """Return every row's text."""
        ...

    def put(self, name: str, text: str) -> None:
        """Keep a row, replacing the one before."""
        ...

    def add(self, name: str, text: str) -> None:
        """Keep a row unless there is one; of several at once the first counts."""
        ...

    def drop(self, name: str) -> None:
        """Delete a row; that there is none is nothing wrong."""
        ...


class SealedRows:
    """Secrets in rows, for the thread that may use them; ``key`` says where the box's is from."""

    def __init__(
        self, rows: Rows, box: Box, *, where: str, key: str, name: str = "database"
    ) -> None:
        self.name = name
        self.where = where
        self._rows = rows
        self._box = box
        self._key = key

    def over(self, rows: Rows) -> SealedRows:
        """Return the same vault over another connection."""
        return SealedRows(rows, self._box, where=self.where, key=self._key, name=self.name)

    def make(self) -> None:
        """Note which key the rows are under; harmless where that was done.

        Raises UserError ``vault.key`` where they are under another one.
        """
        _ = self._box.key
        self._be_ours()

    def is_made(self) -> bool:
        """Say whether there is anything, under whichever key."""
        return bool(self._rows.all())

    def read(self, name: str) -> str | None:
        """Return an entry, or None."""
        text = self._rows.find(name)
        return None if text is None else self._opened(name, text)

    def write(self, name: str, value: str) -> None:
        """Keep an entry; it is in the database for good when this returns."""
        closed = self._box.closed(name, value)
        self._be_ours()
        self._rows.put(name, _text(closed))

    def delete(self, name: str) -> None:
        """Forget an entry."""
        self._rows.drop(name)

    def seal(self, clear: bytes) -> str:
        """Return bytes encrypted under a key that follows from this vault's."""
        return self._box.seal(clear)

    def unseal(self, sealed: str) -> bytes:
        """Return what :meth:`seal` closed, on whichever machine."""
        return self._box.unseal(sealed)

    def _opened(self, name: str, text: str) -> str:
        content = _content(text)
        value = self._box.opened(name, content)
        if value is None:
            self._be_ours()  # a wrong key is said as one
            raise self._damaged(name, what_is_wrong(name, content))
        return value

    def _be_ours(self) -> None:
        """Raise UserError ``vault.key`` unless the rows are under this key.

        Where the note of it is gone or damaged, a secret that opens proves the key.
        """
        check = self._rows.find(CHECK)
        if check is None and not self._rows.all():
            self._rows.add(CHECK, _text(self._box.check()))
            check = self._rows.find(CHECK)
        if check is not None and self._box.is_check(_content(check)):
            return
        if not self._proves():
            raise self._another_key()
        self._rows.put(CHECK, _text(self._box.check()))

    def _proves(self) -> bool:
        """Say whether a secret opens: then the key is right, whatever the check says."""
        for text in self._rows.all():
            content = _content(text)
            name = named(content)
            if name not in {None, CHECK} and self._box.opened(name, content) is not None:
                return True
        return False

    def _another_key(self) -> UserError:
        message = f"The secrets in the database vault ({self.where}) are sealed under another key"
        message += f" than this machine's ({self._key})."
        hint = "Bring the key of a machine where `microcom vault verify` opens every secret here;"
        hint += " nothing was written or lost."
        return UserError(message, code="vault.key", hint=hint)

    def _damaged(self, name: str, what: str) -> UserError:
        message = f"In the database vault ({self.where}), what should be `{name}` {what}."
        hint = "Bring the row back from a backup of the database, or log in anew."
        return UserError(message, code="vault.damaged", hint=hint)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _content(text: str) -> bytes:
    """Return what a row holds; what is no text of ours opens under no key."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
