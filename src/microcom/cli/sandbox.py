"""`microcom sandbox`: the platforms, emulated, on this machine."""

from __future__ import annotations

import os
import signal
import threading
from datetime import UTC, datetime
from typing import Annotated

import typer

from microcom.cli import render
from microcom.cli.options import AsJson
from microcom.cli.screen import Screen
from microcom.intake.places import REAL

HELP = """Serve the platforms on this machine, to rehearse against.

Nothing reaches a real account, no keyring is opened, and the queue is another one. Its page
shows the posts as a follower would see them.

Examples:

  microcom sandbox --port 8000

  microcom sandbox --fault x.create_post:503-after:2
"""

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")]
Faults = Annotated[
    list[str] | None,
    typer.Option("--fault", metavar="SPEC", help="Make it fail, such as x.create_post:429:2."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sandbox", help=HELP)(sandbox)


def sandbox(port: Port = 8000, fault: Faults = None, as_json: AsJson = False) -> None:
    """Serve the emulated platforms until asked to stop."""
    from microcom.runner.sandbox import of_platforms, serve

    emulated = of_platforms(lambda: datetime.now(UTC))
    emulated.arm(fault or [])
    screen = Screen("sandbox", REAL, json=as_json, environment=os.environ)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    server = serve(emulated, port=port)
    try:
        _say(screen, server.url)
        stopped.wait()
    finally:
        server.stop()


def _say(screen: Screen, url: str) -> None:
    if screen.json:
        render.line({"url": url})
        return
    screen.say(f"A sandbox of every platform: {url}")
    screen.say("In another terminal:")
    screen.say(f"  export MICROCOM_SANDBOX={url}")
    screen.say('  microcom post "Hello" --to NAME')
    screen.say("Its page shows what a follower would see. Ctrl-C ends it.")
