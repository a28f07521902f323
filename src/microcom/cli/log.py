"""`microcom log`: what happened, who did it, when."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, Limit, OneAccount, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.errors import UserError

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue
    from microcom.store.events import Event

HELP = """Show the history, newest last. Times are UTC.

Examples:

  microcom log --limit 20

  microcom log --delivery 17
"""

HEADS = ("when (UTC)", "about", "what happened", "who")
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
    _refuse_unknown(session, delivery, account)
    events = session.store.events.recent(limit, delivery=delivery, account=account)

    def shown(screen: Screen) -> None:
        if events:
            screen.table(HEADS, [_cells(event) for event in events])
        else:
            screen.say("Nothing has happened yet.")

    rows = [_row(event) for event in events]
    raise typer.Exit(session.screen.answer(Answer({"events": rows}, shown)))


def sentence(event: Event) -> str:
    """Return an event in words: when, what happened, who did it."""
    return f"{event.at:%Y-%m-%d %H:%M:%S} UTC  {words(event)}  ({event.actor})"


def _refuse_unknown(session: Session, delivery: int | None, account: str | None) -> None:
    """Raise UserError for a delivery or account that this queue never had."""
    if delivery is not None and session.store.queue.find(delivery) is None:
        message = f"There is no delivery {delivery}."
        raise UserError(message, code="queue.unknown", hint="microcom queue list")
    if account is not None and session.store.accounts.find(account) is None:
        from microcom.core.names import did_you_mean

        known = [one.name for one in session.store.accounts.members()]
        message = f"The queue knows no account {account}."
        raise UserError(message, code="account.unknown", hint=did_you_mean(account, known))


def _cells(event: Event) -> tuple[str, ...]:
    about = f"#{event.delivery}" if event.delivery is not None else event.account or ""
    return (f"{event.at:%Y-%m-%d %H:%M:%S}", about, words(event), event.actor)


WORDS = {
    "queued": "queued",
    "sending": "{step} is leaving",
    "answered": "{step} is out as {remote_id}",
    "taken": "{step} was taken",
    "state": "{before} → {after}",
    "login": "logged in as user {remote_id}",
    "parked": "{scope} {name} parked",
    "paused": "{scope} {name} paused",
    "resumed": "{scope} {name} resumed",
    "resolved": "resolved by a person",
    "stale": "uploads lapsed, made again",
    "twice": "{step} may be out twice",
    "stray": "a call that this queue knows nothing of was answered {reply}",
    "stopping": "asked to stop before the next part",
    "batch": "a {how} of {count}",
    "moved": "moved from {was} to {due}",
    "undone": "a {how} of {count} taken back",
    "attempt": "attempt {attempt} begins",
    "allowed": "{code} let pass",
}
"""What happened, by the kind of event; names in braces are of its data."""


def words(event: Event) -> str:
    """Return what happened; an event of another version may lack what its words name."""
    data = defaultdict(str, {name: _plain(value) for name, value in event.data.items()})
    known = "taken" if event.kind == "answered" and not event.data.get("remote_id") else event.kind
    said = WORDS.get(known, event.kind).format_map(data)
    why = event.data.get("reason") or event.data.get("because")
    return f"{said}: {why}" if why else said


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
