"""The rate limits of an emulated Pinterest: calls of one account in a minute, by category."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta

from microcom.values import dataclass

MINUTE = timedelta(minutes=1)
LIMITS = {"org_read": 1000, "org_write": 100}


@dataclass(slots=True)
class Windows:
    """The calls of the present minute, by category and account."""

    calls: dict[tuple[str, str], tuple[datetime, int]] = field(default_factory=dict)

    def hit(self, category: str, account: str, now: datetime) -> tuple[bool, dict[str, str]]:
        """Count a call; return whether it is within the limit, and what Pinterest says of it."""
        start, used = self.calls.get((category, account), (now, 0))
        if now - start >= MINUTE:
            start, used = now, 0
        self.calls[category, account] = (start, used + 1)
        limit = LIMITS[category]
        headers = {
            "x-ratelimit-limit": f"{limit}, 100;w=1, {limit};w=60",
            "x-ratelimit-remaining": str(max(limit - used - 1, 0)),
            "x-ratelimit-reset": str(max(int((start + MINUTE - now).total_seconds()), 1)),
        }
        return used < limit, headers
