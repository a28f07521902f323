"""`microcom slots`: the weekly slots to come, who has each, and which are free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, Client, ConfigFile, OneAccount, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.errors import UserError

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.account import Account
    from microcom.core.delivery import Delivery
    from microcom.core.steps import JsonValue
    from microcom.core.target import Target
    from microcom.core.timetable import Slot, Timetable

HELP = """Show the weekly slots to come: which are free, who has the others, and which are closed.

A slot is what `at: slot` in a post file takes, the first that is free.

Examples:

  microcom slots

  microcom slots 30d --account acme-x
"""

LONGEST = timedelta(days=366)
Length = Annotated[str, typer.Argument(metavar="[LENGTH]", help="How far ahead to look.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("slots", help=HELP)(slots)


def slots(
    length: Length = "14d",
    client: Client = None,
    account: OneAccount = None,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show the weekly slots to come."""
    session = Session("slots", json=as_json, sandbox=sandbox, config=config)
    now = session.clock.now()
    until = now + _length(length)
    found = [
        (target, slot)
        for one in _accounts(session, client, account)
        for target, table in _tables(session, one, now, until)
        for slot in table.between(now, until)
    ]
    answer = Answer(
        {"slots": [_row(target, slot) for target, slot in found]},
        lambda screen: _show(screen, found, now, length),
    )
    raise typer.Exit(session.screen.answer(answer))


def _length(words: str) -> timedelta:
    from microcom.core.schedule import duration

    length = duration(words)
    if timedelta() < length <= LONGEST:
        return length
    raise UserError(
        f"{words} is not how far ahead slots are shown.",
        code="time.duration",
        hint="From 1m to 366d, such as 14d.",
    )


def _accounts(session: Session, client: str | None, account: str | None) -> Iterator[Account]:
    from microcom.core.names import did_you_mean

    known = session.config
    for what, name, names in (
        ("client", client, known.clients),
        ("account", account, known.accounts),
    ):
        if name is not None and name not in names:
            hint = did_you_mean(name, names)
            raise UserError(f"There is no {what} {name}.", code=f"{what}.unknown", hint=hint)
    for one in known.accounts.values():
        if account in {None, one.name} and client in {None, one.client}:
            yield one


def _tables(
    session: Session, account: Account, now: datetime, until: datetime
) -> Iterator[tuple[Target, Timetable]]:
    """Yield the slots of an account, and those of its communities that have their own."""
    from microcom.core.schedule import zone
    from microcom.core.slots import read_slots
    from microcom.core.target import Target
    from microcom.core.timetable import Timetable

    places = [name for name, place in account.communities.items() if place.slots]
    named: list[str | None] = [*places]
    if account.slots and account.default not in places:
        named.insert(0, account.default)
    if not named:
        return
    booked = _booked(session, account, now, until)
    for name in named:
        place = account.communities.get(name or "")
        yield (
            Target(account.name, name),
            Timetable(
                slots=read_slots(*account.slots_of(name)),
                zone=zone(account.zone_of(name)),
                rules=account.rules if place is None else place.rules,
                dark=session.config.client_of(account).blackout,
                booked=booked,
            ),
        )


def _booked(session: Session, account: Account, now: datetime, until: datetime) -> list[Delivery]:
    """Return what an account has in the queue around then; nothing where there is no queue."""
    from microcom.core.delivery import State
    from microcom.core.timetable import reach
    from microcom.store.filter import Filter

    store = session.store_or_none
    if store is None:
        return []
    around = max(map(reach, (account.rules, *(one.rules for one in account.communities.values()))))
    out = {State.CANCELLED, State.FAILED, State.MISSED}
    wanted = Filter(
        states=sorted(set(State) - out),
        account=account.name,
        since=now - around,
        until=until + around,
    )
    return list(store.agenda.each(wanted))


def _row(target: Target, slot: Slot) -> dict[str, JsonValue]:
    from microcom.core.report import local
    from microcom.core.schedule import rfc3339

    moment = slot.moment
    return {
        "target": str(target),
        "at": rfc3339(moment.utc),
        "at_local": local(moment.utc, moment.zone).isoformat(),
        "zone": moment.zone,
        "state": slot.hold.value,
        "delivery": None if slot.by is None else str(slot.by.id),
        "post": None if slot.by is None else slot.by.post,
        "why": slot.why,
        "note": moment.note,
    }


def _show(screen: Screen, found: list[tuple[Target, Slot]], now: datetime, length: str) -> None:
    from microcom.cli.receipts import wall

    if not found:
        screen.say(f"There is no slot within {length}.")
        screen.note('Slots stand in the accounts file: `slots: ["mon-fri 09:00"]`.')
        return
    rows = [
        (str(target), wall(slot.moment.utc, slot.moment.zone, now), slot.hold.value, _about(slot))
        for target, slot in found
    ]
    screen.table(("target", "slot", "is", "by"), rows)
    counts = Counter(slot.hold.value for _, slot in found)
    each = ", ".join(f"{counts[word]} {word}" for word in ("free", "taken", "closed"))
    screen.say()
    screen.say(f"{len(found)} slots: {each}.")


def _about(slot: Slot) -> str:
    who = "" if slot.by is None else f"#{slot.by.id} {slot.by.post}"
    return ", ".join(word for word in (slot.why and f"{slot.why}", who, slot.moment.note) if word)
