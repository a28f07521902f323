"""Token pairs in the vault, each in a slot of its own; which slot is in force, the store says."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from microcom.core.login import Tokens
from microcom.store.times import micros, moment_or_none

if TYPE_CHECKING:
    from datetime import datetime, timedelta

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


RESERVED = "{}"
"""What a slot holds until its tokens come."""


@dataclass(slots=True)
class Slots:
    """Keeps and finds token pairs, for one thread.

    A slot's name is never used again, so what was read once is not read again.
    """

    store: Store
    vault: Entries
    clock: Clock
    pairs: dict[str, Tokens] = field(default_factory=dict, repr=False)

    def read(self, slot: str) -> Tokens | None:
        """Return the tokens of a slot, or None."""
        if slot not in self.pairs:
            self.store.secrets.expect(self.vault.name)
            kept = self.vault.read(slot)
            if kept is None or kept == RESERVED:
                return None
            self.pairs[slot] = _unpacked(kept)
        return self.pairs[slot]

    def keep(self, facts: TokenFacts, tokens: Tokens, idle: timedelta) -> None:
        """Let a pair be in force, whatever was there before."""
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
        """Forget a login's tokens; return what they were."""
        tokens = self.read(facts.slot)
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
        self.store.secrets.note(whole.slot, self.vault.name)
        self.vault.write(whole.slot, _packed(tokens))
        if self.store.tokens.put(whole, _renewal(whole, idle)):
            self._sweep(whole.name, whole.version, but=whole.slot)
            return True
        self._drop(whole.slot)
        return False

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


def _packed(tokens: Tokens) -> str:
    def at(when: datetime | None) -> int | None:
        return None if when is None else micros(when)

    fields: JsonValue = {
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
