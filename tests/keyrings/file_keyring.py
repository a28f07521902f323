"""A keyring that keeps its entries, in clear, in the file that MICROCOM_TEST_KEYRING names.

A test in this process sets it with ``keyring.set_keyring``; a process of its own selects it with
PYTHON_KEYRING_BACKEND=file_keyring.FileKeyring and this folder on its PYTHONPATH.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

FOLDER = Path(__file__).parent


class FileKeyring(KeyringBackend):
    """Entries by service and name, in a JSON file."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        named = os.environ.get("MICROCOM_TEST_KEYRING")
        self._named = None if named is None else Path(named)

    @property
    def _file(self) -> Path:
        """Return its file; making one without a file, as keyring does to choose, is no mistake."""
        assert self._named is not None, "MICROCOM_TEST_KEYRING names no file"
        return self._named

    def entries(self) -> dict[str, str]:
        """Return every entry, by ``service name``."""
        if not self._file.exists():
            return {}
        kept = json.loads(self._file.read_text())
        assert isinstance(kept, dict)
        return kept

    def get_password(self, service: str, username: str) -> str | None:
        """Return an entry, or None."""
        return self.entries().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep an entry."""
        self._write(self.entries() | {f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        """Forget an entry."""
        entries = self.entries()
        if entries.pop(f"{service} {username}", None) is None:
            message = "there is no such entry"
            raise PasswordDeleteError(message)
        self._write(entries)

    def _write(self, entries: dict[str, str]) -> None:
        self._file.write_text(json.dumps(entries))
