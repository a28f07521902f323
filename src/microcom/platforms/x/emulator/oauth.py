"""How an emulated X lets apps in (docs.x.com, OAuth 2.0 with PKCE, August 2026).

That showing a spent refresh token ends every token of the consent is one user's report, not X's
word (github.com/trypostit/trypost/issues/126): strict is the safer emulator.
"""

from __future__ import annotations

from datetime import timedelta

from microcom.emulator.dialect import Dialect

SCOPES = frozenset(
    {
        *("tweet.read", "tweet.write", "users.read", "media.write", "offline.access"),
        *("list.read", "follows.read", "like.read", "bookmark.read", "space.read", "mute.read"),
    }
)
BAD = "Value passed for the {} was invalid."

DIALECT = Dialect(
    platform="X",
    page_at="/i/oauth2/authorize",
    exchange_at="/2/oauth2/token",
    revoke_at="/2/oauth2/revoke",
    known=SCOPES,
    public=True,
    code_lives=timedelta(seconds=30),
    refresh_scope="offline.access",
    spent=("invalid_request", BAD.format("token")),
    bad_code=("invalid_request", BAD.format("authorization code")),
    family=True,
    one_grant=True,
)
