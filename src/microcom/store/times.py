"""Moments as the store keeps them: whole microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR


def micros(when: datetime) -> int:
    """Return a moment as microseconds, exactly."""
    return (when - EPOCH) // timedelta(microseconds=1)


def moment(value: int) -> datetime:
    """Return microseconds as a moment."""
    return EPOCH + timedelta(microseconds=value)


def moment_or_none(value: int | None) -> datetime | None:
    """Return microseconds as a moment, or None for none."""
    return None if value is None else moment(value)
