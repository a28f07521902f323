"""Which rule is in force: the same keys at every level of the accounts file, the closest wins.

The order is ``rules``, ``platforms.P``, ``clients.C.rules``, ``clients.C.platforms.P``,
``accounts.A.rules``, ``communities.K.rules``. Each key wins by itself, ``ceiling.hour`` too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from microcom.core.account import Rules
from microcom.core.capability import Ceiling
from microcom.core.config import Origin
from microcom.core.steps import JsonValue
from microcom.values import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """What one place of the file says, by key, as :meth:`Rules.of` reads it; and where."""

    said: Mapping[str, JsonValue] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def under(self, other: Level) -> Level:
        """Return the two as one, where the more specific ``other`` has the last word."""
        return Level({**self.said, **other.said}, {**self.origins, **other.origins})

    def rules(self, default: Ceiling) -> Rules:
        """Return the rules in force; half a ceiling takes its other half from ``default``."""
        halves = {"ceiling.hour": default.hour, "ceiling.day": default.day}
        given = self.said.keys() & halves.keys()
        return Rules.of({**halves, **self.said} if given else self.said)


def merged(levels: Iterable[Level]) -> Level:
    """Return levels as one, given from the most general to the most specific."""
    whole = Level()
    for level in levels:
        whole = whole.under(level)
    return whole
