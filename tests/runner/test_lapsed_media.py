"""Uploads older than the platform keeps them, after a restart and before anything is out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conformance.kits import X_MEDIA_KIT

from microcom.core.account import Community, Lateness, Missed, Rules
from microcom.core.delivery import State
from microcom.emulator.faults import Fault
from microcom.testing.stage import Stage, stages

LATE = Rules(missed=Missed(Lateness.SEND))
KIT = replace(
    X_MEDIA_KIT,
    account=replace(
        X_MEDIA_KIT.account,
        rules=LATE,
        communities={"timeline": Community("timeline", "timeline", rules=LATE)},
    ),
)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Return a maker of stages for the account."""
    with stages(KIT, tmp_path) as make:
        yield make


def _uploads(stage: Stage) -> int:
    return sum(call.url.endswith("/media/upload") for call in stage.wire.calls)


@pytest.mark.parametrize(("hours", "uploads"), [(22, 2), (25, 4)])
def test_old_uploads_are_made_again(make: Callable[..., Stage], hours: int, uploads: int) -> None:
    """What X has forgotten meanwhile goes up again, in a new process; what it has does not."""
    stage = make(ahead=timedelta(hours=3))  # the platform's clock counts, not ours
    stage.emulator.faults.arm(Fault("create_post", "401"))
    delivery = stage.queue()
    stage.work()
    assert stage.now(delivery).state is State.QUEUED
    stage.clock.sleep(hours * 3600)
    stage.rise()
    stage.log_in()
    stage.wire.calls.clear()
    assert stage.play(delivery).state is State.PUBLISHED
    assert stage.published() == list(KIT.parts)
    assert _uploads(stage) == uploads - 2
