"""Every error of microcom, arranged by what to do next.

::

    MicrocomError
    ├── UserError            change what was typed or written, then run it again        exit 2
    │   └── Mistakes         many of them at once, each with its place
    ├── StoreError           our own storage: disk, schema, lock                        exit 3
    │   └── Superseded       somebody else decided first: read again, decide again
    └── PlatformError        what a platform said
        ├── Rejected         this content will not be taken: change it
        ├── RateLimited      wait until a stated moment
        ├── Transient        try again soon
        ├── TokenExpired     renew the token, then make the call again
        ├── NeedsLogin       a person logs the account in again
        ├── OutOfCredit      a person pays; every account of the app waits
        ├── SpamBlocked      the account rests until a stated moment
        ├── Outdated         what was looked up is no longer so: forget it, look again
        ├── Duplicate        the platform thinks it has this already: look, never believe
        └── Withdrawn        accepted, then failed by the platform: nothing is out, begin anew
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from microcom.core.problem import Problem


class MicrocomError(Exception):
    """What happened, to which account, file or delivery; ``hint`` says what to do next.

    ``code`` is stable and dotted (``time.past``); texts may change, codes do not.
    """

    def __init__(self, message: str, *, code: str, hint: str | None = None) -> None:
        self.message = redacted(message)
        super().__init__(self.message)
        self.code = code
        self.hint = None if hint is None else redacted(hint)


class UserError(MicrocomError):
    """Something typed or written has to change; nothing was queued or sent."""


class Mistakes(UserError):
    """Several mistakes found together; ``problems`` holds each with its place."""

    def __init__(self, problems: Sequence[Problem], *, message: str | None = None) -> None:
        first = problems[0]
        super().__init__(message or first.message, code=first.code, hint=first.hint)
        self.problems = tuple(problems)


class StoreError(MicrocomError):
    """The queue's own storage failed; what was confirmed before still stands."""


class Superseded(StoreError):
    """A decision came too late: the row, its revision or the lane is no longer what was read."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="store.superseded")


class PlatformError(MicrocomError):
    """What a platform answered, in plain words."""


class Rejected(PlatformError):
    """The platform refuses this content or call for good; another try would fare no better."""


class RateLimited(PlatformError):
    """The platform asks to wait until ``until`` (UTC)."""

    def __init__(
        self, message: str, *, code: str, until: datetime, hint: str | None = None
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.until = until


class Transient(PlatformError):
    """A passing failure that surely had no effect people can see; worth another try."""


class TokenExpired(PlatformError):
    """The access token has lapsed; a refresh may help."""


class NeedsLogin(PlatformError):
    """The login is no longer accepted: ``microcom login ACCOUNT``."""


class OutOfCredit(PlatformError):
    """The app's credit with the platform is used up; every account of the app waits."""


class SpamBlocked(PlatformError):
    """The platform took the account out of use until ``until`` (UTC)."""

    def __init__(
        self, message: str, *, code: str, until: datetime, hint: str | None = None
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.until = until


class Withdrawn(PlatformError):
    """The platform had accepted the post and states that it failed: nothing of it is out.

    ``again`` says that beginning anew may fare better.
    """

    def __init__(
        self, message: str, *, code: str, hint: str | None = None, again: bool = True
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.again = again


class Outdated(PlatformError):
    """A place or name that was looked up before is no longer there: look it up anew."""


class Duplicate(PlatformError):
    """The platform says it has this content already; a reason to look, never a proof."""
