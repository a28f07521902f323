"""`microcom status`: does anything need me."""

from __future__ import annotations

import typer

from microcom.cli.options import AsJson, Client, Sandbox
from microcom.cli.session import Session

HELP = """Say whether anything needs a person: late, in doubt, held, stopped, logged out.

Exits 0 when all is well and 5 when a person is needed, so that a monitor can ask. It reads the
queue alone: it works from any folder, and reaches no platform.

Examples:

  microcom status

  microcom status --client acme --json
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status", help=HELP)(status)


def status(client: Client = None, sandbox: Sandbox = None, as_json: AsJson = False) -> None:
    """Say whether anything needs a person."""
    from microcom.cli.findings import answer
    from microcom.runner.health import look

    session = Session("status", json=as_json, sandbox=sandbox)
    findings = look(session.store, session.clock.now(), client=client)
    raise typer.Exit(session.screen.answer(answer(findings, "All is well.")))
