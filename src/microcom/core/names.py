"""Names that people type: what they may look like, and which known one was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable

NAME = re.compile(r"[a-z0-9][a-z0-9-]*\Z")
FEW = 6


def is_name(text: str) -> bool:
    """Say whether a text can name an account, group, client, app or community."""
    return NAME.match(text) is not None


def nearest(word: str, known: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Return the known names most like ``word``, best first."""
    import difflib

    return tuple(difflib.get_close_matches(word.lower(), sorted(known), n=limit, cutoff=0.6))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question with the nearest names, or the list when it is short, or ""."""
    names = sorted(known)
    close = nearest(word, names)
    if close:
        return f"Did you mean {_either(close)}?"
    if 0 < len(names) <= FEW:
        return f"There is {_and(names)}."
    return ""


def _either(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
