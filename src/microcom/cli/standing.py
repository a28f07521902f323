"""Bare `microcom`: where you stand, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microcom.cli.readiness import Standing, login_line, said_stop, standings_of
from microcom.cli.screen import Answer, Screen, nearby
from microcom.cli.session import Session
from microcom.core.delivery import NEEDS_PERSON, State
from microcom.core.exits import Exit
from microcom.core.schedule import rfc3339
from microcom.errors import Mistakes, UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.config import Config
    from microcom.core.steps import JsonValue
    from microcom.store import Store
    from microcom.store.accounts import Stop

TITLE = "microcom: one post to many small communities, never twice"
FIRST_STEPS = {
    "microcom demo": "see it work, without an account",
    "microcom init": "begin: writes accounts.yaml into this folder",
    "microcom --help": "everything it can do",
}
FEW = 4
OVERDUE = timedelta(minutes=5)
"""How late work may lie in the queue before somebody has to look after it."""


def standing(*, json: bool = False) -> int:
    """Say where this user stands and what comes next; return the exit code."""
    here = _look(Session("", json=json))
    answer = Answer(_data(here), lambda screen: _show(screen, here), _code(here))
    return here.session.screen.answer(answer)


def _data(here: _Here) -> dict[str, JsonValue]:
    return {
        "accounts": {name: standing.state for name, standing in here.standings.items()},
        "counts": {state.value: count for state, count in here.counts.items()},
        "next": None if here.wake is None else rfc3339(here.wake),
        "stops": [[stop.scope, stop.name, stop.state, stop.reason] for stop in here.stops],
    }


@dataclass(frozen=True, slots=True)
class _Here:
    """What there is on this machine and in this folder; None where there is nothing yet.

    ``trouble`` is why an accounts file that is there cannot be used.
    """

    session: Session
    now: datetime
    config: Config | None
    trouble: UserError | None
    standings: Mapping[str, Standing]
    store: Store | None
    counts: Mapping[State, int]
    wake: datetime | None
    stops: tuple[Stop, ...]

    @property
    def is_overdue(self) -> bool:
        return self.wake is not None and self.now - self.wake > OVERDUE

    @property
    def needing(self) -> int:
        return sum(count for state, count in self.counts.items() if state in NEEDS_PERSON)


def _look(session: Session) -> _Here:
    config, trouble = _config(session)
    store = _store(session)
    return _Here(
        session=session,
        now=session.clock.now(),
        config=config,
        trouble=trouble,
        standings={} if config is None else standings_of(session, list(config.accounts.values())),
        store=store,
        counts={} if store is None else store.queue.counts(),
        wake=None if store is None else store.lanes.next_wake(),
        stops=() if store is None else tuple(store.accounts.stops()),
    )


def _config(session: Session) -> tuple[Config | None, UserError | None]:
    try:
        return session.config, None
    except UserError as error:
        return None, None if error.code == "config.none" else error


def _store(session: Session) -> Store | None:
    try:
        return session.store
    except UserError as error:
        if error.code != "store.none":
            raise
        return None


def _code(here: _Here) -> Exit:
    if here.needing or here.stops or here.is_overdue:
        return Exit.PERSON
    return Exit.OK if here.trouble is None else Exit.USAGE


def _show(screen: Screen, here: _Here) -> None:
    screen.head(TITLE)
    screen.say()
    if here.config is None and here.trouble is None and here.store is None:
        screen.say("There is nothing here yet. To begin:")
        screen.facts(FIRST_STEPS, indent=2)
        return
    screen.facts(_facts(here))
    for stop in here.stops:
        if stop.state == "unadopted":
            continue  # the first of what comes next
        screen.say()
        for line in said_stop(stop):
            screen.say(line)
    screen.say()
    screen.head("What next")
    screen.facts(_next(here), indent=2)


def _facts(here: _Here) -> dict[str, str]:
    facts = {"accounts": _accounts(here)}
    if here.config is not None:
        facts["project"] = f"{here.config.project} ({nearby(here.config.files[0])})"
    if here.store is None:
        return facts | {"queue": "nothing was queued yet"}
    counts = (f"{here.counts[state]} {_said(state)}" for state in State if here.counts.get(state))
    facts["queue"] = ", ".join(counts) or "empty"
    if here.wake is not None:
        facts["next"] = f"since {_wall(here, here.wake)}" if here.is_overdue else _next_due(here)
    last = here.store.last_run()
    facts["last run"] = "never" if last is None else _wall(here, last)
    return facts


def _accounts(here: _Here) -> str:
    if isinstance(here.trouble, Mistakes):
        number = len(here.trouble.problems)
        return f"the accounts file has {number} mistake{'' if number == 1 else 's'}"
    if here.trouble is not None:
        return here.trouble.message
    if here.config is None:
        return "no accounts file here"
    names = list(here.config.accounts)
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    states = Counter(one.words for one in here.standings.values())
    said = ", ".join(f"{count} {state}" for state, count in states.items())
    return f"{', '.join(names[:FEW])}{more} ({said})"


def _next_due(here: _Here) -> str:
    assert here.wake is not None  # noqa: S101 - asked where something wakes
    return "due now" if here.wake <= here.now else _wall(here, here.wake)


def _wall(here: _Here, moment: datetime) -> str:
    from microcom.cli.receipts import wall

    return wall(moment, "UTC" if here.config is None else here.config.timezone, here.now)


def _said(state: State) -> str:
    return state.replace("_", " ")


def _next(here: _Here) -> dict[str, str]:
    """Return commands worth running now, each with why."""
    steps: dict[str, str] = {}
    if here.trouble is not None:
        steps["microcom check"] = "says what is wrong with the accounts file"
    if any(stop.state == "unadopted" for stop in here.stops):
        steps["microcom store adopt --dry-run"] = "this queue may be a copy: nothing leaves before"
    if here.needing:
        states = [f"--state {state}" for state in State if state in NEEDS_PERSON]
        steps[f"microcom queue list {' '.join(states)}"] = f"{here.needing} wait for you"
    if here.counts.get(State.PARTIAL):
        steps["microcom queue list --state partial"] = "some parts are out, the rest stopped"
    if here.wake is not None and here.wake <= here.now:
        steps["microcom run"] = "publishes what is due"
    elif here.wake is not None:
        steps["microcom timer install"] = "publishes when it is due, from now on"
    if here.config is None:
        return steps if here.trouble else steps | {"microcom init": "writes an accounts file"}
    return steps | _logins(here) | {_example(here.config): "posts now; --at says when"}


def _logins(here: _Here) -> dict[str, str]:
    """Return how to log in the first account that is not; in a sandbox posting does it."""
    if not here.session.is_real:
        return {}
    names = (name for name, one in here.standings.items() if one.wants_login)
    name = next(names, None)
    if name is None or here.config is None:
        return {}
    return {login_line(here.config, here.config.accounts[name]): f"logs {name} in"}


def _example(config: Config) -> str:
    return f'microcom post "Hello" --to {next(iter(config.accounts), "NAME")}'
