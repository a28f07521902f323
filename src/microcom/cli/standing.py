"""Bare `microcom`: where you stand, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.core.exits import Exit
from microcom.errors import UserError

if TYPE_CHECKING:
    from microcom.core.config import Config
    from microcom.store import Store

NEXT_STEPS = (
    ("see it work, without an account", "microcom demo"),
    ("begin", "microcom init"),
    ("everything it can do", "microcom --help"),
)


def standing() -> int:
    """Say where this user stands and what comes next; return the exit code."""
    session = Session("")
    config, store = _config(session), _store(session)
    answer = Answer({}, lambda screen: _show(screen, session, config, store), _code(store))
    return session.screen.answer(answer)


def _show(screen: Screen, session: Session, config: Config | None, store: Store | None) -> None:
    screen.say("microcom: one post to many small communities, never twice.\n")
    if config is None and store is None:
        screen.facts({f"  {command}": what for what, command in NEXT_STEPS})
        return
    screen.facts({**_about_config(config), **_about_queue(session, store)})
    screen.say()
    for line in _next(config, store):
        screen.say(line)


def _about_config(config: Config | None) -> dict[str, str]:
    if config is None:
        return {"accounts": "no accounts file here (microcom init)"}
    names = ", ".join(list(config.accounts)[:4])
    more = len(config.accounts) - 4
    return {
        "accounts": f"{names} and {more} more" if more > 0 else names,
        "project": config.project,
    }


def _about_queue(session: Session, store: Store | None) -> dict[str, str]:
    from microcom.cli.receipts import wall

    if store is None:
        return {"queue": "nothing yet"}
    counts = ", ".join(
        f"{n} {state.replace('_', ' ')}" for state, n in store.queue.counts().items()
    )
    facts = {"queue": counts or "empty"}
    now, wake, last = session.clock.now(), store.lanes.next_wake(), store.last_run()
    zone = _zone(session)
    if wake is not None:
        facts["next"] = wall(wake, zone, now)
    facts["last run"] = "never" if last is None else wall(last, zone, now)
    for stop in store.accounts.stops():
        facts[f"{stop.scope} {stop.name}"] = f"{stop.state}: {stop.reason}"
    return facts


def _next(config: Config | None, store: Store | None) -> list[str]:
    from microcom.core.delivery import State

    counts = {} if store is None else store.queue.counts()
    lines = []
    if counts.get(State.IN_DOUBT) or counts.get(State.HELD):
        lines.append("Somebody is needed:  microcom queue list --state in_doubt --state held")
    if counts.get(State.QUEUED):
        lines.append("To publish what is due:  microcom run   (or microcom worker)")
    if config is not None:
        lines.append(f'To post:  microcom post "Hello" --to {next(iter(config.accounts), "NAME")}')
    return lines or ["To begin:  microcom init"]


def _config(session: Session) -> Config | None:
    try:
        return session.config
    except UserError as error:
        if error.code != "config.none":
            raise
        return None


def _store(session: Session) -> Store | None:
    try:
        return session.store
    except UserError as error:
        if error.code != "store.none":
            raise
        return None


def _zone(session: Session) -> str:
    config = _config(session)
    return "UTC" if config is None else config.timezone


def _code(store: Store | None) -> Exit:
    from microcom.core.delivery import State

    counts = {} if store is None else store.queue.counts()
    needed = counts.get(State.IN_DOUBT) or counts.get(State.HELD)
    stopped = store is not None and store.accounts.stops()
    return Exit.PERSON if needed or stopped else Exit.OK
