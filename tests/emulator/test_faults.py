"""Faults of a service: at which endpoint, how often, and from which call on."""

from __future__ import annotations

import pytest

from microcom.emulator.faults import Fault, Faults


@pytest.mark.parametrize(
    ("fault", "meets"),
    [
        (Fault("post", "503-after"), [True, False, False, False]),
        (Fault("post", "503-after", count=2), [True, True, False, False]),
        (Fault("post", "503-after", skip=2), [False, False, True, False]),
        (Fault("post", "503-after", count=None), [True, True, True, True]),
        (Fault("post", "503-after", count=None, skip=1), [False, True, True, True]),
        (Fault("list", "empty"), [False, False, False, False]),
    ],
)
def test_a_fault_meets_the_calls_it_is_meant_for(fault: Fault, meets: list[bool]) -> None:
    """Some calls pass, a number of them meet the fault, the rest pass again."""
    faults = Faults()
    faults.arm(fault)
    assert [faults.take("post") is not None for _ in meets] == meets


def test_every_fault_counts_every_call() -> None:
    """Where two faults would meet one call, the first does, and both have counted it."""
    faults = Faults()
    first, second = Fault("post", "429"), Fault("post", "401", skip=1)
    faults.arm(first, second)
    assert [faults.take("post"), faults.take("post"), faults.take("post")] == [first, second, None]


def test_what_is_over_is_no_longer_armed() -> None:
    """The faults that may still be met are known, and all can be switched off."""
    faults = Faults()
    once, always = Fault("post", "429"), Fault("post", "401", count=None)
    faults.arm(once, always)
    assert list(faults.armed) == [once, always]
    faults.take("post")
    assert list(faults.armed) == [always]
    faults.clear()
    assert list(faults.armed) == []
