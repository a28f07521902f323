"""A conversation with a platform as plain data: calls, waits, replies and their effects.

A platform never performs I/O. Its generators yield :class:`Call`, :class:`Wait` or
:class:`Stale`, are sent a :class:`Reply` for each call, and return their result.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from microcom.core.bodies import Body
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

JsonValue: TypeAlias = Any
"""What ``json.loads`` gives; narrowed where it is read."""

MAX_REPLY_BYTES = 4 * 1024 * 1024
MAX_REPLY_DEPTH = 64


class Effect(StrEnum):
    """What a call does to the world; the whole durability model rests on it."""

    READ = "read"  # nothing: run again after a crash
    WRITE = "write"  # nothing people see: its kept reply answers after a crash
    PUBLISH = "publish"  # people see it: marked before it leaves, never repeated on a guess


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One named request.

    ``name`` is stable across releases (``post:1``). ``url`` is absolute and without a query, but
    for a signed one that is used as it was given. ``headers`` are sent beside the usual ones.
    Of a WRITE's or PUBLISH's reply the generator sees only the dotted paths in ``keeps`` and
    ``seals``, so that a replay from the journal shows it the same; ``seals`` are kept encrypted.
    ``remote_id`` is the path of the id of what a PUBLISH makes. ``evidence`` is what ``settle``
    needs to recognise it later. ``deadline`` bounds the whole call, in seconds. A ``bare`` call
    carries no token: its address is the secret. ``handles`` are statuses of a READ or WRITE that
    the generator reads itself instead of ending with what ``explain`` makes of them. The reply of
    a READ that ``lasts`` answers for the account for so many seconds. A READ that is asked
    ``until`` a dotted path of its reply holds a value is not asked again in that attempt.
    """

    name: str
    method: str
    url: str
    effect: Effect
    body: Body | None = None
    query: tuple[tuple[str, str], ...] = ()
    keeps: tuple[str, ...] = ()
    seals: tuple[str, ...] = ()
    remote_id: str | None = None
    evidence: Mapping[str, JsonValue] = field(default_factory=dict)
    deadline: float = 30.0
    headers: tuple[tuple[str, str], ...] = ()
    bare: bool = False
    handles: tuple[int, ...] = ()
    lasts: float = 0.0
    until: tuple[str, JsonValue] | None = None

    def __post_init__(self) -> None:
        if self.effect is Effect.PUBLISH and (self.body is None or self.handles):
            message = f"step {self.name}: a PUBLISH call carries a body, and handles no status"
            raise ValueError(message)
        if self.lasts and (self.effect is not Effect.READ or not self.keeps):
            message = f"step {self.name}: what lasts is a READ that says what it keeps"
            raise ValueError(message)
        if self.until and (self.effect is not Effect.READ or not self.keeps):
            message = f"step {self.name}: what has a last word is a READ that says what it keeps"
            raise ValueError(message)

    def fingerprint(self) -> str:
        """Return the SHA-256 (hex) of the whole request, media by their own: what it was."""
        import hashlib

        body = "" if self.body is None else self.body.fingerprint()
        whole = [self.method, self.url, sorted(self.query), body]
        if self.headers:
            whole.append(sorted(self.headers))
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()

    def is_answered_by(self, reply: Reply) -> bool:
        """Say whether a reply says that a PUBLISH took effect, as the platform would say it."""
        if not reply.ok:
            return False
        if self.remote_id is None:
            return not reply.body.strip() or reply.json() is not None  # a page is somebody else's
        return isinstance(reply.at_path(self.remote_id), str)

    def is_last_word(self, reply: Reply) -> bool:
        """Say whether a reply is what the call was asked until: it need not be asked again."""
        return self.until is not None and reply.ok and reply.at_path(self.until[0]) == self.until[1]

    @property
    def address(self) -> str:
        """Return the URL as it may be shown: without the query, where a secret may stand."""
        return self.url.partition("?")[0]

    @property
    def visible(self) -> tuple[str, ...]:
        """Return every path of the reply that the generator may read."""
        extra = () if self.remote_id is None else (self.remote_id,)
        return tuple(dict.fromkeys((*self.keeps, *self.seals, *extra)))


@dataclass(frozen=True, slots=True)
class Wait:
    """Let ``seconds`` pass; ``accepted`` when the platform already has the post and works on it.

    The reply's ``at`` is the platform's time after it, None once anything of the post is out:
    then nothing may begin anew for being old. A wait of 0 seconds asks for the time alone.
    """

    seconds: float
    why: str
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Stale:
    """Handles that the named WRITE steps gave have lapsed: forget them and begin again."""

    steps: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a platform answered: ``headers`` with lower-case names, ``at`` its own clock (UTC)."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    at: datetime | None = None
    _read: tuple[JsonValue] | None = field(default=None, init=False, repr=False, compare=False)
    """The body as JSON, once somebody has asked for it."""

    @property
    def ok(self) -> bool:
        """Say whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the meaning of 2xx

    def json(self) -> JsonValue:
        """Return the body as JSON, or None when it is not JSON, too large or too deep."""
        if self._read is None:
            object.__setattr__(self, "_read", (_read(self.body),))
        assert self._read is not None  # noqa: S101 - it has just been read
        return self._read[0]

    def at_path(self, path: str) -> JsonValue:
        """Return the value at a dotted path (``data.id``) of the JSON body, or None."""
        return dig(self.json(), path)

    def narrowed(self, paths: tuple[str, ...]) -> Reply:
        """Return the reply with nothing but the values at ``paths``: what a journal keeps."""
        return Reply(self.status, {}, pack(self.json(), paths), self.at)


Item: TypeAlias = Call | Wait | Stale
T = TypeVar("T")
Steps: TypeAlias = Generator[Item, Reply, T]


def dig(value: JsonValue, path: str) -> JsonValue:
    """Return what a dotted path names inside nested objects, or None."""
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def pack(value: JsonValue, paths: tuple[str, ...]) -> bytes:
    """Return JSON bytes that hold only the values at ``paths``, nested as they were."""
    kept: dict[str, JsonValue] = {}
    for path in paths:
        found = dig(value, path)
        if found is not None:
            _plant(kept, path, found)
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()


def merge(one: bytes, other: bytes) -> bytes:
    """Return the JSON objects of two packs as one; what both hold is the same."""
    return json.dumps(
        _merged(json.loads(one), json.loads(other)), ensure_ascii=False, separators=(",", ":")
    ).encode()


def _read(body: bytes) -> JsonValue:
    if not body or len(body) > MAX_REPLY_BYTES:
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    is_flat = body.count(b"{") + body.count(b"[") <= MAX_REPLY_DEPTH
    return value if is_flat or _depth_within(value, MAX_REPLY_DEPTH) else None


def _merged(one: JsonValue, other: JsonValue) -> JsonValue:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return other
    both = {**one, **other}
    return {
        key: _merged(one[key], other[key]) if key in one and key in other else value
        for key, value in both.items()
    }


def _plant(tree: dict[str, JsonValue], path: str, value: JsonValue) -> None:
    *branches, leaf = path.split(".")
    for branch in branches:
        tree = tree.setdefault(branch, {})
    tree[leaf] = value


def _depth_within(value: JsonValue, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return True
    return False
