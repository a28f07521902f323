"""What an app and a login are worth: the secrets of an app, the credential of a login."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.core import oauth
from microcom.core.login import AppKind, Credential, Signer, app_entry
from microcom.errors import NeedsLogin
from microcom.runner.http import REAL
from microcom.runner.slots import undamaged

if TYPE_CHECKING:
    from microcom.core.login import Tokens
    from microcom.core.oauth import AppKeys
    from microcom.core.platform import Platform
    from microcom.runner.slots import Entries


def rehearsed(world: str, platform: Platform, account: str) -> Credential:
    """Return what a sandbox lets any account in with, unasked."""
    return Credential(world, platform.login.hosts, f"sandbox:{account}")


def app_keys(vault: Entries, world: str, platform: str, client_id: str, kind: AppKind) -> AppKeys:
    """Return an app with its secret; raise NeedsLogin ``app.secret`` where there is none.

    One that is damaged is NeedsLogin ``vault.damaged``.
    """
    if kind is AppKind.PUBLIC:
        return oauth.AppKeys(client_id)
    secret = undamaged(vault, app_entry(platform, client_id))
    if secret is None and world != REAL:
        secret = f"sandbox:{client_id}"
    if secret is None:
        message = f"There is no secret for the {platform} app {client_id}."
        hint = "microcom apps secret APP  (or `kind: public`, for an app without one)"
        raise NeedsLogin(message, code="app.secret", hint=hint)
    return oauth.AppKeys(client_id, secret)


def credential_of(
    vault: Entries,
    world: str,
    platform: Platform,
    client_id: str,
    *,
    tokens: Tokens,
    kind: AppKind | None,
) -> Credential:
    """Return what calls carry of a login; raise NeedsLogin where its app's secret is missing."""
    signer = None
    if kind is AppKind.OAUTH1:
        app = app_keys(vault, world, platform.name, client_id, kind)
        signer = Signer(app.client_id, app.secret or "")
    return Credential(world, platform.login.hosts, tokens.access, tokens.secret, signer)
