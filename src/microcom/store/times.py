"""Moments as the store keeps them: whole microseconds since 1970, UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.core.schedule import from_micros as moment
from microcom.core.schedule import micros

if TYPE_CHECKING:
    from datetime import datetime

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR

__all__ = ["DAY", "HOUR", "SECOND", "micros", "moment", "moment_or_none"]


def moment_or_none(value: int | None) -> datetime | None:
    """Return microseconds as a moment, or None for none."""
    return None if value is None else moment(value)
