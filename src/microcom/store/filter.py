"""Which deliveries a list is to hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from microcom.store.times import micros
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.delivery import State


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries to list; every field narrows, None and () do not."""

    states: Sequence[State] = ()
    client: str | None = None
    account: str | None = None
    campaign: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50


def where(wanted: Filter) -> tuple[str, dict[str, object]]:
    """Return SQL conditions (beginning with AND) and their values."""
    clauses: list[str] = []
    values: dict[str, object] = {}
    for column in ("client", "account", "campaign"):
        value = getattr(wanted, column)
        if value is not None:
            clauses.append(f"{column} = :{column}")
            values[column] = value
    for name, sign in (("since", ">="), ("until", "<")):
        value = getattr(wanted, name)
        if value is not None:
            clauses.append(f"due_at {sign} :{name}")
            values[name] = micros(value)
    return "".join(f" AND {clause}" for clause in clauses), values
