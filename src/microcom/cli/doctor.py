"""`microcom doctor`: can this machine publish."""

from __future__ import annotations

from typing import Annotated

import typer

from microcom.cli.options import AsJson, ConfigFile, Sandbox
from microcom.cli.session import Session
from microcom.errors import UserError

HELP = """Try everything that publishing takes, and say what to mend.

With --as-cron the same is tried in the environment that a timer gives: no terminal, no desktop,
next to no variables, the home folder of the user database. What works here may not work there.

Examples:

  microcom doctor

  microcom doctor --as-cron
"""
AsCron = Annotated[bool, typer.Option("--as-cron", help="Look from where a timer would run it.")]
Home = Annotated[str | None, typer.Option("--home", hidden=True)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor", help=HELP)(doctor)


def doctor(
    as_cron: AsCron = False,
    home: Home = None,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Try everything that publishing takes."""
    from microcom.cli.findings import answer

    session = Session("doctor", json=as_json, sandbox=sandbox, config=config)
    if as_cron and not session.is_real:
        message = "A timer runs in the real world, and this is a sandbox."
        raise UserError(message, code="timer.sandbox", hint="Unset MICROCOM_SANDBOX.")
    if as_cron:
        from microcom.runner.timer import as_cron as looked

        session.screen.note("As a timer would run it:")
        findings = looked(session.places, config=config, home=home)
        raise typer.Exit(session.screen.answer(answer(findings, WELL)))
    from microcom.platforms import load
    from microcom.runner.doctor import Patient, examine

    patient = Patient(
        places=session.places,
        clock=session.clock,
        config=lambda: session.config,
        store=lambda: session.store,
        vault=lambda: session.vault,
        http=session.http,
        platform=load,
    )
    raise typer.Exit(session.screen.answer(answer(examine(patient), WELL)))


WELL = "This machine can publish."
