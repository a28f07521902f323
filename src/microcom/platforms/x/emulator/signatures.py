"""Calls that are signed instead of carrying a bearer token, as an emulated X checks them.

OAuth 1.0a with HMAC-SHA1 (RFC 5849); JSON and multipart bodies are not part of the signature
(docs.x.com, OAuth 1.0a, August 2026).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.emulator.call import Request

SCHEME = "OAuth "
PAIR = re.compile(r'\s*(?P<name>oauth_\w+)="(?P<value>[^"]*)"\s*')
NEEDED = frozenset(
    {
        *("oauth_consumer_key", "oauth_token", "oauth_signature_method", "oauth_timestamp"),
        *("oauth_nonce", "oauth_version", "oauth_signature"),
    }
)
SKEW = 300
"""Seconds that a timestamp may be off; X does not say how many."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The four secrets of an app and an account."""

    secret: str
    token_secret: str
    account: str


@dataclass(slots=True)
class Signatures:
    """Knows who may sign; ``host`` is what the address begins with that is signed."""

    host: str
    known: dict[tuple[str, str], Signed] = field(default_factory=dict)
    nonces: set[tuple[str, str]] = field(default_factory=set)

    def register(
        self, key: str, secret: str, token: str, token_secret: str, *, account: str
    ) -> None:
        """Let calls in that are signed with these."""
        self.known[key, token] = Signed(secret, token_secret, account)

    def account(self, request: Request) -> str | None:
        """Return who signed a call, None where nobody did or it does not hold."""
        header = request.headers.get("authorization", "")
        if not header.startswith(SCHEME):
            return None
        said = _pairs(header.removeprefix(SCHEME))
        if said is None or said.keys() != NEEDED or not self._is_fresh(said, request):
            return None
        signed = self.known.get((said["oauth_consumer_key"], said["oauth_token"]))
        if signed is None or not self._holds(said, request, signed):
            return None
        return signed.account

    def _is_fresh(self, said: Mapping[str, str], request: Request) -> bool:
        stamp, nonce = said["oauth_timestamp"], said["oauth_nonce"]
        if not stamp.isdecimal() or abs(int(stamp) - request.at.timestamp()) > SKEW:
            return False
        if said["oauth_signature_method"] != "HMAC-SHA1" or (stamp, nonce) in self.nonces:
            return False
        self.nonces.add((stamp, nonce))
        return True

    def _holds(self, said: Mapping[str, str], request: Request, signed: Signed) -> bool:
        from oauthlib.oauth1.rfc5849 import signature

        params = [(name, value) for name, value in said.items() if name != "oauth_signature"]
        checked = SimpleNamespace(
            uri=f"https://{self.host}{request.path}",
            http_method=request.method,
            params=[*params, *request.query],
            signature=said["oauth_signature"],
        )
        return signature.verify_hmac_sha1(checked, signed.secret, signed.token_secret)  # type: ignore[arg-type]


def _pairs(text: str) -> dict[str, str] | None:
    """Return the fields of the header, None for what is none or has one twice."""
    found = [PAIR.fullmatch(one) for one in text.split(",")]
    pairs = [(one["name"], unquote(one["value"])) for one in found if one is not None]
    return dict(pairs) if len(pairs) == len(found) == len(dict(pairs)) else None
