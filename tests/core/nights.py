"""The nights on which clocks change: every zone that this machine knows, in two years."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2028, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Night:
    """A zone, and the first instant of another offset."""

    zone: ZoneInfo
    change: datetime

    def wall(self, utc: datetime) -> datetime:
        """Return what the zone's clocks show."""
        return utc.astimezone(self.zone).replace(tzinfo=None)


@cache
def all_nights() -> tuple[Night, ...]:
    """Return every change of the clocks in every zone; of zones whose clocks agree then, one."""
    zones = [ZoneInfo(name) for name in sorted(available_timezones())]
    nights = [night for zone in zones for night in _nights(zone)]
    alike = {(one.change, one.wall(one.change - HOUR), one.wall(one.change)): one for one in nights}
    return tuple(alike.values())


def _nights(zone: ZoneInfo) -> Iterator[Night]:
    """Yield the changes of a zone; no zone changes twice within a week."""
    low = START
    while low < END:
        high = low + WEEK
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            yield Night(zone, _change(zone, low, high))
        low = high


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = low.astimezone(zone).utcoffset()
    while high - low > MINUTE:
        middle = low + (high - low) // 2 // MINUTE * MINUTE
        same = middle.astimezone(zone).utcoffset() == before
        low, high = (middle, high) if same else (low, middle)
    return high
