"""The two ends of a login: checking and keeping what it gave, and forgetting it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from microcom.core import oauth
from microcom.core.login import Identity, token_name
from microcom.errors import PlatformError, UserError
from microcom.runner.http import NotConnectedError, SilenceError
from microcom.runner.keys import app_keys
from microcom.runner.ownership import ForeignError
from microcom.runner.welcome import identify
from microcom.store.tokens import TokenFacts
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import timedelta

    from microcom.core.account import Account
    from microcom.core.config import Config
    from microcom.core.login import AppKind, Credential, Tokens
    from microcom.core.platform import Platform
    from microcom.core.steps import JsonValue
    from microcom.runner.access import Access
    from microcom.runner.http import Http
    from microcom.store import Store


@dataclass(frozen=True, slots=True)
class Entry:
    """An account that is logged in, or would be; ``walls`` stand between it and posting."""

    account: Account
    identity: Identity | None
    would: str = "would be logged in"
    walls: Sequence[str] = ()
    renews: bool = False

    @property
    def words(self) -> str:
        """Return who is logged in now, in a sentence without its end."""
        if self.identity is None:
            return f"{self.account.name} {self.would}"
        return f"{self.account.name} is logged in as {self.identity.handle}"

    def said(self, *, dry_run: bool) -> str:
        """Return the sentence for people."""
        account, identity = self.account, self.identity
        if identity is None:
            return f"{account.name} {self.would}."
        did = "would be logged in" if dry_run else "is logged in"
        more = " The login renews itself." if self.renews and not dry_run else ""
        return f"{account.name} {did} as {identity.handle} on {account.platform}.{more}"

    def row(self) -> dict[str, JsonValue]:
        """Return the entry for programs."""
        identity = self.identity
        return {
            "name": self.account.name,
            "handle": None if identity is None else identity.handle,
            "remote_id": None if identity is None else identity.remote_id,
            "walls": list(self.walls),
        }


@dataclass(frozen=True, slots=True)
class Left:
    """An account that is logged out: whether the platform has ended it too, and what is left."""

    account: Account
    was_in: bool
    revoked: bool = False
    others: Sequence[str] = ()
    by_hand: str | None = None

    def lines(self, *, dry_run: bool) -> list[str]:
        """Return what happened, for people."""
        name, platform = self.account.name, self.account.platform
        if not self.was_in:
            return [f"Nobody is logged in to {name}."]
        did = "would be logged out" if dry_run else "is logged out"
        lines = [f"{name} {did}; its tokens are deleted here."]
        if dry_run:
            lines = [f"{name} {did}."]
        elif self.revoked:
            lines.append(f"{platform} has ended the login.")
        else:
            lines.append(f"{platform} was not told. End it there by hand: {self.by_hand}")
        if self.others:
            lines.append(f"The same login served {', '.join(self.others)}.")
        return lines

    def row(self) -> dict[str, JsonValue]:
        """Return it for programs."""
        return {
            "name": self.account.name,
            "was_logged_in": self.was_in,
            "revoked": self.revoked,
            "also": list(self.others),
            "by_hand": None if self.revoked or not self.was_in else self.by_hand,
        }


def identity_of(
    platform: Platform, http: Http, credential: Credential
) -> tuple[Identity, timedelta]:
    """Return whose credential this is, and how far the platform's clock is ahead of ours."""
    try:
        return identify(platform, http, credential)
    finally:
        http.close()


def checked(
    account: Account, platform: Platform, tokens: Tokens, http: Http, credential: Credential
) -> tuple[Entry, timedelta]:
    """Return who is logged in with new tokens.

    Raises UserError ``login.scopes`` when something needed was not allowed, and ``login.other``
    when they are not the account's own: nothing is kept then.
    """
    lacking = oauth.missing(platform.login.scopes, tokens)
    if lacking:
        message = f"{platform.name} did not allow {', '.join(lacking)}."
        hint = "Nothing was kept. Log in again and leave every box ticked; what the app may ask "
        hint += f"for is set at {platform.login.token_page}"
        raise UserError(message, code="login.scopes", hint=hint)
    identity, offset = identity_of(platform, http, credential)
    if identity.handle.lower() != account.handle.lower():
        raise UserError(
            f"This login is {identity.handle}'s, and {account.name} is {account.handle}.",
            code="login.other",
            hint="Nothing was kept. Log in as the right user, or mend `handle` in accounts.yaml.",
        )
    walls = (*identity.walls, *platform.walls(account))
    return Entry(account, identity, walls=walls, renews=tokens.refresh is not None), offset


def enter(
    store: Store,
    access: Access,
    config: Config,
    entry: Entry,
    *,
    tokens: Tokens,
    kind: AppKind | None,
    offset: timedelta,
) -> None:
    """Keep what a login gave; not if the queue knows the account's name as somebody else's.

    Where another queue publishes for the login, this one sends nothing before it is adopted.
    """
    account, identity = entry.account, entry.identity
    assert identity is not None  # noqa: S101 - whoever enters was identified
    store.accounts.register(config, [account.name])
    name = token_name(account.platform, identity.remote_id, account.client_id)
    facts = TokenFacts(name, account.platform, account.client_id, kind, 0, "", access.clock.now())
    access.keep(facts, tokens)
    store.accounts.identify(account.name, identity, offset)
    owner = access.slots.owner(name)
    if owner is not None:
        reason = ForeignError(name, owner.queue).message.rstrip(".")
        store.standing.disclaim((account.name,), reason)


def note_identity(
    store: Store, config: Config, account: Account, identity: Identity, offset: timedelta
) -> None:
    """Note whose login an account of a sandbox is."""
    store.accounts.register(config, [account.name])
    store.accounts.identify(account.name, identity, offset)


def leave(
    store: Store,
    access: Access,
    http: Http,
    account: Account,
    platform: Platform,
    *,
    dry_run: bool = False,
) -> Left:
    """Forget an account's tokens, then ask the platform to end them where it can be asked."""
    known = store.accounts.find(account.name)
    remote_id = None if known is None else known.remote_id
    name = token_name(account.platform, remote_id or "", account.client_id)
    facts = None if remote_id is None else store.tokens.find(name)
    by_hand = platform.login.by_hand
    if facts is None:
        return Left(account, was_in=False, revoked=False, others=(), by_hand=by_hand)
    others = tuple(
        one.account.name
        for one in store.accounts.of_login(facts.login)
        if one.account.name != account.name and facts.is_of(one)
    )
    if dry_run:
        return Left(account, was_in=True, revoked=False, others=others, by_hand=by_hand)
    keys = _keys(access, facts)
    tokens = access.end(facts)
    store.events.append("logout", account=account.name)
    told = tokens is not None and keys is not None
    revoked = told and _revoke(access, http, platform, keys, tokens)
    return Left(account, was_in=True, revoked=revoked, others=others, by_hand=by_hand)


def _keys(access: Access, facts: TokenFacts) -> oauth.AppKeys | None:
    """Return the app that a login came through, None for a token that a person brought."""
    if facts.kind is None:
        return None
    try:
        world = access.store.world
        return app_keys(access.vault, world, facts.platform, facts.client_id, facts.kind)
    except PlatformError:
        return None


def _revoke(
    access: Access,
    http: Http,
    platform: Platform,
    keys: oauth.AppKeys | None,
    tokens: Tokens | None,
) -> bool:
    """Ask a platform to end a login; say whether it did."""
    way = platform.login.oauth2
    if way is None or keys is None or tokens is None or tokens.secret is not None:
        return False
    token = tokens.refresh if way.revokes_refresh and tokens.refresh else tokens.access
    call = oauth.revocation(way, keys, token)
    if call is None:
        return False
    try:
        return http.send_alone(call, access.nobody(platform)).ok
    except (NotConnectedError, SilenceError):
        return False
