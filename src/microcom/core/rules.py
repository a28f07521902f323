"""Which rule is in force: the same keys at every level of the accounts file, the closest wins.

The order is ``rules``, ``platforms.P``, ``clients.C.rules``, ``clients.C.platforms.P``,
``accounts.A.rules``, ``communities.K.rules``. Each key wins by itself, ``ceiling.hour`` too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from microcom.core.account import STAGE, STOP_AFTER, Alt, Lateness, Missed, Rules
from microcom.core.capability import Ceiling
from microcom.core.config import Origin


@dataclass(frozen=True, slots=True)
class Level:
    """What one place of the file says; None where it says nothing. ``origins`` is by key."""

    hour: int | None = None
    day: int | None = None
    do: Lateness | None = None
    after: timedelta | None = None
    max_hashtags: int | None = None
    banned: tuple[str, ...] | None = None
    alt: Alt | None = None
    stop_after: int | None = None
    stage: timedelta | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def under(self, other: Level) -> Level:
        """Return the two as one, where the more specific ``other`` has the last word."""
        return Level(
            hour=self.hour if other.hour is None else other.hour,
            day=self.day if other.day is None else other.day,
            do=self.do if other.do is None else other.do,
            after=self.after if other.after is None else other.after,
            max_hashtags=self.max_hashtags if other.max_hashtags is None else other.max_hashtags,
            banned=self.banned if other.banned is None else other.banned,
            alt=self.alt if other.alt is None else other.alt,
            stop_after=self.stop_after if other.stop_after is None else other.stop_after,
            stage=self.stage if other.stage is None else other.stage,
            origins={**self.origins, **other.origins},
        )

    def rules(self, default: Ceiling) -> Rules:
        """Return the rules in force; half a ceiling takes its other half from ``default``."""
        missed = Missed()
        stage = STAGE if self.stage is None else self.stage
        return Rules(
            ceiling=self._ceiling(default),
            missed=Missed(
                missed.do if self.do is None else self.do,
                missed.after if self.after is None else self.after,
            ),
            max_hashtags=self.max_hashtags,
            banned=self.banned or (),
            alt=self.alt or Alt.WARN,
            stop_after=self.stop_after or STOP_AFTER,
            stage=stage,
        )

    def _ceiling(self, default: Ceiling) -> Ceiling | None:
        if self.hour is None and self.day is None:
            return None
        return Ceiling(
            default.hour if self.hour is None else self.hour,
            default.day if self.day is None else self.day,
        )


def merged(levels: Iterable[Level]) -> Level:
    """Return levels as one, given from the most general to the most specific."""
    whole = Level()
    for level in levels:
        whole = whole.under(level)
    return whole
