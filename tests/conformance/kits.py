"""What each platform brings to the tests of the engine."""

from __future__ import annotations

from dataclasses import replace

from microcom.core.account import Account, Rules
from microcom.core.media import Media, MediaKind
from microcom.core.post import Snapshot
from microcom.platforms import load
from microcom.platforms.x.emulator import XEmulator
from microcom.testing.stage import Keep, Kit

X = load("x")
PNG = b"\x89PNG\r\n\x1a\n"
MP4 = b"\0\0\0\x20ftypisom"

X_KIT = Kit(
    platform=X,
    emulator=lambda clock: XEmulator(clock=clock),
    account=Account(
        name="acme-x",
        platform="x",
        handle="acme_x",
        project="p",
        timezone="UTC",
        client=None,
        app="x",
        communities={place.name: place for place in X.places},
        default=X.default,
        rules=Rules(),
    ),
    parts=("Eleven tries.", "Ten of them tasted of soap & more.", "See https://example.com/a"),
    publish="create_post",
)


def _illustrated(parts: tuple[str, ...], keep: Keep) -> Snapshot:
    """Return a thread with two pictures, one described, and a video of three chunks after them."""
    picture = Media("", 0, "image/png", MediaKind.IMAGE, 640, 480, alt="", name="a.png")
    video = Media(
        *("", 0, "video/mp4", MediaKind.VIDEO, 640, 480),
        seconds=2.0,
        fps=30.0,
        codec="h264",
        frames=60,
        name="c.mp4",
        part=1,
    )
    first = keep(PNG + b"one", picture)
    second = keep(PNG + b"two", replace(picture, alt="A latte, from above"))
    third = keep(MP4 + b"\x01" * (2 * 1024 * 1024 + 7), video)
    media = (first, second, third)
    return Snapshot(parts, tuple(one for one in media if one.part < len(parts)))


X_MEDIA_KIT = replace(
    X_KIT,
    parts=X_KIT.parts[:2],
    content=_illustrated,
    wire={"method": "POST", "path": "/2/tweets"},
    before=9,
)
