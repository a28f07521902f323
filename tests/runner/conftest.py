from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conformance.kits import X_KIT

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
