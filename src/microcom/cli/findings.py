"""Showing what was found, by `doctor` and `status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.cli.screen import Answer, Screen
from microcom.core.finding import Level, exit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.core.finding import Finding


def answer(findings: Sequence[Finding], well: str, *, name: str = "findings") -> Answer:
    """Return findings as a command's answer; ``well`` is said where nothing is wrong."""

    def shown(screen: Screen) -> None:
        for one in findings:
            screen.mark(f"{one.about}: {one.what}", sign=one.sign)
            if one.fix and one.level is not Level.OK:
                screen.say(f"    {one.fix}")
        if all(one.level is Level.OK for one in findings):
            screen.say(well)

    return Answer({name: [one.row() for one in findings]}, shown, exit_of(findings))
