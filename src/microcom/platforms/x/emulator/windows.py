"""The rate limits of an emulated X (docs.x.com, x-api/fundamentals/rate-limits, 2026-07-24)."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta

from microcom.values import dataclass

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
USER_LIMITS = {
    "create_post": 100,
    "delete_post": 50,
    "post": 900,
    "user_posts": 900,
    "me": 75,
    "upload": 500,
    "begin_upload": 1875,
    "append_upload": 1875,
    "finalize_upload": 1875,
    "upload_status": 1000,
    "describe": 500,
}
"""Calls of one user in fifteen minutes, by endpoint."""
APP_POSTS = 10_000
"""Posts of one app in 24 hours."""


@dataclass(slots=True)
class Window:
    """One limit: so many calls within a span that begins with the first."""

    family: str
    limit: int
    span: timedelta
    start: datetime
    used: int = 0

    def hit(self, now: datetime) -> None:
        """Count a call."""
        if now >= self.start + self.span:
            self.start, self.used = now, 0
        self.used += 1

    def headers(self) -> dict[str, str]:
        """Return what X says about it."""
        return {
            f"{self.family}-limit": str(self.limit),
            f"{self.family}-remaining": str(max(self.limit - self.used, 0)),
            f"{self.family}-reset": str(int((self.start + self.span).timestamp())),
        }


@dataclass(slots=True)
class Windows:
    """Every limit, each made when it is first met."""

    open: dict[tuple[str, str], Window] = field(default_factory=dict)

    def hit(self, endpoint: str, user: str, now: datetime) -> tuple[bool, dict[str, str]]:
        """Count a user's call; return whether it may go on, and what X says about its limits."""
        mine = Window("x-rate-limit", USER_LIMITS[endpoint], QUARTER, now)
        met = [self.open.setdefault((endpoint, user), mine)]
        if endpoint == "create_post":
            apps = Window("x-app-limit-24hour", APP_POSTS, DAY, now)
            met.append(self.open.setdefault((endpoint, "app"), apps))
        headers: dict[str, str] = {}
        for window in met:
            window.hit(now)
            headers |= window.headers()
        return all(window.used <= window.limit for window in met), headers
