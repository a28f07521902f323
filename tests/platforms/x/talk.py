"""Somebody to talk to X's emulator with: a small engine that keeps nothing and never waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

from microcom.core.account import Account, Community, Rules
from microcom.core.bodies import Slice
from microcom.core.media import Media, MediaKind
from microcom.core.passage import Outgoing
from microcom.core.post import Snapshot
from microcom.core.settling import Mark
from microcom.core.steps import Call, Reply, Stale, Steps, Wait
from microcom.core.target import Target
from microcom.platforms.x import platform
from microcom.platforms.x.emulator import XEmulator
from microcom.runner.http import Http
from microcom.testing.faults import Wire
from microcom.testing.stage import bearer

if TYPE_CHECKING:
    import httpx

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKEN = "a-token-of-acme"
T = TypeVar("T")


class Talk:
    """One account of an emulated X, and a clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON
        self.x = XEmulator(clock=lambda: self.now)
        self.x.grant(TOKEN, "acme-x")
        self.wire = Wire.of([self.x])
        self.files: dict[str, bytes] = {}
        self.over(self.wire)
        self.items: list[Call | Wait | Stale] = []
        self.replies: list[Reply] = []

    def hold(self, steps: Steps[T], doctored: Callable[[Reply], Reply] = lambda it: it) -> T:
        """Return what a conversation comes to; ``doctored`` may change what X answers."""
        reply: Reply | None = None
        while True:
            try:
                item = next(steps) if reply is None else steps.send(reply)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            self.items.append(item)
            reply = doctored(self.ask(item)) if isinstance(item, Call) else Reply(0)

    def over(self, transport: httpx.BaseTransport) -> None:
        """Speak over another wire from now on."""
        self.http = Http(
            sandbox=None, sleep=lambda _: None, transport=lambda: transport, files=self.stretch
        )

    def stretch(self, wanted: Slice) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        yield self.files[wanted.media][wanted.start : wanted.stop]

    def file(self, content: bytes, **facts: object) -> Media:
        """Return the facts of a file that may be posted."""
        digest = sha256(content).hexdigest()
        self.files[digest] = content
        usual: dict[str, Any] = {
            "kind": MediaKind.IMAGE,
            "mime": "image/png",
            "width": 640,
            "height": 480,
        }
        return Media(sha256=digest, size=len(content), **{**usual, **facts})

    def ask(self, call: Call, token: str = TOKEN) -> Reply:
        """Return X's answer to one call."""
        reply = self.http.send(call, bearer(platform, token))
        self.replies.append(reply)
        return reply

    def publish(self, *parts: str) -> tuple[str, ...]:
        """Publish a text or thread; return the ids."""
        return self.hold(platform.publish(outgoing(*parts))).parts

    def by_hand(self, text: str) -> str:
        """Post something on x.com, past every tool; return its id."""
        me = self.x.person("acme-x")
        return self.x.people.write(me, text, self.now, by_hand=True).id

    def known(self) -> str:
        """Return the id of the post that stood there before anything else."""
        return self.x.person("acme-x").posts[0].id

    def mark(self, text: str, reply_to: str | None = None, *, known: str | None = "") -> Mark:
        """Return the mark of a call made now, a minute before the clock is moved on."""
        sent = self.now
        self.now += timedelta(minutes=1)
        return Mark(
            step="post:0",
            fingerprint="0" * 64,
            sent=sent,
            until=sent + timedelta(seconds=30),
            evidence={"text": text, "reply_to": reply_to, "handle": "acme_x"},
            remote_user=self.x.person("acme-x").id,
            kind="timeline",
            known=self.known() if known == "" else known,
        )


def outgoing(*parts: str) -> Outgoing:
    """Return a delivery of acme-x."""
    return Outgoing(Target("acme-x", "timeline"), "acme_x", "1", "timeline", Snapshot(parts))


def post(text: str) -> Call:
    """Return the call that posts a text."""
    call = next(platform.publish(outgoing(text)))
    assert isinstance(call, Call)
    return call


def whose() -> Call:
    """Return the call that asks whose token it is."""
    call = next(platform.identify())
    assert isinstance(call, Call)
    return call


def account(**options: object) -> Account:
    """Return the account acme-x."""
    return Account(
        name="acme-x",
        platform="x",
        handle="acme_x",
        project="demo",
        timezone="UTC",
        client=None,
        app="x",
        communities={"timeline": timeline()},
        default="timeline",
        rules=Rules(),
        options=options,
    )


def timeline(rules: Rules | None = None) -> Community:
    """Return the account's timeline, under some rules."""
    return Community("timeline", "timeline", rules=rules or Rules())
