"""Names that people type: what they may look like, and which known one was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

NAME = re.compile(r"[a-z0-9][a-z0-9-]*\Z")
FEW = 6
ENOUGH = 3


def is_name(text: str) -> bool:
    """Say whether a text can name an account, group, client, app or community."""
    return NAME.match(text) is not None


def slug(text: str) -> str:
    """Return a text as a name: ``Winter menu!`` is ``winter-menu``; "" where nothing is left."""
    import unicodedata

    latin = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", latin.lower()).strip("-")


def nearest(word: str, known: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Return the known names most like ``word``, best first, then those that contain it.

    Capitals make no difference; less than three letters are found in too many names to count.
    """
    from difflib import get_close_matches

    names = {name.lower(): name for name in sorted(known, reverse=True)}
    text = word.lower()
    found = get_close_matches(text, names, n=limit, cutoff=0.6) if text else []
    if len(text) >= ENOUGH:
        found += sorted(name for name in names if text in name)
    return tuple(names[name] for name in dict.fromkeys(found))[:limit]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question with the nearest names, or all names where they are few, or ""."""
    names = sorted(known)
    close = nearest(word, names)
    if close:
        return f"Did you mean {_listed(close, 'or')}?"
    return f"There is {_listed(names, 'and')}." if 0 < len(names) <= FEW else ""


def _listed(names: Sequence[str], joint: str) -> str:
    *others, last = names
    return f"{', '.join(others)} {joint} {last}" if others else last
