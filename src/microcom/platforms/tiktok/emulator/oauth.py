"""How an emulated TikTok lets apps in (developers.tiktok.com, Login Kit for desktop, 2026).

How long a code lives is nowhere documented: five minutes are our own choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from microcom.emulator.call import Answer
from microcom.emulator.dialect import Consent, Dialect, Refused
from microcom.platforms.tiktok.emulator.said import LOG_ID

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue


def _says(refused: Refused) -> Answer:
    words = {"error_description": refused.words, "log_id": LOG_ID}
    return Answer.of_json(refused.status, {"error": refused.error, **words})


def _more(consent: Consent, now: datetime) -> Mapping[str, JsonValue]:
    del now
    return {"token_type": "Bearer", "open_id": sha256(consent.account.encode()).hexdigest()[:32]}


DIALECT = Dialect(
    platform="TikTok",
    page_at="/v2/auth/authorize/",
    exchange_at="/v2/oauth/token/",
    revoke_at="/v2/oauth/revoke/",
    known=frozenset(
        {
            *("user.info.basic", "user.info.profile", "user.info.stats", "video.list"),
            *("video.publish", "video.upload"),
        }
    ),
    client_id="client_key",
    separator=",",
    challenge="hex",
    basic=False,
    ticks=True,
    extra_page=frozenset({"disable_auto_auth"}),
    code_lives=timedelta(minutes=5),
    refresh_ends="refresh_expires_in",
    says=_says,
    more=_more,
)
