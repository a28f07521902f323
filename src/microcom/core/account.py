"""An account: one login on one platform, with its communities and the rules in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, fields, is_dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from microcom.core.capability import Ceiling, Policy
from microcom.core.steps import JsonValue
from microcom.values import dataclass

STOP_AFTER = 5
STAGE = timedelta(minutes=10)


class Lateness(StrEnum):
    """What becomes of a delivery that is too late."""

    SEND = "send"
    HOLD = "hold"
    SKIP = "skip"


class Alt(StrEnum):
    """What a picture without alt text is, where the platform can carry one."""

    REQUIRE = "require"  # refused
    WARN = "warn"
    OFF = "off"


class Fit(StrEnum):
    """What becomes of a text that is over the limit."""

    REFUSE = "refuse"
    TRIM = "trim"  # cut it, and say so
    THREAD = "thread"  # go on in further parts, where a place has them


class Care(StrEnum):
    """What becomes of a file that a place would not take."""

    CHECK = "check"  # refused
    FIX = "fix"  # a fitting copy goes out instead


@dataclass(frozen=True, slots=True)
class Missed:
    """The missed policy: ``do`` it to what is later than ``after``."""

    do: Lateness = Lateness.HOLD
    after: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Sameness:
    """What is too alike: compared with the last ``days``; None means the platform's default."""

    days: int = 30
    text: Policy | None = None
    media: Policy | None = None
    link: Policy | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force for one account or community; None means the platform's default.

    After ``stop_after`` failures in a row an account is parked. Files are uploaded up to ``stage``
    before a post is due. ``gap`` is the least time between two posts of an account; ``quiet`` are
    stretches of its wall clock (``22:00-07:00``); ``jitter`` moves a post by chance, up to that
    much. ``must_state`` are labels that each post has to answer.
    """

    ceiling: Ceiling | None = None
    missed: Missed = Missed()
    max_hashtags: int | None = None
    max_links: int | None = None
    banned: tuple[str, ...] = ()
    must_state: tuple[str, ...] = ()
    alt: Alt = Alt.WARN
    fit: Fit = Fit.REFUSE
    media: Care = Care.CHECK
    gap: timedelta = timedelta()
    quiet: tuple[str, ...] = ()
    jitter: timedelta = timedelta()
    sameness: Sameness = Sameness()
    stop_after: int = STOP_AFTER
    stage: timedelta = STAGE

    def said(self) -> dict[str, JsonValue]:
        """Return what differs from the defaults as JSON values, by key (``missed.do``)."""
        return dict(_said(self, Rules(), ""))

    @classmethod
    def of(cls, said: Mapping[str, JsonValue] | Sequence[JsonValue]) -> Rules:
        """Return the rules that :meth:`said` gave; a key of a later version is passed over."""
        if not isinstance(said, Mapping):
            said = _of_list(said)
        whole: dict[str, Any] = {}
        for key, value in said.items():
            if key in _READ:
                block, _, name = key.rpartition(".")
                into = whole.setdefault(block, {}) if block else whole
                into[name] = _READ[key](value)
        return cls(
            **whole | {name: _BLOCKS[name](**whole[name]) for name in _BLOCKS if name in whole}
        )


def _said(value: object, silent: object, above: str) -> Iterator[tuple[str, JsonValue]]:
    """Yield the fields of a block of rules that differ from those of ``silent``."""
    for one in fields(value):  # type: ignore[arg-type]  # a dataclass: rules, or a block in them
        own, usual = getattr(value, one.name), getattr(silent, one.name, None)
        if own == usual:
            continue
        if is_dataclass(own):
            yield from _said(own, usual, f"{above}{one.name}.")
        else:
            yield f"{above}{one.name}", plain(own)


def plain(value: object) -> JsonValue:
    """Return a rule's value as a JSON value: spans in seconds."""
    match value:
        case timedelta():
            return value.total_seconds()
        case StrEnum():
            return value.value
        case tuple() | list():
            return [plain(one) for one in value]
        case _:
            return value


def _span(value: JsonValue) -> timedelta:
    return timedelta(seconds=value)


_BLOCKS: Mapping[str, Callable[..., object]] = {
    "ceiling": Ceiling,
    "missed": Missed,
    "sameness": Sameness,
}
_READ: Mapping[str, Callable[[JsonValue], object]] = {
    "ceiling.hour": int,
    "ceiling.day": int,
    "missed.do": Lateness,
    "missed.after": _span,
    "max_hashtags": int,
    "max_links": int,
    "banned": tuple,
    "must_state": tuple,
    "alt": Alt,
    "fit": Fit,
    "media": Care,
    "gap": _span,
    "quiet": tuple,
    "jitter": _span,
    "sameness.days": int,
    "sameness.text": Policy,
    "sameness.media": Policy,
    "sameness.link": Policy,
    "stop_after": int,
    "stage": _span,
}


def _of_list(row: Sequence[JsonValue]) -> dict[str, JsonValue]:
    """Return rules as queues held them before 0.2: a list, the older the shorter."""
    ceiling, (do, after), max_hashtags, banned, *later = row
    said = {"missed.do": do, "missed.after": after, "max_hashtags": max_hashtags, "banned": banned}
    said |= dict(zip(("alt", "stop_after", "stage"), later, strict=False))
    if ceiling is not None:
        said |= {"ceiling.hour": ceiling[0], "ceiling.day": ceiling[1]}
    return {key: value for key, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Words:
    """What a place gives to the words of each post: its tags (without #), and what templates ask.

    ``language`` is a BCP 47 tag, such as ``fr``.
    """

    tags: tuple[str, ...] = ()
    vars: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Community:
    """A place an account can post to; ``kind`` names the platform's capabilities for it.

    ``about`` says in a few words what posting there does, for people who have to choose. Where
    it has no zone or slots of its own, the account's are meant.
    """

    name: str
    kind: str
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    rules: Rules = Rules()
    about: str = ""
    words: Words = Words()
    timezone: str | None = None
    slots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offered:
    """A community that a platform lists for an account: the settings that name it in a file."""

    title: str
    settings: Mapping[str, JsonValue]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """One login on one platform, as the accounts file says it.

    ``communities`` maps names to communities; the platform's own built-in ones are included.
    ``default`` is the community a bare account name means, or None where one must be chosen.
    ``options`` are the keys only its platform understands (``premium``), its app's among them.
    ``client_id`` is what its platform calls its app, "" where no app is declared.
    """

    name: str
    platform: str
    handle: str
    project: str
    timezone: str
    client: str | None
    app: str
    communities: Mapping[str, Community]
    default: str | None
    rules: Rules
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    client_id: str = ""
    words: Words = Words()
    slots: tuple[str, ...] = ()

    def zone_of(self, community: str | None) -> str:
        """Return the zone whose wall clock a community of it goes by."""
        place = self.communities.get(community or self.default or "")
        return self.timezone if place is None else place.timezone or self.timezone

    def slots_of(self, community: str | None) -> tuple[str, ...]:
        """Return the weekly slots of a community of it: its own, else the account's."""
        place = self.communities.get(community or self.default or "")
        return self.slots if place is None else place.slots or self.slots
