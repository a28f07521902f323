"""`microcom store`: whether this queue may send, and letting it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli import receipts
from microcom.cli.app import flowed
from microcom.cli.options import AsJson, DryRun, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.core.exits import Exit
from microcom.core.report import deliveries_data, exit_for
from microcom.core.schedule import rfc3339
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.core.steps import JsonValue
    from microcom.store.standing import Adopted, Unadopted

HELP = "The queue itself: whether it may send, after it was restored, copied or moved."
ADOPT_HELP = """Let this queue publish again, after a look at what is out already.

A queue that was restored, copied, moved or rolled back holds what is unfinished, for another one
may have sent it. For each account this takes its login over (the other queue sends nothing for it
any more), and looks for each delivery that was due: what is out is recorded with its receipt, what
surely is not is late and treated by the rules, and where looking cannot tell, you are asked.

Examples:

  microcom store adopt --dry-run

  microcom store adopt --account acme-x

  microcom store adopt --all
"""
Accounts = Annotated[
    list[str] | None,
    typer.Option("--account", metavar="NAME", help="Only this account; may be repeated."),
]
All = Annotated[bool, typer.Option("--all", help="Every account that waits.")]


def register_group(app: typer.Typer, words: Sequence[str]) -> None:
    """Add the command group."""
    del words
    group = typer.Typer(help=HELP, no_args_is_help=True)
    group.command("adopt", help=flowed(ADOPT_HELP))(adopt)
    app.add_typer(group, name="store")


def adopt(
    account: Accounts = None,
    everything: All = False,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Let this queue publish again."""
    session = Session("store adopt", json=as_json, sandbox=sandbox)
    waiting = {one.account: one for one in session.store.standing.unadopted()}
    chosen = _chosen(session, waiting, account or [], everything=everything or dry_run)
    answer = _would(chosen) if dry_run else _adopted(session, chosen)
    raise typer.Exit(session.screen.answer(answer))


def _chosen(
    session: Session, waiting: dict[str, Unadopted], names: Sequence[str], *, everything: bool
) -> list[Unadopted]:
    """Return the accounts meant; raise UserError where nobody said which."""
    for name in names:
        if session.store.accounts.find(name) is None:
            from microcom.core.names import did_you_mean

            known = [one.account.name for one in session.store.accounts.all()]
            message = f"The queue knows no account {name}."
            raise UserError(message, code="account.unknown", hint=did_you_mean(name, known))
    if names:
        return [waiting[name] for name in dict.fromkeys(names) if name in waiting]
    if len(waiting) > 1 and not everything:
        some = ", ".join(list(waiting)[:5])
        message = f"{len(waiting)} accounts wait to be adopted: {some}{', …' * (len(waiting) > 5)}."  # noqa: PLR2004 - the first few
        hint = "microcom store adopt --account NAME, or --all"
        raise UserError(message, code="adopt.which", hint=hint)
    return list(waiting.values())


def _would(chosen: Sequence[Unadopted]) -> Answer:
    def shown(screen: Screen) -> None:
        if not chosen:
            screen.say(NOTHING)
            return
        screen.say("Nothing was changed. To be adopted:")
        screen.table(
            ("account", "to look for", "not due yet", "held before", "known up to"),
            [
                (
                    one.account,
                    str(one.past),
                    str(one.future),
                    str(one.held),
                    f"{one.as_of:%Y-%m-%d %H:%M} UTC",
                )
                for one in chosen
            ],
        )
        for why in dict.fromkeys(one.why for one in chosen if one.why):
            screen.say(f"Why: {why}.")

    return Answer({"accounts": [_row(one) for one in chosen]}, shown, _code(chosen))


NOTHING = "Nothing to adopt: this queue may send all that is in it."


def _code(chosen: Sequence[Unadopted]) -> Exit:
    return Exit.PERSON if chosen else Exit.OK


def _row(one: Unadopted) -> dict[str, JsonValue]:
    return {
        "name": one.account,
        "why": one.why,
        "known_up_to": rfc3339(one.as_of),
        "to_look_for": one.past,
        "not_due_yet": one.future,
        "held_before": one.held,
    }


def _adopted(session: Session, chosen: Sequence[Unadopted]) -> Answer:
    from microcom.runner.adoption import adopt as adopt_one

    http = session.http()
    try:
        access = session.access(session.store, http)
        done = [adopt_one(session.store, access, one.account) for one in chosen]
    finally:
        http.close()
    numbers = [number for one in done for number in one.looked]
    if numbers:
        receipts.publish(session, numbers)
    found = [one for number in numbers if (one := session.store.queue.find(number)) is not None]

    def shown(screen: Screen) -> None:
        if not done:
            screen.say(NOTHING)
        for one in done:
            screen.say(_said(one))
        if found:
            receipts.show(screen, session, found)
            receipts.remind(screen, session, found)

    data = deliveries_data(found) | {"accounts": [_adopted_row(one) for one in done]}
    return Answer(data, shown, exit_for(found, stopped=receipts.any_stopped(session.store, found)))


def _said(one: Adopted) -> str:
    parts = [
        f"{len(one.looked)} looked for" if one.looked else "",
        f"{len(one.released)} not due yet go on" if one.released else "",
        f"{len(one.held)} held as before" if one.held else "",
    ]
    said = ", ".join(part for part in parts if part) or "nothing was waiting"
    return f"{one.account}: this queue publishes for it now ({said})."


def _adopted_row(one: Adopted) -> dict[str, JsonValue]:
    return {
        "name": one.account,
        "looked_for": [str(number) for number in one.looked],
        "released": [str(number) for number in one.released],
        "held": [str(number) for number in one.held],
    }
