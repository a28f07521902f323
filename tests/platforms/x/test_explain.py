"""What X's errors mean: every row of what is known, and everything that is not X's own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.steps import Reply
from microcom.errors import (
    Duplicate,
    NeedsLogin,
    OutOfCredit,
    PlatformError,
    RateLimited,
    Rejected,
    TokenExpired,
    Transient,
)
from microcom.platforms.x import platform

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BLANK = "about:blank"
NEW = "https://api.x.com/2/problems"
OLD = "https://api.twitter.com/2/problems"


def _problem(detail: str, kind: str = BLANK, title: str = "Forbidden", **more: object) -> object:
    return {"title": title, "detail": detail, "type": kind, **more}


def _listed(code: int, message: str = "No.") -> object:
    return {"errors": [{"code": code, "message": message}]}


def _said(
    status: int, body: object = None, at: datetime | None = AT, **headers: str
) -> PlatformError | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return platform.explain(Reply(status, named, raw, at))


ROWS = [
    # 400
    (400, _problem("One or more parameters.", f"{NEW}/invalid-request"), Rejected, "x.invalid"),
    (400, _problem("Your media IDs are invalid."), Rejected, "x.media"),
    (400, _problem("Please include either text or media in it."), Rejected, "x.empty"),
    (400, {"error": "invalid_grant", "error_description": "."}, NeedsLogin, "x.token_refused"),
    (400, {"error": "invalid_request", "error_description": "."}, NeedsLogin, "x.token_refused"),
    (401, {"error": "invalid_client", "error_description": "."}, Rejected, "x.oauth_app"),
    # 401
    (401, _problem("Unauthorized", title="Unauthorized"), TokenExpired, "x.unauthorized"),
    (401, _listed(89, "Invalid or expired token."), TokenExpired, "x.unauthorized"),
    # 402
    (402, _problem("No credits.", f"{OLD}/credits", "CreditsDepleted"), OutOfCredit, "x.credit"),
    (402, _problem("No.", f"{NEW}/credits-depleted", "Payment"), OutOfCredit, "x.credit"),
    (402, _problem("Spend limit.", title="Payment Required"), OutOfCredit, "x.credit"),
    # 403
    (403, _problem("… a Tweet with duplicate content."), Duplicate, "x.duplicate"),
    (403, _listed(187, "Status is a duplicate."), Duplicate, "x.duplicate"),
    (403, _problem("No.", "https://x.com/2/problems/user-suspended"), NeedsLogin, "x.suspended"),
    (403, _listed(64), NeedsLogin, "x.suspended"),
    (403, _problem("Your account is temporarily locked."), NeedsLogin, "x.locked"),
    (403, _listed(326), NeedsLogin, "x.locked"),
    (403, _problem("This request looks like it might be automated."), NeedsLogin, "x.automated"),
    (
        403,
        _problem("Project?", f"{OLD}/client-forbidden", reason="client-not-enrolled"),
        Rejected,
        "x.not_enrolled",
    ),
    (403, _problem("App-only.", f"{OLD}/unsupported-authentication"), NeedsLogin, "x.app_token"),
    (403, _problem("Read only.", f"{OLD}/oauth1-permissions"), NeedsLogin, "x.scope"),
    (403, _problem("Forbidden"), NeedsLogin, "x.scope"),
    (403, _problem("Reply to this conversation is not allowed because"), Rejected, "x.reply"),
    (
        403,
        _problem(
            "You can only reply to or quote posts where you are mentioned or are the author.",
            f"{NEW}/not-authorized-for-resource",
        ),
        Rejected,
        "x.reply",
    ),
    (403, _problem("… that is deleted or not visible to you."), Rejected, "x.reply_gone"),
    (403, _problem("You are not permitted to perform this action."), Rejected, "x.not_permitted"),
    (403, _problem("Posts may contain at most one cashtag."), Rejected, "x.cashtags"),
    (403, _problem("Crypto addresses are not allowed yet."), Rejected, "x.crypto_address"),
    (403, _problem("Your video is longer than 2 minutes."), Rejected, "x.video_length"),
    (403, _problem("You do not have access to this feature."), Rejected, "x.feature"),
    (403, _listed(453, "a subset of X API v2 endpoints"), Rejected, "x.feature"),
    (403, _listed(186), Rejected, "x.too_long"),
    (403, _problem("A new rule.", f"{NEW}/brand-new-rule"), Rejected, "x.refused"),
    (403, _problem("Odd.", f"{NEW}/disallowed-resource"), Rejected, "x.refused"),
    (403, {"code": 999, "message": "Nobody knows."}, Rejected, "x.refused"),
    # 404
    (404, _problem("Gone.", f"{NEW}/resource-not-found", "Not Found"), Rejected, "x.not_found"),
    (404, _problem("Gone.", title="Not Found"), Rejected, "x.not_found"),
    # 429
    (429, _problem("Too Many Requests", title="Too Many Requests"), RateLimited, "x.rate_limit"),
    (400, _listed(88, "Rate limit exceeded"), RateLimited, "x.rate_limit"),
    (429, _problem("Slow.", f"{NEW}/rate-limit-exceeded"), RateLimited, "x.rate_limit"),
    (
        429,
        _problem("Cap.", f"{OLD}/usage-capped", "UsageCapExceeded", period="Daily"),
        RateLimited,
        "x.usage_cap",
    ),
    (
        429,
        _problem("Cap.", f"{OLD}/usage-capped", "UsageCapExceeded", period="Monthly"),
        OutOfCredit,
        "x.usage_cap",
    ),
]


@pytest.mark.parametrize(("status", "body", "kind", "code"), ROWS)
def test_each_refusal_is_known(
    status: int, body: object, kind: type[PlatformError], code: str
) -> None:
    """Every way X is known to refuse has one meaning and one code."""
    error = _said(status, body)
    assert type(error) is kind
    assert error is not None
    assert error.code == code
    assert error.message.endswith((".", '"'))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, b"<!doctype html><title>Attention required</title>"),
        (401, b"<html>Sign in to the wifi</html>"),
        (429, b"<html>slow down</html>"),
        (404, b""),
        (403, b'{"title": "Forbidden", "ty'),
        (403, [1, 2]),
        (403, "duplicate content"),
        (403, {"message": "Forbidden"}),
        (403, {"error": "forbidden"}),
        (403, {"title": "Forbidden", "detail": "No.", "type": "https://proxy.example/denied"}),
        (403, {"success": False, "errors": [{"code": 1000, "message": "edge"}]}),
        (402, {"detail": "pay"}),
        (408, _problem("Timeout", title="Request Timeout")),
        (409, _problem("Conflict", f"{NEW}/conflict", "Conflict")),
        (425, _problem("Too early")),
        (500, _problem("Oops", title="Internal Server Error")),
        (503, _problem("Over capacity", title="Service Unavailable")),
        (503, _problem("… duplicate content")),
        (302, b""),
        (304, _problem("duplicate content")),
    ],
)
def test_what_proves_nothing_is_not_explained(status: int, body: object) -> None:
    """Foreign bodies, 5xx, redirects and 408, 409, 425 say nothing about what the call did."""
    assert _said(status, body) is None


def test_success_is_no_error() -> None:
    """A 2xx is never an error, whatever else it says."""
    assert _said(201, {"data": {"id": "1"}}) is None
    assert _said(200, {"errors": [_problem("Gone.", f"{NEW}/resource-not-found")]}) is None


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "+300"}, 300),
        (
            {
                "x-rate-limit-remaining": "57",
                "x-rate-limit-reset": "+300",
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": "+7200",
            },
            7200,
        ),
        (
            {
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": "+100",
                "x-app-limit-24hour-remaining": "0",
                "x-app-limit-24hour-reset": "+9000",
            },
            9000,
        ),
        ({"x-rate-limit-remaining": "3", "x-rate-limit-reset": "+60"}, 60),
        ({}, 900),
        ({"x-rate-limit-reset": "soon", "x-rate-limit-remaining": "-1"}, 900),
        ({"x-rate-limit-reset": "-500", "x-rate-limit-remaining": "0"}, 0),
        ({"x-rate-limit-reset": "+999999999", "x-rate-limit-remaining": "0"}, 25 * 3600),
        ({"x-rate-limit-reset": "9" * 40, "x-rate-limit-remaining": "0"}, 900),
    ],
)
def test_it_waits_for_the_family_that_is_empty(headers: dict[str, str], wait: int) -> None:
    """Until the last reset of an empty family, else the window's, else a quarter of an hour."""
    epoch = int(AT.timestamp())
    stated = {
        name: str(epoch + int(value)) if value[:1] in "+-" and "reset" in name else value
        for name, value in headers.items()
    }
    body = _problem("Too Many Requests", title="Too Many Requests")
    error = platform.explain(Reply(429, stated, json.dumps(body).encode(), AT))
    assert isinstance(error, RateLimited)
    assert error.until == AT + timedelta(seconds=wait)


def test_an_empty_429_with_xs_headers_is_xs_own() -> None:
    """A 429 without a body counts as X's when its rate limit headers are there."""
    error = _said(429, None, x_rate_limit_limit="100", x_rate_limit_remaining="0")
    assert isinstance(error, RateLimited)


def test_without_any_time_a_limit_is_passing() -> None:
    """Where neither the headers nor the date tell a time, it is tried again soon."""
    body = _problem("Too Many Requests", title="Too Many Requests")
    assert isinstance(_said(429, body, at=None), Transient)
    epoch = str(int(AT.timestamp()))
    error = _said(429, body, at=None, x_rate_limit_remaining="0", x_rate_limit_reset=epoch)
    assert isinstance(error, RateLimited)
    assert error.until == AT


def test_a_daily_cap_ends_at_midnight() -> None:
    """A daily usage cap is over at the next midnight UTC."""
    error = _said(429, _problem("Cap.", f"{OLD}/usage-capped", "UsageCap", period="Daily"))
    assert isinstance(error, RateLimited)
    assert error.until == datetime(2026, 11, 24, tzinfo=UTC)


def test_a_new_refusal_is_shown_in_xs_own_words() -> None:
    """X's sentence is quoted: short, on one line, printable, without anything like a secret."""
    detail = "A rule\x1b[31m of\n 2027 for Bearer abc.def " + "A1b2" * 20 + " and so on" * 60
    error = _said(403, _problem(detail, f"{NEW}/brand-new-rule"))
    assert error is not None
    assert "A rule [31m of 2027 for \u2026" in error.message
    assert "A1b2A1b2" not in error.message
    assert "abc.def" not in error.message
    assert "\x1b" not in error.message
    assert len(error.message) < 260


def test_values_that_were_sent_are_not_shown() -> None:
    """Of refused parameters only the names are told: their values are what a person wrote."""
    body = {
        "errors": [
            {"parameters": {"text": ["my words"]}, "message": "[my words] duplicate content"}
        ],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{NEW}/invalid-request",
    }
    error = _said(400, body)
    assert isinstance(error, Rejected)
    assert error.code == "x.invalid"
    assert "text" in error.message
    assert "my words" not in error.message


@given(
    status=st.integers(100, 599),
    body=st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["title", "type", "detail", "errors", "code", "message", "error"]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    ),
)
def test_no_body_breaks_it(status: int, body: bytes) -> None:
    """Whatever comes, it is explained or it is not; nothing is raised."""
    error = platform.explain(Reply(status, {}, body, AT))
    if not 400 <= status < 500:
        assert error is None
