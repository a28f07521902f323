from __future__ import annotations

from tests.conformance.kits import X_KIT, X_MEDIA_KIT

from microcom.testing.conformance import Conformance


class TestX(Conformance):
    """X keeps what every platform has to keep."""

    kit = X_KIT


class TestXWithMedia(Conformance):
    """X keeps it with uploads in chunks, processing and alt text before the posts."""

    kit = X_MEDIA_KIT
