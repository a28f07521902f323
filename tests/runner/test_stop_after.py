"""An account whose deliveries fail one after the other is stopped by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from microcom.core.config import Config
from microcom.core.delivery import State
from microcom.emulator.faults import Fault
from microcom.testing.stage import Stage


@pytest.fixture
def strict(stage: Stage) -> Stage:
    """Return an account that may fail three times in a row."""
    account = stage.kit.account
    rules = replace(account.rules, stop_after=3)
    places = {name: replace(one, rules=rules) for name, one in account.communities.items()}
    account = replace(account, rules=rules, communities=places)
    file = (str(stage.folder / "accounts.yaml"),)
    config = Config(account.project, "UTC", file, "1", {account.name: account}, {}, {}, {})
    stage.store.accounts.register(config, [account.name])
    return stage


def test_failures_in_a_row_stop_the_account(strict: Stage) -> None:
    """The third failure parks it, with the last reason; what else is due stays queued."""
    strict.emulator.faults.arm(Fault("create_post", "new-refusal", count=None))
    posts = [strict.queue(f"Text {number}") for number in range(5)]
    strict.work()
    states = [strict.now(one).state for one in posts]
    assert states == [*[State.FAILED] * 3, *[State.QUEUED] * 2]
    (stop,) = strict.store.accounts.stops()
    assert (stop.scope, stop.state) == ("account", "parked")
    assert stop.reason.startswith("3 deliveries in a row failed, the last: ")
    assert strict.sends() == 3


def test_a_success_ends_the_row(strict: Stage) -> None:
    """Failures that something published lies between stop nobody."""
    for number in range(6):
        if number % 3 != 2:
            strict.emulator.faults.arm(Fault("create_post", "new-refusal"))
        strict.queue(f"Text {number}")
        strict.work()
    assert strict.published() == ["Text 2", "Text 5"]
    assert strict.store.accounts.stops() == []


def test_whoever_is_resumed_begins_a_new_row(strict: Stage) -> None:
    """After a person's resume it takes three more failures, not one."""
    strict.emulator.faults.arm(Fault("create_post", "new-refusal", count=4))
    posts = [strict.queue(f"Text {number}") for number in range(5)]
    strict.work()
    strict.store.accounts.resume(strict.kit.account.name)
    strict.work()
    assert [strict.now(one).state for one in posts[3:]] == [State.FAILED, State.PUBLISHED]
    assert strict.store.accounts.stops() == []
