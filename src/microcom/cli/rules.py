"""The rules in force for a place, each with where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from microcom.core.account import Rules
    from microcom.core.capability import Capabilities
    from microcom.core.config import Origin

HOUR = 3600
MINUTE = 60


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule: its value in words, and ``file:line:column`` or whose choice it is."""

    key: str
    value: str
    where: str
    is_written: bool

    @property
    def line(self) -> str:
        """Return where it is written, to the line, or whose choice it is."""
        return self.where.rpartition(":")[0] if self.is_written else self.where


def in_force(
    rules: Rules, origins: Mapping[str, Origin], facts: Capabilities
) -> tuple[InForce, ...]:
    """Return every rule of a place, also those that its accounts file is silent about."""
    return tuple(
        InForce(key, origins[key].value, origins[key].where, is_written=True)
        if key in origins
        else InForce(key, value, whose, is_written=False)
        for key, (value, whose) in _defaults(rules, facts).items()
    )


def _defaults(rules: Rules, facts: Capabilities) -> dict[str, tuple[str, str]]:
    """Return what holds where the file is silent, and whose choice that is."""
    ceiling = rules.ceiling or facts.ceiling
    most = rules.max_hashtags if facts.max_hashtags is None else facts.max_hashtags
    return {
        "ceiling.hour": (str(ceiling.hour), "the platform's default"),
        "ceiling.day": (str(ceiling.day), "the platform's default"),
        "missed.do": (rules.missed.do.value, "microcom's default"),
        "missed.after": (_span(rules.missed.after), "microcom's default"),
        "max_hashtags": ("any number" if most is None else str(most), "the platform's default"),
        "max_links": ("any number", "microcom's default"),
        "banned": ("none", "microcom's default"),
        "must_state": ("none", "microcom's default"),
        "alt": (rules.alt.value, "microcom's default"),
        "fit": (rules.fit.value, "microcom's default"),
        "media": (rules.media.value, "microcom's default"),
        "gap": (_span(rules.gap), "microcom's default"),
        "quiet": ("none", "microcom's default"),
        "jitter": (_span(rules.jitter), "microcom's default"),
        "sameness.days": (str(rules.sameness.days), "microcom's default"),
        "sameness.text": (facts.sameness.text.value, "the platform's default"),
        "sameness.media": (facts.sameness.media.value, "the platform's default"),
        "sameness.link": (facts.sameness.link.value, "the platform's default"),
        "stop_after": (str(rules.stop_after), "microcom's default"),
        "stage": (_span(rules.stage), "microcom's default"),
    }


def _span(time: timedelta) -> str:
    """Return a length of time as the accounts file would say it."""
    seconds = int(time.total_seconds())
    hours, rest = divmod(seconds, HOUR)
    if rest:
        return f"{hours}h{rest // MINUTE}m" if hours else f"{rest // MINUTE}m"
    return f"{hours}h" if hours else "0m"
