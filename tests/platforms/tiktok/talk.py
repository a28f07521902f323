"""Somebody to talk to TikTok's emulator with: a small engine that keeps nothing and never waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

from microcom.core.account import Account, Rules
from microcom.core.bodies import Slice
from microcom.core.media import Media, MediaKind
from microcom.core.passage import Outgoing, Receipt
from microcom.core.post import Labels, Snapshot
from microcom.core.settling import Mark
from microcom.core.steps import Call, Effect, Reply, Stale, Steps, Wait
from microcom.core.target import Target
from microcom.platforms.tiktok import platform
from microcom.platforms.tiktok.emulator import TikTokEmulator
from microcom.runner.http import Http
from microcom.testing.faults import Wire
from microcom.testing.stage import bearer

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NAME, TOKEN = "acme-tok", "a-token-of-acme"
MEBIBYTE = 1024 * 1024
SHORT = b"\0\0\0\x20ftypisom" + bytes(1000)
LONG = b"\0\0\0\x20ftypisom" + bytes(11 * MEBIBYTE)
"""A film of two chunks."""
T = TypeVar("T")


class Talk:
    """One account of an emulated TikTok, and a clock that waiting moves on."""

    def __init__(self) -> None:
        self.now = NOON
        self.tiktok = TikTokEmulator(clock=lambda: self.now)
        self.tiktok.grant(TOKEN, NAME)
        self.wire = Wire.of([self.tiktok])
        self.files: dict[str, bytes] = {}
        self.items: list[Call | Wait | Stale] = []
        self.http = Http(
            sandbox=None,
            sleep=lambda _: None,
            transport=lambda: self.wire,
            files=self.stretch,
        )

    def hold(self, steps: Steps[T], doctored: Callable[[Call, Reply], Reply] | None = None) -> T:
        """Return what a conversation comes to; ``doctored`` may change what TikTok answers."""
        reply: Reply | None = None
        while True:
            try:
                item = next(steps) if reply is None else steps.send(reply)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            self.items.append(item)
            if isinstance(item, Stale):
                raise StaleError(item)
            if isinstance(item, Wait):
                self.now += timedelta(seconds=item.seconds)
                reply = Reply(0, at=self.now)
                continue
            reply = self.told(item)
            reply = reply if doctored is None else doctored(item, reply)

    def told(self, call: Call) -> Reply:
        """Return TikTok's answer as the engine hands it on; raise what it is explained to be."""
        reply = self.ask(call)
        said = None if reply.status in call.handles else platform.explain(reply)
        if said is not None:
            raise said
        return reply if call.effect is Effect.READ else reply.narrowed(call.visible)

    def ask(self, call: Call, token: str = TOKEN) -> Reply:
        """Return TikTok's own answer to one call."""
        return self.http.send(call, bearer(platform, token))

    def stretch(self, wanted: Slice) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        yield self.files[wanted.media][wanted.start : wanted.stop]

    def file(self, content: bytes = SHORT, **facts: object) -> Media:
        """Return the facts of a film that may be posted."""
        digest = sha256(content).hexdigest()
        self.files[digest] = content
        usual: dict[str, Any] = {
            "kind": MediaKind.VIDEO,
            "mime": "video/mp4",
            "width": 1080,
            "height": 1920,
            "seconds": 12.0,
            "fps": 30.0,
            "codec": "h264",
            "frames": 360,
            "name": "latte.mp4",
        }
        return Media(sha256=digest, size=len(content), **{**usual, **facts})

    def publish(self, place: str = "public", **more: Any) -> Receipt:  # noqa: ANN401 - of outgoing
        """Post a film; return the receipt."""
        more.setdefault("media", (self.file(),))
        return self.hold(platform.publish(outgoing(place, **more)))

    def calls(self) -> list[str]:
        """Return the names of the calls that were made, polls and waits left out."""
        made = [item.name for item in self.items if isinstance(item, Call)]
        return [name for name in made if name != "status"]

    def bodies(self) -> dict[str, Any]:
        """Return what was said in each call, by its name."""
        said = (item for item in self.items if isinstance(item, Call) and item.body is not None)
        return {call.name: call.body.described() for call in said if call.body is not None}


class StaleError(Exception):
    """A conversation wants to begin anew."""

    def __init__(self, item: Stale) -> None:
        super().__init__(item.why)
        self.item = item


def outgoing(
    place: str = "public",
    *,
    text: str = "How we pour",
    media: tuple[Media, ...] = (),
    title: str | None = None,
    labels: Labels | None = None,
    options: Mapping[str, object] | None = None,
    settings: Mapping[str, object] | None = None,
    own: Mapping[str, object] | None = None,
) -> Outgoing:
    """Return a delivery of the account to one of its audiences."""
    known = next(one for one in platform.places if one.name == place)
    snapshot = Snapshot(
        (text,), media, title=title, labels=labels or Labels(), options=dict(options or {})
    )
    return Outgoing(
        Target(NAME, place),
        "acme_tok",
        "1",
        known.kind,
        snapshot,
        settings={**known.settings, **(settings or {})},
        options=dict(own or {}),
    )


def account(**options: object) -> Account:
    """Return the account."""
    return Account(
        name=NAME,
        platform="tiktok",
        handle="acme_tok",
        project="demo",
        timezone="UTC",
        client=None,
        app="tok",
        communities={place.name: place for place in platform.places},
        default=None,
        rules=Rules(),
        options=options,
    )


def mark(sent: Call, at: datetime) -> Mark:
    """Return the mark of a call that published, as settling is given it."""
    return Mark(
        step=sent.name,
        fingerprint=sent.fingerprint(),
        sent=at,
        until=at + timedelta(seconds=sent.deadline),
        evidence=sent.evidence,
        remote_user="1",
        kind="audience",
    )
