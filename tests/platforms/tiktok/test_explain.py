"""What TikTok's errors mean: its codes count, whatever the status."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.steps import Reply
from microcom.errors import (
    NeedsLogin,
    PlatformError,
    RateLimited,
    Rejected,
    SpamBlocked,
    TokenExpired,
    Transient,
)
from microcom.platforms.tiktok import platform

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LOG_ID = "20261123120000ABCDEF"


def _reply(status: int, code: str, *, at: datetime | None = NOON, **more: str) -> Reply:
    error = {"code": code, "message": "as it says", "log_id": LOG_ID, **more}
    return Reply(status, {}, json.dumps({"data": {}, "error": error}).encode(), at)


@pytest.mark.parametrize(
    ("status", "code", "meant"),
    [
        (401, "access_token_invalid", TokenExpired),
        (401, "scope_not_authorized", NeedsLogin),
        (400, "scope_permission_missed", NeedsLogin),
        (429, "rate_limit_exceeded", RateLimited),
        (403, "spam_risk_too_many_posts", SpamBlocked),
        (200, "spam_risk_too_many_posts", SpamBlocked),
        (403, "spam_risk_too_many_pending_share", SpamBlocked),
        (200, "reached_active_user_cap", SpamBlocked),
        (403, "unaudited_client_can_only_post_to_private_accounts", Rejected),
        (403, "url_ownership_unverified", Rejected),
        (403, "privacy_level_option_mismatch", Rejected),
        (400, "invalid_param", Rejected),
        (400, "invalid_params", Rejected),
        (400, "invalid_file_upload", Rejected),
        (400, "app_version_check_failed", Rejected),
        (400, "invalid_publish_id", Rejected),
        (400, "token_not_authorized_for_specified_publish_id", Rejected),
        (403, "a_code_of_tomorrow", Rejected),
        (200, "a_code_of_tomorrow", Rejected),
    ],
)
def test_a_code_has_its_meaning(status: int, code: str, meant: type[PlatformError]) -> None:
    """Each code is the kind of error that is acted upon rightly."""
    assert type(platform.explain(_reply(status, code))) is meant


@pytest.mark.parametrize("status", [200, 403])
def test_a_ban_stops_the_account(status: int) -> None:
    """An account that may not post waits for a person, however long that takes."""
    found = platform.explain(_reply(status, "spam_risk_user_banned_from_posting"))
    assert isinstance(found, NeedsLogin)
    assert "microcom resume" in str(found.hint)


def test_a_rate_limit_ends_after_a_minute() -> None:
    """TikTok names no time: its windows are a minute long."""
    found = platform.explain(_reply(429, "rate_limit_exceeded"))
    assert isinstance(found, RateLimited)
    assert found.until == NOON + timedelta(seconds=60)


def test_a_cap_ends_after_a_day() -> None:
    """Caps count the last 24 hours."""
    found = platform.explain(_reply(403, "spam_risk_too_many_posts"))
    assert isinstance(found, SpamBlocked)
    assert found.until == NOON + timedelta(hours=24)


@pytest.mark.parametrize("code", ["rate_limit_exceeded", "spam_risk_too_many_posts"])
def test_without_a_date_nothing_is_made_up(code: str) -> None:
    """A reply without a time gives no moment to wait for."""
    found = platform.explain(_reply(403, code, at=None))
    assert isinstance(found, Transient | NeedsLogin)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("code", ["internal_error", "spam_risk_too_many_posts", "anything_else"])
def test_a_broken_service_says_nothing(status: int, code: str) -> None:
    """A 5xx may have taken effect, whatever it says."""
    assert platform.explain(_reply(status, code)) is None


def test_ok_is_no_error() -> None:
    """Only ``ok`` means success."""
    assert platform.explain(_reply(200, "ok")) is None


@pytest.mark.parametrize(
    "body",
    [b"", b"<!doctype html>", b"[]", b'"text"', b'{"error":null}', b'{"error":{"code":7}}', b"{}"],
)
@pytest.mark.parametrize("status", [201, 206, 403, 404, 416])
def test_an_upload_host_speaks_in_statuses(status: int, body: bytes) -> None:
    """What is not TikTok's envelope is nobody's refusal."""
    assert platform.explain(Reply(status, {}, body, NOON)) is None


@pytest.mark.parametrize(
    ("error", "meant"), [("invalid_grant", NeedsLogin), ("invalid_client", Rejected)]
)
def test_an_oauth_error_is_flat(error: str, meant: type[PlatformError]) -> None:
    """The token endpoint words its errors in another way."""
    body = {"error": error, "error_description": "why", "log_id": LOG_ID}
    assert type(platform.explain(Reply(400, {}, json.dumps(body).encode(), NOON))) is meant


def test_the_log_id_is_quoted() -> None:
    """TikTok's support asks for it; its tables and its replies spell it in two ways."""
    found = platform.explain(_reply(403, "a_code_of_tomorrow"))
    assert found is not None
    assert LOG_ID in found.message
    body = {"error": {"code": "invalid_param", "logid": LOG_ID}}
    other = platform.explain(Reply(400, {}, json.dumps(body).encode(), NOON))
    assert other is not None
    assert LOG_ID in other.message


@given(st.text(max_size=200), st.text(max_size=200))
def test_nothing_raw_is_shown(message: str, log_id: str) -> None:
    """Whatever an error holds, what is shown of it is short and printable."""
    found = platform.explain(_reply(403, "a_code_of_tomorrow", message=message, log_id=log_id))
    assert found is not None
    assert found.message.isprintable()
    assert len(found.message) < 400
