"""What a kind of community takes, as data: read by validation, docs, emulators and the runner."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from microcom.core.media import MediaKind
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microcom.core.steps import JsonValue
    from microcom.core.text import Counting


class Policy(StrEnum):
    """How firmly a rule stands in the way."""

    REFUSE = "refuse"
    WARN = "warn"
    OFF = "off"


class Range(NamedTuple):
    """From ``least`` to ``most``, both included; None is open."""

    least: float | None = None
    most: float | None = None

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, int | float):
            return False
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )


ANY = Range()


@dataclass(frozen=True, slots=True)
class TextRule:
    """How much text one part may hold: ``limit`` in units of ``counting``.

    ``long_limit`` is what an account with the platform's long-post right may use instead; the
    account's option ``long_option`` says that it has that right.
    """

    limit: int
    counting: Counting
    long_limit: int | None = None
    long_option: str = ""

    def limit_of(self, options: Mapping[str, JsonValue]) -> int:
        """Return the limit of an account with these options."""
        may_be_long = self.long_limit is not None and options.get(self.long_option) is True
        return self.long_limit or self.limit if may_be_long else self.limit


@dataclass(frozen=True, slots=True)
class FileRule:
    """What one kind of file has to be, and how many of them one post (or part) may hold.

    ``width`` and ``height`` are in pixels, ``ratio`` is width by height, ``max_pixels`` counts
    those of every frame. No ``codecs`` means any, nor ``pixels`` (ways a video keeps its pixels, by
    FFmpeg's names). What is outside ``wise`` (width and height at
    the least) is taken, but looks poor. ``hosted``: the platform gets it from an address of the
    user's own, by the file's name, and never a copy from here.
    """

    kind: MediaKind
    mimes: tuple[str, ...]
    max_bytes: int
    most: int = 1
    width: Range = ANY
    height: Range = ANY
    ratio: Range = ANY
    seconds: Range = ANY
    fps: Range = ANY
    codecs: tuple[str, ...] = ()
    pixels: tuple[str, ...] = ()
    max_frames: int | None = None
    max_pixels: int | None = None
    wise: tuple[int, int] | None = None
    hosted: bool = False


@dataclass(frozen=True, slots=True)
class MediaRule:
    """Which files a place takes; one post holds files of one kind only.

    ``alt_limit`` is the longest alt text in characters, None where a file cannot carry any
    (``alt_kinds`` names the kinds that can). ``needed``: nothing is posted without a file.
    ``one_shape``: several pictures have one ratio of width to height. ``lives`` is how long what
    was uploaded can still be posted.
    """

    files: tuple[FileRule, ...]
    source: str
    needed: bool = False
    alt_limit: int | None = None
    alt_kinds: tuple[MediaKind, ...] = tuple(MediaKind)
    one_shape: bool = False
    lives: timedelta = timedelta(hours=1)

    def ahead(self, stage: timedelta) -> timedelta:
        """Return how long before its time a file may be uploaded: half of its life at the most."""
        return min(stage, self.lives / 2)

    def of(self, kind: MediaKind) -> FileRule | None:
        """Return the rule for a kind of file, None where it is not taken at all."""
        return next((rule for rule in self.files if rule.kind is kind), None)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most posts of one account in an hour and in a day."""

    hour: int
    day: int


@dataclass(frozen=True, slots=True)
class Price:
    """What a call costs, in millionths of a US dollar, and when that was true.

    ``alt`` is what describing one file costs.
    """

    post: int
    post_with_link: int
    as_of: date
    alt: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """The facts that settling rests on.

    ``lands_within``: after how long a request that left has taken effect or never will.
    ``visible_within``: when its author surely sees the result in the platform's listing.
    ``can_prove_absence``: whether the listing shows every post, so that looking can prove absence.
    """

    lands_within: timedelta
    visible_within: timedelta
    can_prove_absence: bool


@dataclass(frozen=True, slots=True)
class SamenessRule:
    """What a platform holds of posts that are too alike, where the accounts file is silent.

    ``text``: nearly the same text from several accounts. ``media``: a file at one place twice,
    with the same link. ``link``: a link at one place again within ``rest``. ``source`` says who
    asks for it, with a date.
    """

    text: Policy = Policy.OFF
    media: Policy = Policy.OFF
    link: Policy = Policy.OFF
    rest: timedelta = timedelta(days=2)
    source: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Everything data can say about one kind of community.

    ``title_limit`` and ``link_limit`` are in characters, None where there is no such field;
    ``labels`` are the names of those it can show. Where it takes no ``text``, a text is for a
    person to paste.
    """

    kind: str
    text: TextRule
    thread_parts: int  # most parts of one thread; 1 = no threads
    part_gap: float  # seconds between two parts of a thread
    ceiling: Ceiling
    price: Price | None
    proof: Proof
    source: str  # where these facts come from, with a date
    max_hashtags: int | None = None  # a lint, not a limit of the API
    max_cashtags: int | None = None
    media: MediaRule | None = None
    title_limit: int | None = None
    link_limit: int | None = None
    labels: tuple[str, ...] = ()
    takes_text: bool = True
    sameness: SamenessRule = SamenessRule()
