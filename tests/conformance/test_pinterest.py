from __future__ import annotations

from tests.conformance.pinterest_kit import PINTEREST_KIT, PINTEREST_VIDEO_KIT

from microcom.testing.conformance import Conformance


class TestPinterest(Conformance):
    """Pinterest keeps what every platform has to keep, with a picture in a section."""

    kit = PINTEREST_KIT


class TestPinterestWithVideo(Conformance):
    """Pinterest keeps it with a video on a board: registered, sent to a bucket, processed."""

    kit = PINTEREST_VIDEO_KIT
