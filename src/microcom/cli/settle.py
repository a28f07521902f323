"""`microcom settle`: looking again at what is in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli import receipts
from microcom.cli.options import AsJson, Client, DryRun, OneAccount, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.core.delivery import State
from microcom.core.report import deliveries_data, exit_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.core.delivery import Delivery

HELP = """Look again at every delivery that is in doubt.

Reads the accounts and decides by the same rules as always: what is found goes on, what is surely
absent is sent, and where looking cannot tell, it stays in doubt for you.

Examples:

  microcom settle

  microcom settle 3 7
"""
Numbers = Annotated[
    list[int] | None,
    typer.Argument(metavar="ID…", help="Numbers from queue list.", show_default=False),
]
MOST = 1000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("settle", help=HELP)(settle)


def settle(
    numbers: Numbers = None,
    client: Client = None,
    account: OneAccount = None,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Look again at every delivery that is in doubt."""
    session = Session("settle", json=as_json, sandbox=sandbox)
    found = _named(session, numbers) if numbers else _doubtful(session, client, account)
    if not dry_run:
        now = session.clock.now()
        with session.store.db.transaction():
            for one in found:
                session.store.people.look_again(one, now)
        receipts.publish(session, [one.id for one in found])
    after = _named(session, [one.id for one in found])

    def shown(screen: Screen) -> None:
        if not after:
            screen.say("Nothing is in doubt.")
        if dry_run and after:
            screen.say("Nothing was looked at. In doubt:")
        receipts.show(screen, session, after)

    answer = Answer(deliveries_data(after), shown, exit_for(after))
    raise typer.Exit(session.screen.answer(answer))


def _doubtful(session: Session, client: str | None, account: str | None) -> Sequence[Delivery]:
    """Return what is in doubt about a call; other doubts are for a person alone."""
    from microcom.store.filter import Filter

    wanted = Filter(states=(State.IN_DOUBT,), client=client, account=account, limit=MOST)
    journal = session.store.journal
    found = session.store.queue.list(wanted)
    return [one for one in found if journal.read(one).open_mark() is not None]


def _named(session: Session, numbers: Sequence[int]) -> list[Delivery]:
    from microcom.cli.selectors import find

    return [find(session, number) for number in dict.fromkeys(numbers)]
