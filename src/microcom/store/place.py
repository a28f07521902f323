"""Where a queue may live: a private file on a local disk."""

from __future__ import annotations

import os
from pathlib import Path

from microcom.errors import StoreError

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs"}
)
"""File systems on which SQLite's locks cannot be trusted (sqlite.org/howtocorrupt.html §2.1)."""


def make_private(path: str) -> None:
    """Create the file (0600) and its folder (0700) where they are missing.

    A file that is there is not opened: closing any descriptor of it would drop the locks that
    SQLite holds on it in this process (sqlite.org/howtocorrupt.html §2.2).
    """
    try:
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        message = f"The queue {path} cannot be written: {error.strerror}."
        hint = "Give the user that runs microcom write access, or set MICROCOM_HOME."
        raise StoreError(message, code="store.unwritable", hint=hint) from error


def refuse_network(path: str, mounts: str = "/proc/mounts") -> None:
    """Raise StoreError ``store.network`` when the path is on a network file system (Linux only)."""
    kind = file_system(os.path.realpath(path), mounts)
    if kind in NETWORK:
        message = f"The queue {path} is on a network file system ({kind}), where locks may fail."
        hint = "Set MICROCOM_HOME to a local disk; several machines share a queue in PostgreSQL."
        raise StoreError(message, code="store.network", hint=hint)


def file_system(path: str, mounts: str) -> str | None:
    """Return the type of the file system that holds the path, or None where it cannot be told."""
    try:
        table = Path(mounts).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    rows = [line.split(" ")[1:3] for line in table.splitlines()]
    held = [row for row in rows if row[1:] and _within(path, row[0])]
    return max(held, key=lambda mount: len(mount[0]))[1] if held else None


def _within(path: str, mount: str) -> bool:
    return mount in {"/", path} or path.startswith(mount + "/")
