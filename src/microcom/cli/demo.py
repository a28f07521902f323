"""`microcom demo`: the whole road, killed in the middle, without an account."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli import receipts
from microcom.cli.options import AsJson
from microcom.cli.screen import Answer, Screen
from microcom.core.exits import Exit
from microcom.core.report import deliveries_data
from microcom.intake.places import REAL

if TYPE_CHECKING:
    from microcom.runner.demo import Outcome

HELP = """See it work, without an account: nothing leaves this machine.

A sandbox is started in another process, two clients post a text, a thread and a delivery a few
seconds ahead, and the worker is killed between two parts of the thread. The receipts are then
compared with what the sandbox holds.

Example:

  microcom demo
"""

FOR_REAL = """\
For real:
  microcom init                     writes accounts.yaml: put your handle in
  microcom login NAME --token       keeps a token in the system's keyring
  microcom post "Hello" --to NAME
"""

Keep = Annotated[bool, typer.Option("--keep", help="Keep the demo's folder to look at.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", help=HELP)(demo)


def demo(keep: Keep = False, as_json: AsJson = False) -> None:
    """Show the whole road, killed in the middle."""
    from microcom.runner.demo import play

    screen = Screen("demo", REAL, json=as_json, environment=os.environ)
    outcome = play(screen.note, keep=keep)
    answer = Answer(
        data=deliveries_data(outcome.deliveries) | {"ledger": list(outcome.ledger)},
        shown=lambda screen: _show(screen, outcome),
        code=Exit.OK if outcome.agrees else Exit.NOTHING_SUCCEEDED,
    )
    screen.world = outcome.world
    raise typer.Exit(screen.answer(answer))


def _show(screen: Screen, outcome: Outcome) -> None:
    screen.say()
    screen.table(
        ("#", "target", "parts", "state", "published", "receipt"),
        [
            (
                str(one.id),
                str(one.target),
                str(outcome.parts[one.id]),
                receipts.said_state(one),
                receipts.said_time(one, outcome.ended),
                one.remote_id or "",
            )
            for one in outcome.deliveries
        ],
    )
    posts = len(outcome.ledger)
    if outcome.agrees:
        screen.say(f"The sandbox holds exactly these {posts} posts, each once.")
    else:
        screen.say(f"The sandbox holds {posts} posts, and the receipts name others:")
        for line in outcome.differences:
            screen.say(f"  {line}")
    if outcome.kept is not None:
        screen.say(f"Kept in {outcome.kept}")
    screen.say()
    screen.say(FOR_REAL.rstrip())
