"""Pinterest's errors in plain words, and what follows from each."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from microcom.core.steps import Reply
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
from microcom.platforms.pinterest import platform

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def _said(status: int, body: object, **headers: str) -> PlatformError | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return platform.explain(Reply(status, named, json.dumps(body).encode(), NOON))


@pytest.mark.parametrize(
    ("status", "code", "message", "error", "own"),
    [
        (401, 2, "Authentication failed.", TokenExpired, "pinterest.2"),
        (401, 3, "Missing: ['pins:write']", NeedsLogin, "pinterest.3"),
        (401, 283, "The grant is invalid", NeedsLogin, "pinterest.283"),
        (403, 29, "Apps with Trial access may not create Pins", Rejected, "pinterest.trial"),
        (403, 29, "You are not permitted", Rejected, "pinterest.29"),
        (403, 403, "PINNER_DATA_ACCESS_DENIED", Rejected, "pinterest.business"),
        (403, "PINNER_DATA_ACCESS_DENIED", "No.", Rejected, "pinterest.business"),
        (403, 233, "Too small", Rejected, "pinterest.233"),
        (404, 40, "Board not found.", Outdated, "pinterest.40"),
        (404, 2031, "Section not found.", Outdated, "pinterest.2031"),
        (400, 9, "You've hit a block (Pins)", SpamBlocked, "pinterest.spam"),
        (429, 429, "Blocked as spam", SpamBlocked, "pinterest.spam"),
        (429, 8, "Rate limit", RateLimited, "pinterest.rate_limit"),
        (409, 409, "No exclusive access", Transient, "pinterest.busy"),
        (400, 1, "Invalid request: maxItems=5", Rejected, "pinterest.refused"),
    ],
)
def test_each_refusal(
    status: int, code: object, message: str, error: type[PlatformError], own: str
) -> None:
    """Code and message decide before the status, and each has a sentence of ours."""
    found = _said(status, {"code": code, "message": message})
    assert isinstance(found, error)
    assert found.code == own


def test_how_long_to_wait() -> None:
    """The reset header counts seconds from now; without one it is a minute, never beyond a day."""
    body = {"code": 8, "message": "Rate limit"}
    for headers, wait in (
        ({"x_ratelimit_reset": "30"}, 30),
        ({}, 60),
        ({"x_ratelimit_reset": "9999999"}, 25 * 3600),
        ({"x_ratelimit_reset": "0"}, 1),
        ({"retry_after": "120"}, 120),
    ):
        found = _said(429, body, **headers)
        assert isinstance(found, RateLimited)
        assert found.until == NOON + timedelta(seconds=wait)


def test_a_block_ends_the_next_day() -> None:
    """A spam block rests the account for a day: quick retries make it worse."""
    found = _said(400, {"code": 9, "message": "block"})
    assert isinstance(found, SpamBlocked)
    assert found.until == NOON + timedelta(hours=24)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, {}, b'{"code":500,"message":"Something went wrong"}'),
        Reply(403, {}, b"<html>Checking your browser</html>"),
        Reply(403, {}, b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"),
        Reply(408, {}, b'{"code":1,"message":"x"}'),
        Reply(400, {}, b'{"error":"x"}'),
        Reply(400, {}, b"[]"),
        Reply(404, {}, b'{"code":true,"message":"x"}'),
    ],
)
def test_what_proves_nothing(reply: Reply) -> None:
    """5xx, foreign bodies and a bucket's words are not Pinterest's refusal."""
    assert platform.explain(reply) is None


def test_no_secret_is_repeated() -> None:
    """A sentence of Pinterest's that holds a token is shown without it, on one short line."""
    token = "pina_" + "A" * 60
    found = _said(400, {"code": 1, "message": f"Invalid token {token}\n" + "x " * 500})
    assert found is not None
    assert token not in found.message
    assert "\n" not in found.message
    assert len(found.message) < 250
