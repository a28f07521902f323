"""What to do about a failure: a decision value that the runner obeys."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from microcom.errors import (
    NeedsLogin,
    Outdated,
    OutOfCredit,
    PlatformError,
    RateLimited,
    SpamBlocked,
    TokenExpired,
    Transient,
    Withdrawn,
)
from microcom.values import dataclass

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
MOST_TRIES = 13
MOST_SENDS = 3
MOST_ATTEMPTS = 3
AFTER_BROKEN = (timedelta(minutes=5), timedelta(hours=1))
BREAKER_FIRST = timedelta(minutes=1)
BREAKER_LONGEST = timedelta(minutes=15)


class Scope(StrEnum):
    """Whom a stop concerns."""

    ACCOUNT = "account"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Retry:
    """Try the delivery again at ``at``; ``whole_lane`` when its whole login has to wait."""

    at: datetime
    why: str
    whole_lane: bool = False


@dataclass(frozen=True, slots=True)
class Park:
    """Stop an account or an app until ``until``, or until a person resumes it (None)."""

    scope: Scope
    why: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Anew:
    """Begin a new attempt, with an empty journal, at ``at``."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """This delivery will not be tried again by itself; ``nothing_out`` whatever was answered."""

    why: str
    nothing_out: bool = False


Decision: TypeAlias = Retry | Park | Anew | GiveUp


def decide(
    error: PlatformError, tries: int, attempt: int, now: datetime, jitter: float
) -> Decision:
    """Return what follows an error that surely had no effect people can see.

    ``tries`` counts the failures in a row so far, this one not included, and ``attempt`` the
    attempts, this one included; ``jitter`` is a random number from 0 to 1 that spreads the waiting.
    """
    why = sentence(error)
    match error:
        case RateLimited():
            return Retry(
                max(error.until, now) + timedelta(seconds=1 + 4 * jitter), why, whole_lane=True
            )
        case SpamBlocked():
            return Park(Scope.ACCOUNT, why, error.until)
        case OutOfCredit():
            return Park(Scope.APP, why)
        case TokenExpired() | NeedsLogin():
            return Park(Scope.ACCOUNT, why)
        case Outdated() if tries == 0:
            return Retry(now, why)
        case Withdrawn():
            anew = Anew(now + pause(attempt - 1, jitter), why)
            may = error.again and attempt < MOST_ATTEMPTS
            return anew if may else GiveUp(why, nothing_out=True)
        case Transient() if tries + 1 < MOST_TRIES:
            return Retry(now + pause(tries, jitter), why)
        case _:
            return GiveUp(why)


def pause(tries: int, jitter: float) -> timedelta:
    """Return how long to wait after ``tries`` failures: doubling to a quarter hour, less by chance.

    An outage of an hour is outlasted, whatever the chance.
    """
    whole = min(FIRST_PAUSE * (1 << tries), LONGEST_PAUSE)
    return whole * (0.5 + 0.5 * jitter)


def resend_pause(absences: int, *, broken: bool) -> timedelta:
    """Return how long to wait before a post that was surely lost is sent again.

    ``absences`` counts how often it was. Where the platform itself was failing (``broken``), the
    few sends there are have to outlast the failure.
    """
    if not broken:
        return timedelta()
    return AFTER_BROKEN[min(absences, len(AFTER_BROKEN)) - 1]


def breaker_pause(failures: int) -> timedelta:
    """Return how long an app rests after its n-th (from 1) failure in a row to publish."""
    return min(BREAKER_FIRST * (1 << (failures - 1)), BREAKER_LONGEST)


def sentence(error: PlatformError) -> str:
    """Return the error's message and hint as one reason."""
    return error.message if error.hint is None else f"{error.message} {error.hint}"
