"""`microcom run` and `microcom worker`: publish what is due, once or from now on."""

from __future__ import annotations

import signal
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli import receipts
from microcom.cli.doubts import adoption_wanted
from microcom.cli.options import AsJson, DryRun, Sandbox, Verbose
from microcom.cli.render import line
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.core.delivery import State
from microcom.core.exits import Exit
from microcom.core.report import deliveries_data, delivery_row, exit_for
from microcom.core.schedule import duration

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from types import FrameType

    from microcom.core.delivery import Delivery
    from microcom.runner.crew import Crew

RUN_HELP = """Publish everything that is due, then exit: for cron.

Prints nothing when nothing is due.

A second one at the same time does no harm: each login is spoken for by one process.

Example (`microcom timer install` has it run every minute):

  microcom run

With --for 50s it goes on meanwhile. It begins no post whose call, which takes up to thirty seconds
and for large files more, might outlast it: the next run sends that.
"""

WORKER_HELP = """Publish what is due, from now on, until it is asked to stop.

Ctrl-C or SIGTERM lets the step in flight end. With --json: a line for each delivery that moved.

Example:

  microcom worker
"""

NOTES_APART = timedelta(minutes=10)
"""How often an idle worker notes that somebody runs the queue."""

Lasting = Annotated[
    str | None,
    typer.Option("--for", metavar="SPAN", help="Go on so long, for what falls due meanwhile: 50s."),
]
Jobs = Annotated[
    int, typer.Option("--jobs", "-j", min=1, max=64, help="Accounts published at the same time.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run", help=RUN_HELP)(run)
    app.command("worker", help=WORKER_HELP)(worker)


def run(
    jobs: Jobs = 4,
    lasting: Lasting = None,
    dry_run: DryRun = False,
    verbose: Verbose = False,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Publish everything that is due, then exit."""
    session = Session("run", json=as_json, sandbox=sandbox, verbose=verbose)
    end = None if lasting is None else session.clock.now() + duration(lasting)
    if dry_run:
        raise typer.Exit(session.screen.answer(_would_run(session)))
    session.store.note_run()
    crew = session.crew(jobs, end)
    _stop_on_signals(crew)
    driven = crew.run() if end is None else _run_until(session, crew, end)
    session.keep_alive()
    session.tidy()
    code = session.screen.answer(_answer(session, driven))
    if code == Exit.OK:
        _tell_monitor(session)
    raise typer.Exit(code)


def worker(
    jobs: Jobs = 4, verbose: Verbose = False, sandbox: Sandbox = None, as_json: AsJson = False
) -> None:
    """Publish what is due until asked to stop."""
    session = Session("worker", json=as_json, sandbox=sandbox, verbose=verbose)
    store = session.store
    crew = session.crew(jobs)
    _stop_on_signals(crew)
    session.screen.note("Publishing what is due. Ctrl-C stops after the step in flight.")
    store.note_run()

    def tell(driven: frozenset[int]) -> None:
        noted = store.last_run()
        if noted is None or session.clock.now() - noted > NOTES_APART:
            store.note_run()
            session.keep_alive()
        moved = _found(session, driven)
        if as_json:
            for one in moved:
                line(delivery_row(one))
        else:
            _shown(session.screen, session, moved)

    crew.stay(tell)


def _run_until(session: Session, crew: Crew, end: datetime) -> frozenset[int]:
    """Publish what is due and what falls due, until a moment; the step in flight then ends."""
    driven: set[int] = set()

    def tell(moved: frozenset[int]) -> None:
        driven.update(moved)
        if session.clock.now() >= end:
            crew.stop()

    crew.stay(tell)
    return frozenset(driven)


def _tell_monitor(session: Session) -> None:
    """Tell the monitor that this machine names, if it does, that a run went well."""
    address = session.places.environment.get("MICROCOM_HEARTBEAT")
    if address and session.is_real:
        from microcom.runner.heartbeat import ping

        wrong = ping(address)
        if wrong is not None:
            session.screen.note(wrong)


def _answer(session: Session, driven: Iterable[int]) -> Answer:
    deliveries = _found(session, driven)
    stopped = receipts.any_stopped(session.store, _overdue(session))
    problems = adoption_wanted(session.store)
    return Answer(
        data=deliveries_data(deliveries),
        shown=lambda screen: _shown(screen, session, deliveries),
        code=exit_for(deliveries, stopped=stopped or bool(problems)),
        problems=problems,
    )


def _shown(screen: Screen, session: Session, deliveries: list[Delivery]) -> None:
    receipts.show(screen, session, deliveries)
    if deliveries:
        receipts.remind(screen, session, deliveries)


def _would_run(session: Session) -> Answer:
    due = _overdue(session)

    def shown(screen: Screen) -> None:
        screen.say(f"Nothing was sent. {len(due)} due now:" if due else "Nothing is due.")
        receipts.show(screen, session, due)

    return Answer(deliveries_data(due), shown)


def _overdue(session: Session) -> list[Delivery]:
    from microcom.store.filter import Filter

    states = (State.QUEUED, State.STAGED)
    return session.store.queue.list(Filter(states=states, until=session.clock.now(), limit=1000))


def _found(session: Session, numbers: Iterable[int]) -> list[Delivery]:
    found = (session.store.queue.find(number) for number in sorted(numbers))
    return [delivery for delivery in found if delivery is not None]


def _stop_on_signals(crew: Crew) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        crew.stop()
        if number == signal.SIGINT:  # a second Ctrl-C no longer waits
            signal.signal(signal.SIGINT, signal.SIG_DFL)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
