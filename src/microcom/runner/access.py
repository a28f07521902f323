"""The credentials that calls leave with: read from the vault, renewed in time, by one at a time.

A renewal is claimed in the store before it leaves, its answer is in the vault before it is used,
and it counts only if nobody has logged in meanwhile. An answer that got lost is never asked for
again on a guess: first the vault is looked into, for a process may have died after it had kept it;
then the present token serves until it lapses; and only then, when there is nothing left to lose,
the same refresh token is shown once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core import oauth
from microcom.core.login import AppKind, Credential, Tokens, token_name
from microcom.errors import (
    MicrocomError,
    NeedsLogin,
    PlatformError,
    RateLimited,
    Rejected,
    Transient,
)
from microcom.runner.http import NotConnectedError, SilenceError
from microcom.runner.keys import app_keys, credential_of, rehearsed
from microcom.runner.ownership import ForeignError
from microcom.runner.slots import new_slot
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.login import OAuth2
    from microcom.core.oauth import AppKeys
    from microcom.core.platform import Platform
    from microcom.runner.clock import Clock
    from microcom.runner.http import Http
    from microcom.runner.slots import Entries, Slots
    from microcom.store import Store
    from microcom.store.accounts import Known
    from microcom.store.tokens import TokenFacts

SLACK = timedelta(seconds=30)
"""How much longer than a call may take its token has to live."""
MARGIN = timedelta(seconds=15)
UNREACHABLE = timedelta(minutes=1)
ALIVE_AGAIN = timedelta(hours=1)
TOMORROW = timedelta(days=1)
NAP = 0.2
"""Seconds between two looks at whether somebody else's renewal is over."""
REAL = "real"

Hold = Callable[[float], None]
"""Is told for how many seconds a renewal may take: the lane has to be held that long."""


class OvertakenError(MicrocomError):
    """Somebody else has put newer tokens into force between two looks."""

    def __init__(self) -> None:
        super().__init__("newer tokens are in force", code="login.overtaken")


def _held(seconds: float) -> None:
    """Hold nothing: whoever asks speaks outside of any lane."""
    del seconds


@dataclass(slots=True)
class Access:
    """Gives the credentials of one world, for one thread."""

    slots: Slots
    http: Http
    clock: Clock
    platform: Callable[[str], Platform]

    @property
    def store(self) -> Store:
        """Return the queue that the facts stand in."""
        return self.slots.store

    @property
    def vault(self) -> Entries:
        """Return the vault that the tokens are in."""
        return self.slots.vault

    def of(self, known: Known, lasting: float = 30.0, hold: Hold = _held) -> Credential:
        """Return what lets the account's calls in for ``lasting`` seconds, renewed if need be.

        Raises NeedsLogin where a person has to log in, and RateLimited where a renewal has to wait.
        """
        while True:
            try:
                found = self._now(known, lasting, hold)
            except OvertakenError:
                continue
            if found is not None:
                return found

    def _now(self, known: Known, lasting: float, hold: Hold) -> Credential | None:
        """Return what lets calls in as things are; None where they have just changed."""
        facts = self.facts(known)
        if facts is None:
            account = known.account
            return rehearsed(self.store.world, self.platform(account.platform), account.name)
        left = self._left(facts)
        if left is None or left > self._early(facts, lasting):
            return self._credential(facts)
        if not facts.renewable:
            return self._while_it_lives(known, facts, left)
        must = left <= timedelta(seconds=lasting) + SLACK
        if facts.asking and not must:
            return self._credential(facts)
        self._renew_if(facts, hold, must=must)
        overtaken = self.store.tokens.version(facts.name) != facts.version
        return None if must or overtaken else self._credential(facts)

    def renewed(self, known: Known, after: Credential, hold: Hold = _held) -> Credential:
        """Return a newer credential than one that the platform calls lapsed.

        Raises NeedsLogin where there is none to be had without a person.
        """
        facts = self.facts(known)
        if facts is not None and facts.version == after.version:
            if not facts.renewable:
                raise self._lapsed(known)
            with suppress(OvertakenError):
                self._renew(facts, hold, lapsed=True)
        found = self.of(known, hold=hold)
        if found.version == after.version and found.access == after.access:
            until = self.clock.now() + UNREACHABLE
            message = f"{known.account.platform} calls the token lapsed, and gave no other yet."
            raise RateLimited(message, code="login.silent", until=until)
        return found

    def facts(self, known: Known) -> TokenFacts | None:
        """Return what is known of an account's tokens, None for a sandbox's own.

        Raises NeedsLogin where nobody is logged in, or the platform has ended the login.
        """
        account = known.account
        name = token_name(account.platform, known.remote_id or "", account.client_id)
        facts = self.store.tokens.find(name)
        if facts is None and self.store.world == REAL:
            message = f"Nobody is logged in to {account.name} through the app {account.app}."
            raise NeedsLogin(message, code="login.none", hint=again(account.name))
        if facts is not None and facts.refused is not None:
            raise NeedsLogin(facts.refused, code="login.refused", hint=again(account.name))
        return facts

    def keep(self, facts: TokenFacts, tokens: Tokens) -> None:
        """Let what a login gave be the tokens in force, whatever was there before.

        Of ``facts`` its name, platform, app and kind are taken.
        """
        self.slots.keep(facts, tokens, self._idle(facts))

    def end(self, facts: TokenFacts) -> Tokens | None:
        """Forget a login's tokens; return them, so that they can be revoked."""
        return self.slots.end(facts)

    def take(self, known: Known) -> None:
        """Let an account's login be this queue's: whoever had it publishes for it no more."""
        account = known.account
        name = token_name(account.platform, known.remote_id or "", account.client_id)
        facts = self.store.tokens.find(name)
        self.slots.take(name, facts, timedelta() if facts is None else self._idle(facts))

    def keep_alive(self) -> Iterator[PlatformError]:
        """Renew the logins that nobody has used for long; yield what went wrong."""
        for facts in self.store.tokens.due():
            left = self._left(facts)
            try:
                self._be_ours(facts)
                self._renew(facts, _held, lapsed=left is None or left <= timedelta())
                self._still_in(facts)
            except OvertakenError:
                continue  # somebody else has just renewed it
            except ForeignError:
                self.store.tokens.later(facts, self.clock.now() + ALIVE_AGAIN)
            except RateLimited as error:
                self.store.tokens.later(facts, self.clock.now() + ALIVE_AGAIN)
                yield error
            except NeedsLogin as error:
                self.store.tokens.later(facts, self.clock.now() + TOMORROW)
                self._park(facts, error)
                yield error

    def nobody(self, platform: Platform) -> Credential:
        """Return what a call leaves with that carries its own secrets, or none."""
        return Credential(self.store.world, platform.login.hosts, "")

    def _be_ours(self, facts: TokenFacts) -> None:
        """Raise ForeignError where another queue may renew a login."""
        waits = self.store.standing.waits()
        ours = (one for one in (self.store.accounts.all() if waits else ()) if facts.is_of(one))
        if any(self.store.standing.why_not(one.account.name) for one in ours):
            raise ForeignError(facts.name)

    def _still_in(self, facts: TokenFacts) -> None:
        """Raise NeedsLogin where the platform has just ended a login."""
        found = self.store.tokens.find(facts.name)
        if found is not None and found.refused is not None:
            raise NeedsLogin(found.refused, code="login.refused")

    # --- renewing -----------------------------------------------------------------------------

    def _renew_if(self, facts: TokenFacts, hold: Hold, *, must: bool) -> None:
        """Renew; where that cannot be now and the present token still serves, let it."""
        try:
            left = self._left(facts)
            self._renew(facts, hold, lapsed=left is not None and left <= timedelta())
        except RateLimited:
            if must:
                raise

    def _renew(self, facts: TokenFacts, hold: Hold, *, lapsed: bool) -> None:
        """Bring a newer pair into force, by whoever; return when one may be."""
        now = self.clock.now()
        if facts.asked_until is not None and facts.asked_until > now:
            self._wait(facts, hold)
            return
        if facts.asking and self._adopt(facts):
            return
        if facts.asking and not lapsed and facts.expires is not None:
            raise _unanswered(facts, facts.expires)
        pair = self._tokens(facts)
        app = self._app(facts)
        span = timedelta(seconds=oauth.DEADLINE) + MARGIN
        hold(span.total_seconds())
        slot = new_slot(facts.name, facts.version + 1)
        if self.store.tokens.claim(facts, slot, now + span):
            claimed = replace(facts, asking=slot, asked_until=now + span)
            self._reserve(claimed)
            self._ask(claimed, app, pair, shown_before=bool(facts.asking))

    def _reserve(self, facts: TokenFacts) -> None:
        """Try the vault before the refresh token is spent."""
        try:
            self.slots.reserve(facts.asking)
        except MicrocomError:
            self.store.tokens.unclaim(facts.name, facts.asking)
            raise

    def _give_up(self, facts: TokenFacts) -> None:
        """Note that a renewal surely took no effect."""
        self.store.tokens.unclaim(facts.name, facts.asking)
        self.slots.release(facts.asking)

    def _wait(self, facts: TokenFacts, hold: Hold) -> None:
        """Wait until somebody else's renewal is over, or has had its time."""
        assert facts.asked_until is not None  # noqa: S101 - somebody is asking
        hold((facts.asked_until - self.clock.now()).total_seconds())
        while self.clock.now() <= facts.asked_until:
            found = self.store.tokens.find(facts.name)
            if found is None or (found.version, found.asking) != (facts.version, facts.asking):
                return
            self.clock.sleep(NAP)

    def _adopt(self, facts: TokenFacts) -> bool:
        """Take over the pair that a process kept before it died, if it got that far."""
        tokens = self.slots.read(facts.asking)
        if tokens is None:
            return False
        self._follow(facts, tokens)
        return True

    def _ask(self, facts: TokenFacts, app: AppKeys, pair: Tokens, *, shown_before: bool) -> None:
        """Ask for a newer pair; ``shown_before`` says that the refresh token was used already."""
        platform = self.platform(facts.platform)
        way = _way(platform)
        call = oauth.renewal(way, app, pair.refresh or "")
        try:
            reply = self.http.send_alone(call, self.nobody(platform))
        except NotConnectedError as error:
            self._give_up(facts)
            until = self.clock.now() + UNREACHABLE
            raise RateLimited(error.message, code=error.code, until=until) from error
        except SilenceError as error:
            raise _unanswered(facts, facts.asked_until) from error
        try:
            tokens = oauth.granted(way, reply, self.clock.now(), facts.platform)
        except Transient as error:
            raise _unanswered(facts, facts.asked_until) from error
        except RateLimited:
            self._give_up(facts)
            raise
        except Rejected as error:
            self._give_up(facts)
            raise NeedsLogin(error.message, code=error.code, hint=error.hint) from error
        except NeedsLogin as error:
            # Whoever asks looks again: perhaps somebody has logged in, and that ended this pair.
            self.store.tokens.refuse(facts, error.message if shown_before else _rotated(error))
            return
        self._follow(facts, _kept_whole(tokens, pair, facts))

    def _follow(self, facts: TokenFacts, tokens: Tokens) -> None:
        """Let the answer to a renewal be in force, unless somebody has logged in meanwhile."""
        after = replace(facts, version=facts.version + 1, slot=facts.asking)
        self.slots.follow(after, tokens, self._idle(facts))

    # --- what is kept -------------------------------------------------------------------------

    def _tokens(self, facts: TokenFacts) -> Tokens:
        tokens = self.slots.read(facts.slot)
        if tokens is None and self.store.tokens.version(facts.name) != facts.version:
            raise OvertakenError
        if tokens is None:
            message = f"The {self.vault.name} vault has lost the tokens of {facts.name}."
            hint = "Log in again, or bring the vault back: microcom vault verify"
            raise NeedsLogin(message, code="vault.lost", hint=hint)
        return tokens

    def _app(self, facts: TokenFacts) -> AppKeys:
        kind = facts.kind or AppKind.CONFIDENTIAL
        return app_keys(self.vault, self.store.world, facts.platform, facts.client_id, kind)

    def _credential(self, facts: TokenFacts) -> Credential:
        tokens, platform = self._tokens(facts), self.platform(facts.platform)
        credential = credential_of(
            self.vault,
            self.store.world,
            platform,
            facts.client_id,
            tokens=tokens,
            kind=facts.kind,
        )
        return replace(credential, version=facts.version)

    # --- what is so ---------------------------------------------------------------------------

    def _idle(self, facts: TokenFacts) -> timedelta:
        """Return after how long a pair that nobody uses is renewed."""
        way = self.platform(facts.platform).login.oauth2
        return ALIVE_AGAIN if way is None else way.idle

    def _left(self, facts: TokenFacts) -> timedelta | None:
        return None if facts.expires is None else facts.expires - self.clock.now()

    def _early(self, facts: TokenFacts, lasting: float) -> timedelta:
        """Return how long before its end a token is renewed."""
        way = self.platform(facts.platform).login.oauth2
        needed = timedelta(seconds=lasting) + SLACK
        return needed if way is None or not facts.renewable else max(way.early, needed)

    def _while_it_lives(self, known: Known, facts: TokenFacts, left: timedelta) -> Credential:
        if left <= timedelta():
            raise self._lapsed(known)
        return self._credential(facts)

    def _lapsed(self, known: Known) -> NeedsLogin:
        name = known.account.name
        message = f"The token of {name} has lapsed, and it is not one that can be renewed."
        return NeedsLogin(message, code="login.lapsed", hint=again(name))

    def _park(self, facts: TokenFacts, error: NeedsLogin) -> None:
        for known in self.store.accounts.of_login(facts.login):
            if facts.is_of(known) and known.state == "active":
                name = known.account.name
                hint = error.hint or again(name)
                self.store.accounts.park(name, f"{error.message} {hint}")


def again(account: str) -> str:
    """Return what a person does about a login that has ended."""
    return f"Log in again: microcom login {account}"


def _way(platform: Platform) -> OAuth2:
    way = platform.login.oauth2
    if way is None:
        message = f"{platform.name} has no way to renew a token."
        raise NeedsLogin(message, code="login.way")
    return way


def _rotated(error: NeedsLogin) -> str:
    """Return what a refusal means of a refresh token that nobody here has used yet."""
    message = error.message.rstrip(".")
    return f"{message}; this queue had not used it: another machine may have, or the login ended."


def _unanswered(facts: TokenFacts, until: datetime | None) -> RateLimited:
    assert until is not None  # noqa: S101 - a renewal that was claimed has an end
    message = f"{facts.platform} did not answer whether it renewed the token."
    hint = "Nothing is sent until that is clear."
    return RateLimited(message, code="login.silent", until=until, hint=hint)


def _kept_whole(tokens: Tokens, before: Tokens, facts: TokenFacts) -> Tokens:
    """Return new tokens with what their answer left out as it was: never less than before."""
    if tokens.refresh is None:
        ends = facts.refresh_expires
        tokens = replace(tokens, refresh=before.refresh, refresh_expires=ends)
    return tokens if tokens.scopes is not None else replace(tokens, scopes=facts.scopes)
