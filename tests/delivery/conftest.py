from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.house import House, Street, move_in
from tests.conformance.kits import X_KIT
from tests.conformance.pinterest_kit import PINTEREST_KIT
from tests.conformance.tiktok_kit import TIKTOK_KIT, TIKTOK_SHORT_KIT

from microcom.testing.stage import Stage, stages


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Return a maker of stages for X's account."""
    with stages(X_KIT, tmp_path) as make:
        yield make


@pytest.fixture
def stage(make: Callable[..., Stage]) -> Stage:
    """Return X's account with an empty queue."""
    return make()


@pytest.fixture
def pins(tmp_path: Path) -> Iterator[Stage]:
    """Return Pinterest's account, of which a pin is a picture in a section of a board."""
    with stages(PINTEREST_KIT, tmp_path) as make:
        yield make()


@pytest.fixture
def clip(tmp_path: Path) -> Iterator[Stage]:
    """Return TikTok's account, of which a post is a video of one chunk."""
    with stages(TIKTOK_SHORT_KIT, tmp_path) as make:
        yield make()


@pytest.fixture
def film(tmp_path: Path) -> Iterator[Stage]:
    """Return TikTok's account, of which a post is a video of two chunks."""
    with stages(TIKTOK_KIT, tmp_path) as make:
        yield make()


@pytest.fixture(scope="session")
def street() -> Iterator[Street]:
    """Return a served address that tests move their sandboxes into."""
    street = Street()
    yield street
    street.close()


@pytest.fixture
def rehearsal(
    street: Street,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> House:
    """Return a person's machine that is pointed at a running sandbox."""
    move_in(tmp_path, monkeypatch, street.url)
    return House(tmp_path, capsys, street.renew())
