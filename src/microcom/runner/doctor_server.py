"""What doctor looks at where the queue is on a server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.finding import Finding, Level
from microcom.core.schedule import from_micros
from microcom.errors import MicrocomError
from microcom.intake.places import REAL
from microcom.runner.clock import SystemClock
from microcom.runner.crew import JOBS

if TYPE_CHECKING:
    from microcom.intake.places import Places
    from microcom.store import Store
    from microcom.store.server import ServerFacts

BESIDE = 2
"""Connections that a command has beside those of its workers."""
OFF = timedelta(seconds=30)


def look(places: Places, store: Store) -> Iterator[Finding]:
    """Yield what was found of a queue's server, and of what several machines have to share."""
    from microcom.store.server import facts_of

    try:
        facts = facts_of(store.db)
    except MicrocomError as error:
        yield Finding("server", Level.FAULT, error.message, error.hint)
        return
    yield _version(facts)
    yield _commits(facts)
    yield from standbys(facts)
    yield _connections(facts)
    yield _clock(facts)
    yield from _media(places)


def _version(facts: ServerFacts) -> Finding:
    what = f"PostgreSQL {facts.version}"
    if facts.is_too_old:
        from microcom.store.server import OLDEST

        what += f"; a queue wants {OLDEST} or newer"
        return Finding("server", Level.FAULT, what, "Move the queue to a newer server.")
    return Finding("server", Level.OK, what)


def _commits(facts: ServerFacts) -> Finding:
    if not facts.lax:
        return Finding(
            "commits", Level.OK, "what is written is on the server's disk, then confirmed"
        )
    what = f"{' and '.join(facts.lax)} off: a crash takes back what was confirmed, and posts go "
    what += "out twice"
    return Finding("commits", Level.FAULT, what, "Turn it on in postgresql.conf, and restart.")


def standbys(facts: ServerFacts) -> Iterator[Finding]:
    """Yield what standbys cost the promise, and whether one that takes over is noticed."""
    if facts.standbys and not facts.synchronous:
        several = (
            "a standby follows" if facts.standbys == 1 else f"{facts.standbys} standbys follow"
        )
        what = f"{several} asynchronously: one that takes over may not know what was sent last, "
        what += "so all that is due is held then until a person has adopted it"
        fix = "Set synchronous_standby_names, or be ready for: microcom store adopt"
        yield Finding("standby", Level.WARNING, what, fix)
    elif facts.standbys:
        yield Finding("standby", Level.OK, "commits wait for a standby")
    if facts.nameless:
        what = "the server does not tell who it is: a standby that takes over is not noticed"
        fix = "Allow pg_control_system() and pg_walfile_name() to the user of the queue."
        yield Finding("standby", Level.WARNING, what, fix)


def _connections(facts: ServerFacts) -> Finding:
    wanted = JOBS + BESIDE
    what = f"the server takes {max(facts.left, 0)} more connections; a run wants {wanted}"
    if facts.left >= wanted:
        return Finding("connections", Level.OK, what)
    fix = "Run fewer workers (--jobs), or raise max_connections."
    return Finding("connections", Level.WARNING, what, fix)


def _clock(facts: ServerFacts) -> Finding:
    off = abs(from_micros(facts.micros) - SystemClock().now())
    if off <= OFF:
        return Finding("server's clock", Level.OK, "it agrees with this machine's")
    what = f"it is {off.total_seconds():.0f} s from this machine's, and counts for the queue"
    fix = "Set both by the network: timedatectl set-ntp true"
    return Finding("server's clock", Level.WARNING, what, fix)


def _media(places: Places) -> Iterator[Finding]:
    if places.world != REAL or places.environment.get("MICROCOM_MEDIA"):
        return
    what = f"media are in {places.media}, which other machines of this queue do not have"
    fix = "Name a folder that every machine sees in MICROCOM_MEDIA; for one machine it is well."
    yield Finding("shared media", Level.WARNING, what, fix)
