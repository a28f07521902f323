"""The rate limits of an emulated TikTok: calls of one token in a minute."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta

from microcom.values import dataclass

MINUTE = timedelta(minutes=1)
LIMITS = {"creator_info": 20, "init": 6, "status": 30, "user": 600}
"""Whether the three kinds of init share their six is not documented: here they do."""


@dataclass(slots=True)
class Windows:
    """The calls of the last minute, by endpoint and account."""

    calls: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)

    def hit(self, endpoint: str, account: str, now: datetime) -> bool:
        """Count a call; say whether it is within the limit."""
        recent = [at for at in self.calls.get((endpoint, account), []) if now - at < MINUTE]
        self.calls[endpoint, account] = [*recent, now]
        return len(recent) < LIMITS[endpoint]
