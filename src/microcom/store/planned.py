"""What is known of deliveries beyond publishing: the file and words they came from, and who
decided about them by hand.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from microcom.core.changes import WAITING, Standing
from microcom.store.queue import COLUMNS, delivery_of
from microcom.store.times import micros, moment, moment_or_none

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from microcom.core.passage import Fresh
    from microcom.store.database import Database, Row

ASIDE = """planned.occurrence, planned.source, planned.at_words, planned.decided_by, decided_at,
    EXISTS (SELECT 1 FROM mark WHERE mark.delivery = delivery.id)"""
WAITS = """delivery.state IN ('held', 'queued', 'staged') AND planned.source IS NOT NULL"""
WIDTH = len(COLUMNS.split(","))
AT_ONCE = 500


class Planned:
    """Notes and finds how deliveries of one world came to be."""

    def __init__(self, db: Database, actor: str, world: str) -> None:
        self._db = db
        self._actor = actor
        self._world = world

    def note(self, delivery: int, fresh: Fresh) -> None:
        """Note the file and the words that a delivery comes from now; no person decided on it."""
        self._db.run(
            """INSERT INTO planned (delivery, occurrence, source, at_words)
               VALUES (:delivery, :occurrence, :source, :words)
               ON CONFLICT (delivery) DO UPDATE SET occurrence = excluded.occurrence,
                   source = excluded.source, at_words = excluded.at_words,
                   decided_by = NULL, decided_at = NULL""",
            delivery=delivery,
            occurrence=fresh.occurrence,
            source=fresh.source,
            words=fresh.at_words,
        )

    def refile(self, delivery: int, source: str | None) -> None:
        """Note that the file which a delivery comes from lies elsewhere now."""
        self._db.run(
            "UPDATE planned SET source = :source WHERE delivery = :delivery",
            source=source,
            delivery=delivery,
        )

    def decided(self, delivery: int) -> None:
        """Note that whoever acts here moved or cancelled a delivery by hand."""
        self._db.run(
            """INSERT INTO planned (delivery, decided_by, decided_at)
               VALUES (:delivery, :actor, :now)
               ON CONFLICT (delivery) DO UPDATE SET decided_by = excluded.decided_by,
                   decided_at = excluded.decided_at""",
            delivery=delivery,
            actor=self._actor,
            now=self._db.now(),
        )

    def decision(self, delivery: int) -> tuple[str | None, datetime | None]:
        """Return who decided about a delivery by hand and when; None and None for nobody."""
        row = self._db.one(
            "SELECT decided_by, decided_at FROM planned WHERE delivery = :delivery",
            delivery=delivery,
        )
        return (None, None) if row is None else (row[0], moment_or_none(row[1]))

    def undecided(self, delivery: int, by: str | None = None, at: datetime | None = None) -> None:
        """Forget that a person decided about a delivery: it was taken back.

        What had been decided before that, ``by`` whom and when, is as it was.
        """
        self._db.run(
            "UPDATE planned SET decided_by = :by, decided_at = :at WHERE delivery = :delivery",
            by=by,
            at=None if at is None else micros(at),
            delivery=delivery,
        )

    def of_posts(self, project: str, posts: Collection[str]) -> list[Standing]:
        """Return a project's deliveries of these posts, oldest first."""
        found: list[Standing] = []
        for some in _some(sorted(posts)):
            names = {f"post_{number}": post for number, post in enumerate(some)}
            among = ", ".join(f":{name}" for name in names)
            found += self._found(
                f"project = :project AND post IN ({among})", project=project, **names
            )
        return sorted(found, key=lambda one: one.delivery.id)

    def waiting(self, project: str) -> list[Standing]:
        """Return a project's deliveries that wait and that came from files, oldest first."""
        return self._found(f"project = :project AND {WAITS}", project=project)

    def beside(
        self, project: str, places: Collection[str], wanted: Iterable[Fresh]
    ) -> list[Standing]:
        """Return those of :meth:`waiting` that files bear on, oldest first.

        They came from one of these places (a file, or what lies below a folder), or say at a
        target what is ``wanted`` there. Of each post of theirs, all that wait are returned.
        """
        if "." in places:
            return self.waiting(project)
        posts = {post for place in places for post in self._posts_of(place)}
        posts |= {post for fresh in wanted for post in self._posts_saying(fresh)}
        found = self.of_posts(project, posts)
        return [one for one in found if one.source is not None and one.delivery.state in WAITING]

    def taken(self, accounts: Collection[str], since: datetime) -> dict[str, list[datetime]]:
        """Return when posts of each account go out, or went out since: in order."""
        return {name: self._times(name, since) for name in accounts}

    def spent(self, accounts: Collection[str], since: datetime, until: datetime) -> int:
        """Return what deliveries of accounts cost that are due then, in millionths of a dollar.

        What has not left is reserved; what failed, was cancelled or missed costs nothing.
        """
        return sum(
            self._db.value(
                """SELECT coalesce(sum(cost), 0) FROM delivery
                   WHERE world = :world AND account = :account
                   AND due_at >= :since AND due_at < :until
                   AND state NOT IN ('cancelled', 'failed', 'missed')""",
                world=self._world,
                account=name,
                since=micros(since),
                until=micros(until),
            )
            for name in accounts
        )

    def _posts_of(self, place: str) -> list[str]:
        """Return the posts of what waits and came from a file, or from one below a folder.

        "0" follows "/" where text compares by its bytes, as it does in both engines; with CROSS
        JOIN SQLite begins with the files, not with all that waits.
        """
        folder = place.rstrip("/")
        rows = self._db.all(
            f"""SELECT DISTINCT post FROM planned CROSS JOIN delivery
                WHERE (planned.source = :place
                    OR (planned.source > :below AND planned.source < :beyond))
                AND delivery.id = planned.delivery AND {WAITS}""",
            place=place,
            below=f"{folder}/",
            beyond=f"{folder}0",
        )
        return [str(post) for (post,) in rows]

    def _posts_saying(self, fresh: Fresh) -> list[str]:
        """Return the posts of what waits, came from a file and says the same for the account."""
        rows = self._db.all(
            f"""SELECT DISTINCT post FROM delivery JOIN planned ON planned.delivery = delivery.id
                WHERE account = :account AND snapshot = :digest AND {WAITS}""",
            account=fresh.target.account,
            digest=fresh.snapshot.digest,
        )
        return [str(post) for (post,) in rows]

    def _times(self, account: str, since: datetime) -> list[datetime]:
        rows = self._db.all(
            """SELECT due_at FROM delivery
               WHERE world = :world AND account = :account AND due_at >= :since
               AND state NOT IN ('cancelled', 'failed', 'missed') ORDER BY due_at""",
            world=self._world,
            account=account,
            since=micros(since),
        )
        return [moment(due) for (due,) in rows]

    def _found(self, condition: str, **values: object) -> list[Standing]:
        rows = self._db.all(
            f"""SELECT {COLUMNS}, {ASIDE} FROM delivery
                LEFT JOIN planned ON planned.delivery = delivery.id
                WHERE world = :world AND {condition} ORDER BY delivery.id""",
            world=self._world,
            **values,
        )
        return list(map(_standing, rows))


def _some(posts: Iterable[str]) -> Iterator[list[str]]:
    """Yield posts by so many as one statement may name."""
    rest = iter(posts)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _standing(row: Row) -> Standing:
    occurrence, source, words, decided_by, decided_at, tried = row[WIDTH:]
    return Standing(
        delivery_of(row),
        occurrence=occurrence or "",
        tried=bool(tried),
        source=source,
        at_words=words,
        decided_by=decided_by,
        decided_at=moment_or_none(decided_at),
    )
