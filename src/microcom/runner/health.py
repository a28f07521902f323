"""Whether a queue needs anybody: what is late, in doubt, held or stopped, and who runs it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.delivery import State
from microcom.core.finding import Finding, Level

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.delivery import Delivery
    from microcom.store import Store
    from microcom.store.tokens import TokenFacts

LATE = timedelta(minutes=5)
"""What is due may wait so long for the next run before it counts as overdue."""
LATELY = timedelta(days=1)
FEW = 3
WAITING = (State.QUEUED, State.STAGED)


def look(store: Store, now: datetime, *, client: str | None = None) -> list[Finding]:
    """Return everything that a person should know of a queue now, the good as well."""
    return [
        _run(store, now),
        *right_to_send(store),
        *_overdue(store, now, client),
        *_waiting(store, client),
        *_stopped(store),
        *_ended(store, now, client),
        *_logins(store),
    ]


def _run(store: Store, now: datetime) -> Finding:
    last, wake = store.last_run(), store.lanes.next_wake()
    due = wake is not None and now - wake > LATE
    if last is None:
        what = "nobody has run the queue yet"
        level = Level.PERSON if due else Level.WARNING
        return Finding("run", level, what, "microcom timer install")
    ago = span(now - last)
    if due and now - last > LATE:
        what = f"nobody has run the queue for {ago}, and deliveries are due"
        return Finding("run", Level.PERSON, what, "microcom timer status  (or: microcom run)")
    return Finding("run", Level.OK, f"the queue was run {ago} ago")


def right_to_send(store: Store) -> Iterator[Finding]:
    """Yield that the queue may be a copy of another one, which may have sent what is in it."""
    waiting = store.standing.unadopted() if store.standing.waits() else []
    if not waiting:
        return
    whys = list(dict.fromkeys(one.why for one in waiting if one.why))
    why = whys[0] if whys else "another queue may have sent some of it"
    names = ", ".join(one.account for one in waiting[:FEW]) + (", …" if len(waiting) > FEW else "")
    fix = "microcom store adopt --dry-run  (says what it would look for)"
    yield Finding("right to send", Level.PERSON, f"{why} ({names})", fix)


def _overdue(store: Store, now: datetime, client: str | None) -> Iterator[Finding]:
    late = _found(store, WAITING, client, until=now - LATE)
    if late:
        most = span(now - min(one.due for one in late))
        what = f"{_several(late)} overdue, by up to {most}"
        yield Finding("overdue", Level.PERSON, what, f"microcom queue show {late[0].id}")


def _waiting(store: Store, client: str | None) -> Iterator[Finding]:
    for state, words in ((State.IN_DOUBT, "in doubt"), (State.HELD, "held")):
        found = _found(store, (state,), client)
        if found:
            fix = f"microcom queue list --state {state}"
            yield Finding(state.value, Level.PERSON, f"{_several(found)} {words}", fix)


def _stopped(store: Store) -> Iterator[Finding]:
    ended = {name for facts in store.tokens.refused() for name in _names(store, facts)}
    for stop in store.accounts.stops():
        if stop.state == "unadopted":
            continue  # said once, of all of them
        until = "" if stop.until is None else f" until {stop.until:%Y-%m-%d %H:%M} UTC"
        level = Level.PERSON if stop.until is None and stop.state == "parked" else Level.WARNING
        flag = "" if stop.scope == "account" else "--app "
        what = f"{stop.scope} {stop.name} is {stop.state}{until}: {stop.reason}"
        logs_in = stop.scope == "account" and stop.name in ended  # which ends the parking, too
        fix = f"microcom {'login' if logs_in else 'resume'} {flag}{stop.name}"
        yield Finding(stop.state, level, what, fix)


def _ended(store: Store, now: datetime, client: str | None) -> Iterator[Finding]:
    for state in (State.PARTIAL, State.FAILED):
        found = _found(store, (state,), client, since=now - LATELY)
        if found:
            fix = f"microcom queue list --state {state}"
            what = f"{_several(found)} {state} in the last day"
            yield Finding(state.value, Level.WARNING, what, fix)


def _logins(store: Store) -> Iterator[Finding]:
    for facts in store.tokens.refused():
        names = _names(store, facts)
        fix = f"microcom login {names[0] if names else 'ACCOUNT'}"
        yield Finding("login", Level.PERSON, facts.refused or "", fix)


def _names(store: Store, facts: TokenFacts) -> list[str]:
    """Return the accounts that a login is of."""
    return [one.account.name for one in store.accounts.of_login(facts.login) if facts.is_of(one)]


def _found(
    store: Store,
    states: tuple[State, ...],
    client: str | None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Delivery]:
    from microcom.store.filter import Filter

    wanted = Filter(states=states, client=client, since=since, until=until, limit=1000)
    return store.queue.list(wanted)


def _several(found: list[Delivery]) -> str:
    """Return how many there are, and the numbers of the first."""
    some = ", ".join(f"#{one.id}" for one in found[:FEW])
    more = ", …" if len(found) > FEW else ""
    word = "delivery" if len(found) == 1 else "deliveries"
    return f"{len(found)} {word} ({some}{more})"


def span(length: timedelta) -> str:
    """Return a length of time in one or two words."""
    seconds = max(0, int(length.total_seconds()))
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"
