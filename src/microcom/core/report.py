"""Deliveries as people and programs read them: rows, counts, exit codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from microcom.core.delivery import State
from microcom.core.exits import Exit
from microcom.core.schedule import rfc3339

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.delivery import Delivery
    from microcom.core.steps import JsonValue


FAILED = frozenset({State.FAILED, State.CANCELLED, State.MISSED})
PERSON = frozenset({State.IN_DOUBT, State.HELD})


def delivery_row(delivery: Delivery) -> dict[str, JsonValue]:
    """Return a delivery as ``--json`` prints it: ids and money as text, times RFC 3339 UTC."""
    return {
        "id": str(delivery.id),
        "post": delivery.post,
        "target": str(delivery.target),
        "account": delivery.target.account,
        "community": delivery.target.community,
        "platform": delivery.platform,
        "client": delivery.client,
        "campaign": delivery.campaign,
        "state": delivery.state.value,
        "reason": delivery.reason,
        "due": rfc3339(delivery.due),
        "due_local": local(delivery.due, delivery.zone).isoformat(),
        "published_at": None if delivery.published is None else rfc3339(delivery.published),
        "late_s": lateness(delivery),
        "remote_id": delivery.remote_id,
        "url": delivery.url,
        "cost_usd": dollars(delivery.cost),
    }


def deliveries_data(deliveries: Sequence[Delivery]) -> dict[str, JsonValue]:
    """Return the ``data`` of every command about deliveries."""
    counts = Counter(delivery.state.value for delivery in deliveries)
    return {"deliveries": [delivery_row(one) for one in deliveries], "counts": dict(counts)}


def exit_for(deliveries: Iterable[Delivery], *, stopped: bool = False) -> Exit:
    """Return what a command about these deliveries exits with.

    ``stopped`` says that an account or app they need is parked.
    """
    states = [delivery.state for delivery in deliveries]
    bad = [state for state in states if state in FAILED]
    if stopped or any(state in PERSON for state in states):
        return Exit.PERSON
    if State.PARTIAL in states or (bad and len(bad) < len(states)):
        return Exit.PARTIAL
    return Exit.NOTHING_SUCCEEDED if bad else Exit.OK


def lateness(delivery: Delivery) -> float | None:
    """Return how many seconds after its due time it was out, or None."""
    if delivery.published is None:
        return None
    return round((delivery.published - delivery.due).total_seconds(), 3)


def dollars(millionths: int | None) -> str | None:
    """Return millionths of a dollar as text (``0.015``), or None where the price is unknown."""
    if millionths is None:
        return None
    whole, rest = divmod(millionths, 1_000_000)
    return f"{whole}.{rest:06}".rstrip("0").ljust(len(str(whole)) + 4, "0")


def local(when: datetime, zone: str) -> datetime:
    """Return a moment on the wall clock of a zone."""
    from zoneinfo import ZoneInfo

    return when.astimezone(ZoneInfo(zone))
