"""The standing of a queue: whether it has the right to send what is in it.

That right is not copied with a queue. One that was restored, copied, moved or rolled back holds
what is unfinished until each account was looked at and adopted: another queue may have sent it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from microcom import __version__
from microcom.core.delivery import OVER, State
from microcom.store.times import SECOND, micros, moment
from microcom.store.witness import Witness, count_of
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.steps import JsonValue
    from microcom.store.database import Database, Row
    from microcom.store.events import Events
    from microcom.store.lanes import Lanes

MINUTE = 60 * SECOND
"""How much earlier than the last thing that is known others may be missing."""
UNFINISHED = tuple(state for state in State if state not in OVER)
SURELY_ENDED = (State.PUBLISHED, State.HANDED_OVER, State.CANCELLED)
LOOKING = "looking whether another queue has sent it"


@dataclass(frozen=True, slots=True)
class Unadopted:
    """An account whose deliveries wait for its adoption.

    ``why`` is None where only some of them wait; ``as_of`` is the last moment of which the queue
    surely knows everything. ``past`` are to be looked for, ``future`` are not due yet, ``held``
    were held before.
    """

    account: str
    why: str | None
    as_of: datetime
    past: int
    future: int
    held: int


@dataclass(frozen=True, slots=True)
class Adopted:
    """What adopting an account did: the numbers of deliveries to look for, and of others."""

    account: str
    looked: tuple[int, ...]
    released: tuple[int, ...]
    held: tuple[int, ...]


class Standing:
    """Takes the right to send from a queue, and gives it back account by account."""

    def __init__(
        self, db: Database, events: Events, lanes: Lanes, world: str, witness: str | None
    ) -> None:
        self._db = db
        self._events = events
        self._lanes = lanes
        self._world = world
        self._folder = witness

    @property
    def store(self) -> str:
        """Return the name that the queue goes by, which no copy of it keeps for long."""
        return str(self._db.value("SELECT value FROM meta WHERE name = 'store'"))

    def disown(self, reason: str, store: str, *, as_of: datetime | None = None) -> None:
        """Let a queue that was found to be a copy be one of its own, with nothing to send.

        ``store`` is the name by which it was found out: whoever comes second does nothing. The
        queue knows everything up to ``as_of``, else up to the last thing that it knows.
        """
        import secrets

        name = secrets.token_hex(16)
        with self._db.transaction():
            renamed = self._db.run(
                "UPDATE meta SET value = :name WHERE name = 'store' AND value = :store",
                name=name,
                store=store,
            )
            if not renamed:
                return
            self._db.run("DELETE FROM meta WHERE name = 'witness'")
            if self._folder is not None:
                Witness(self._folder, name).write(count_of(self._db), self._db.path)
            self._hold_all(reason, self._as_of() if as_of is None else micros(as_of))

    def hold(self, reason: str, *, due_since: datetime | None = None) -> int:
        """Hold what is unfinished until its accounts are adopted; return how many were held.

        With ``due_since``, up to when the queue surely knows everything, that is only what is due
        by now: what is due later goes on, and so do the accounts. Safe to call again.
        """
        with self._db.transaction():
            if due_since is None:
                return self._hold_all(reason, self._as_of())
            count = self._withhold(micros(due_since), reason, whole=False)
            if count:
                self._events.append("withheld", reason=reason, deliveries=count)
            self._note_waits()
        return count

    def _hold_all(self, reason: str, as_of: int) -> int:
        self._db.run(
            """UPDATE account SET standing = :reason, as_of =
                   CASE WHEN standing IS NULL THEN :as_of ELSE min(as_of, :as_of) END
               WHERE world = :world""",
            reason=reason,
            as_of=as_of,
            world=self._world,
        )
        count = self._withhold(as_of, reason, whole=True)
        self._events.append("withheld", reason=reason, deliveries=count)
        self._note_waits()
        return count

    def step_back(self, reason: str) -> None:
        """Hold what is due in a queue on a server that lacks marks which this machine has made.

        The witness then goes on from there.
        """
        assert self._folder is not None  # noqa: S101 - it has told
        with self._db.transaction():
            self.hold(reason, due_since=moment(max(self._as_of() - MINUTE, 0)))
            Witness(self._folder, self.store).write(count_of(self._db), self._db.path)

    def disclaim(self, accounts: tuple[str, ...], reason: str) -> None:
        """Hold what some accounts have: another queue publishes for their login now."""
        with self._db.transaction():
            as_of = self._as_of()
            for name in accounts:
                fresh = self._db.run(
                    """UPDATE account SET standing = :reason, as_of = :as_of
                       WHERE world = :world AND name = :name AND standing IS NULL""",
                    reason=reason,
                    as_of=as_of,
                    world=self._world,
                    name=name,
                )
                if fresh:
                    self._withhold(as_of, reason, whole=True, account=name)
                    self._events.append("withheld", account=name, reason=reason)
            self._note_waits()

    def waits(self) -> bool:
        """Say whether anything waits for a person to adopt it."""
        return self._db.value("SELECT 1 FROM meta WHERE name = 'unadopted'") is not None

    def _note_waits(self) -> None:
        """Note whether anything waits, where the idle check finds it at once."""
        waits = self._db.value(
            """SELECT 1 FROM meta WHERE EXISTS (SELECT 1 FROM withheld)
               OR EXISTS (SELECT 1 FROM account WHERE standing IS NOT NULL) LIMIT 1"""
        )
        if waits is None:
            self._db.run("DELETE FROM meta WHERE name = 'unadopted'")
            return
        self._db.run(
            """INSERT INTO meta (name, value) VALUES ('unadopted', '1')
               ON CONFLICT (name) DO NOTHING"""
        )

    def unadopted(self) -> list[Unadopted]:
        """Return every account that waits for its adoption, by name."""
        counted = self._db.all(
            f"""SELECT account, min(as_of), sum(CASE WHEN {_WAS_HELD} THEN 1 ELSE 0 END),
                    sum(CASE WHEN NOT ({_WAS_HELD}) AND ({_PAST}) THEN 1 ELSE 0 END), count(*)
                FROM withheld JOIN delivery ON delivery.id = withheld.delivery
                WHERE world = :world GROUP BY account""",
            world=self._world,
            now=self._db.now(),
        )
        whole = self._db.all(
            """SELECT name, standing, as_of FROM account
               WHERE world = :world AND standing IS NOT NULL""",
            world=self._world,
        )
        whys = {name: (str(why), int(as_of)) for name, why, as_of in whole}
        waiting = dict.fromkeys(whys, (None, 0, 0, 0)) | {row[0]: row[1:] for row in counted}
        found = []
        for name, (oldest, held, past, count) in sorted(waiting.items()):
            why, as_of = whys.get(name, (None, oldest or 0))
            future = int(count) - int(past) - int(held)
            found.append(Unadopted(name, why, moment(as_of), int(past), future, int(held)))
        return found

    def why_not(self, account: str) -> str | None:
        """Return why an account may not publish before its adoption, None where it may."""
        found = self._db.value(
            "SELECT standing FROM account WHERE world = :world AND name = :name",
            world=self._world,
            name=account,
        )
        return None if found is None else str(found)

    def adopt(self, account: str) -> Adopted:
        """Give an account back its right to send, in this queue.

        What another queue may have sent is looked for before it is sent; what is not due yet waits
        as it did before.
        """
        with self._db.transaction():
            now = self._db.now()
            self._suspect(account, now)
            done: dict[str, list[int]] = {"looked": [], "released": [], "held": []}
            for row in self._db.all(_WITHHELD, world=self._world, account=account):
                done[self._give_back(account, row, now)].append(int(row[0]))
            done["looked"] = self._to_look_for(account, now)
            self._db.run(
                """DELETE FROM withheld WHERE delivery IN (SELECT id FROM delivery
                       WHERE world = :world AND account = :account)""",
                world=self._world,
                account=account,
            )
            self._db.run(
                """UPDATE account SET standing = NULL, as_of = 0, adopted_at = :now
                   WHERE world = :world AND name = :account""",
                now=now,
                world=self._world,
                account=account,
            )
            lane = self._db.value(
                "SELECT lane FROM account WHERE world = :world AND name = :account",
                world=self._world,
                account=account,
            )
            if lane is not None:
                self._lanes.refresh(lane)
            self._note_waits()
            counts: dict[str, JsonValue] = {how: len(numbers) for how, numbers in done.items()}
            self._events.append("adopted", account=account, **counts)
        return Adopted(account, *(tuple(done[name]) for name in ("looked", "released", "held")))

    def _as_of(self) -> int:
        """Return the moment of the last thing that is known here."""
        return int(self._db.value("SELECT max(at) FROM event") or 0)

    def _withhold(self, as_of: int, reason: str, *, whole: bool, account: str | None = None) -> int:
        """Hold what is unfinished; remember what it was."""
        states = ", ".join(f"'{state}'" for state in UNFINISHED)
        narrowed = "" if account is None else " AND account = :account"
        named = {} if account is None else {"account": account}
        count = self._db.run(
            f"""INSERT INTO withheld (delivery, state, reason, wake_at, as_of)
                SELECT id, state, reason, wake_at, :as_of FROM delivery
                WHERE world = :world AND state IN ({states}){narrowed}
                AND (:whole = 1 OR due_at <= :now OR {_MARKED})
                ON CONFLICT (delivery) DO NOTHING""",
            world=self._world,
            as_of=as_of,
            whole=int(whole),
            now=self._db.now(),
            **named,
        )
        moving = f"""id IN (SELECT delivery FROM withheld)
            AND state IN ({states}) AND state <> 'held'"""
        self._db.run(
            f"""INSERT INTO event (at, actor, version, delivery, account, kind, data)
                SELECT :now, :actor, :version, id, account, 'state', :before || state || :after
                FROM delivery WHERE {moving}""",
            now=self._db.now(),
            actor=self._events.actor,
            version=__version__,
            before='{"before": "',
            after=f'", "after": "held", "reason": {json.dumps(reason, ensure_ascii=False)}}}',
        )
        self._db.run(
            f"""UPDATE delivery SET state = 'held', reason = :reason, wake_at = NULL,
                    revision = revision + 1 WHERE {moving}""",
            reason=_waits(reason),
        )
        for (lane,) in self._db.all(
            "SELECT name FROM lane WHERE world = :world AND next_at IS NOT NULL",
            world=self._world,
        ):
            self._lanes.refresh(lane)
        return count

    def _suspect(self, account: str, now: int) -> None:
        """Note of everything that another queue may have sent that it may have."""
        ended = ", ".join(f"'{state}'" for state in SURELY_ENDED)
        self._db.run(
            f"""UPDATE delivery SET elsewhere = coalesce(
                    (SELECT as_of FROM withheld WHERE withheld.delivery = delivery.id),
                    (SELECT as_of FROM account WHERE account.world = delivery.world
                        AND account.name = delivery.account AND standing IS NOT NULL), 0)
                WHERE world = :world AND account = :account AND state NOT IN ({ended})
                AND (due_at <= :now OR {_MARKED})""",
            world=self._world,
            account=account,
            now=now,
        )

    def _to_look_for(self, account: str, now: int) -> list[int]:
        """Return what is looked for at once, with what was queued since it was held."""
        rows = self._db.all(
            """SELECT id FROM delivery WHERE world = :world AND account = :account
               AND elsewhere > 0 AND wake_at <= :now ORDER BY due_at, id""",
            world=self._world,
            account=account,
            now=now,
        )
        return [int(number) for (number,) in rows]

    def _give_back(self, account: str, row: Row, now: int) -> str:
        """Let a delivery be what it was before it was held; say in which way it goes on."""
        number, due, state, was, reason, wake, is_marked, is_open = row
        if state != State.HELD:  # a person has decided since
            return "held"
        after, why, how = State.QUEUED, reason, "released"
        if was == State.HELD:
            after, wake, how = State.HELD, None, "held"
        elif is_open:
            after, why, wake, how = State.IN_DOUBT, LOOKING, now, "looked"
        elif due <= now or is_marked:
            why, wake, how = LOOKING, now, "looked"
        elif wake is None:
            wake = due
        self._db.run(
            """UPDATE delivery SET state = :state, reason = :reason, wake_at = :wake,
                   revision = revision + 1 WHERE id = :id""",
            state=after.value,
            reason=why,
            wake=wake,
            id=number,
        )
        if after is not State.HELD:
            self._events.append(
                "state",
                delivery=number,
                account=account,
                before="held",
                after=after.value,
                reason=why,
            )
        return how


def _waits(reason: str) -> str:
    return f"{reason}. Then: microcom store adopt"


_MARKED = "EXISTS (SELECT 1 FROM mark WHERE mark.delivery = delivery.id)"
_PAST = f"due_at <= :now OR {_MARKED}"
_WAS_HELD = "withheld.state = 'held'"
_WITHHELD = f"""SELECT id, due_at, delivery.state, withheld.state, withheld.reason,
        withheld.wake_at, CASE WHEN {_MARKED} THEN 1 ELSE 0 END,
        CASE WHEN EXISTS (SELECT 1 FROM mark WHERE mark.delivery = delivery.id
            AND mark.attempt = delivery.attempt AND mark.state = 'open') THEN 1 ELSE 0 END
    FROM withheld JOIN delivery ON delivery.id = withheld.delivery
    WHERE world = :world AND account = :account ORDER BY due_at, id"""
