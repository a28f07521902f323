"""What TikTok brings to the tests of the engine."""

from __future__ import annotations

from dataclasses import replace

from microcom.core.account import Account, Rules
from microcom.core.media import Media, MediaKind
from microcom.core.post import Snapshot
from microcom.platforms.tiktok import platform
from microcom.platforms.tiktok.emulator import TikTokEmulator
from microcom.testing.stage import Keep, Kit

FILM = b"\0\0\0\x20ftypisom" + bytes(11 * 1024 * 1024)
"""A film of two chunks."""


SHORT_FILM = FILM[:100_000]


def filmed(parts: tuple[str, ...], keep: Keep, film: bytes = FILM) -> Snapshot:
    """Return a post of a film, of two chunks unless it is another one."""
    facts = Media(
        *("", 0, "video/mp4", MediaKind.VIDEO, 1080, 1920),
        seconds=12.0, fps=30.0, codec="h264", frames=360, name="latte.mp4",
    )  # fmt: skip
    return Snapshot(parts, (keep(film, facts),))


TIKTOK_KIT = Kit(
    platform=platform,
    emulator=lambda clock: TikTokEmulator(clock=clock),
    account=Account(
        name="acme-tok",
        platform="tiktok",
        handle="acme_tok",
        project="p",
        timezone="UTC",
        client=None,
        app="tok",
        communities={place.name: place for place in platform.places},
        default="public",
        rules=Rules(),
        options={"audited": True},
    ),
    parts=("How we pour a latte #coffee",),
    publish="put",
    content=filmed,
    wire={"method": "PUT", "nth": 2},
    first=2,
    before=3,
)
TIKTOK_SHORT_KIT = replace(
    TIKTOK_KIT,
    content=lambda parts, keep: filmed(parts, keep, SHORT_FILM),
    wire={"method": "PUT"},
    first=1,
    before=2,
)
