"""How an emulated Pinterest lets apps in (its OpenAPI document and OAuth pages, 2026).

How long a code lives is nowhere documented: ten minutes are our own choice. Whether a refresh
token dies when it is used is unverified: here it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microcom.emulator.call import Answer
from microcom.emulator.dialect import Consent, Dialect, Refused
from microcom.platforms.pinterest.emulator.said import failure

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue

NOT_VALID, NOT_AUTHENTICATED, WRONG = 283, 2, 1
KINDS = ("boards", "pins")
SCOPES = frozenset(
    {
        *(f"{kind}:{right}{secret}" for kind in KINDS for right in ("read", "write")
          for secret in ("", "_secret")),
        *("user_accounts:read", "ads:read"),
    }
)  # fmt: skip


def _says(refused: Refused) -> Answer:
    codes = {"invalid_grant": NOT_VALID, "invalid_client": NOT_AUTHENTICATED}
    code = codes.get(refused.error, WRONG)
    status = 401 if code in {NOT_VALID, NOT_AUTHENTICATED} else 400
    return failure(status, code, refused.words)


def _more(consent: Consent, now: datetime) -> Mapping[str, JsonValue]:
    kind = "refresh_token" if len(consent.refresh) > 1 else "authorization_code"
    ends = now + DIALECT.refresh_lives
    return {"response_type": kind, "refresh_token_expires_at": int(ends.timestamp())}


DIALECT = Dialect(
    platform="Pinterest",
    page_at="/oauth/",
    exchange_at="/v5/oauth/token",
    revoke_at=None,
    known=SCOPES,
    separator=",",
    challenge="",
    extra_token=frozenset({"continuous_refresh"}),
    access_lives=timedelta(days=30),
    refresh_lives=timedelta(days=60),
    refresh_ends="refresh_token_expires_in",
    spent=("invalid_grant", "The provided authorization grant is invalid, expired or revoked."),
    bad_code=("invalid_grant", "The provided authorization grant is invalid, expired or revoked."),
    says=_says,
    more=_more,
)
