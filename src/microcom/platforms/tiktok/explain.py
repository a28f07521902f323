"""Reading TikTok's errors: the one place that does.

The verdict is ``error.code`` and never the status: some refusals come with a 200 on purpose
(developers.tiktok.com, query creator info). The OAuth endpoints use a flat shape of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.errors import (
    NeedsLogin,
    PlatformError,
    RateLimited,
    Rejected,
    SpamBlocked,
    TokenExpired,
    Transient,
)

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.steps import JsonValue, Reply

OK = "ok"
BROKEN = 500
MINUTE, DAY = timedelta(seconds=60), timedelta(hours=24)
CODE = re.compile(r"[a-z_]{1,60}\Z")
LOG_ID = re.compile(r"[0-9A-Za-z]{1,64}\Z")
IN_PORTAL = "Look at the app in TikTok's portal."
AGAIN = "Log the account in again."

PLAIN: dict[str, tuple[Callable[..., PlatformError], str, str | None]] = {
    "access_token_invalid": (TokenExpired, "TikTok does not accept the token (any more).", AGAIN),
    "scope_not_authorized": (
        NeedsLogin,
        "The account has not given the app the right to do this.",
        "Log in again, and leave every box ticked.",
    ),
    "scope_permission_missed": (NeedsLogin, "The token lacks a right that this needs.", AGAIN),
    "unaudited_client_can_only_post_to_private_accounts": (
        Rejected,
        "TikTok has not audited the app: it may post to private accounts only, for /only-me.",
        "Make the account private, or send it to /inbox.",
    ),
    "url_ownership_unverified": (
        Rejected,
        "The address of the pictures is not verified for the app.",
        IN_PORTAL,
    ),
    "privacy_level_option_mismatch": (
        Rejected,
        "The account may no longer post to this audience.",
        "Choose another one; the account's own settings decide.",
    ),
    "app_version_check_failed": (
        Rejected,
        "The TikTok app on the phone is too old for drafts (31.8 or newer).",
        "Update the app.",
    ),
    # No time of TikTok's ends a ban: the account is parked until a person has looked.
    "spam_risk_user_banned_from_posting": (
        NeedsLogin,
        "TikTok has banned the account from posting.",
        "Look into the app; then: microcom resume.",
    ),
    "internal_error": (Transient, "TikTok had a failure of its own.", None),
}
RESTING: dict[str, tuple[str, str]] = {
    "spam_risk_too_many_posts": (
        "The account has posted as much as TikTok lets tools post in a day.",
        "Post from the phone, or wait a day.",
    ),
    "spam_risk_too_many_pending_share": (
        "Five drafts wait in the inbox, which is the most in a day.",
        "Finish or delete some of them in the app.",
    ),
    "reached_active_user_cap": (
        "The app has reached the number of accounts it may post for in a day.",
        IN_PORTAL,
    ),
}
INVALID = frozenset({"invalid_param", "invalid_params", "invalid_file_upload"})


def explain(reply: Reply) -> PlatformError | None:
    """Return the error that TikTok states in its own words; None: it took it, or nobody knows.

    A 5xx may have taken effect, whatever it says.
    """
    body = reply.json()
    if not isinstance(body, dict) or reply.status >= BROKEN:
        return None
    error = body.get("error")
    if isinstance(error, str):
        return _oauth(error) if isinstance(body.get("error_description"), str) else None
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(code, str) or not CODE.match(code) or code == OK:
        return None
    return _meant(code, reply, _log_id(error))


def _meant(code: str, reply: Reply, log_id: str) -> PlatformError:
    if code == "rate_limit_exceeded":
        message = "TikTok asks to wait a minute."
        if reply.at is None:
            return Transient(message, code="tiktok.rate_limit")
        return RateLimited(message, code="tiktok.rate_limit", until=reply.at + MINUTE)
    if code in RESTING:
        return _resting(code, reply.at, log_id)
    if code in PLAIN:
        make, message, plain_hint = PLAIN[code]
        return make(f"{message}{log_id}", code=f"tiktok.{code}", hint=plain_hint)
    if code in INVALID:
        message = "TikTok refuses the call as wrong in itself."
        return Rejected(f"{message}{log_id}", code="tiktok.invalid")
    return Rejected(f"TikTok refuses it: {code}.{log_id}", code="tiktok.refused")


def _resting(code: str, at: datetime | None, log_id: str) -> PlatformError:
    """Return that the account rests for a day; where nobody knows the time, a person looks."""
    message, hint = RESTING[code]
    if at is None:
        return NeedsLogin(f"{message}{log_id}", code=f"tiktok.{code}", hint=hint)
    return SpamBlocked(f"{message}{log_id}", code=f"tiktok.{code}", until=at + DAY, hint=hint)


def _oauth(error: str) -> PlatformError:
    if error in {"invalid_grant", "access_denied", "invalid_scope"}:
        return NeedsLogin(
            "TikTok does not accept the login any more.", code="tiktok.login", hint=AGAIN
        )
    message = f"TikTok does not accept the app ({error[:60]})."
    return Rejected(message, code="tiktok.app", hint=IN_PORTAL)


def _log_id(error: JsonValue) -> str:
    """Return the number that TikTok's support asks for, whatever the field is called today."""
    found = error.get("log_id") or error.get("logid")
    return f" (log {found})" if isinstance(found, str) and LOG_ID.match(found) else ""
