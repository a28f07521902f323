"""What was looked at, what was found, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from microcom.core.exits import Exit
from microcom.values import dataclass


class Level(StrEnum):
    """How bad something is."""

    OK = "ok"
    WARNING = "warning"  # it works, and may not for long
    FAULT = "fault"  # it does not work
    PERSON = "person"  # it waits for a person


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``fix`` is what to do where it is not well."""

    about: str
    level: Level
    what: str
    fix: str | None = None

    @property
    def sign(self) -> str:
        """Return the sign it stands behind."""
        return {Level.OK: "✓", Level.WARNING: "!"}.get(self.level, "✗")

    def row(self) -> dict[str, str | None]:
        """Return the finding for programs."""
        return {
            "about": self.about,
            "level": self.level.value,
            "what": self.what,
            "fix": self.fix,
        }


def exit_of(findings: Sequence[Finding]) -> Exit:
    """Return what a command exits with that found these."""
    levels = {one.level for one in findings}
    if Level.PERSON in levels:
        return Exit.PERSON
    return Exit.NOTHING_SUCCEEDED if Level.FAULT in levels else Exit.OK
