"""What a PostgreSQL server says, in our words: what happened to which queue, and what to do."""

from __future__ import annotations

import psycopg
from psycopg import errors

from microcom.errors import StoreError


def unreachable(error: psycopg.Error, path: str) -> StoreError:
    """Return our sentence for a server that no connection could be made to."""
    said = str(error)
    for phrase, code, words, hint in _REFUSALS:
        if phrase in said:
            return StoreError(f"The queue {path} {words}.", code=code, hint=hint)
    if isinstance(error, psycopg.ProgrammingError):
        message = f"The queue {path} is no address that PostgreSQL understands."
        hint = "It is written postgresql://user@host:port/name."
        return StoreError(message, code="store.address", hint=hint)
    message = f"The queue {path} cannot be reached."
    hint = "Look whether the server runs and this machine may reach it; nothing was lost."
    return StoreError(message, code="store.unreachable", hint=hint)


def ends_session(error: psycopg.Error) -> bool:
    """Say whether a session is over with what was said, though it may look open still.

    What the server says has a code. An operational error without one is the library's own: the
    connection failed, and it is not always marked as closed then ("connection socket closed").
    """
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate.startswith(_LAST_WORDS)


_LAST_WORDS = ("08", "25P03", "25P04", "57P")
"""SQLSTATE: connection exceptions, transactions that stood still, shutdowns and crashes."""


def in_words(error: psycopg.Error, path: str, *, lost: bool) -> StoreError:
    """Return our sentence for what PostgreSQL said; ``lost`` where the connection is gone."""
    if lost:
        message = f"The connection to the queue {path} was lost."
        hint = "What was under way is looked into by the next run; nothing was lost."
        return StoreError(message, code="store.lost", hint=hint)
    for kind, code, words, hint in _SAYINGS:
        if isinstance(error, kind):
            return StoreError(f"The queue {path} {words}.", code=code, hint=hint)
    said = (str(error).splitlines() or [""])[0]
    return StoreError(f"The queue {path} failed: {said}.", code="store.failed")


_REFUSALS = (
    (
        "authentication failed",
        "store.password",
        "does not let this user in",
        "Look at user and password in MICROCOM_DATABASE, or at ~/.pgpass.",
    ),
    (
        "no password supplied",
        "store.password",
        "asks for a password",
        "Put it into ~/.pgpass, or into MICROCOM_DATABASE in machine.env.",
    ),
    (
        "does not exist",
        "store.none",
        "does not exist on that server",
        "Make it: createdb NAME; or mend MICROCOM_DATABASE.",
    ),
    (
        "hot standby",
        "store.standby",
        "is a standby: it can only be read",
        "Name the primary in MICROCOM_DATABASE, or both, with commas between them.",
    ),
    (
        "too many",
        "store.crowded",
        "has no connection left",
        "Run fewer workers (--jobs), or raise max_connections.",
    ),
)
_SAYINGS: tuple[tuple[type[psycopg.Error], str, str, str], ...] = (
    (
        errors.LockNotAvailable,
        "store.locked",
        "is locked by another program",
        "Try again; nothing was lost.",
    ),
    (
        errors.QueryCanceled,
        "store.slow",
        "took too long to answer",
        "Look at the server; nothing was lost.",
    ),
    (
        errors.DeadlockDetected,
        "store.locked",
        "is locked by another program",
        "Try again; nothing was lost.",
    ),
    (
        errors.ReadOnlySqlTransaction,
        "store.readonly",
        "is read-only",
        "Name the primary in MICROCOM_DATABASE; a role that may only read cannot publish.",
    ),
    (
        errors.InsufficientPrivilege,
        "store.readonly",
        "may not be changed by this user",
        "See docs/operations.md for what the user of a queue may do.",
    ),
    (
        errors.DiskFull,
        "store.full",
        "cannot grow: the disk is full",
        "Free some space and run again; nothing was lost.",
    ),
)
