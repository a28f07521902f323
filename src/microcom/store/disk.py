"""Waiting until what was written to a file is on the drive."""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def to_drive(number: int) -> None:
    """Return once the content of an open file would survive a power cut; raises OSError.

    On macOS ``fsync`` leaves it in the drive's own memory (fcntl(2), F_FULLFSYNC); not every file
    system there can do more.
    """
    if sys.platform == "darwin":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(number, fcntl.F_FULLFSYNC)
            return
    if hasattr(os, "fdatasync"):
        os.fdatasync(number)
    else:
        os.fsync(number)
