from __future__ import annotations

from tests.conformance.tiktok_kit import TIKTOK_KIT

from microcom.testing.conformance import Conformance


class TestTikTok(Conformance):
    """TikTok keeps what every platform has to keep, with uploads in chunks and processing."""

    kit = TIKTOK_KIT
