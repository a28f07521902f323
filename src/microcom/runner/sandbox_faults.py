"""Faults of a sandbox as people type them.

::

    PLATFORM.ENDPOINT:FAULT[=SECONDS][:COUNT][@FIRST]

``x.create_post:503-after`` lets the next post take effect and then answers 503;
``x.create_post:429:2@3`` refuses the third and fourth; ``x.user_posts:lag=90:*`` makes every
listing lag by ninety seconds until faults are cleared. COUNT is 1 unless given, ``*`` has no end;
FIRST is the first call, counted from 1, that meets the fault.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from microcom.emulator import Emulator
from microcom.emulator.faults import Fault
from microcom.errors import UserError

SYNTAX = "PLATFORM.ENDPOINT:FAULT[=SECONDS][:COUNT][@FIRST]"
_WORDS = re.compile(
    r"(?P<platform>[a-z0-9-]+)\.(?P<endpoint>\w+):(?P<kind>[a-z0-9-]+)(?:=(?P<seconds>\d{1,6}))?"
    r"(?::(?P<count>[1-9]\d{0,5}|\*))?(?:@(?P<first>[1-9]\d{0,5}))?"
)
TIMED = "lag"
"""The fault that takes seconds."""


def parse_fault(words: str, emulators: Sequence[Emulator]) -> tuple[Emulator, Fault]:
    """Return a fault and whose it is; raise UserError ``sandbox.fault`` naming what exists."""
    found = _WORDS.fullmatch(words.strip())
    if found is None:
        raise _refused(f"{words!r} is no fault.", f"Write {SYNTAX}.")
    emulator = _named(found["platform"], emulators)
    endpoint, kind = found["endpoint"], found["kind"]
    endpoints = [route.name for route in emulator.routes]
    if endpoint not in endpoints:
        message = f"{emulator.name} has no endpoint {endpoint}."
        raise _refused(message, f"It has {', '.join(endpoints)}.")
    if kind not in emulator.kinds(endpoint):
        message = f"{emulator.name}.{endpoint} has no fault {kind}."
        raise _refused(message, f"It has {', '.join(emulator.kinds(endpoint))}.")
    if (kind == TIMED) != (found["seconds"] is not None):
        message = f"{kind} takes {'' if kind == TIMED else 'no '}seconds."
        raise _refused(message, f"Such as {emulator.name}.{endpoint}:{TIMED}=90:*")
    return emulator, Fault(
        endpoint=endpoint,
        kind=kind,
        count=None if found["count"] == "*" else int(found["count"] or 1),
        skip=int(found["first"] or 1) - 1,
        seconds=float(found["seconds"] or 0),
    )


def armed(emulators: Sequence[Emulator]) -> list[str]:
    """Return the faults that may still be met, as they would be typed."""
    return [_typed(one, fault) for one in emulators for fault in one.faults.armed]


def known(emulators: Sequence[Emulator]) -> dict[str, list[str]]:
    """Return every fault there is, by endpoint."""
    return {
        f"{one.name}.{route.name}": list(one.kinds(route.name))
        for one in emulators
        for route in one.routes
    }


def _named(platform: str, emulators: Sequence[Emulator]) -> Emulator:
    for emulator in emulators:
        if emulator.name == platform:
            return emulator
    there = ", ".join(emulator.name for emulator in emulators) or "nothing"
    raise _refused(f"The sandbox has no platform {platform}.", f"It has {there}.")


def _typed(emulator: Emulator, fault: Fault) -> str:
    seconds = f"={fault.seconds:g}" if fault.kind == TIMED else ""
    count = "" if fault.count == 1 else f":{fault.count or '*'}"
    first = f"@{fault.skip + 1}" if fault.skip else ""
    return f"{emulator.name}.{fault.endpoint}:{fault.kind}{seconds}{count}{first}"


def _refused(message: str, hint: str) -> UserError:
    return UserError(message, code="sandbox.fault", hint=hint)
