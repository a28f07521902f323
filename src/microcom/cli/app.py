"""The command tree, and how a command's end becomes an exit code."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.closing import closing
from microcom.core.exits import Exit
from microcom.errors import MicrocomError, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULES = {
    "post": "post",
    "new": "new",
    "plan": "plan",
    "apply": "plan",
    "import": "importing",
    "calendar": "calendar",
    "slots": "slots",
    "run": "run",
    "worker": "run",
    "queue": "queue",
    "log": "log",
    "pause": "stops",
    "resume": "stops",
    "accounts": "accounts",
    "communities": "communities",
    "platforms": "platforms",
    "login": "login",
    "logout": "login",
    "apps": "apps",
    "vault": "vault",
    "doctor": "doctor",
    "timer": "timer",
    "status": "status",
    "settle": "settle",
    "export": "export",
    "restore": "export",
    "store": "store",
    "init": "files",
    "check": "files",
    "schema": "files",
    "paths": "places",
    "completion": "places",
    "sandbox": "sandbox",
    "demo": "demo",
}
"""Which module of this folder holds which command.

Each has a ``register(app)``, or ``register_group(app, words)`` for a group of commands: building
a command costs as much as importing a small library, so only the one that was named is built.
"""

COMPLETES = "_MICROCOM_COMPLETE"
"""The variable by which a shell asks what could follow."""

HELP = """One post to many small communities, through many accounts, never twice.

Write a post, name the rooms it is for, and get a receipt for each.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    render = import_module("microcom.cli.render")
    render.forgive()
    render.guard()
    try:
        return int(_run(words) or 0)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK


def build(words: Sequence[str]) -> typer.Typer:
    """Return the app with the command that ``words`` name, or with all of them."""
    app = typer.Typer(
        name="microcom",
        help=HELP,
        no_args_is_help=False,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich" if _wants_colour(words) else None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_bare)
    named = next((word for word in words if not word.startswith("-")), None)
    modules = [MODULES[named]] if named in MODULES else dict.fromkeys(MODULES.values())
    for name in modules:
        module = import_module(f"microcom.cli.{name}")
        if hasattr(module, "register_group"):
            module.register_group(app, words)
        else:
            module.register(app)
    for command in app.registered_commands:
        command.help = flowed(command.help or "")
    return app


def flowed(text: str) -> str:
    """Return a help text with each paragraph on one line, for a terminal to break."""
    return "\n\n".join(
        paragraph if paragraph.startswith(" ") else paragraph.replace("\n", " ")
        for paragraph in text.strip().split("\n\n")
    )


def _bare(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say where you stand as JSON.")] = False,
) -> None:
    if version:
        from microcom import __version__
        from microcom.cli.render import out

        out(f"microcom {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from microcom.cli.standing import standing

        raise typer.Exit(standing(json=as_json))


def _run(words: list[str]) -> int | None:
    if COMPLETES in os.environ:
        import_module("microcom.cli.places").know_shells()
    try:
        with closing():
            return build(words)(words, prog_name="microcom", standalone_mode=False)  # type: ignore[no-any-return]
    except typer.Exit as ended:
        return ended.exit_code
    except typer.Abort:
        return Exit.INTERRUPTED
    except typer.TyperException as error:
        return _failed(words, _usage(error))
    except MicrocomError as error:
        return _failed(words, error)


def _failed(words: list[str], error: MicrocomError) -> int:
    from microcom.cli.screen import Screen
    from microcom.intake.places import REAL

    ours = words[: words.index("--")] if "--" in words else words
    command = next((word for word in ours if not word.startswith("-")), "")
    sandboxed = "--sandbox" in ours or os.environ.get("MICROCOM_SANDBOX")
    screen = Screen(command, REAL, json="--json" in ours, environment=os.environ)
    screen.world = "sandbox" if sandboxed else REAL
    return int(screen.failure(error))


def _usage(error: typer.TyperException) -> UserError:
    said = error.format_message()
    context = getattr(error, "ctx", None)
    path = "microcom" if context is None else context.command_path
    return UserError(said, code="usage", hint=f"See: {path} --help")


def _wants_colour(words: Sequence[str]) -> bool:
    asks = any(word in {"-h", "--help"} for word in words)
    return asks and sys.stdout.isatty() and "NO_COLOR" not in os.environ
