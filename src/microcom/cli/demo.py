"""`microcom demo`: the whole road, killed in the middle, without an account."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson
from microcom.cli.progress import Line
from microcom.cli.screen import Answer, Screen
from microcom.core.delivery import State
from microcom.core.exits import Exit
from microcom.core.report import deliveries_data, local
from microcom.intake.places import REAL

if TYPE_CHECKING:
    from microcom.runner.agreement import Part
    from microcom.runner.demo import Outcome

HELP = """See it work, without an account: nothing leaves this machine.

A sandbox is started in another process, two clients post to eight rooms on three platforms
(pictures, a carousel, a GIF, videos, a draft, a thread), and the worker is killed between two
parts of the thread. The receipts are then compared with what the sandbox holds.

Example:

  microcom demo
"""

BEGINNING = "Real commands against a sandbox: no account, nothing leaves this machine."
FOR_REAL = {
    "microcom init": "writes accounts.yaml: put your handle in",
    "microcom login NAME": "logs in through your browser, once",
    'microcom post "Hello" --to NAME': "posts, and shows the receipt",
    "microcom sandbox": "lets you rehearse all of it",
}
HEADS = ("room", "part", "what", "out at", "receipt")

Keep = Annotated[bool, typer.Option("--keep", help="Keep the demo's folder to look at.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", help=HELP)(demo)


def demo(keep: Keep = False, as_json: AsJson = False) -> None:
    """Show the whole road, killed in the middle."""
    from microcom.runner.demo import play

    screen = Screen("demo", REAL, json=as_json, environment=os.environ)
    screen.note(BEGINNING)
    teller = _Teller(screen)
    try:
        outcome = play(teller, keep=keep)
    except KeyboardInterrupt:
        teller.end()
        screen.note("Stopped. Everything that was started has ended.")
        raise
    finally:
        teller.end()
    answer = Answer(
        data=deliveries_data(outcome.deliveries) | {"ledger": list(outcome.ledger)},
        shown=lambda screen: _show(screen, outcome),
        code=Exit.OK if outcome.agrees else Exit.NOTHING_SUCCEEDED,
    )
    screen.world = outcome.world
    raise typer.Exit(screen.answer(answer))


class _Teller:
    """Tells the story line by line; on a terminal the last line moves."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._line = Line(screen)

    def begins(self, what: str) -> None:
        self._line.show(f"{what} …")

    def did(self, what: str) -> None:
        self.end()
        self._screen.step(what)

    def broke(self, what: str) -> None:
        self.end()
        self._screen.step(what, sign="✗")

    def end(self) -> None:
        self._line.end()


def _show(screen: Screen, outcome: Outcome) -> None:
    screen.say()
    screen.table(HEADS, [_cells(part) for part in outcome.parts])
    screen.say()
    posts = len(outcome.ledger)
    if outcome.agrees:
        screen.head(f"✓ The sandbox holds exactly these {posts} posts, each once.")
    else:
        screen.head(f"✗ The sandbox holds {posts} posts, and does not agree with the receipts:")
        for line in outcome.differences:
            screen.say(f"  {line}")
    if outcome.kept is not None:
        _show_kept(screen, outcome, outcome.kept)
    screen.say()
    screen.head("For real")
    screen.facts(FOR_REAL, indent=2)


def _cells(part: Part) -> tuple[str, ...]:
    zone = part.delivery.zone
    city = zone.rpartition("/")[2].replace("_", " ")
    return (
        str(part.delivery.target),
        f"{part.number}/{part.whole}" if part.whole > 1 else "",
        _what(part),
        "-" if part.at is None else f"{local(part.at, zone):%H:%M:%S} {city}",
        part.remote_id or "-",
    )


def _what(part: Part) -> str:
    """Return in two words what a part is: its files, or that it is text."""
    draft = "draft, " if part.delivery.state is State.HANDED_OVER else ""
    files = len(part.media)
    return draft + (f"{files} file{'' if files == 1 else 's'}" if files else "text")


def _show_kept(screen: Screen, outcome: Outcome, folder: str) -> None:
    port = outcome.world.rpartition(":")[2]
    screen.say()
    screen.head(f"Kept in {folder}")
    screen.facts(
        {"posts.html": "the posts as a follower saw them", "ledger.json": "all that was published"},
        indent=2,
    )
    screen.say("  To look at its queue (its sandbox has ended; a new one begins empty):")
    screen.say(f"    export MICROCOM_HOME={folder}")
    screen.say(f"    export MICROCOM_SANDBOX={outcome.world}")
    screen.say("    microcom queue list; microcom log")
    screen.say(f"    microcom sandbox --port {port}")
