"""An account: one login on one platform, with its communities and the rules in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from microcom.core.capability import Ceiling
from microcom.core.steps import JsonValue

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


@dataclass(frozen=True, slots=True)
class Missed:
    """The missed policy: ``do`` it to what is later than ``after``."""

    do: Lateness = Lateness.HOLD
    after: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force for one account or community; None means the platform's default.

    After ``stop_after`` failures in a row an account is parked. Files are uploaded up to ``stage``
    before a post is due.
    """

    ceiling: Ceiling | None = None
    missed: Missed = Missed()
    max_hashtags: int | None = None
    banned: tuple[str, ...] = ()
    alt: Alt = Alt.WARN
    stop_after: int = STOP_AFTER
    stage: timedelta = STAGE

    def row(self) -> list[JsonValue]:
        """Return the rules as JSON values."""
        ceiling = None if self.ceiling is None else [self.ceiling.hour, self.ceiling.day]
        missed = [self.missed.do.value, self.missed.after.total_seconds()]
        later: list[JsonValue] = [self.alt.value, self.stop_after, self.stage.total_seconds()]
        return [ceiling, missed, self.max_hashtags, list(self.banned), *later]

    @classmethod
    def of(cls, row: Sequence[JsonValue]) -> Rules:
        """Return the rules that :meth:`row` gave; older ones had fewer words."""
        silent = (Alt.WARN.value, STOP_AFTER, STAGE.total_seconds())
        whole = (*row, *silent[len(row) - 4 :])
        ceiling, (do, after), max_hashtags, banned, alt, stop_after, stage = whole
        return cls(
            ceiling=None if ceiling is None else Ceiling(*ceiling),
            missed=Missed(Lateness(do), timedelta(seconds=after)),
            max_hashtags=max_hashtags,
            banned=tuple(banned),
            alt=Alt(alt),
            stop_after=stop_after,
            stage=timedelta(seconds=stage),
        )


@dataclass(frozen=True, slots=True)
class Community:
    """A place an account can post to; ``kind`` names the platform's capabilities for it.

    ``about`` says in a few words what posting there does, for people who have to choose.
    """

    name: str
    kind: str
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    rules: Rules = Rules()
    about: str = ""


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
