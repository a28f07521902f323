"""What a command's exit code says."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit code says; several at once: the first of 3, 5, 4, 1 wins."""

    OK = 0
    NOTHING_SUCCEEDED = 1
    USAGE = 2
    STORAGE = 3
    PARTIAL = 4
    PERSON = 5
    CHANGES = 10
    INTERRUPTED = 130
