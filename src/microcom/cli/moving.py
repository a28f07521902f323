"""`microcom queue move | shift | spread | undo`: other times for what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli import moved, selectors
from microcom.cli.options import (
    AsJson,
    Campaign,
    Client,
    DryRun,
    InState,
    OneAccount,
    Sandbox,
    Since,
    Until,
)
from microcom.cli.session import Session
from microcom.errors import Superseded, UserError

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from microcom.core.delivery import Delivery
    from microcom.core.moves import Move
    from microcom.core.schedule import Moment

MOST = 10_000
"""How many deliveries one command moves at most."""

Some = Annotated[
    list[int] | None,
    typer.Argument(metavar="[ID…]", help="Numbers from queue list.", show_default=False),
]
To = Annotated[str, typer.Option("--to", metavar="WHEN", help="The new time.")]
By = Annotated[str, typer.Option("--by", metavar="LENGTH", help="2h later; -2h is earlier.")]
First = Annotated[
    str | None, typer.Option("--from", metavar="WHEN", help="When the first is to go out.")
]
Last = Annotated[
    str | None, typer.Option("--to", metavar="WHEN", help="When the last is to go out.")
]
Every = Annotated[
    str | None, typer.Option("--every", metavar="LENGTH", help="How long after one the next goes.")
]

MOVE_HELP = """Give deliveries that wait another time, each on its own wall clock.

What was uploaded stays. Files do not take it back: plan shows it as kept, until the file's own
time changes.

Examples:

  microcom queue move 17 --to "2026-12-04 09:00"

  microcom queue move --campaign winter --to "fri 18:30" --dry-run
"""

SHIFT_HELP = """Let deliveries that wait go out earlier or later by one length.

Days are days of the calendar: nine o'clock stays nine o'clock when the clocks change.

Examples:

  microcom queue shift --client acme --by 2h

  microcom queue shift 17 18 --by -1d
"""

SPREAD_HELP = """Spread deliveries that wait, in the order they have: evenly, or one each so often.

Examples:

  microcom queue spread --campaign winter --from "fri 09:00" --to "fri 17:00"

  microcom queue spread 17 18 19 --every 30m
"""

UNDO_HELP = """Take the newest move, shift or spread back: what still waits gets its earlier time.

Asked again, the one before it. A cancellation cannot be taken back: post it again.

Example:

  microcom queue undo --dry-run
"""


Times = Callable[[Session, "list[Delivery]"], "list[Moment]"]
"""Gives each delivery its new time."""


def move(
    to: To,
    numbers: Some = None,
    client: Client = None,
    account: OneAccount = None,
    campaign: Campaign = None,
    state: InState = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Give deliveries another time."""
    session = Session("queue move", json=as_json, sandbox=sandbox)
    choice = selectors.Choice(numbers or (), client, account, campaign, state or (), since, until)

    def times(session: Session, found: list[Delivery]) -> list[Moment]:
        return [_read(session, to, one) for one in found]

    _carry_out(session, "move", choice, times, dry_run=dry_run)


def shift(
    by: By,
    numbers: Some = None,
    client: Client = None,
    account: OneAccount = None,
    campaign: Campaign = None,
    state: InState = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Move deliveries by a length."""
    from microcom.core.moves import read_shift

    session = Session("queue shift", json=as_json, sandbox=sandbox)
    choice = selectors.Choice(numbers or (), client, account, campaign, state or (), since, until)
    length = read_shift(by)

    def times(_: Session, found: list[Delivery]) -> list[Moment]:
        return [length.of(one.due, _zone(one)) for one in found]

    _carry_out(session, "shift", choice, times, dry_run=dry_run)


def spread(
    numbers: Some = None,
    first: First = None,
    last: Last = None,
    every: Every = None,
    client: Client = None,
    account: OneAccount = None,
    campaign: Campaign = None,
    state: InState = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Spread deliveries out."""
    session = Session("queue spread", json=as_json, sandbox=sandbox)
    if (last is None) == (every is None) or (last is not None and first is None):
        raise UserError(
            "Say how to spread: --from WHEN --to WHEN, or --every LENGTH.",
            code="spread.how",
            hint='Such as --from "fri 09:00" --to "fri 17:00", or --every 30m.',
        )
    choice = selectors.Choice(numbers or (), client, account, campaign, state or (), since, until)

    def times(session: Session, found: list[Delivery]) -> list[Moment]:
        from microcom.core.schedule import on_clock

        due = _spread(session, found, first, last, every)
        return [on_clock(at, _zone(one)) for at, one in zip(due, found, strict=True)]

    _carry_out(session, "spread", choice, times, dry_run=dry_run)


def undo(dry_run: DryRun = False, sandbox: Sandbox = None, as_json: AsJson = False) -> None:
    """Take the newest batch of moves back."""
    from microcom.core.moves import obstacle

    session = Session("queue undo", json=as_json, sandbox=sandbox)
    moving, now = session.store.moving, session.clock.now()
    with _in_time(), session.store.db.trial() if dry_run else session.store.db.transaction():
        batch = moving.newest()
        if batch is None:
            raise UserError(
                "There is no move to take back.", code="undo.none", hint="microcom queue list"
            )
        past = moving.of(batch)
        why = {
            one.delivery.id: obstacle(one, now, tried=moving.tried(one.delivery)) for one in past
        }
        moves = [_move(session, one.delivery, one.was) for one in past if not why[one.delivery.id]]
        if not moves:
            raise UserError(
                f"Nothing of the last {batch.how} can be taken back.",
                code="undo.late",
                hint=_reasons(why),
            )
        done = moving.undo(batch, moves, past)
    stay = [
        moved.notice("undo.stays", one.delivery, f"It stays: {reason}.")
        for one in past
        if (reason := why[one.delivery.id])
    ]
    answer = moved.answer(
        session,
        f"taken back of the {batch.how} by {batch.actor}",
        moves,
        done,
        stay,
        dry_run=dry_run,
    )
    raise typer.Exit(session.screen.answer(answer))


COMMANDS: dict[str, Callable[..., None]] = {
    "move": move,
    "shift": shift,
    "spread": spread,
    "undo": undo,
}
for _command, _help in ((move, MOVE_HELP), (shift, SHIFT_HELP), (spread, SPREAD_HELP)):
    _command.__doc__ = _help
undo.__doc__ = UNDO_HELP


def _carry_out(
    session: Session, how: str, choice: selectors.Choice, times: Times, *, dry_run: bool
) -> None:
    """Move what was chosen, all or none, in one transaction over the queue as it is then."""
    db, moving = session.store.db, session.store.moving
    with _in_time(), db.trial() if dry_run else db.transaction():
        found, left = selectors.chosen(session, choice, MOST)
        moments = times(session, found)
        moves = [
            _move(session, one, moment.utc) for one, moment in zip(found, moments, strict=True)
        ]
        _refuse_past(session, moves)
        done = moving.move(how, moves) if moves else []
    leaving = "It has begun to leave, and keeps its time."
    notices = [moved.notice("queue.tried", one, leaving) for one in left]
    for one, moment in zip(found, moments, strict=True):
        notices += moved.said_about(session, one, moment)
    answer = moved.answer(session, "moved", moves, done, notices, dry_run=dry_run)
    raise typer.Exit(session.screen.answer(answer))


@contextmanager
def _in_time() -> Iterator[None]:
    """Say in words that somebody else was quicker."""
    try:
        yield
    except Superseded as error:
        message = f"Too late: {error.message}"
        raise UserError(
            message, code="queue.late", hint="Look again: microcom queue list"
        ) from error


def _reasons(why: Mapping[int, str | None]) -> str | None:
    number, reason = next(iter(why.items()), (0, None))
    return reason and f"Of delivery {number}: {reason}."


def _spread(
    session: Session, found: list[Delivery], first: str | None, last: str | None, every: str | None
) -> list[datetime]:
    from microcom.core.moves import spread
    from microcom.core.schedule import duration

    if not found:
        return []
    start = found[0].due if first is None else _one_moment(session, first, found)
    if every is not None:
        step = duration(every)
        return [start + step * number for number in range(len(found))]
    end = _one_moment(session, last or "", found)
    if end < start:
        message = "The last would go out before the first."
        raise UserError(message, code="spread.how", hint="Exchange --from and --to.")
    return spread(len(found), start, end)


def _one_moment(session: Session, words: str, found: list[Delivery]) -> datetime:
    """Return the instant that words mean for all of them; refuse words that mean several."""
    readings = {_read(session, words, one).utc: one.zone for one in found}
    if len(readings) > 1:
        zones = sorted(set(readings.values()))
        raise UserError(
            f"{words} is another time for {zones[0]} than for {zones[1]}.",
            code="time.zones",
            hint=f'Name the zone: "2026-12-04 09:00 {zones[0]}".',
        )
    return next(iter(readings))


def _read(session: Session, words: str, delivery: Delivery) -> Moment:
    from microcom.core.schedule import resolve

    return resolve(words, _zone(delivery), session.clock.now())


def _zone(delivery: Delivery) -> ZoneInfo:
    from microcom.core.schedule import zone

    return zone(delivery.zone)


def _move(session: Session, delivery: Delivery, due: datetime) -> Move:
    """Return a move, with the time that its files need: by the rules the queue has for it."""
    from microcom.core.moves import Move, ahead
    from microcom.platforms import load

    rule = load(delivery.platform).capabilities[delivery.kind].media
    known = session.store.accounts.find(delivery.target.account)
    place = known and known.account.communities.get(delivery.target.community or "")
    if rule is None or not place:
        return Move(delivery, due)
    has_media = bool(session.store.queue.snapshot(delivery).media)
    return Move(delivery, due, ahead(place.rules, rule, has_media=has_media), rule.lives)


def _refuse_past(session: Session, moves: Sequence[Move]) -> None:
    from microcom.cli.receipts import when
    from microcom.core.moves import before

    now = session.clock.now()
    early = next(before(moves, now), None)
    if early is None:
        return
    one = early.delivery
    raise UserError(
        f"Delivery {one.id} would be due in the past: {when(early.due, one.zone, now)}.",
        code="time.past",
        hint="Nothing was moved. --since chooses what is due later.",
    )
