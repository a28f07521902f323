"""What was looked up holds for a day, and is looked up again when it turns out to be gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conformance.pinterest_kit import PINTEREST_KIT

from microcom.core.delivery import State
from microcom.platforms.pinterest.emulator import PinterestEmulator
from microcom.testing.stage import Stage, stages


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Return a maker of stages for the account."""
    with stages(replace(PINTEREST_KIT), tmp_path) as make:
        yield make


def _asked(stage: Stage) -> int:
    """Return how often boards or sections were listed since the last time."""
    found = sum("/pins" not in call.url and call.method == "GET" for call in stage.wire.calls)
    stage.wire.calls.clear()
    return found


def test_a_name_is_looked_up_once_a_day(make: Callable[..., Stage]) -> None:
    """The ids of board and section are asked for once, by any process, until a day has passed."""
    stage = make()
    asked = []
    for hours in (0, 2, 2, 24):
        stage.clock.sleep(hours * 3600)
        stage.rise()
        assert stage.play(stage.queue(again=True)).state is State.PUBLISHED
        asked.append(_asked(stage))
    assert asked == [2, 0, 0, 2]


def test_a_board_that_was_made_anew_is_found(make: Callable[..., Stage]) -> None:
    """A board deleted and made again has another id: the 404 is no failure, the name holds."""
    stage = make()
    assert stage.play(stage.queue()).state is State.PUBLISHED
    service = stage.emulator
    assert isinstance(service, PinterestEmulator)
    me = service.person(stage.kit.account.name)
    me.boards.remove(me.called("Latte art"))
    service.people.add_board(me, "Latte art", stage.clock.now(), ("Tulips",))
    _asked(stage)
    ended = stage.play(stage.queue(again=True))
    assert (ended.state, _asked(stage)) == (State.PUBLISHED, 2)
    assert service.published()[-1].place == "Latte art / Tulips"


def test_a_board_that_stays_away_fails_in_words(make: Callable[..., Stage]) -> None:
    """Looked up again and still gone: the delivery fails once, with the boards there are."""
    stage = make()
    assert stage.play(stage.queue()).state is State.PUBLISHED
    service = stage.emulator
    assert isinstance(service, PinterestEmulator)
    me = service.person(stage.kit.account.name)
    me.boards.remove(me.called("Latte art"))
    stage.clock.sleep(timedelta(hours=1).total_seconds())
    ended = stage.play(stage.queue(again=True))
    assert ended.state is State.FAILED
    assert "Pinterest shows no board latte art. There is Home bar" in (ended.reason or "")
