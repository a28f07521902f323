"""Names that Pinterest and people give: of a query's key, of boards and sections."""

from __future__ import annotations

import unicodedata

ACTING = "ad_account_id"
"""On whose behalf an account acts, in a query and in an accounts file."""


def same(name: str) -> str:
    """Return a board's or section's name in the form for comparing."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
