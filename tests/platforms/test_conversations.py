"""What each platform is asked for each kind of post, written down so that a change shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from microcom.core.media import Media, MediaKind
from microcom.core.passage import Outgoing
from microcom.core.post import Labels, Snapshot
from microcom.core.rehearsal import rehearse
from microcom.core.steps import Call
from microcom.core.target import Target
from microcom.platforms import load

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

PICTURE = Media("a" * 64, 70_000, "image/jpeg", MediaKind.IMAGE, 1000, 1500, alt="A latte")
GIF = Media("b" * 64, 90_000, "image/gif", MediaKind.ANIMATION, 480, 480, frames=12, alt="")
FILM = Media(
    *("c" * 64, 12_000_000, "video/mp4", MediaKind.VIDEO, 720, 1280, 12.0, 30.0, "h264", 360),
    cover=1.5,
)
THREAD = ("One", "Two https://example.com")
PUBLIC = {"level": "PUBLIC_TO_EVERYONE"}
SECTION = {"board": "Latte art", "section": "Tulips"}
LABELS = Labels(ai=True, paid=True, brand="own")

POSTS = {
    "x: a thread with a picture and a GIF": (
        *("x", "timeline", {}),
        Snapshot(THREAD, (PICTURE, Media(**{**GIF.row(), "part": 1})), labels=LABELS),
    ),
    "x: a community": ("x", "community", {"community": "1492837465"}, Snapshot(("Hi",))),
    "pinterest: a pin in a section": (
        *("pinterest", "board", SECTION),
        Snapshot(("A cup",), (PICTURE,), "Tulips", "https://acme.example/t", Labels(ai=True)),
    ),
    "pinterest: a carousel": ("pinterest", "board", SECTION, Snapshot(("",), (PICTURE,) * 2)),
    "pinterest: a video": ("pinterest", "board", SECTION, Snapshot(("Film",), (FILM,))),
    "tiktok: a video": (
        *("tiktok", "audience", PUBLIC),
        Snapshot(("Film #latte",), (FILM,), labels=LABELS, options={"comments": True}),
    ),
    "tiktok: a draft": ("tiktok", "inbox", {}, Snapshot(("Paste",), (FILM,))),
    "tiktok: pictures": ("tiktok", "audience", PUBLIC, Snapshot(("Two",), (PICTURE,) * 2)),
}


@pytest.mark.parametrize("name", POSTS)
def test_what_is_asked(name: str, snapshot: SnapshotAssertion) -> None:
    """The calls of a post, in order, with their effects and bodies, are those written down."""
    platform, kind, settings, content = POSTS[name]
    delivery = Outgoing(
        target=Target("acme", "place"),
        handle="acme",
        remote_user="1",
        kind=kind,
        snapshot=content,
        settings=settings,
        options={"photo_urls": "https://media.acme.example/"},
    )
    items = rehearse(load(platform), delivery)
    assert [_said(item) for item in items if isinstance(item, Call)] == snapshot


def _said(call: Call) -> dict[str, object]:
    body = None if call.body is None else call.body.described()
    said = {"effect": call.effect.value, "call": f"{call.method} {call.url}", "body": body}
    more = {"query": dict(call.query), "headers": dict(call.headers), "bare": call.bare}
    return {"name": call.name, **said, **{key: value for key, value in more.items() if value}}
