"""What never leaves this process in clear: whatever is written passes here on its way out.

Two nets, one behind the other: every secret that this process holds is known by its value
(:func:`hide` is called where tokens, codes and app secrets come into being), and what looks like
one is known by its shape: a bearer header, a form field, a signed address, a cookie.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

HIDDEN = "[hidden]"
SHORTEST = 8
"""Shorter values are not hidden by value: they would be found inside ordinary words."""

_live: dict[str, None] = {}
MOST = 20_000
"""Values that are remembered; the oldest is forgotten first."""

NAMES = (
    r"(?:access|refresh|id|upload|oauth)_?token(?:_secret)?|token|(?:client|app|consumer)_secret"
    r"|secret|password|passwd|api_?key|code_verifier|oauth_signature|signature|policy"
    r"|x-amz-[a-z-]+|authorization|(?:set-)?cookie"
)
SHAPES = (
    rf"(?P<name>\b(?:{NAMES})\b[\"']?\s*[=:]\s*[\"']?)(?P<value>[A-Za-z0-9._~+/%=|!:-]{{16,}})",
    r"(?P<code>\bcode=)[A-Za-z0-9._~+/%=|!:-]{16,}",  # our own documents have a "code" too
    r"(?P<scheme>\bBearer\s+)[A-Za-z0-9._~+/=%|!:-]{8,}",
    # base64 has a capital, a digit or an end; "user.info.basic user.info.profile" are rights
    r"(?P<pair>\bBasic\s+)(?-i:(?=[a-z+/_-]*[A-Z0-9=])[A-Za-z0-9+/=_-]{8,})",
    r"(?P<oauth>\bOAuth\s+)oauth_\w+=.*",
    r"\bpin[acr]_[A-Za-z0-9_-]{16,}|\b(?:act|rft|clt)\.[A-Za-z0-9!*._-]{16,}",
    r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}",
)

HINTS = (
    "token", "secret", "passw", "api_key", "apikey", "code_verifier", "signature", "policy",
    "x-amz-", "authorization", "cookie", "code=", "bearer", "basic", "oauth",
    "pina_", "pinc_", "pinr_", "act.", "rft.", "clt.", "eyj",
)  # fmt: skip
"""What every text has in it, upper or lower case, that has a shape: the rest is not looked at."""

_compiled: list[re.Pattern[str]] = []
"""The shapes as one pattern, once one was needed."""


def hide(*values: str | None) -> None:
    """Let values never be written by this process, in whatever they stand."""
    for value in values:
        if value and len(value) >= SHORTEST:
            _live[value] = None
    while len(_live) > MOST:
        del _live[next(iter(_live))]


def redacted(text: str) -> str:
    """Return a text without the secrets that are known, and without what looks like one."""
    for value in _live:
        if value in text:
            text = text.replace(value, HIDDEN)
    folded = text.casefold()
    return _shapes().sub(_hidden, text) if any(hint in folded for hint in HINTS) else text


def _shapes() -> re.Pattern[str]:
    if not _compiled:
        import re

        _compiled.append(re.compile("|".join(f"(?:{shape})" for shape in SHAPES), re.IGNORECASE))
    return _compiled[0]


def _hidden(found: re.Match[str]) -> str:
    kept = (
        found["name"] or found["code"] or found["scheme"] or found["pair"] or found["oauth"] or ""
    )
    return f"{kept}{HIDDEN}"
