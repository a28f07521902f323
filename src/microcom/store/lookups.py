"""Replies of reads that hold for a while: a board's id, by the account that asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.steps import Reply
from microcom.store.times import micros, moment

if TYPE_CHECKING:
    from microcom.core.steps import Call
    from microcom.store.database import Database


class Lookups:
    """What accounts have looked up, each until it lapses or turns out to be wrong."""

    def __init__(self, db: Database, world: str) -> None:
        self._db = db
        self._world = world

    def find(self, account: str, call: Call) -> Reply | None:
        """Return the reply that still holds for that very call, or None."""
        row = self._db.one(
            """SELECT status, reply FROM lookup
                WHERE world = :world AND account = :account AND step = :step
                AND fingerprint = :fingerprint AND until > :now""",
            world=self._world,
            account=account,
            step=call.name,
            fingerprint=call.fingerprint(),
            now=self._db.now(),
        )
        return None if row is None else Reply(row[0], {}, row[1].encode())

    def keep(self, account: str, call: Call, reply: Reply) -> None:
        """Let a reply answer that call of the account for as long as the call says."""
        lapses = moment(self._db.now()) + timedelta(seconds=call.lasts)
        self._db.run_light(
            """INSERT INTO lookup (world, account, step, fingerprint, status, reply, until)
                VALUES (:world, :account, :step, :fingerprint, :status, :reply, :until)
                ON CONFLICT (world, account, step) DO UPDATE SET
                fingerprint = excluded.fingerprint, status = excluded.status,
                reply = excluded.reply, until = excluded.until""",
            world=self._world,
            account=account,
            step=call.name,
            fingerprint=call.fingerprint(),
            status=reply.status,
            reply=reply.body.decode(),
            until=micros(lapses),
        )

    def forget(self, account: str) -> None:
        """Forget everything the account has looked up."""
        self._db.run(
            "DELETE FROM lookup WHERE world = :world AND account = :account",
            world=self._world,
            account=account,
        )
