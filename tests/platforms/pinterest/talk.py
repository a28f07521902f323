"""Somebody to talk to Pinterest's emulator with: a small engine that keeps nothing, never waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

from microcom.core.account import Account, Community, Rules
from microcom.core.bodies import Slice
from microcom.core.media import Media, MediaKind
from microcom.core.passage import Outgoing, Receipt
from microcom.core.post import Labels, Snapshot
from microcom.core.settling import Mark
from microcom.core.steps import Call, Effect, Reply, Stale, Steps, Wait
from microcom.core.target import Target
from microcom.platforms.pinterest import platform
from microcom.platforms.pinterest.emulator import PinterestEmulator
from microcom.runner.http import Http
from microcom.testing.faults import Wire
from microcom.testing.stage import bearer

if TYPE_CHECKING:
    import httpx

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKEN = "a-token-of-acme"
PNG = b"\x89PNG\r\n\x1a\n a picture"
MP4 = b"\0\0\0\x20ftypisom" + bytes(2000)
T = TypeVar("T")


class Talk:
    """One account of an emulated Pinterest, and a clock that only moves when it is moved."""

    def __init__(self) -> None:
        self.now = NOON
        self.service = PinterestEmulator(clock=lambda: self.now)
        self.service.grant(TOKEN, "acme-pins")
        self.me = self.service.person("acme-pins")
        self.files: dict[str, bytes] = {}
        self.items: list[Call | Wait | Stale] = []
        self.wire = Wire.of([self.service])
        self.over(self.wire)

    def over(self, transport: httpx.BaseTransport) -> None:
        """Speak over another wire from now on."""
        self.http = Http(
            sandbox=None, sleep=lambda _: None, transport=lambda: transport, files=self.stretch
        )

    def stretch(self, wanted: Slice) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        yield self.files[wanted.media][wanted.start : wanted.stop]

    def hold(self, steps: Steps[T]) -> T:
        """Return what a conversation comes to; refusals are raised as the engine raises them."""
        reply: Reply | None = None
        while True:
            try:
                item = next(steps) if reply is None else steps.send(reply)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            self.items.append(item)
            reply = self.ask(item) if isinstance(item, Call) else Reply(0, at=self.now)

    def ask(self, call: Call) -> Reply:
        """Return Pinterest's answer to one call; raise what it states."""
        self.now += timedelta(seconds=2)
        reply = self.http.send(call, bearer(platform, TOKEN))
        if reply.status in call.handles:
            return reply
        said = platform.explain(reply)
        if said is not None:
            raise said
        assert reply.ok, reply
        return reply

    def file(self, content: bytes, **facts: object) -> Media:
        """Return the facts of a file that may be posted."""
        digest = sha256(content).hexdigest()
        self.files[digest] = content
        usual: dict[str, Any] = {"size": len(content), "width": 1000, "height": 1500}
        return Media(digest, **{**usual, "kind": MediaKind.IMAGE, "mime": "image/png", **facts})

    def film(self, **facts: object) -> Media:
        """Return the facts of a video that may be posted."""
        return self.file(MP4, kind=MediaKind.VIDEO, mime="video/mp4", seconds=12.0, **facts)

    def publish(self, snapshot: Snapshot, **settings: str) -> Receipt:
        """Publish to a board or section; return the receipt."""
        return self.hold(platform.publish(outgoing(snapshot, **settings)))

    def calls(self) -> list[str]:
        """Return the names of the calls made so far."""
        return [item.name for item in self.items if isinstance(item, Call)]

    def sent(self) -> Call:
        """Return the call that published last."""
        published = (one for one in reversed(self.items) if isinstance(one, Call))
        return next(one for one in published if one.effect is Effect.PUBLISH)

    def mark(self, **changes: str) -> Mark:
        """Return the mark of the call that published last, made just before it, as of later."""
        call = self.sent()
        sent = self.now - timedelta(seconds=2)
        self.now += timedelta(minutes=10)
        return Mark(
            step=call.name,
            fingerprint=call.fingerprint(),
            sent=sent,
            until=sent + call_time(call),
            evidence={**call.evidence, **changes},
            remote_user=self.me.id,
            kind="board",
            known=self.me.pins[0].id,
        )


def call_time(call: Call) -> timedelta:
    """Return how long a call may take."""
    return timedelta(seconds=call.deadline)


def outgoing(snapshot: Snapshot, **settings: str) -> Outgoing:
    """Return a delivery of acme-pins to a place."""
    return Outgoing(
        target=Target("acme-pins", "place"),
        handle="acme_pins",
        remote_user="1",
        kind="board",
        snapshot=snapshot,
        settings=settings or {"board": "Home bar"},
        options={"access": "standard"},
    )


def account(**options: str) -> Account:
    """Return the account acme-pins."""
    place = Community("place", "board", {"board": "Home bar"})
    return Account(
        name="acme-pins",
        platform="pinterest",
        handle="acme_pins",
        project="p",
        timezone="UTC",
        client=None,
        app="pins",
        communities={"place": place},
        default="place",
        rules=Rules(),
        options={"access": "standard", **options},
    )


def pin(
    talk: Talk,
    text: str = "A cup",
    *,
    media: tuple[Media, ...] = (),
    labels: Labels | None = None,
    **words: str,
) -> Snapshot:
    """Return the content of a pin with one picture, unless it is given others."""
    shown = media or (talk.file(PNG, alt="A latte"),)
    return Snapshot((text,), shown, labels=labels or Labels(), **words)  # type: ignore[arg-type]
