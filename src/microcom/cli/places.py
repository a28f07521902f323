"""`microcom paths` and `microcom completion`: this machine."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli import render
from microcom.cli.app import COMPLETES
from microcom.cli.options import AsJson, ConfigFile, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.errors import UserError
from microcom.intake.places import MACHINE_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microcom.core.steps import JsonValue
    from microcom.intake.places import Places

PATHS_HELP = """Show every file, folder and variable in use, and why.

Example:

  microcom paths
"""

COMPLETION_HELP = """Print a completion script for your shell.

Examples:

  microcom completion bash > ~/.local/share/bash-completion/completions/microcom

  microcom completion zsh > ~/.zfunc/_microcom

  microcom completion fish > ~/.config/fish/completions/microcom.fish
"""

SYSTEMS_OWN = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "NO_COLOR")
"""Variables that are not ours and change what we do."""


class Shell(StrEnum):
    """A shell that completion is known for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


Which = Annotated[Shell, typer.Argument(help="bash, zsh or fish.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("paths", help=PATHS_HELP)(paths)
    app.command("completion", help=COMPLETION_HELP)(completion)


def paths(config: ConfigFile = None, sandbox: Sandbox = None, as_json: AsJson = False) -> None:
    """Show every file, folder and variable in use."""
    session = Session("paths", json=as_json, sandbox=sandbox, config=config)
    places = session.places
    files, why = _accounts(places, config)
    kept = _kept(places)
    variables = _variables(places.environment)

    def shown(screen: Screen) -> None:
        found = f"{', '.join(files)} ({why})" if files else why
        lines = {name.replace("_", " "): _presence(path) for name, path in kept.items()}
        screen.facts({"world": places.world, "accounts": found} | lines | _said(variables))

    data: dict[str, JsonValue] = {
        "world": places.world,
        "accounts": {"files": files, "why": why},
        "paths": kept,
        "variables": variables,
    }
    raise typer.Exit(session.screen.answer(Answer(data, shown)))


def completion(shell: Which, as_json: AsJson = False) -> None:
    """Print a completion script."""
    from typer import completion as typers

    script = typers.get_completion_script(  # type: ignore[attr-defined]  # public, not in __all__
        prog_name="microcom", complete_var=COMPLETES, shell=shell.value
    )
    session = Session("completion", json=as_json)
    answer = Answer({"script": script}, lambda _: render.out(script))
    raise typer.Exit(session.screen.answer(answer))


def know_shells() -> None:
    """Let this process answer the shells that a completion script is for."""
    from typer import completion as typers

    typers.completion_init()  # type: ignore[attr-defined]  # as above


def _kept(places: Places) -> dict[str, str]:
    """Return every place of this user, whether or not something is there yet."""
    return {
        "queue": _masked(places.database or places.queue),
        "config": places.config,
        "data": places.data,
        "cache": places.cache,
        "witnesses": places.witnesses,
        "machine_file": str(Path(places.config, MACHINE_FILE)),
    }


def _presence(path: str) -> str:
    return path if "://" in path or Path(path).exists() else f"{path} (not there yet)"


def _accounts(places: Places, explicit: str | None) -> tuple[list[str], str]:
    """Return the accounts files in force, and why these: or none, and why not."""
    from microcom.intake.find import find_config

    try:
        files = find_config(places, explicit, Path.cwd())
    except UserError as error:
        return [], error.message
    return [str(file) for file in files], _why(places, explicit, files[0])


def _why(places: Places, explicit: str | None, file: Path) -> str:
    if explicit:
        return "named by --config"
    if places.environment.get("MICROCOM_CONFIG"):
        return "named by MICROCOM_CONFIG"
    from microcom.intake.find import FOLDER

    here = Path.cwd()
    folder = file.parent.parent if file.parent.name == FOLDER else file.parent
    if folder == here:
        return "in this folder"
    if folder == Path(places.config):
        return "in the config folder"
    return "above this folder, in the same repository"


def _variables(environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the variables that decide something here, each with where it was set."""
    from microcom.intake.machine import VARIABLES

    return {
        name: {
            "value": _masked(environment[name]),
            "where": "environment" if name in os.environ else MACHINE_FILE,
        }
        for name in ("MICROCOM_HOME", *VARIABLES, *SYSTEMS_OWN)
        if environment.get(name)
    }


def _said(variables: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: f"{said['value']} ({said['where']})" for name, said in variables.items()}


def _masked(text: str) -> str:
    """Return an address without its password, complete otherwise; anything else as it is."""
    without = re.sub(r"(://[^/:@]*:)[^/]*@", r"\1…@", text)
    return re.sub(r"([?&]password=)[^&]*", r"\1…", without)
