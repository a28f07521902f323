"""The line of deliveries in a lane: who moves first. Read along an index, however long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microcom.store.database import Database, Row

SPEAKS = """account.standing IS NULL AND (account.state = 'active' OR account.until <= :now)
    AND EXISTS (SELECT 1 FROM app WHERE app.world = account.world AND app.name = account.app
        AND (app.state = 'active' OR app.until <= :now))"""
"""What holds of an account that is neither parked nor paused, nor is its app."""


_FIRST = f"""SELECT one.id FROM account JOIN delivery AS one ON one.id = (
        SELECT id FROM delivery WHERE lane = :lane AND account = account.name
        AND wake_at <= :now AND {{which}} ORDER BY wake_at, id LIMIT 1)
    WHERE account.lane = :lane AND {SPEAKS}
    AND EXISTS (SELECT 1 FROM lane WHERE name = :lane AND rest_until <= :now)
    ORDER BY one.wake_at, one.id LIMIT 1"""


def first(db: Database, lane: str, columns: str) -> Row | None:
    """Return those columns of the delivery that could move longest ago; what is due first."""
    return db.one(
        f"""SELECT {columns} FROM delivery
            WHERE id = coalesce(({_FIRST.format(which="due_at <= :now")}),
                ({_FIRST.format(which="due_at > :now")}))""",
        lane=lane,
        now=db.now(),
    )


def wake_beside(db: Database, lane: str, number: int) -> int | None:
    """Return when any delivery of the lane but that one can move (microseconds), or None."""
    found: int | None = db.value(
        f"""SELECT min((SELECT wake_at FROM delivery WHERE lane = :lane
                AND account = account.name AND wake_at IS NOT NULL AND id <> :id
                ORDER BY wake_at LIMIT 1))
            FROM account WHERE lane = :lane AND {SPEAKS}""",
        lane=lane,
        id=number,
        now=db.now(),
    )
    return found


def doubt_beside(db: Database, lane: str, number: int) -> int | None:
    """Return the deadline (microseconds) of the youngest call of the lane that is looked for.

    Those of that delivery do not count. None where nothing is looked for.
    """
    found: int | None = db.value(
        """SELECT max(deadline_at) FROM mark JOIN delivery ON delivery.id = mark.delivery
           WHERE mark.state = 'open' AND delivery.lane = :lane
           AND wake_at IS NOT NULL AND delivery.id <> :id""",
        lane=lane,
        id=number,
    )
    return found


def late_place(db: Database, account: tuple[str, str], earliest: int, gap: int) -> int:
    """Give the account's next late delivery a place (microseconds): a gap behind the last one.

    The last place counts while somebody waits there; else the line begins at ``earliest``.
    """
    world, name = account
    return int(
        db.value(
            """UPDATE account SET late_until = CASE WHEN EXISTS (
                    SELECT 1 FROM delivery WHERE delivery.lane = account.lane
                    AND delivery.account = account.name AND wake_at = late_until)
                THEN max(:earliest, late_until + :gap) ELSE :earliest END
               WHERE world = :world AND name = :name RETURNING late_until""",
            earliest=earliest,
            gap=gap,
            world=world,
            name=name,
        )
    )
