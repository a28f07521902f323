"""The file vault: a folder with one sealed file for each secret.

Each file is one entry as :mod:`microcom.vault.box` closes it. So no file can be put in another's
place, no two writers share a file, and a write is a new file that takes the name of the old one.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from microcom.errors import UserError
from microcom.vault.box import CHECK, Box, named, what_is_wrong
from microcom.vault.key import be_private, private_folder, settle_names

LARGEST = 1 << 20


class SealedFiles:
    """Secrets in a folder, under a key that lies elsewhere; ``key`` is asked for once."""

    def __init__(self, folder: str, key: Callable[[], bytes], name: str = "file") -> None:
        self.name = name
        self.where = folder
        self._folder = Path(folder)
        self._box = Box(key)

    def make(self) -> None:
        """Make the folder, and note which key it is under; harmless where that was done."""
        try:
            private_folder(self._folder)
        except OSError as error:
            raise self._failed("made", error) from error
        self._be_private()
        self._be_ours(fresh=True)

    def read(self, name: str) -> str | None:
        """Return an entry, or None."""
        if not os.path.lexists(self.where):
            return None
        self._be_private()
        content = self._content(name)
        return None if content is None else self._opened(name, content)

    def write(self, name: str, value: str) -> None:
        """Keep an entry; it is on the disk when this returns."""
        if not os.path.lexists(self.where):
            self.make()
        self._be_private()
        self._be_ours(fresh=False)
        self._put(name, self._box.closed(name, value))

    def delete(self, name: str) -> None:
        """Forget an entry."""
        try:
            self._path(name).unlink()
            settle_names(self._folder)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise self._failed("deleted", error) from error

    def seal(self, clear: bytes) -> str:
        """Return bytes encrypted under a key that follows from this vault's."""
        return self._box.seal(clear)

    def unseal(self, sealed: str) -> bytes:
        """Return what :meth:`seal` closed."""
        return self._box.unseal(sealed)

    # --- one file -----------------------------------------------------------------------------

    def _path(self, name: str) -> Path:
        digest = hashlib.sha256(name.encode()).hexdigest()
        return self._folder / f"{digest[:40]}.sealed"

    def _put(self, name: str, content: bytes) -> None:
        path = self._path(name)
        draft = path.with_suffix(f".{secrets.token_hex(8)}.new")
        try:
            number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(path)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
            settle_names(self._folder)
        except OSError as error:
            raise self._failed("written", error) from error

    def _content(self, name: str) -> bytes | None:
        """Return the bytes of an entry's file, or None where there is none."""
        return self._bytes(self._path(name))

    def _bytes(self, path: Path) -> bytes | None:
        try:
            number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failed("read", error) from error
        with os.fdopen(number, "rb") as file:
            be_private(os.fstat(file.fileno()), str(path))
            return file.read(LARGEST)

    def _opened(self, name: str, content: bytes) -> str:
        value = self._box.opened(name, content)
        if value is None:
            self._be_ours(fresh=False)  # a wrong key is said as one
            raise self._damaged(name, what_is_wrong(name, content))
        return value

    # --- the folder ---------------------------------------------------------------------------

    def _be_private(self) -> None:
        try:
            found = os.lstat(self.where)
        except OSError as error:
            raise self._failed("opened", error) from error
        if not stat.S_ISDIR(found.st_mode):
            message = f"The file vault {self.where} is no folder."
            raise UserError(message, code="vault.open", hint="Move what is there away.")
        be_private(found, self.where)

    def _be_ours(self, *, fresh: bool) -> None:
        """Raise UserError ``vault.key`` unless the folder was made under this key."""
        content = self._content(CHECK)
        if content is None:
            if fresh or not any(self._folder.glob("*.sealed")):
                self._put(CHECK, self._box.check())
            return
        _ = self._box.key  # what is wrong with the key itself is said by whoever looks for it
        if self._box.is_check(content):
            return
        if not self._proves():
            message = f"The file vault {self.where} was made under another key."
            hint = "Bring back that key, or move the folder away and log in anew."
            raise UserError(message, code="vault.key", hint=hint)
        self._put(CHECK, self._box.check())

    def _proves(self) -> bool:
        """Say whether a secret opens: then the key is right, and the check beside it is damaged."""
        for path in self._folder.glob("*.sealed"):
            content = self._bytes(path) or b""
            name = named(content)
            if name is not None and self._box.opened(name, content) is not None:
                return True
        return False

    def _failed(self, done: str, error: OSError) -> UserError:
        message = f"The file vault {self.where} could not be {done}: {error.strerror}."
        hint = "Look at the disk and at the rights of the folder; what was kept before still is."
        return UserError(message, code="vault.file", hint=hint)

    def _damaged(self, name: str, what: str) -> UserError:
        message = f"In the file vault {self.where}, what should be `{name}` {what}."
        hint = "Bring the file back from a backup, or log in anew."
        return UserError(message, code="vault.damaged", hint=hint)
