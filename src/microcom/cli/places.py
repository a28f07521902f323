"""`microcom paths` and `microcom completion`: this machine."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli import render
from microcom.cli.options import AsJson, ConfigFile, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

PATHS_HELP = """Show every file and folder in use, and why.

Example:

  microcom paths
"""

COMPLETION_HELP = """Print a completion script for your shell.

Example (bash):

  microcom completion bash > ~/.local/share/bash-completion/completions/microcom
"""


class Shell(StrEnum):
    """A shell that completion is known for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("paths", help=PATHS_HELP)(paths)
    app.command("completion", help=COMPLETION_HELP)(completion)


def paths(config: ConfigFile = None, sandbox: Sandbox = None, as_json: AsJson = False) -> None:
    """Show every file and folder in use."""
    session = Session("paths", json=as_json, sandbox=sandbox, config=config)
    places = session.places
    facts = {
        "world": places.world,
        "accounts": _accounts(session, config),
        "queue": _with_presence(places.queue),
        "config": places.config,
        "data": places.data,
        "cache": places.cache,
        "machine file": _with_presence(str(Path(places.config, "machine.env"))),
    }
    variables = {
        name: value for name, value in places.environment.items() if name.startswith("MICROCOM_")
    }
    data = {"paths": facts, "variables": dict(sorted(variables.items()))}
    raise typer.Exit(
        session.screen.answer(Answer(data, lambda screen: _show(screen, facts, variables)))
    )


def completion(shell: Annotated[Shell, typer.Argument(help="bash, zsh or fish")]) -> None:
    """Print a completion script."""
    from typer import completion as typers

    variable = "_MICROCOM_COMPLETE"
    script = typers.get_completion_script(  # type: ignore[attr-defined]  # public, not in __all__
        prog_name="microcom", complete_var=variable, shell=shell.value
    )
    render.out(script)


def _accounts(session: Session, config: str | None) -> str:
    from microcom.intake.find import find_config

    try:
        files = find_config(session.places, config, Path.cwd())
    except UserError as error:
        return f"none ({error.hint})" if error.hint else "none"
    return ", ".join(str(file) for file in files)


def _with_presence(path: str) -> str:
    return path if Path(path).exists() else f"{path} (not there yet)"


def _show(screen: Screen, facts: Mapping[str, str], variables: Mapping[str, str]) -> None:
    screen.facts({**facts, **variables})
