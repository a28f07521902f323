"""The history: append-only facts, each with who did it and which microcom wrote it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from microcom import __version__
from microcom.errors import StoreError
from microcom.redaction import redacted
from microcom.store.times import moment
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.steps import JsonValue
    from microcom.store.database import Database, Row

_ENCODER = json.JSONEncoder(ensure_ascii=False)

COLUMNS = "id, at, actor, version, delivery, account, kind, data"


@dataclass(frozen=True, slots=True)
class Event:
    """One durable fact."""

    id: int
    at: datetime
    actor: str
    version: str
    delivery: int | None
    account: str | None
    kind: str
    data: dict[str, JsonValue]


class Events:
    """Writes and reads the history; ``actor`` is who acts in this process."""

    def __init__(self, db: Database, actor: str) -> None:
        self._db = db
        self._actor = actor

    @property
    def actor(self) -> str:
        """Return who acts."""
        return self._actor

    def append(
        self,
        kind: str,
        *,
        delivery: int | None = None,
        account: str | None = None,
        **data: JsonValue,
    ) -> int:
        """Record that something happened, in the transaction that made it so; return its number."""
        with self._db.transaction():
            number: int = self._db.value(
                """INSERT INTO event (at, actor, version, delivery, account, kind, data)
                   VALUES (:at, :actor, :version, :delivery, :account, :kind, :data)
                   RETURNING id""",
                at=self._db.now(),
                actor=self._actor,
                version=__version__,
                delivery=delivery,
                account=account,
                kind=kind,
                data=redacted(_ENCODER.encode(data)),
            )
        return number

    def find(self, number: int) -> Event | None:
        """Return the fact of that number, or None."""
        row = self._db.one(f"SELECT {COLUMNS} FROM event WHERE id = :id", id=number)
        return None if row is None else _event(row)

    def after(self, number: int, kind: str, *, delivery: int) -> Event:
        """Return a delivery's first fact of a kind that came after the one of that number."""
        row = self._db.one(
            f"""SELECT {COLUMNS} FROM event
                WHERE delivery = :delivery AND id > :number AND kind = :kind
                ORDER BY id LIMIT 1""",
            delivery=delivery,
            number=number,
            kind=kind,
        )
        if row is None:
            message = f"The history of delivery {delivery} has a hole."
            raise StoreError(message, code="store.damaged", hint="Restore it from an export.")
        return _event(row)

    def recent(
        self, limit: int = 50, *, delivery: int | None = None, account: str | None = None
    ) -> list[Event]:
        """Return the newest events, oldest first, of one delivery or account if named."""
        clauses = [] if delivery is None else ["delivery = :delivery"]
        clauses += [] if account is None else ["account = :account"]
        where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
        rows = self._db.all(
            f"SELECT {COLUMNS} FROM event {where} ORDER BY id DESC LIMIT :limit",
            delivery=delivery,
            account=account,
            limit=limit,
        )
        return [_event(row) for row in reversed(rows)]


def _event(row: Row) -> Event:
    number, at, actor, version, delivery, account, kind, data = row
    return Event(number, moment(at), actor, version, delivery, account, kind, json.loads(data))
