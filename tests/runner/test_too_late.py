"""Cancelling what is out already: there is nothing left to stop, and nobody is told otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conformance.tiktok_kit import TIKTOK_SHORT_KIT

from microcom.core.delivery import State
from microcom.emulator.faults import Fault
from microcom.errors import UserError
from microcom.testing.stage import stages


def test_a_video_that_was_accepted_is_too_late_to_cancel(tmp_path: Path) -> None:
    """Between acceptance and "live", with a question that failed, the post still ends published."""
    with stages(TIKTOK_SHORT_KIT, tmp_path) as make:
        stage = make()
        stage.emulator.faults.arm(Fault("status", "cut"))
        delivery = stage.queue()
        stage.work()
        waiting = stage.now(delivery)
        assert waiting.state is State.QUEUED  # a question failed: it is asked again
        with pytest.raises(UserError) as caught:
            stage.store.people.cancel(waiting)
        assert caught.value.code == "queue.out"
        assert stage.play(delivery).state is State.PUBLISHED
        assert stage.published() == list(stage.kit.parts)
