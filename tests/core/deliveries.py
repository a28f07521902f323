"""Deliveries for tests of what is decided about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from microcom.core.delivery import Delivery, State
from microcom.core.target import Target

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PLAIN = Delivery(
    id=1,
    world="real",
    project="p",
    post="menu",
    campaign=None,
    target=Target("acme-x", "timeline"),
    platform="x",
    client=None,
    kind="timeline",
    lane="real x 1",
    state=State.QUEUED,
    reason=None,
    revision=1,
    attempt=1,
    tries=0,
    stopping=False,
    due=NOON,
    zone="Europe/Paris",
    wake=NOON,
    digest="d",
    key=None,
    created=NOON,
    published=None,
    remote_id=None,
    url=None,
    cost=None,
)


def delivery(**said: Any) -> Delivery:  # noqa: ANN401 - the fields of a delivery
    """Return a delivery that waits, with these fields."""
    return replace(PLAIN, **said)
