from __future__ import annotations

from tests.conformance.kits import X_KIT

from microcom.testing.conformance import Conformance


class TestX(Conformance):
    """X keeps what every platform has to keep."""

    kit = X_KIT
