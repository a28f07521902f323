"""Queue against ledger, counted in parts, when a torture has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from microcom.core.delivery import State
from microcom.runner.agreement import Part, differences

if TYPE_CHECKING:
    from microcom.core.delivery import Delivery
    from microcom.core.steps import JsonValue

Ledger = Sequence["Mapping[str, JsonValue]"]


def is_asked(delivery: Delivery) -> bool:
    """Say whether nothing more is done about a doubt by itself: a person decides."""
    return delivery.state is State.IN_DOUBT and delivery.wake is None


def faults(parts: Sequence[Part], ledger: Ledger) -> Iterator[str]:
    """Yield a sentence for everything that is not as it has to be.

    A part that a person is asked about may be out or not, but never twice.
    """
    copies = Counter((str(post["account"]), str(post["text"])) for post in ledger)
    yield from (f"out {n} times: {who}: {text}" for (who, text), n in copies.items() if n > 1)
    open_parts = [part for part in parts if is_asked(part.delivery)]
    asked = {(part.delivery.target.account, part.text) for part in open_parts}
    yield from differences(
        [part for part in parts if part not in open_parts],
        [post for post in ledger if (str(post["account"]), str(post["text"])) not in asked],
    )
    yield from _doubts(open_parts, {str(post["remote_id"]) for post in ledger})


def _doubts(open_parts: Sequence[Part], out: set[str]) -> Iterator[str]:
    """Judge what is in doubt: that it has to be, and that what is known of it is true."""
    lanes = Counter(part.delivery.lane for part in open_parts)
    for part in open_parts:
        if part.remote_id is not None and part.remote_id not in out:
            yield f"{part.name} is said to be out as {part.remote_id}, which nobody holds"
    for delivery in dict.fromkeys(part.delivery for part in open_parts):
        reason = delivery.reason or ""
        by_the_rule = ("nobody here made" in reason and lanes[delivery.lane] > 1) or (
            "does not say what became of it" in reason and delivery.platform == "tiktok"
        )
        if not by_the_rule:
            yield f"a person was asked without need: #{delivery.id}: {reason}"
