"""`microcom sandbox`: the platforms, emulated, on this machine."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli import render
from microcom.cli.options import AsJson
from microcom.cli.screen import Screen
from microcom.errors import UserError
from microcom.intake.places import REAL

if TYPE_CHECKING:
    from microcom.runner.sandbox import Sandbox, Server

HELP = """Serve the platforms on this machine, to rehearse against.

Nothing reaches a real account, no keyring is opened, and the queue is another one. Its page
shows the posts as a follower would see them. It begins empty and forgets everything at its end.

Examples:

  microcom sandbox --port 8000

  microcom sandbox --fault x.create_post:503-after:2
"""

Port = Annotated[
    int, typer.Option("--port", metavar="N", min=0, max=65535, help="0 takes a free one.")
]
Faults = Annotated[
    list[str] | None,
    typer.Option("--fault", metavar="SPEC", help="Make it fail, such as x.create_post:429:2."),
]


BEAT = 0.1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sandbox", help=HELP)(sandbox)


def sandbox(port: Port = 8000, fault: Faults = None, as_json: AsJson = False) -> None:
    """Serve the emulated platforms until asked to stop."""
    from microcom.runner.sandbox import of_platforms

    emulated = of_platforms(lambda: datetime.now(UTC))
    emulated.arm(fault or [])
    screen = Screen("sandbox", REAL, json=as_json, environment=os.environ)
    ended: list[int] = []  # no lock: a handler that waits for one could wait for itself
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: ended.append(number))
    server = _served(emulated, port)
    try:
        _say(screen, server.url, fault or [])
        while not ended:
            time.sleep(BEAT)
    finally:
        server.stop()


def _served(emulated: Sandbox, port: int) -> Server:
    from microcom.runner.sandbox import serve

    try:
        return serve(emulated, port=port)
    except UserError as error:
        hint = "Choose another one, such as --port 8001; --port 0 takes a free one."
        raise UserError(error.message, code=error.code, hint=hint) from error


def _say(screen: Screen, url: str, faults: list[str]) -> None:
    if screen.json:
        render.line({"url": url})
        return
    screen.head(f"A sandbox of the platforms answers at {url}")
    facts = {"posts, as followers see them": f"{url}/", "all that was published": f"{url}/_/ledger"}
    if faults:
        facts["what goes wrong"] = ", ".join(faults)
    screen.facts(facts, indent=2)
    screen.say()
    screen.head("In another terminal")
    screen.say(f"  export MICROCOM_SANDBOX={url}")
    screen.say('  microcom post "Hello" --to NAME')
    screen.say()
    screen.say("Ctrl-C ends it.")
