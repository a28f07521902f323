"""Secrets that a person types unseen or pipes in; never from the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from microcom.errors import UserError
from microcom.redaction import hide

if TYPE_CHECKING:
    from microcom.cli.screen import Screen

LONGEST = 8192
SHORTEST = 8
"""Characters of a passphrase."""


def secrets(screen: Screen, command: str, *names: str) -> list[str]:
    """Return a secret for each name: asked for unseen, or a line each of the standing input.

    ``command`` is how to pipe them in. Raises UserError ``login.empty`` and ``login.token``.
    """
    found = [one.strip() for one in _said(screen, names)]
    hide(*found)
    if not all(found) or len(found) < len(names):
        hint = f"Type it when asked, or pipe it in: … | {command}"
        raise UserError(f"No {names[len(found) - 1]} was given.", code="login.empty", hint=hint)
    for name, one in zip(names, found, strict=True):
        if len(one) > LONGEST or not _is_one_word(one):
            hint = f"Give the {name} alone, on one line, without quotes or the word Bearer."
            raise UserError(f"This is not a {name}.", code="login.token", hint=hint)
    return found


def passphrase(screen: Screen, command: str, *, twice: bool) -> str:
    """Return a passphrase: asked for unseen, where it is new ``twice``, or from standard input.

    Raises UserError ``passphrase.short`` and ``passphrase.other``.
    """
    asked = 2 if twice and sys.stdin is not None and sys.stdin.isatty() else 1
    names = ("passphrase", "passphrase again")[:asked]
    found = [one.rstrip("\r\n") for one in _said(screen, names)]
    hide(*found)
    if len(found[0]) < SHORTEST:
        message = f"A passphrase has at least {SHORTEST} characters."
        hint = f"Type it when asked, pipe it in (… | {command}), or use --key FILE."
        raise UserError(message, code="passphrase.short", hint=hint)
    if found[0] != found[-1]:
        message = "The two passphrases are not the same."
        raise UserError(message, code="passphrase.other", hint="Nothing was written. Try again.")
    return found[0]


def _is_one_word(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _said(screen: Screen, names: tuple[str, ...]) -> list[str]:
    if sys.stdin is None or sys.stdin.closed:
        return [""]
    if sys.stdin.isatty():
        return [_unseen(f"{name.capitalize()} (not shown): ") for name in names]
    screen.note(f"Reading the {' and the '.join(names)} from standard input.")
    text = sys.stdin.read(len(names) * (LONGEST + 2)).strip()
    if len(names) == 1:
        return [text]
    return (text.split("\n", len(names) - 1) + [""] * len(names))[: len(names)]


def _unseen(prompt: str) -> str:
    """Return what a person types unseen; raise UserError where it could be seen."""
    import getpass
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt)
    except EOFError:
        return ""
    except getpass.GetPassWarning as error:
        message = "This terminal would show what is typed."
        hint = "Pipe it in instead."
        raise UserError(message, code="login.seen", hint=hint) from error
