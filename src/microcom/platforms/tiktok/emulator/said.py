"""How an emulated TikTok words what it says: an envelope with a code, ``ok`` or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from microcom.emulator.call import Answer, Request

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue

LOG_ID = "202611231200000102030405060708090A"


def said(data: Mapping[str, JsonValue]) -> Answer:
    """Return a success."""
    error = {"code": "ok", "message": "", "log_id": LOG_ID}
    return Answer.of_json(200, {"data": dict(data), "error": error})


def failure(status: int, code: str, message: str) -> Answer:
    """Return a refusal."""
    error = {"code": code, "message": message, "log_id": LOG_ID}
    return Answer.of_json(status, {"error": error})


def invalid(message: str) -> Answer:
    """Return the refusal of a call that is wrong in itself."""
    return failure(400, "invalid_params", message)  # documented without the s, seen with it


def _always(answer: Answer) -> Callable[[Request], Answer]:
    return lambda _: answer


REFUSED: Mapping[str, Callable[[Request], Answer]] = {
    "401": _always(failure(401, "access_token_invalid", "The access token is invalid")),
    "scope": _always(failure(401, "scope_not_authorized", "The user did not authorize it")),
    "429": _always(failure(429, "rate_limit_exceeded", "Too many requests")),
    "spam": _always(failure(403, "spam_risk_too_many_posts", "Daily post cap reached")),
    "cap-with-200": _always(failure(200, "spam_risk_too_many_posts", "Daily post cap reached")),
    "banned": _always(failure(403, "spam_risk_user_banned_from_posting", "Banned from posting")),
    "users": _always(failure(403, "reached_active_user_cap", "Daily active user quota reached")),
    "unaudited": _always(
        failure(403, "unaudited_client_can_only_post_to_private_accounts", "Not audited")
    ),
    "invalid": _always(failure(400, "invalid_param", "The chunk size is invalid")),
}
