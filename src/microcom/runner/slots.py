"""Token pairs in the vault, each in a slot of its own; which slot is in force, the store says."""

from __future__ import annotations

import json
import secrets
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from microcom.core.login import Tokens, token_name
from microcom.errors import NeedsLogin, UserError
from microcom.runner.ownership import ForeignError, Owner, entry, owner_of
from microcom.runner.persistence import persistently
from microcom.store.times import micros, moment_or_none
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.steps import JsonValue
    from microcom.runner.clock import Clock
    from microcom.store import Store
    from microcom.store.tokens import TokenFacts


class Entries(Protocol):
    """A vault: values by name."""

    @property
    def name(self) -> str:
        """Return what kind of vault it is."""
        ...

    def read(self, name: str) -> str | None:
        """Return an entry, or None."""
        ...

    def write(self, name: str, value: str) -> None:
        """Keep an entry; it is safe when this returns."""
        ...

    def delete(self, name: str) -> None:
        """Forget an entry; that there is none is nothing wrong."""
        ...


REMEMBERED = timedelta(minutes=1)
"""For how long a pair is not read again: so soon a queue learns that another one has taken it."""
RESERVED = "{}"
"""What a slot holds until its tokens come."""


@dataclass(slots=True)
class Slots:
    """Keeps and finds token pairs, for one thread.

    A slot's name is never used again, so what was read is not read again for a while: until it is
    time to look whether the login is still this queue's.
    """

    store: Store
    vault: Entries
    clock: Clock
    pairs: dict[str, tuple[Tokens, datetime]] = field(default_factory=dict, repr=False)

    def read(self, slot: str) -> Tokens | None:
        """Return the tokens of a slot, or None.

        Raises ForeignError where they are another queue's by now, and NeedsLogin where they are
        damaged.
        """
        known = self.pairs.get(slot)
        now = self.clock.now()
        if known is not None and abs(now - known[1]) < REMEMBERED:
            return known[0]
        kept = self._kept(slot, known)
        if kept is None or kept == RESERVED:
            return None
        owner = json.loads(kept).get("store")
        if owner is not None and owner != self.store.standing.store:
            raise self._disclaimed(_login(slot))
        self.pairs[slot] = _unpacked(kept), now
        return self.pairs[slot][0]

    def _kept(self, slot: str, known: tuple[Tokens, datetime] | None) -> str | None:
        """Return what a slot holds; a vault that closed meanwhile leaves what was read before."""
        self.store.secrets.expect(self.vault.name)
        try:
            return undamaged(self.vault, slot)
        except (UserError, NeedsLogin):
            if known is None:
                raise
            return _packed(known[0], self.store.standing.store)

    def owner(self, login: str) -> Owner | None:
        """Return which other queue owns a login, None where it is this one's or free to take."""
        owner = owner_of(self.vault.read(entry(login)))
        if owner is None or owner.store == self.store.standing.store or owner.is_gone():
            return None
        return owner

    def take(self, login: str, facts: TokenFacts | None, idle: timedelta) -> None:
        """Let a login be this queue's: whoever had it finds that in its own pair.

        Where the other queue has renewed the tokens since, its pair is taken along. ``facts`` are
        those of this queue's pair, None where it has none.
        """
        before, me = owner_of(self.vault.read(entry(login))), self.store.standing.store
        own = None if facts is None else self._renamed(facts.slot, me)
        theirs = None
        if before is not None and before.store != me:
            theirs = self._renamed(before.slot, me)
        self._own(login, "" if facts is None else facts.slot)
        if facts is not None and own is None and theirs is not None:
            self.keep(facts, theirs, idle)

    def _renamed(self, slot: str, store: str) -> Tokens | None:
        """Write a queue's name into a pair; return the pair, None where there is none."""
        kept = None if not slot else self.vault.read(slot)
        if kept is None or kept == RESERVED:
            return None
        tokens = _unpacked(kept)
        self.vault.write(slot, _packed(tokens, store))
        self.pairs.pop(slot, None)
        return tokens

    def _own(self, login: str, slot: str) -> None:
        """Note that a login is this queue's."""
        owner = Owner(self.store.standing.store, self.store.db.path, slot)
        name = entry(login)
        self.store.secrets.note(name, self.vault.name)
        if self.vault.read(name) != owner.packed():
            self.vault.write(name, owner.packed())

    def _disclaimed(self, login: str) -> ForeignError:
        """Hold what the accounts of a login have, for another queue publishes for them."""
        owner = owner_of(self.vault.read(entry(login)))
        error = ForeignError(login, None if owner is None else owner.queue)
        names = [
            one.account.name
            for one in self.store.accounts.all()
            if login == token_name(one.account.platform, one.remote_id or "", one.account.client_id)
        ]
        self.store.standing.disclaim(tuple(names), error.message.rstrip("."))
        return error

    def keep(self, facts: TokenFacts, tokens: Tokens, idle: timedelta) -> None:
        """Let a pair be in force, whatever was there before.

        It is of no use here before :meth:`take` where another queue owns the login.
        """
        while True:
            version = self.store.tokens.version(facts.name) + 1
            slot = new_slot(facts.name, version)
            if self._put(replace(facts, version=version, slot=slot), tokens, idle):
                return

    def reserve(self, slot: str) -> None:
        """Write to a slot, so that a vault that cannot be written to is found out beforehand."""
        self.store.secrets.note(slot, self.vault.name)
        self.vault.write(slot, RESERVED)

    def release(self, slot: str) -> None:
        """Forget a slot that nothing came of."""
        self._drop(slot)

    def follow(self, facts: TokenFacts, tokens: Tokens, idle: timedelta) -> None:
        """Let a pair be in force if it follows the present one; else forget it."""
        self._put(facts, tokens, idle)

    def end(self, facts: TokenFacts) -> Tokens | None:
        """Forget a login's tokens; return what they were, if that can still be read."""
        try:
            tokens = self.read(facts.slot)
        except (ForeignError, NeedsLogin):
            tokens = None
        if tokens is not None and self.owner(facts.name) is None:
            self._drop(entry(facts.name))
        if self.store.tokens.end(facts):
            self._sweep(facts.name, facts.version + 1)
        return tokens

    def _put(self, facts: TokenFacts, tokens: Tokens, idle: timedelta) -> bool:
        """Keep tokens, then let them be in force; say whether they are."""
        now = self.clock.now()
        whole = replace(
            facts,
            issued=now,
            scopes=tokens.scopes,
            expires=tokens.expires,
            refresh_expires=tokens.refresh_expires,
            renewable=tokens.refresh is not None,
        )
        persistently(self.clock, lambda: self._keep(whole, tokens))
        if self.store.tokens.put(whole, _renewal(whole, idle)):
            self._sweep(whole.name, whole.version, but=whole.slot)
            return True
        self._drop(whole.slot)
        return False

    def _keep(self, facts: TokenFacts, tokens: Tokens) -> None:
        """Write tokens to their slot; they may be the only ones, so a server's restart is outlived.

        A slot is written to by one login or renewal alone: twice is as good as once.
        """
        self.store.secrets.note(facts.slot, self.vault.name)
        other = self.owner(facts.name)
        store = self.store.standing.store if other is None else other.store
        self.vault.write(facts.slot, _packed(tokens, store))
        if other is None:
            self._own(facts.name, facts.slot)

    def _sweep(self, name: str, version: int, *, but: str = "") -> None:
        """Forget a login's slots up to a version, also those that a killed process left.

        Slots of later versions are those of whoever came after.
        """
        for slot in self.store.secrets.names(f"token {name} "):
            if slot != but and _version(slot) <= version:
                self._drop(slot)

    def _drop(self, slot: str) -> None:
        self.vault.delete(slot)
        self.store.secrets.drop(slot)
        self.pairs.pop(slot, None)


def undamaged(vault: Entries, name: str) -> str | None:
    """Return an entry, or None; raise NeedsLogin where that one is damaged.

    It is a matter of the accounts that need it; what is wrong with a whole vault stops a worker.
    """
    try:
        return vault.read(name)
    except UserError as error:
        if error.code != "vault.damaged":
            raise
        raise NeedsLogin(error.message, code=error.code, hint=error.hint) from error


def new_slot(name: str, version: int) -> str:
    """Return the name of a slot that nobody has used."""
    return f"token {name} {version}-{secrets.token_hex(4)}"


def _version(slot: str) -> int:
    """Return the version that a slot was made for."""
    return int(slot.rpartition(" ")[2].partition("-")[0])


def _renewal(facts: TokenFacts, idle: timedelta) -> datetime | None:
    """Return when a login that nobody uses is to be kept alive: well before it would lapse."""
    if not facts.renewable:
        return None
    ends = facts.refresh_expires
    if ends is None:
        return facts.issued + idle
    return min(facts.issued + idle, facts.issued + (ends - facts.issued) / 2)


def _login(slot: str) -> str:
    """Return the name of the login that a slot is for."""
    return slot.removeprefix("token ").rpartition(" ")[0]


def _packed(tokens: Tokens, store: str) -> str:
    def at(when: datetime | None) -> int | None:
        return None if when is None else micros(when)

    fields: JsonValue = {
        "store": store,
        "access": tokens.access,
        "refresh": tokens.refresh,
        "secret": tokens.secret,
        "expires": at(tokens.expires),
        "refresh_expires": at(tokens.refresh_expires),
        "scopes": None if tokens.scopes is None else list(tokens.scopes),
    }
    return json.dumps(fields, separators=(",", ":"))


def _unpacked(text: str) -> Tokens:
    fields = json.loads(text)
    scopes = fields["scopes"]
    return Tokens(
        access=fields["access"],
        refresh=fields["refresh"],
        secret=fields["secret"],
        expires=moment_or_none(fields["expires"]),
        refresh_expires=moment_or_none(fields["refresh_expires"]),
        scopes=None if scopes is None else tuple(scopes),
    )
