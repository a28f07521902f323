"""A problem: something wrong with a file, a post or a target, found before anything is sent."""

from __future__ import annotations

from enum import StrEnum

from microcom.values import dataclass


class Severity(StrEnum):
    """How firmly a problem stands in the way."""

    CANNOT = "cannot"  # never queued
    WOULD_REFUSE = "would-refuse"  # let through by naming its code: --allow CODE
    NOTICE = "notice"  # said, and goes on


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in words: what is wrong, what to do (``hint``), and ``where``.

    ``code`` is stable and dotted; ``where`` is ``file:line:column``, a target, or an option.
    """

    code: str
    message: str
    hint: str | None = None
    where: str | None = None
    severity: Severity = Severity.CANNOT
