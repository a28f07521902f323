"""Reading X's errors: the one place that does.

The last segment of a problem's type is looked at first, then the first API's codes, then phrases:
many refusals are ``about:blank`` with nothing but a sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.platforms.x.envelope import Said, read
from microcom.platforms.x.refusals import (
    CREDIT,
    ENROLMENT,
    INVALID,
    NOT_FOUND,
    OAUTH_APP,
    OAUTH_REFUSED,
    REFUSED,
    ROWS,
    SCOPE,
    UNAUTHORIZED,
    Row,
)
from microcom.platforms.x.resets import is_limited, limited

if TYPE_CHECKING:
    from microcom.core.steps import Reply
    from microcom.errors import PlatformError

DOUBTFUL = frozenset({408, 409, 425})
"""4xx that do not say whether the call took effect."""


def explain(reply: Reply) -> PlatformError | None:
    """Return the error that X states in its own words, or None: it took it, or nobody knows.

    5xx and foreign bodies prove nothing, and neither do 408, 409 and 425.
    """
    if not 400 <= reply.status < 500 or reply.status in DOUBTFUL:  # noqa: PLR2004 - 4xx
        return None
    said = read(reply)
    if is_limited(reply, said):
        return limited(reply, said)
    return None if said is None else _meant(said, reply.status).says(said)


def _meant(said: Said, status: int) -> Row:
    if said.oauth:
        refused = {"invalid_grant", "invalid_request"}
        return OAUTH_REFUSED if said.oauth in refused else OAUTH_APP
    if said.segment == "client-forbidden" and said.reason in {"", "client-not-enrolled"}:
        return ENROLMENT
    found = _by_segment(said) or _by_code(said) or _by_phrase(said)
    return found or _by_status(said, status)


def _by_segment(said: Said) -> Row | None:
    return next((row for row in ROWS if said.segment and said.segment in row.segments), None)


def _by_code(said: Said) -> Row | None:
    return next((row for row in ROWS if not set(row.codes).isdisjoint(said.codes)), None)


def _by_phrase(said: Said) -> Row | None:
    return next((row for row in ROWS if any(map(said.holds, row.phrases))), None)


def _by_status(said: Said, status: int) -> Row:
    match status, said.segment:
        case 401, _:
            return UNAUTHORIZED
        case 402, _:
            return CREDIT
        case 403, "" if said.quote.casefold() in {"", "forbidden"}:
            return SCOPE
        case _, "invalid-request":
            return INVALID
        case (404, _) | (_, "resource-not-found"):
            return NOT_FOUND
    return REFUSED
