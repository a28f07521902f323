"""What Pinterest brings to the tests of the engine: a picture, and a video."""

from __future__ import annotations

from dataclasses import replace

from microcom.core.account import Account, Community, Rules
from microcom.core.media import Media, MediaKind
from microcom.core.post import Snapshot
from microcom.platforms.pinterest import platform
from microcom.platforms.pinterest.emulator import PinterestEmulator
from microcom.testing.stage import Keep, Kit

PNG = b"\x89PNG\r\n\x1a\n a picture"
MP4 = b"\0\0\0\x20ftypisom" + bytes(2000)


def _pictured(parts: tuple[str, ...], keep: Keep) -> Snapshot:
    facts = Media("", 0, "image/png", MediaKind.IMAGE, 1000, 1500, alt="A latte", name="a.png")
    return Snapshot(parts, (keep(PNG, facts),), "A tulip", "https://acme.example/tulip")


def _filmed(parts: tuple[str, ...], keep: Keep) -> Snapshot:
    facts = Media("", 0, "video/mp4", MediaKind.VIDEO, 720, 1280, 12.0, 30.0, "h264", 360)
    return Snapshot(parts, (keep(MP4, facts),), "Pouring a tulip")


def _account(name: str, **settings: str) -> Account:
    place = Community("place", "board", settings)
    return Account(
        name=name,
        platform="pinterest",
        handle=name.replace("-", "_"),
        project="p",
        timezone="UTC",
        client=None,
        app="pins",
        communities={"place": place},
        default="place",
        rules=Rules(),
        options={"access": "standard"},
    )


PINTEREST_KIT = Kit(
    platform=platform,
    emulator=lambda clock: PinterestEmulator(clock=clock),
    account=_account("acme-pins", board="latte art", section="Tulips"),
    parts=("How we pour a tulip",),
    publish="create_pin",
    content=_pictured,
    wire={"method": "POST", "path": "/v5/pins"},
    listing="section_pins",
    before=2,
)
PINTEREST_VIDEO_KIT = replace(
    PINTEREST_KIT,
    account=_account("acme-pins", board="Home bar"),
    content=_filmed,
    listing="board_pins",
    before=5,
)
