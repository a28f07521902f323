"""Reading Pinterest's errors: the one place that does.

A body is ``{"code": int, "message": str}``. Codes are not statuses, and one code means several
things (29 is trial access, and any missing right): message and code are looked at before the
status (OpenAPI 5.17, the last with examples; the threads named below).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.errors import (
    NeedsLogin,
    Outdated,
    PlatformError,
    RateLimited,
    Rejected,
    SpamBlocked,
    TokenExpired,
    Transient,
)

if TYPE_CHECKING:
    from microcom.core.steps import Reply

DAY = timedelta(hours=24)
"""Pinterest's help says that blocks mostly lift within a day."""
USUAL = timedelta(seconds=60)
LONGEST = timedelta(hours=25)
DOUBTFUL = frozenset({408, 425})
BUSY = 409
LONGEST_MESSAGE = 160
AGAIN = "Log the account in again with every right that microcom asks for."
IN_PORTAL = "Look at the app in Pinterest's portal."

ROWS: dict[int, tuple[Callable[..., PlatformError], str, str | None]] = {
    2: (TokenExpired, "Pinterest does not accept the token (any more).", AGAIN),
    3: (NeedsLogin, "The token lacks a right that this needs.", AGAIN),
    7: (Rejected, "The account has no right to this board or pin.", None),
    29: (Rejected, "Pinterest does not permit this to the account or the app.", IN_PORTAL),
    40: (Outdated, "Pinterest no longer has this board, or does not show it.", None),
    50: (Rejected, "Pinterest no longer has this pin.", None),
    233: (Rejected, "The picture is too small for Pinterest.", "Use a larger one."),
    235: (Rejected, "Pinterest cannot read the picture.", "Save it again as JPEG or PNG."),
    283: (NeedsLogin, "Pinterest does not accept the login any more.", AGAIN),
    2031: (Outdated, "Pinterest no longer has this section of the board.", None),
}


def explain(reply: Reply) -> PlatformError | None:
    """Return the error that Pinterest states in its own words; None: nobody knows.

    5xx and foreign bodies prove nothing, and neither do 408 and 425.
    """
    if not 400 <= reply.status < 500 or reply.status in DOUBTFUL:  # noqa: PLR2004 - 4xx
        return None
    body = reply.json()
    if not isinstance(body, dict) or not isinstance(body.get("message"), str):
        return None
    code = body.get("code")
    if not isinstance(code, int | str) or isinstance(code, bool):
        return None
    return _meant(code, body["message"], reply)


def _meant(code: int | str, message: str, reply: Reply) -> PlatformError:
    said = message.casefold()
    # github.com/gitroomhq/postiz-app/pull/1962: no status is on record; Pinterest's own sample
    # files spam under 429.
    if code == 9 or "spam" in said:  # noqa: PLR2004 - Pinterest's own number
        return _blocked(reply)
    if "trial access" in said:
        # github.com/gitroomhq/postiz-app/issues/1084
        words = "The app has trial access: it may make pins in Pinterest's own sandbox only."
        return Rejected(words, code="pinterest.trial", hint="Ask for standard access there.")
    if "PINNER_DATA_ACCESS_DENIED" in (str(code), message) or "pinner_data_access" in said:
        words = "Pinterest lets this app read business accounts only, and this one is none."
        hint = "Turn the account into a business account; that is free."
        return Rejected(words, code="pinterest.business", hint=hint)
    if code == 8 or reply.status == 429:  # noqa: PLR2004 - Pinterest's own numbers
        return _limited(reply)
    if reply.status == BUSY:
        return Transient("Pinterest is changing the board right now.", code="pinterest.busy")
    if isinstance(code, int) and code in ROWS:
        make, words, row_hint = ROWS[code]
        return make(words, code=f"pinterest.{code}", hint=row_hint)
    if reply.status == 401:  # noqa: PLR2004 - unauthorized
        return TokenExpired(ROWS[2][1], code="pinterest.401", hint=AGAIN)
    return Rejected(f"Pinterest refuses it{_quoted(message)}", code="pinterest.refused")


def _blocked(reply: Reply) -> PlatformError:
    message = "Pinterest has blocked the account for a while, to fight spam."
    hint = "Nothing is sent until then. Post less at once, and link to different pages."
    if reply.at is None:
        return NeedsLogin(message, code="pinterest.spam", hint=hint)
    return SpamBlocked(message, code="pinterest.spam", until=reply.at + DAY, hint=hint)


def _limited(reply: Reply) -> PlatformError:
    """Return until when Pinterest asks to wait: ``x-ratelimit-reset`` counts seconds from now."""
    message = "Pinterest asks to wait."
    if reply.at is None:
        return Transient(message, code="pinterest.rate_limit")
    stated = [reply.headers.get(name, "") for name in ("retry-after", "x-ratelimit-reset")]
    seconds = [int(word) for word in stated if word.isascii() and word.isdigit()]
    wait = min(timedelta(seconds=max(seconds)), LONGEST) if seconds else USUAL
    until = reply.at + max(wait, timedelta(seconds=1))
    return RateLimited(message, code="pinterest.rate_limit", until=until)


def _quoted(message: str) -> str:
    """Return Pinterest's own sentence on one short line, without anything that looks secret."""
    import re

    plain = " ".join("".join(one if one.isprintable() else " " for one in message).split())
    line = re.sub(r"\bpin[ar]\w+|[A-Za-z0-9_~+/=-]{24,}", "\u2026", plain)
    shown = line if len(line) <= LONGEST_MESSAGE else f"{line[: LONGEST_MESSAGE - 1]}\u2026"
    return f': "{shown}"' if shown else "."
