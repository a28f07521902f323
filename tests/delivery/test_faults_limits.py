"""429 in every family of headers that is known, and the caps that a platform states otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conformance.pinterest_kit import PINTEREST_KIT
from tests.conformance.tiktok_kit import TIKTOK_SHORT_KIT
from tests.delivery.meddling import HTML, Aim, marks, meddled, reason, says

from microcom.core.account import Lateness, Missed, Rules
from microcom.core.delivery import State
from microcom.core.schedule import rfc3339
from microcom.emulator.faults import Fault
from microcom.testing.stage import Kit, Stage, stages

LATE = Rules(missed=Missed(Lateness.SEND))
JITTER = 3
"""Seconds that are waited beyond what is asked: one, and half of four."""
TOO_MANY = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank"}
CAPPED = {"title": "UsageCapExceeded", "detail": "Usage cap exceeded"}
CAPPED["type"] = "https://api.twitter.com/2/problems/usage-capped"


def family(name: str, remaining: int, seconds: int) -> Mapping[str, str]:
    """Return one family of X's headers; the reset is written as seconds from now."""
    stated = {"limit": 100, "remaining": remaining, "reset": seconds}
    return {f"{name}-{key}": str(value) for key, value in stated.items()}


def on_the_clock(stage: Stage, headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with the resets as X tells them: in seconds since 1970."""
    now = int(stage.clock.now().timestamp())
    return {
        name: str(now + int(value)) if name.endswith("-reset") else value
        for name, value in headers.items()
    }


def waits(stage: Stage, aim: Aim, seconds: float, says_so: str, sends: int = 2) -> None:
    """Hold that a post waits so long for the platform, nothing leaves before, and it is out."""
    began = stage.clock.now()
    delivery = stage.queue(stage.kit.parts[0])
    stage.work()
    waiting = stage.now(delivery)
    assert (waiting.state, waiting.tries, aim.met) == (State.QUEUED, 0, 1)
    assert set(marks(stage, delivery)) <= {"refused"}
    assert says_so in (waiting.reason or "")
    assert waiting.wake == began + timedelta(seconds=seconds + JITTER)
    left = len(stage.wire.calls)
    other = stage.queue(stage.kit.parts[0], again=True)
    stage.clock.sleep(seconds - 1)
    stage.work()
    assert len(stage.wire.calls) == left, "the whole login waits"
    stage.store.people.cancel(other)
    ended = stage.play(delivery)
    assert (ended.state, stage.published()) == (State.PUBLISHED, [stage.kit.parts[0]])
    assert stage.sends() == sends


X_FAMILIES = {
    "window": (family("x-rate-limit", 0, 300), 300),
    "user-day": (
        {**family("x-rate-limit", 57, 300), **family("x-user-limit-24hour", 0, 7000)},
        7000,
    ),
    "app-day": (
        {**family("x-rate-limit", 57, 300), **family("x-app-limit-24hour", 0, 5000)},
        5000,
    ),
    "both-days": (
        {**family("x-user-limit-24hour", 0, 900), **family("x-app-limit-24hour", 0, 4000)},
        4000,
    ),
    "none": ({}, 900),
    "nonsense": ({"x-rate-limit-limit": "100", "x-rate-limit-remaining": "few"}, 900),
}


@pytest.mark.parametrize(
    ("name", "body"),
    [*((name, TOO_MANY) for name in X_FAMILIES), ("window", None), ("user-day", None)],
)
def test_429_of_x(stage: Stage, name: str, body: object) -> None:
    """X is waited for until the last empty family is full again; without a word, 15 minutes."""
    headers, seconds = X_FAMILIES[name]
    aim = Aim()
    answer = says(stage, 429, body, on_the_clock(stage, headers))
    meddled(stage).instead.append((aim, answer))
    until = stage.clock.now() + timedelta(seconds=seconds)
    waits(stage, aim, seconds, f"X asks to wait until {until:%H:%M} UTC.")


@pytest.mark.parametrize("kind", ["429", "daily-cap"])
def test_429_as_the_emulated_x_gives_it(stage: Stage, kind: str) -> None:
    """A quarter of an hour, or six hours of the day's posts: nothing leaves before."""
    stage.emulator.faults.arm(Fault("create_post", kind))
    delivery = stage.queue("One")
    stage.work()
    wake = stage.now(delivery).wake
    minutes = 15 if kind == "429" else 360
    assert wake == stage.clock.now() + timedelta(minutes=minutes, seconds=JITTER)
    ended = stage.play(delivery)
    assert ended.state is (State.PUBLISHED if kind == "429" else State.HELD)  # six hours are late
    assert stage.sends() == (2 if kind == "429" else 1)


def test_429_of_a_proxy(stage: Stage) -> None:
    """A 429 that is neither in X's words nor has its headers proves nothing: looked for, failed."""
    meddled(stage).instead.append((Aim(), says(stage, 429, HTML)))
    delivery = stage.queue("One")
    stage.work()
    assert "with 429, not in its own words." in reason(stage, delivery)
    assert stage.play(delivery).state is State.FAILED
    assert (stage.published(), stage.sends(), marks(stage, delivery)) == ([], 1, ["absent"])


def test_a_cap_of_the_day(stage: Stage) -> None:
    """X's daily usage cap ends at midnight UTC, and the login waits until then."""
    body = {**CAPPED, "period": "Daily"}
    meddled(stage).instead.append((Aim(), says(stage, 429, body)))
    delivery = stage.queue("One")
    stage.work()
    assert stage.now(delivery).wake == datetime(2026, 11, 24, 0, 0, JITTER, tzinfo=UTC)
    assert reason(stage, delivery) == "The app has used up what X allows it in a day."
    assert (stage.sends(), stage.published()) == (1, [])


def test_a_cap_of_the_month(stage: Stage) -> None:
    """X's monthly cap is over when somebody pays: every account of the app waits."""
    body = {**CAPPED, "period": "Monthly"}
    meddled(stage).instead.append((Aim(), says(stage, 429, body)))
    delivery = stage.queue("One")
    stage.work()
    (stop,) = stage.store.accounts.stops()
    assert (stop.scope, stop.until) == ("app", None)
    assert "The app has used up what its package at X allows." in stop.reason
    stage.store.accounts.resume_app("x")
    assert stage.play(delivery).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["One"], 2)


PINTEREST_HEADERS = {
    "seconds": ({"x-ratelimit-limit": "100, 100;w=1, 1000;w=60", "x-ratelimit-reset": "30"}, 30),
    "none": ({}, 60),
    "retry-after": ({"x-ratelimit-reset": "5", "retry-after": "120"}, 120),
    "windows-alone": ({"x-ratelimit-limit": "100, 100;w=1, 1000;w=60"}, 60),
    "nonsense": ({"x-ratelimit-reset": "soon"}, 60),
}


@pytest.mark.parametrize("name", PINTEREST_HEADERS)
def test_429_of_pinterest(pins: Stage, name: str) -> None:
    """The reset counts seconds from now; what windows there are (N;w=S) is no time to wait."""
    headers, seconds = PINTEREST_HEADERS[name]
    aim = Aim(path="/v5/pins")
    body = {"code": 8, "message": "You have exceeded your rate limit. Try again later."}
    meddled(pins).instead.append((aim, says(pins, 429, body, headers)))
    waits(pins, aim, seconds, "Pinterest asks to wait.")


def test_429_of_tiktok(tmp_path: Path) -> None:
    """TikTok's limits are a minute long, and nothing is announced twice."""
    with stages(TIKTOK_SHORT_KIT, tmp_path) as make:
        stage = make()
        aim = Aim(path="/video/init/")
        body = {"error": {"code": "rate_limit_exceeded", "message": "", "log_id": "1"}}
        meddled(stage).instead.append((aim, says(stage, 429, body)))
        waits(stage, aim, 60, "TikTok asks to wait a minute.", sends=1)
        assert len(stage.emulator.published()) == 1


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("spam", "The account has posted as much as TikTok lets tools post in a day."),
        ("cap-with-200", "The account has posted as much as TikTok lets tools post in a day."),
        ("users", "The app has reached the number of accounts it may post for in a day."),
    ],
)
def test_caps_of_tiktok(tmp_path: Path, kind: str, words: str) -> None:
    """A cap of the day rests the account for a day; then the post goes out, once."""
    with stages(late(TIKTOK_SHORT_KIT), tmp_path) as make:
        stage = make()
        stage.emulator.faults.arm(Fault("init", kind))
        delivery = stage.queue()
        stage.work()
        (stop,) = stage.store.accounts.stops()
        assert (stop.scope, stop.until) == ("account", stage.clock.now() + timedelta(days=1))
        assert words in stop.reason
        stage.clock.sleep(23 * 3600)
        stage.work()
        assert (stage.now(delivery).state, stage.sends()) == (State.QUEUED, 0)
        assert stage.play(delivery).state is State.PUBLISHED
        assert (len(stage.published()), stage.sends()) == (1, 1)


def test_a_block_of_pinterest(tmp_path: Path) -> None:
    """A spam block rests the account for a day, all of its pins; each goes out once after it."""
    with stages(late(PINTEREST_KIT), tmp_path) as make:
        stage = make()
        stage.emulator.faults.arm(Fault("create_pin", "spam"))
        first, second = stage.queue("One"), stage.queue("Two")
        stage.work()
        (stop,) = stage.store.accounts.stops()
        assert "Pinterest has blocked the account for a while, to fight spam." in stop.reason
        assert stop.until is not None
        assert rfc3339(stop.until) == "2026-11-24T12:00:00Z"
        assert (stage.sends(), stage.published()) == (1, [])
        assert {stage.play(one).state for one in (first, second)} == {State.PUBLISHED}
        assert (stage.published(), stage.sends()) == (["One", "Two"], 3)


def late(kit: Kit) -> Kit:
    """Return a kit whose posts go out however late they are."""
    account = kit.account
    places = {name: replace(one, rules=LATE) for name, one in account.communities.items()}
    return replace(kit, account=replace(account, rules=LATE, communities=places))
