"""Lanes: the right to speak for a login, held by at most one process at a time.

A lease is as long as the step it covers: every call's total deadline plus a margin. Nothing
renews it in the background, so a hung process cannot keep a login for longer than one step.

Who holds a lane is written without waiting for the disk: after a power cut nobody holds any, and
whatever waited for the disk afterwards, a mark for one, has taken it along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.errors import Superseded
from microcom.store.database import ANY
from microcom.store.times import SECOND, micros, moment
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from microcom.store.database import Database

MARGIN = 15 * SECOND
"""How much longer than a call's deadline a lease lasts."""

FENCE = """EXISTS (SELECT 1 FROM lane WHERE lane.name = delivery.lane AND lane.epoch = :epoch
    AND lane.owner = :owner AND lane.lease_until > :now)"""
"""What every decision of a worker is conditional on."""

DUE = "next_at <= :now AND rest_until <= :now AND lease_until <= :now"
"""What holds of a lane that has work due and that nobody holds."""

MAY_SPEAK = """(state = 'active' OR (until IS NOT NULL AND until <= :now))"""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lane held: by epoch and random owner, never by the epoch alone.

    ``client`` is whose login it is, "" for a lone creator's.
    """

    lane: str
    epoch: int
    owner: str
    client: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds a lane that has work due: ``holder`` names process and machine."""

    lane: str
    owner: str
    holder: str
    until: datetime


class Lanes:
    """Takes, renews and gives back lanes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def open(self, name: str, world: str, client: str | None = None) -> None:
        """Make the lane exist, as one of that client's."""
        self._db.run(
            """INSERT INTO lane (name, world, client) VALUES (:name, :world, :client)
               ON CONFLICT (name) DO UPDATE SET client = excluded.client""",
            name=name,
            world=world,
            client=client or "",
        )

    def claim(
        self, owner: str, holder: str, *, only: str | None = None, after: str | None = None
    ) -> Lease | None:
        """Take the lane whose work is due longest and that nobody holds, or return None.

        With ``after``, a client who was served last, it is a lane of whoever's turn is next.
        """
        now = self._db.now()
        if not self._is_due(now, only):
            return None
        with self._db.light_transaction(ANY):
            client = None if after is None or only is not None else self._turn(after, now)
            narrowed = _named(only) if client is None else "client = :client AND "
            row = self._db.one(
                f"""UPDATE lane SET epoch = epoch + 1, owner = :owner, holder = :holder,
                       lease_until = :until
                   WHERE lease_until <= :now AND name = (
                       SELECT name FROM lane
                       WHERE {narrowed}{DUE} ORDER BY next_at LIMIT 1 {self._db.skip_locked})
                   RETURNING name, epoch, client""",
                owner=owner,
                holder=holder,
                until=now + 2 * MARGIN,
                now=now,
                only=only,
                client=client,
            )
        return None if row is None else Lease(row[0], row[1], owner, row[2])

    def renew(self, lease: Lease, seconds: float) -> None:
        """Hold the lane for a call of at most ``seconds``; raise Superseded when it is lost."""
        now = self._db.now()
        with self._db.light_transaction(lease.lane):
            kept = self._db.run(
                """UPDATE lane SET lease_until = max(lease_until, :until)
                   WHERE name = :lane AND epoch = :epoch AND owner = :owner
                   AND lease_until > :now""",
                until=now + int(seconds * SECOND) + MARGIN,
                now=now,
                **_of(lease),
            )
        if not kept:
            message = f"Another process took over the lane {lease.lane}."
            raise Superseded(message)

    def release(self, lease: Lease) -> None:
        """Give the lane back and note when it next has work; harmless when it was lost.

        One that still has work due queues up behind those that have waited for their turn.
        """
        with self._db.light_transaction(lease.lane):
            next_at = self._next(lease.lane)
            self._db.run(
                """UPDATE lane SET lease_until = 0, owner = '', holder = '', next_at = :next
                   WHERE name = :lane AND epoch = :epoch AND owner = :owner""",
                next=None if next_at is None else max(next_at, self._db.now()),
                **_of(lease),
            )

    def wake(self, lane: str, at: int) -> None:
        """Note that the lane has work at ``at`` (microseconds), if it has none earlier."""
        self._db.run(
            """UPDATE lane SET next_at = max(rest_until,
                   CASE WHEN next_at IS NULL OR next_at > :at THEN :at ELSE next_at END)
               WHERE name = :lane""",
            at=at,
            lane=lane,
        )

    def refresh(self, lane: str) -> None:
        """Work out anew when the lane has work: an account was parked, paused or resumed."""
        self._db.run(
            "UPDATE lane SET next_at = :next WHERE name = :lane", next=self._next(lane), lane=lane
        )

    def rest(self, lease: Lease, until: datetime) -> None:
        """Let nobody speak for the login before ``until``: its platform asked for that."""
        self._db.run(
            """UPDATE lane SET rest_until = max(rest_until, :until),
                   next_at = max(next_at, :until)
               WHERE name = :lane AND epoch = :epoch AND owner = :owner""",
            until=micros(until),
            **_of(lease),
        )

    def learn_offset(self, lane: str, offset: timedelta, known: int | None = None) -> int:
        """Remember how far the platform's clock is ahead of ours; it tells whole seconds.

        Calls that nobody has an answer to keep the least and the most that was heard meanwhile:
        one of the two clocks may have been set before they left, or since. Returns what is in
        force then (microseconds); ``known`` is what was, if that was asked.
        """
        before = self.offset(lane) if known is None else known
        heard = int(offset.total_seconds() * SECOND)
        if abs(heard - before) < SECOND:
            return before
        with self._db.transaction(lane):
            self._db.run(
                "UPDATE lane SET clock_offset = :heard WHERE name = :lane", heard=heard, lane=lane
            )
            for column, sign in (("clock_offset", ">"), ("clock_most", "<")):
                self._db.run(
                    f"""UPDATE mark SET {column} = :heard
                        WHERE state = 'open' AND {column} {sign} :heard AND :lane =
                            (SELECT lane FROM delivery WHERE delivery.id = mark.delivery)""",
                    heard=heard,
                    lane=lane,
                )
        return heard

    def offset(self, lane: str) -> int:
        """Return how far the platform's clock is ahead of ours, in microseconds (0: unknown)."""
        return self._db.value("SELECT clock_offset FROM lane WHERE name = :lane", lane=lane) or 0

    def held(self, only: str | None = None) -> list[Held]:
        """Return the lanes that have work due and are held by somebody."""
        rows = self._db.all(
            f"""SELECT name, owner, holder, lease_until FROM lane
                WHERE {_named(only)}next_at <= :now AND lease_until > :now""",
            now=self._db.now(),
            only=only,
        )
        return [Held(row[0], row[1], row[2], moment(row[3])) for row in rows]

    def free(self, held: Held) -> None:
        """End the lease of a holder that is known to be dead; safe even if it is not.

        A holder that lives after all finds its decisions refused; its facts are still taken.
        """
        self._db.run_light(
            "UPDATE lane SET lease_until = 0 WHERE name = :lane AND owner = :owner",
            lane=held.lane,
            owner=held.owner,
        )

    def next_wake(self, *, free: bool = False) -> datetime | None:
        """Return when any lane next has work; with ``free``, any that nobody holds."""
        value = self._db.value(
            """SELECT min(next_at) FROM lane WHERE next_at IS NOT NULL
               AND (:free = 0 OR lease_until <= :now)""",
            free=free,
            now=self._db.now(),
        )
        return None if value is None else moment(value)

    def is_wanted(self) -> bool:
        """Say whether a lane that nobody holds has work due now."""
        return self._is_due(self._db.now(), None)

    def _is_due(self, now: int, only: str | None) -> bool:
        """Say whether a lane that nobody holds, or that one, has work due: no lock is taken."""
        sql = f"SELECT 1 FROM lane WHERE {_named(only)}{DUE} LIMIT 1"
        return self._db.value(sql, now=now, only=only) is not None

    def _turn(self, after: str, now: int) -> str | None:
        """Return the client, next by name after one, with a free lane that has work due.

        Clients are hopped through by an index: what else waits costs nothing.
        """
        later, first = _hops("> :after"), _hops(">= ''")
        found = self._db.value(f"SELECT coalesce(({later}), ({first}))", after=after, now=now)
        return None if found is None else str(found)

    def _next(self, lane: str) -> int | None:
        rows = self._db.all(
            """SELECT max(
                   max((SELECT min(wake_at) FROM delivery WHERE lane = :lane
                       AND account = account.name AND wake_at IS NOT NULL), lane.rest_until),
                   max(CASE account.state WHEN 'active' THEN 0 ELSE account.until END,
                       CASE app.state WHEN 'active' THEN 0 ELSE app.until END))
               FROM account
               JOIN app ON app.world = account.world AND app.name = account.app
               JOIN lane ON lane.name = account.lane
               WHERE account.lane = :lane AND account.standing IS NULL""",
            lane=lane,
        )
        wakes = [row[0] for row in rows if row[0] is not None]
        return min(wakes, default=None)


def _hops(beyond: str) -> str:
    """Return the query for the first client by name, of those beyond, who has work due."""
    following = "SELECT min(client) FROM lane WHERE next_at IS NOT NULL AND client"
    return f"""WITH RECURSIVE hop (name) AS ({following} {beyond}
            UNION ALL SELECT ({following} > hop.name) FROM hop WHERE hop.name IS NOT NULL)
        SELECT name FROM hop WHERE name IS NOT NULL
            AND EXISTS (SELECT 1 FROM lane WHERE client = hop.name AND {DUE}) LIMIT 1"""


def _named(only: str | None) -> str:
    """Return the condition that narrows a query to one lane, or none."""
    return "" if only is None else "name = :only AND "


def _of(lease: Lease) -> dict[str, object]:
    return {"lane": lease.lane, "epoch": lease.epoch, "owner": lease.owner}
