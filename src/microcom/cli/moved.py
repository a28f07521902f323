"""What was moved, in front of people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.core.exits import Exit
from microcom.core.problem import Problem, Severity

if TYPE_CHECKING:
    from microcom.core.delivery import Delivery
    from microcom.core.moves import Move
    from microcom.core.schedule import Moment

SHOWN = 50


def answer(
    session: Session,
    what: str,
    moves: Sequence[Move],
    done: Sequence[Delivery],
    notices: Sequence[Problem],
    *,
    dry_run: bool,
) -> Answer:
    """Return what moves did (``what``: "moved"), or would have done, as a command's answer."""
    from microcom.core.report import deliveries_data
    from microcom.core.schedule import rfc3339

    data = deliveries_data(done)
    for row, move in zip(data["deliveries"], moves, strict=True):
        row["was_due"] = rfc3339(move.delivery.due)
    data["dry_run"] = dry_run

    def shown(screen: Screen) -> None:
        _show(screen, session, moves, done)
        if dry_run:
            screen.say(f"Nothing was changed: {len(done)} would be {what}.")
        elif done:
            back = "" if "back" in what else " microcom queue undo takes it back."
            screen.say(f"{len(done)} {what}.{back}")
        else:
            screen.say("Nothing that waits is meant.")

    code = Exit.PARTIAL if any(one.code == "undo.stays" for one in notices) else Exit.OK
    return Answer(data, shown, code, _few(notices))


def said_about(session: Session, delivery: Delivery, moment: Moment) -> list[Problem]:
    """Return what a person should know of a new time: clocks, quiet hours, that it is held."""
    from microcom.core.closures import closing, quiet
    from microcom.core.delivery import State
    from microcom.core.schedule import zone

    said = [] if moment.note is None else [notice("time.shifted", delivery, f"{moment.note}.")]
    known = session.store.accounts.find(delivery.target.account)
    place = known and known.account.communities.get(delivery.target.community or "")
    hours = [quiet(words) for words in place.rules.quiet] if place else []
    closed = closing(moment.utc, zone(delivery.zone), hours, ())
    if closed is not None:
        said.append(notice("time.quiet", delivery, f"It goes out in {closed.cause}, as you said."))
    if delivery.state is State.HELD:
        release = f"It is held: microcom queue release {delivery.id} lets it go."
        said.append(notice("queue.held", delivery, release))
    return said


def notice(code: str, delivery: Delivery, message: str) -> Problem:
    """Return what a person should know of a delivery that was moved, or was not."""
    where = f"#{delivery.id} {delivery.target}"
    return Problem(code, message, None, where, Severity.NOTICE)


def _few(notices: Sequence[Problem]) -> list[Problem]:
    """Return what is said beside the table: of very many, the first."""
    if len(notices) <= SHOWN:
        return [*notices]
    more = f"and {len(notices) - SHOWN} more of the like."
    return [*notices[:SHOWN], Problem("queue.more", more, None, None, Severity.NOTICE)]


def _show(
    screen: Screen, session: Session, moves: Sequence[Move], done: Sequence[Delivery]
) -> None:
    from microcom.cli.receipts import wall, when

    if not done:
        return
    now = session.clock.now()
    rows = [
        (
            str(one.id),
            str(one.target),
            wall(move.delivery.due, one.zone, now).rpartition(" ")[0],
            when(one.due, one.zone, now),
        )
        for move, one in zip(moves[:SHOWN], done, strict=False)
    ]
    screen.table(("#", "target", "was", "is"), rows)
    if len(done) > SHOWN:
        screen.note(f"The first {SHOWN} of {len(done)}; --json has all.")
