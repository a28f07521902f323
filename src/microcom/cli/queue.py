"""`microcom queue`: what is in the queue, and what people decide about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli import receipts, selectors
from microcom.cli.doubts import doubts_data
from microcom.cli.options import (
    AsJson,
    Campaign,
    Client,
    DryRun,
    InState,
    Limit,
    OneAccount,
    Sandbox,
    Since,
    Until,
)
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.core.delivery import OVER, State
from microcom.core.exits import Exit
from microcom.core.report import deliveries_data, delivery_row
from microcom.errors import Superseded, UserError

if TYPE_CHECKING:
    from microcom.core.delivery import Delivery
    from microcom.core.steps import JsonValue
    from microcom.store.filter import Filter
    from microcom.store.journal import Marked, Pages
    from microcom.store.people import Outcome, People

Numbers = Annotated[list[int], typer.Argument(metavar="ID…", help="Numbers from queue list.")]
Number = Annotated[int, typer.Argument(metavar="ID", help="A number from queue list.")]

HELP = "Look at the queue and decide about what is in it."


def register_group(app: typer.Typer, words: Sequence[str]) -> None:
    """Add the command group: with the one command that ``words`` name, or with all of them."""
    commands: dict[str, Callable[..., None]] = {
        "list": list_,
        "show": show,
        "cancel": cancel,
        "retry": retry,
        "release": release,
        "resolve": resolve,
        "finish": finish,
    }
    if commands.keys().isdisjoint(words[1:2]):
        from microcom.cli.moving import COMMANDS

        commands |= COMMANDS
    group = typer.Typer(help=HELP, no_args_is_help=True)
    for name in commands.keys() & {*words[1:2]} or commands:
        group.command(name)(commands[name])
    app.add_typer(group, name="queue")


def list_(
    state: InState = None,
    client: Client = None,
    account: OneAccount = None,
    campaign: Campaign = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """List what is to come, what needs you, and what ended within a day.

    With --state or --since: all that match, however old.

    Example: microcom queue list --state queued --client acme
    """
    session = Session("queue list", json=as_json, sandbox=sandbox)
    from microcom.store.filter import Filter

    wanted = Filter(
        states=selectors.states(state),
        client=client,
        account=account,
        campaign=campaign,
        since=selectors.moment(session, since),
        until=selectors.moment(session, until),
        limit=limit + 1,  # one more, to know whether there are more
    )
    queue = session.store.queue
    found = queue.list(wanted) if state or since else _current(session, wanted)
    data = deliveries_data(found[:limit])
    if session.screen.json:
        data["counts"] = {state.value: count for state, count in queue.counts().items()}
        data["doubts"] = list(doubts_data(session.store, found[:limit]))
    answer = Answer(data, lambda screen: _list(screen, session, found, limit))
    raise typer.Exit(session.screen.answer(answer))


def show(number: Number, sandbox: Sandbox = None, as_json: AsJson = False) -> None:
    """Show one delivery: its content, its steps, its history.

    Example: microcom queue show 17
    """
    session = Session("queue show", json=as_json, sandbox=sandbox)
    delivery = selectors.find(session, number)
    pages = session.store.journal.read(delivery)
    parts = session.store.queue.snapshot(delivery).parts
    data = delivery_row(delivery) | {
        "parts": list(parts),
        "steps": [_step(mark) for mark in pages.marks],
    }
    answer = Answer(
        data={"deliveries": [data], "counts": {delivery.state.value: 1}},
        shown=lambda screen: _show(screen, session, delivery, parts, pages),
    )
    raise typer.Exit(session.screen.answer(answer))


def cancel(
    numbers: Numbers, dry_run: DryRun = False, sandbox: Sandbox = None, as_json: AsJson = False
) -> None:
    """Cancel what has not left; what is leaving stops before its next part.

    Example: microcom queue cancel 17 18
    """
    session = Session("queue cancel", json=as_json, sandbox=sandbox)
    _decide(session, numbers, lambda people, one: people.cancel(one), dry_run=dry_run)


def retry(
    numbers: Numbers, dry_run: DryRun = False, sandbox: Sandbox = None, as_json: AsJson = False
) -> None:
    """Try failed, missed or partial deliveries again.

    Parts that are live are not sent again.

    Example: microcom queue retry 17
    """
    session = Session("queue retry", json=as_json, sandbox=sandbox)
    now = session.clock.now()
    _decide(session, numbers, lambda people, one: people.retry(one, now), dry_run=dry_run)


def release(
    numbers: Numbers, dry_run: DryRun = False, sandbox: Sandbox = None, as_json: AsJson = False
) -> None:
    """Let held deliveries go; overdue ones go at once.

    Example: microcom queue release 17
    """
    session = Session("queue release", json=as_json, sandbox=sandbox)
    now = session.clock.now()
    _decide(session, numbers, lambda people, one: people.release(one, now), dry_run=dry_run)


def resolve(
    number: Number,
    published: Annotated[
        str | None,
        typer.Option("--published", metavar="URL", help="It is out: the post's address or id."),
    ] = None,
    not_published: Annotated[
        bool, typer.Option("--not-published", help="It is not out: send it again.")
    ] = False,
    part: Annotated[
        int | None,
        typer.Option("--part", min=1, help="Which part of a thread you looked at."),
    ] = None,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Say what became of a step in doubt; the rest then goes on.

    Example: microcom queue resolve 17 --published https://x.com/acmecoffee/status/1993
    """
    session = Session("queue resolve", json=as_json, sandbox=sandbox)
    if (published is None) == (not not_published):
        raise UserError(
            "Say what you saw: --published URL or --not-published.",
            code="resolve.which",
            hint=f"microcom queue show {number}  says where to look.",
        )
    remote_id = None if published is None else _remote_id(session, number, published)
    now = session.clock.now()
    _decide(
        session,
        [number],
        lambda people, one: people.resolve(one, now, remote_id=remote_id, part=part),
        dry_run=dry_run,
    )


def finish(
    numbers: Numbers, dry_run: DryRun = False, sandbox: Sandbox = None, as_json: AsJson = False
) -> None:
    """Accept partial deliveries as they are.

    Example: microcom queue finish 17
    """
    session = Session("queue finish", json=as_json, sandbox=sandbox)
    _decide(session, numbers, lambda people, one: people.finish(one), dry_run=dry_run)


def _decide(
    session: Session,
    numbers: list[int],
    decision: Callable[[People, Delivery], Outcome],
    *,
    dry_run: bool,
) -> None:
    """Carry out a decision about every delivery, or about none when one cannot be decided so."""
    found = [selectors.find(session, number) for number in dict.fromkeys(numbers)]
    db = session.store.db
    try:
        with db.trial() if dry_run else db.transaction():
            outcomes = [decision(session.store.people, one) for one in found]
    except Superseded as error:
        raise UserError(
            f"Too late: {error.message}", code="queue.late", hint="Look again: microcom queue list"
        ) from error
    deliveries = [outcome.delivery for outcome in outcomes]

    def shown(screen: Screen) -> None:
        for outcome in outcomes:
            would = "would be " if dry_run else ""
            one = outcome.delivery
            screen.say(f"#{one.id} {one.target}: {would}{outcome.said}")

    late = any(one.stopping for one in deliveries)
    code = Exit.NOTHING_SUCCEEDED if late else Exit.OK
    raise typer.Exit(session.screen.answer(Answer(deliveries_data(deliveries), shown, code)))


def _remote_id(session: Session, number: int, published: str) -> str:
    """Return the id that a post's address names, as its platform reads addresses."""
    from microcom.core.platform import Recognises
    from microcom.platforms import load

    platform = load(selectors.find(session, number).platform)
    found = platform.recognise(published) if isinstance(platform, Recognises) else published
    if found is None:
        raise UserError(
            f"{published} is not the address of a post on {platform.name}.",
            code="resolve.address",
            hint="Open the post and copy its address from the browser.",
        )
    return found


def _current(session: Session, wanted: Filter) -> list[Delivery]:
    """Return what has not ended, and what ended within a day."""
    queue, day = session.store.queue, session.clock.now() - timedelta(days=1)
    coming = queue.list(replace(wanted, states=tuple(set(State) - OVER)))
    ended = queue.list(replace(wanted, states=tuple(OVER), since=day))
    return sorted([*coming, *ended], key=lambda one: (one.due, one.id))[: wanted.limit]


def _list(screen: Screen, session: Session, found: list[Delivery], limit: int) -> None:
    if not found:
        screen.say("Nothing here." if session.store.queue.counts() else "The queue is empty.")
        return
    now = session.clock.now()
    heads = ("#", "due", "target", "state", "post")
    rows = [
        (
            str(one.id),
            receipts.wall(one.due, one.zone, now),
            str(one.target),
            receipts.said_state(one),
            one.post,
        )
        for one in found[:limit]
    ]
    screen.table(heads, rows)
    receipts.show(screen, session, [one for one in found[:limit] if one.state is State.IN_DOUBT])
    if len(found) > limit:
        screen.note(f"The first {limit} of more; --limit, --state and others choose.")


def _show(
    screen: Screen, session: Session, delivery: Delivery, parts: tuple[str, ...], pages: Pages
) -> None:
    receipts.show(screen, session, [delivery])
    now = session.clock.now()
    screen.say(f"  post {delivery.post}, due {receipts.when(delivery.due, delivery.zone, now)}")
    for number, part in enumerate(parts, start=1):
        screen.say(f"\n  {number}  " + part.replace("\n", "\n     "))
    from microcom.cli.log import sentence

    if pages.marks:
        screen.say()
    for mark in pages.marks:
        cause = "" if mark.cause in {None, "reply"} else f" ({mark.cause})"
        screen.say(f"  {mark.step} sent {mark.at:%H:%M:%S} UTC: {mark.state}{cause}")
    for event in session.store.events.recent(20, delivery=delivery.id):
        screen.say(f"  {sentence(event)}")


def _step(mark: Marked) -> dict[str, JsonValue]:
    from microcom.core.schedule import rfc3339

    return {
        "step": mark.step,
        "send": mark.send,
        "state": mark.state,
        "cause": mark.cause,
        "sent_at": rfc3339(mark.at),
        "remote_id": mark.remote_id,
    }
