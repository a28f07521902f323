"""Options that many commands share, spelled once."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Sandbox = Annotated[
    str | None,
    typer.Option(
        "--sandbox", metavar="URL", help="Rehearse against a sandbox (or set MICROCOM_SANDBOX)."
    ),
]
ConfigFile = Annotated[
    str | None,
    typer.Option("--config", metavar="PATH", help="Use this accounts file."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")]
Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="CODE", help="Let one kind of problem pass."),
]
Because = Annotated[
    str | None, typer.Option("--because", metavar="WHY", help="Why: noted with what is allowed.")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print each call as it is made.")]
Client = Annotated[
    str | None,
    typer.Option("--client", metavar="NAME", help="Only this client's."),
]
OneAccount = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="Only this account's."),
]
Campaign = Annotated[
    str | None,
    typer.Option("--campaign", metavar="NAME", help="Only this campaign's."),
]
InState = Annotated[
    list[str] | None,
    typer.Option("--state", metavar="STATE", help="Only in this state; may be repeated."),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="WHEN", help="Due at or after this time."),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="WHEN", help="Due before this time."),
]
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most so many.")]
