"""`microcom log`: what happened, who did it, when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, Limit, OneAccount, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue
    from microcom.store.events import Event

HELP = """Show the history, newest last.

Examples:

  microcom log --limit 20

  microcom log --delivery 17
"""

OneDelivery = Annotated[
    int | None, typer.Option("--delivery", metavar="ID", help="Only this delivery's.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("log", help=HELP)(log)


def log(
    limit: Limit = 50,
    delivery: OneDelivery = None,
    account: OneAccount = None,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Show the history."""
    session = Session("log", json=as_json, sandbox=sandbox)
    events = session.store.events.recent(limit, delivery=delivery, account=account)

    def shown(screen: Screen) -> None:
        for event in events:
            screen.say(sentence(event))

    rows = [_row(event) for event in events]
    raise typer.Exit(session.screen.answer(Answer({"events": rows}, shown)))


def sentence(event: Event) -> str:
    """Return an event in words: when, to what, what happened, who did it."""
    about = f"#{event.delivery}" if event.delivery is not None else event.account or ""
    return f"{event.at:%Y-%m-%d %H:%M:%S}  {about:<8} {words(event)}  ({event.actor})"


WORDS = {
    "queued": "queued",
    "sending": "{step} is leaving",
    "answered": "{step} is out as {remote_id}",
    "state": "{before} → {after}",
    "login": "logged in as user {remote_id}",
    "parked": "{scope} {name} parked",
    "paused": "{scope} {name} paused",
    "resumed": "{scope} {name} resumed",
    "resolved": "resolved by a person",
    "stale": "uploads lapsed, made again",
    "twice": "{step} may be out twice",
    "stopping": "asked to stop before the next part",
    "attempt": "attempt {attempt} begins",
}
"""What happened, by the kind of event; names in braces are of its data."""


def words(event: Event) -> str:
    """Return what happened."""
    data = {name: _plain(value) for name, value in event.data.items()}
    said = WORDS.get(event.kind, event.kind).format_map(data)
    return f"{said}: {data['reason']}" if event.data.get("reason") else said


def _plain(value: JsonValue) -> str:
    return value.replace("_", " ") if isinstance(value, str) else str(value)


def _row(event: Event) -> dict[str, JsonValue]:
    from microcom.core.schedule import rfc3339

    return {
        "id": str(event.id),
        "at": rfc3339(event.at),
        "actor": event.actor,
        "version": event.version,
        "delivery": None if event.delivery is None else str(event.delivery),
        "account": event.account,
        "kind": event.kind,
        "data": event.data,
    }
