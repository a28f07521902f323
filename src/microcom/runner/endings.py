"""How a conversation ends that does not end with a receipt."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from microcom.errors import MicrocomError

if TYPE_CHECKING:
    from datetime import datetime


class Doubt(StrEnum):
    """What left a PUBLISH call without a certain answer; kept on its mark."""

    SILENCE = "silence"  # no whole answer came
    BROKEN = "broken"  # 5xx: the platform failed, before or after it took the call
    FOREIGN = "foreign"  # an answer, but not in the platform's own words
    DUPLICATE = "duplicate"  # "I have this already", after an earlier send was judged absent


class DoubtError(MicrocomError):
    """A call may have taken effect; ``doubt`` says why, None when our own journal is at fault."""

    def __init__(self, message: str, doubt: Doubt | None = None) -> None:
        super().__init__(message, code="delivery.doubt")
        self.doubt = doubt


class PauseError(MicrocomError):
    """The conversation goes on at ``until``."""

    def __init__(self, until: datetime, why: str, *, accepted: bool) -> None:
        super().__init__(why, code="delivery.wait")
        self.until = until
        self.accepted = accepted


class AgainError(MicrocomError):
    """Handles have lapsed; the conversation begins anew without them."""

    def __init__(self) -> None:
        super().__init__("handles have lapsed", code="delivery.stale")


class StagedError(MicrocomError):
    """Everything that can be done before its time is done."""

    def __init__(self) -> None:
        super().__init__("it is not due yet", code="delivery.staged")


class EndingError(MicrocomError):
    """The process was asked to end; the delivery goes on in the next one."""

    def __init__(self) -> None:
        super().__init__("this process is ending", code="delivery.ending")
