"""The queue: deliveries, how they get in, how workers move them, how they are listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from microcom.core.delivery import Delivery, State, may_become
from microcom.core.target import Target
from microcom.errors import StoreError, Superseded, UserError
from microcom.store import line
from microcom.store.lanes import FENCE
from microcom.store.marks import note
from microcom.store.media import hold
from microcom.store.times import DAY, SECOND, micros, moment, moment_or_none
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from microcom.core.passage import Fresh, Receipt
    from microcom.core.post import Snapshot
    from microcom.store.accounts import Known
    from microcom.store.database import Database, Row
    from microcom.store.events import Events
    from microcom.store.filter import Filter
    from microcom.store.lanes import Lanes, Lease

COLUMNS = """delivery.id, world, project, post, campaign, account, community, platform, client,
    kind, lane, state, reason, revision, attempt, tries, stopping, due_at, zone, wake_at, snapshot,
    key, created_at, published_at, remote_id, url, cost, delivery.elsewhere"""


@dataclass(frozen=True, slots=True)
class Added:
    """What queueing gave: the delivery, and whether it is new or the same one as before."""

    delivery: Delivery
    new: bool


class Queue:
    """Deliveries in one store."""

    def __init__(self, db: Database, events: Events, lanes: Lanes, world: str) -> None:
        self._db = db
        self._events = events
        self._lanes = lanes
        self._world = world

    def add(self, fresh: Sequence[tuple[Fresh, Known]], *, again: bool = False) -> list[Added]:
        """Queue deliveries, all or none; each row is on disk when this returns.

        The same content for the same target within 24 hours, or the same key ever, gives the
        earlier delivery instead of a new one, unless ``again``. Raises UserError ``key.used``
        when a key stands for other content.
        """
        with self._db.transaction():
            return [self._add(one, known, again=again) for one, known in fresh]

    def earlier(self, fresh: Fresh) -> Delivery | None:
        """Return the delivery that :meth:`add` gives instead of a new one, or None."""
        place = {"account": fresh.target.account, "community": fresh.target.community}
        if fresh.key is not None:
            row = self._db.one(
                f"""SELECT {COLUMNS} FROM delivery WHERE world = :world AND key = :key
                    AND account = :account AND community = :community""",
                world=self._world,
                key=fresh.key,
                **place,
            )
            return None if row is None else _same_key(delivery_of(row), fresh)
        row = self._db.one(
            f"""SELECT {COLUMNS} FROM delivery WHERE account = :account AND snapshot = :digest
                AND created_at > :since AND community = :community AND world = :world
                AND state NOT IN ('cancelled', 'failed', 'missed')
                ORDER BY id DESC LIMIT 1""",
            digest=fresh.snapshot.digest,
            since=self._db.now() - DAY,
            world=self._world,
            **place,
        )
        return None if row is None else delivery_of(row)

    def find(self, number: int) -> Delivery | None:
        """Return the delivery of that number in this world, or None."""
        row = self._db.one(
            f"SELECT {COLUMNS} FROM delivery WHERE id = :id AND world = :world",
            id=number,
            world=self._world,
        )
        return None if row is None else delivery_of(row)

    def again(self, delivery: Delivery) -> Delivery:
        """Return the delivery as it is now."""
        found = self.find(delivery.id)
        if found is None:
            message = f"Delivery {delivery.id} is no longer in the queue."
            raise StoreError(message, code="store.gone")
        return found

    def snapshot(self, delivery: Delivery) -> Snapshot:
        """Return the frozen content of a delivery."""
        from microcom.core.post import Snapshot

        body = self._db.value(
            "SELECT body FROM snapshot WHERE digest = :digest", digest=delivery.digest
        )
        if body is None:
            message = f"The content of delivery {delivery.id} is missing from the queue."
            raise StoreError(message, code="store.damaged", hint="Restore it from an export.")
        return Snapshot.from_json(body)

    def next(self, lease: Lease) -> Delivery | None:
        """Return the delivery of the lane that could move longest ago, or None; what is due first.

        Those of accounts that are parked or paused wait, and all of them while the lane rests.
        """
        row = line.first(self._db, lease.lane, COLUMNS)
        return None if row is None else delivery_of(row)

    def wake_beside(self, lease: Lease, delivery: Delivery) -> datetime | None:
        """Return when another delivery of the lane can move, or None."""
        return moment_or_none(line.wake_beside(self._db, lease.lane, delivery.id))

    def put_off(
        self, lease: Lease, delivery: Delivery, why: str, earliest: datetime, gap: timedelta
    ) -> Delivery:
        """Give a late delivery a place of its own in its account's line, a gap after the last."""
        account = (delivery.world, delivery.target.account)
        with self._db.transaction(lease.lane):
            at = line.late_place(
                self._db, account, micros(earliest), int(gap.total_seconds() * SECOND)
            )
            return self.move(lease, delivery, delivery.state, reason=why, wake=moment(at))

    def list(self, wanted: Filter) -> list[Delivery]:
        """Return the deliveries that match, by due time.

        Each state is read through its own index, so that a million rows in one state cost a
        list of another nothing.
        """
        from microcom.store.filter import where

        narrowed, values = where(wanted)
        with self._db.reading():
            rows = [
                row
                for state in wanted.states or State
                for row in self._db.all(
                    f"""SELECT {COLUMNS} FROM delivery
                        WHERE state = :state AND world = :world{narrowed}
                        ORDER BY due_at, id LIMIT :limit""",
                    state=state.value,
                    world=self._world,
                    limit=wanted.limit,
                    **values,
                )
            ]
        found = sorted(map(delivery_of, rows), key=lambda one: (one.due, one.id))
        return found[: wanted.limit]

    def doubt_beside(self, delivery: Delivery) -> datetime | None:
        """Return the deadline of the youngest call of the login's others that is looked for."""
        return moment_or_none(line.doubt_beside(self._db, delivery.lane, delivery.id))

    def counts(self) -> dict[State, int]:
        """Return how many deliveries stand in each state."""
        rows = self._db.all("SELECT state, count(*) FROM delivery GROUP BY state ORDER BY state")
        return {State(state): count for state, count in rows}

    def move(
        self,
        lease: Lease | None,
        delivery: Delivery,
        state: State,
        *,
        reason: str | None = None,
        wake: datetime | None = None,
        tries: int | None = None,
    ) -> Delivery:
        """Change a delivery's state, reason and next wake by compare-and-set.

        With a lease the change is a worker's and also fenced by its lane; without one it is a
        person's. Raises Superseded when somebody else was quicker.
        """
        changes = _changes(reason=reason, wake=wake, tries=tries)
        with self._db.transaction(None if lease is None else lease.lane):
            moved = delivery_of(self._moved(lease, delivery, state, changes))
            if lease is None:
                self._lanes.refresh(delivery.lane)
            elif wake is not None:
                self._lanes.wake(delivery.lane, micros(wake))
            self._note(delivery, state, reason)
        return moved

    def publish(self, lease: Lease, delivery: Delivery, receipt: Receipt) -> None:
        """Record the receipt: the delivery is out. Raises Superseded when the lane is lost."""
        state = State.HANDED_OVER if receipt.handed_over else State.PUBLISHED
        changes = _changes(tries=0) | {
            "remote": receipt.remote_id,
            "url": receipt.url,
            "published": self._db.now(),
        }
        with self._db.transaction(lease.lane):
            self._moved(lease, delivery, state, changes)
            self._note(delivery, state, None)

    def _moved(
        self, lease: Lease | None, delivery: Delivery, state: State, changes: dict[str, object]
    ) -> Row:
        """Change a delivery's state and return its row, unless somebody else was quicker."""
        if not may_become(delivery.state, state):
            self._still(delivery)
            message = f"Delivery {delivery.id} cannot go from {delivery.state} to {state}."
            raise StoreError(message, code="store.transition")
        fence = "" if lease is None else f" AND {FENCE}"
        row = self._db.one(
            f"""UPDATE delivery SET state = :state, reason = :reason, wake_at = :wake,
                    tries = coalesce(:tries, tries), revision = revision + 1,
                    remote_id = coalesce(:remote, remote_id), url = coalesce(:url, url),
                    published_at = coalesce(:published, published_at)
                WHERE id = :id AND state = :before AND revision = :revision{fence}
                RETURNING {COLUMNS}""",
            state=state.value,
            id=delivery.id,
            before=delivery.state.value,
            revision=delivery.revision,
            **changes,
            **_fence(lease, self._db.now()),
        )
        if row is None:
            raise _superseded(delivery)
        return row

    def _still(self, delivery: Delivery) -> None:
        """Raise Superseded where the delivery is no longer what was read."""
        if self.again(delivery).revision != delivery.revision:
            raise _superseded(delivery)

    def stop(self, delivery: Delivery) -> None:
        """Ask that a delivery that is leaving stops before its next part."""
        with self._db.transaction():
            asked = self._db.run(
                """UPDATE delivery SET stopping = 1, revision = revision + 1
                   WHERE id = :id AND revision = :revision""",
                id=delivery.id,
                revision=delivery.revision,
            )
            if not asked:
                raise _superseded(delivery)
            self._events.append("stopping", delivery=delivery.id)

    def next_attempt(self, lease: Lease, delivery: Delivery) -> Delivery:
        """Open a new attempt with an empty journal: the platform gave up what it had accepted."""
        with self._db.transaction(lease.lane):
            changed = self._db.run(
                f"""UPDATE delivery SET attempt = attempt + 1, revision = revision + 1
                    WHERE id = :id AND revision = :revision AND {FENCE}""",
                id=delivery.id,
                revision=delivery.revision,
                **_fence(lease, self._db.now()),
            )
            if not changed:
                raise _superseded(delivery)
            self._events.append("attempt", delivery=delivery.id, attempt=delivery.attempt + 1)
        return self.again(delivery)

    def _add(self, fresh: Fresh, known: Known, *, again: bool) -> Added:
        earlier = None if again else self.earlier(fresh)
        if earlier is not None:
            return Added(earlier, new=False)
        account = known.account
        place = account.communities[fresh.target.community or ""]
        digest = fresh.snapshot.digest
        wake = None if fresh.held else micros(fresh.due - fresh.ahead)
        self._db.run(
            "INSERT INTO snapshot (digest, body) VALUES (:digest, :body) ON CONFLICT DO NOTHING",
            digest=digest,
            body=fresh.snapshot.to_json(),
        )
        number = self._db.value(
            """INSERT INTO delivery (world, project, post, campaign, account, community, kind,
                   platform, client, lane, snapshot, key, state, reason, due_at, zone, wake_at,
                   created_at, cost)
               VALUES (:world, :project, :post, :campaign, :account, :community, :kind,
                   :platform, :client, :lane, :snapshot, :key, :state, :reason, :due, :zone, :wake,
                   :now, :cost)
               RETURNING id""",
            world=self._world,
            project=account.project,
            post=fresh.post,
            campaign=fresh.campaign,
            account=account.name,
            community=place.name,
            kind=place.kind,
            platform=account.platform,
            client=account.client,
            lane=known.lane,
            snapshot=digest,
            key=fresh.key,
            cost=fresh.cost,
            state="queued" if fresh.held is None else "held",
            reason=fresh.held,
            due=micros(fresh.due),
            wake=wake,
            zone=fresh.zone,
            now=self._db.now(),
        )
        hold(self._db, number, fresh.snapshot)
        if wake is not None:
            self._lanes.wake(known.lane or "", wake)
        self._events.append("queued", delivery=number, account=account.name, post=fresh.post)
        added = self._must_find(number)
        note(self._db, added, fresh.snapshot)
        return Added(added, new=True)

    def _must_find(self, number: int) -> Delivery:
        found = self.find(number)
        assert found is not None  # noqa: S101 - written in this very transaction
        return found

    def _note(self, delivery: Delivery, state: State, reason: str | None) -> None:
        if state is not delivery.state:
            self._events.append(
                "state",
                delivery=delivery.id,
                account=delivery.target.account,
                before=delivery.state.value,
                after=state.value,
                reason=reason,
            )


def _superseded(delivery: Delivery) -> Superseded:
    return Superseded(f"Delivery {delivery.id} was changed by somebody else.")


def _same_key(earlier: Delivery, fresh: Fresh) -> Delivery:
    if earlier.digest != fresh.snapshot.digest:
        message = (
            f"The key {fresh.key} stands for delivery {earlier.id}, which says something else."
        )
        hint = "Use another key for other content."
        raise UserError(message, code="key.used", hint=hint)
    return earlier


def _changes(
    *, reason: str | None = None, wake: datetime | None = None, tries: int | None = None
) -> dict[str, object]:
    """Return what a move writes, with nothing of a receipt."""
    return {
        "reason": reason,
        "wake": None if wake is None else micros(wake),
        "tries": tries,
        "remote": None,
        "url": None,
        "published": None,
    }


def _fence(lease: Lease | None, now: int) -> dict[str, object]:
    if lease is None:
        return {}
    return {"epoch": lease.epoch, "owner": lease.owner, "now": now}


def delivery_of(row: Row) -> Delivery:
    """Return the delivery in the first columns of a row."""
    return Delivery(
        id=row[0],
        world=row[1],
        project=row[2],
        post=row[3],
        campaign=row[4],
        target=Target(row[5], row[6]),
        platform=row[7],
        client=row[8],
        kind=row[9],
        lane=row[10],
        state=State(row[11]),
        reason=row[12],
        revision=row[13],
        attempt=row[14],
        tries=row[15],
        stopping=bool(row[16]),
        due=moment(row[17]),
        zone=row[18],
        wake=moment_or_none(row[19]),
        digest=row[20],
        key=row[21],
        created=moment(row[22]),
        published=moment_or_none(row[23]),
        remote_id=row[24],
        url=row[25],
        cost=row[26],
        elsewhere=moment(row[27]) if row[27] else None,
    )
