"""What follows a failure: the whole table, without a platform."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from microcom.core.retry import (
    LONGEST_PAUSE,
    MOST_ATTEMPTS,
    MOST_TRIES,
    Anew,
    GiveUp,
    Park,
    Retry,
    Scope,
    breaker_pause,
    decide,
    pause,
    resend_pause,
)
from microcom.errors import (
    NeedsLogin,
    Outdated,
    OutOfCredit,
    PlatformError,
    RateLimited,
    Rejected,
    SpamBlocked,
    TokenExpired,
    Transient,
    Withdrawn,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=7)


def after(
    error: PlatformError, *, tries: int = 0, attempt: int = 1, jitter: float = 0.5
) -> Retry | Park | Anew | GiveUp:
    """Return what is decided at noon."""
    return decide(error, tries, attempt, NOON, jitter)


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 1), (0.5, 3), (1.0, 5)])
def test_a_rate_limit_waits_for_the_platforms_own_time(jitter: float, seconds: int) -> None:
    """The whole login waits until then, however often it was told so, and a little by chance."""
    error = RateLimited("Wait.", code="a.limit", until=LATER)
    at = LATER + timedelta(seconds=seconds)
    for tries in (0, MOST_TRIES, 1000):
        assert after(error, tries=tries, jitter=jitter) == Retry(at, "Wait.", whole_lane=True)


def test_a_rate_limit_that_is_over() -> None:
    """A moment that has passed is now: nobody sends at a time that is behind them."""
    error = RateLimited("Wait.", code="a.limit", until=NOON - timedelta(hours=1))
    assert after(error) == Retry(NOON + timedelta(seconds=3), "Wait.", whole_lane=True)


def test_a_passing_failure_backs_off_with_jitter() -> None:
    """Half a minute, then twice as long each time up to a quarter of an hour, half of it chance."""
    error = Transient("Busy.", code="a.busy")
    for tries, whole in enumerate([30, 60, 120, 240, 480, 900, 900, 900]):
        for jitter, share in ((0.0, 0.5), (0.5, 0.75), (1.0, 1.0)):
            at = NOON + timedelta(seconds=whole * share)
            assert after(error, tries=tries, jitter=jitter) == Retry(at, "Busy.")


def test_a_passing_failure_is_given_up_in_the_end() -> None:
    """The thirteenth failure in a row is the last, and an outage of an hour is outlasted before."""
    error = Transient("Busy.", code="a.busy")
    assert isinstance(after(error, tries=MOST_TRIES - 2), Retry)
    assert after(error, tries=MOST_TRIES - 1) == GiveUp("Busy.")
    least = sum((pause(tries, 0.0) for tries in range(MOST_TRIES - 1)), timedelta())
    assert least > timedelta(hours=1)
    assert pause(MOST_TRIES, 1.0) == LONGEST_PAUSE


def test_no_credit_parks_the_app() -> None:
    """Whoever posts through the app waits until a person has paid, and is told what to do."""
    error = OutOfCredit("The credit is used up.", code="a.credit", hint="Buy some.")
    assert after(error) == Park(Scope.APP, "The credit is used up. Buy some.", None)


def test_a_block_parks_the_account_for_hours() -> None:
    """Blocked for spam or at a cap of the day, the account rests until then; others go on."""
    error = SpamBlocked("Blocked.", code="a.spam", until=LATER)
    assert after(error) == Park(Scope.ACCOUNT, "Blocked.", LATER)


@pytest.mark.parametrize("kind", [TokenExpired, NeedsLogin])
def test_a_login_that_ended_parks_the_account(kind: type[PlatformError]) -> None:
    """The account waits for a person to log in; it is not the delivery that failed."""
    error = kind("The login ended.", code="a.login", hint="Log in again.")
    assert after(error) == Park(Scope.ACCOUNT, "The login ended. Log in again.", None)


def test_what_was_looked_up_is_looked_up_again_once() -> None:
    """Something that is gone is looked for by its name at once; gone again, it is given up."""
    error = Outdated("No board.", code="a.board")
    assert after(error) == Retry(NOON, "No board.")
    assert after(error, tries=1) == GiveUp("No board.")


def test_a_refusal_is_final() -> None:
    """Content that will not be taken is not sent again."""
    assert after(Rejected("No.", code="a.no")) == GiveUp("No.")


def test_what_was_withdrawn_begins_anew() -> None:
    """A post that the platform gave up gets a new attempt, a few in all, if that may help."""
    error = Withdrawn("It failed.", code="a.failed")
    assert after(error) == Anew(NOON + timedelta(seconds=22.5), "It failed.")
    assert after(error, attempt=2) == Anew(NOON + timedelta(seconds=45), "It failed.")
    assert after(error, attempt=MOST_ATTEMPTS) == GiveUp("It failed.", nothing_out=True)
    hopeless = Withdrawn("Bad film.", code="a.film", again=False)
    assert after(hopeless) == GiveUp("Bad film.", nothing_out=True)


def test_what_was_surely_lost_is_sent_again_later_where_the_platform_failed() -> None:
    """After a silence at once; after a failure in five minutes, then in an hour."""
    assert resend_pause(1, broken=False) == timedelta()
    minutes = [
        resend_pause(absences, broken=True) // timedelta(minutes=1) for absences in (1, 2, 3)
    ]
    assert minutes == [5, 60, 60]


def test_a_breaker_rests_twice_as_long_each_time() -> None:
    """An app rests a minute after its first failure to publish, at most a quarter of an hour."""
    minutes = [breaker_pause(failures) // timedelta(minutes=1) for failures in range(1, 8)]
    assert minutes == [1, 2, 4, 8, 15, 15, 15]
