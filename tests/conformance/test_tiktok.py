from __future__ import annotations

from tests.conformance.tiktok_kit import TIKTOK_KIT, TIKTOK_SHORT_KIT

from microcom.testing.conformance import Conformance


class TestTikTok(Conformance):
    """TikTok keeps what every platform has to keep, with uploads in chunks and processing."""

    kit = TIKTOK_KIT


class TestTikTokInOneChunk(Conformance):
    """TikTok keeps it where the only chunk is the one that publishes."""

    kit = TIKTOK_SHORT_KIT
