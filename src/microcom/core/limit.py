"""Limits on calls: what a platform says of them in advance, and what its replies tell."""

from __future__ import annotations

from datetime import datetime, timedelta

from microcom.values import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that a call counts towards: so many ``calls`` within ``span``.

    ``bucket`` names it among its platform's, as people read it ("posts"). ``calls`` is None where
    nothing is known until a reply tells. It is counted for each login, or with ``per_app`` for all
    logins of an app together. A span begins with its first call and then begins anew; one that
    ``slides`` counts back from each call, and no reply tells of it.
    """

    bucket: str
    calls: int | None
    span: timedelta
    per_app: bool = False
    slides: bool = False

    def words(self) -> str:
        """Return the limit in words: "100 posts in 15 minutes"."""
        minutes = int(self.span.total_seconds() // 60)
        within = {1: "a minute", 1440: "a day"}.get(minutes, f"in {minutes} minutes")
        return f"{'so many' if self.calls is None else self.calls} {self.bucket} {within}"


@dataclass(frozen=True, slots=True)
class Left:
    """What a reply tells of a limit: calls ``remaining`` until ``until`` (UTC, platform's clock).

    After that everything is there again.
    """

    remaining: int
    until: datetime
