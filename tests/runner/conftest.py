from __future__ import annotations

from pathlib import Path

import pytest
from tests.conformance.kits import X_KIT

from microcom.testing.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return X's account with an empty queue."""
    return Stage(X_KIT, tmp_path)
