"""Whether accounts can publish: who is logged in, until when, and who is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.core.login import AppKind, token_name
from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from microcom.cli.session import Session
    from microcom.core.account import Account
    from microcom.core.config import Config
    from microcom.core.steps import JsonValue
    from microcom.store import Store
    from microcom.store.accounts import Known, Stop
    from microcom.store.tokens import TokenFacts


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an account can publish: ``not_logged_in``, ``needs_login``, ``ready``, ``parked`` or
    ``paused``.

    ``stop`` is what stands in its way: its own, or its app's. ``tokens`` are the facts of its
    login, None in a sandbox that lets everybody in; ``last_due`` is when the last delivery is due
    that still waits for it.
    """

    state: str
    remote_id: str | None = None
    stop: Stop | None = None
    tokens: TokenFacts | None = None
    last_due: datetime | None = None

    @property
    def words(self) -> str:
        """Return the state in words."""
        return self.state.replace("_", " ")

    @property
    def wants_login(self) -> bool:
        """Say whether a person has to log in before the account can publish."""
        return self.state in {"not_logged_in", "needs_login"}

    @property
    def outlives(self) -> bool | None:
        """Say whether the login lasts until its last delivery; None where nobody knows.

        One that renews itself does, as long as the queue is run.
        """
        facts = self.tokens
        if facts is None or self.wants_login:
            return None if facts is None else False
        if facts.renewable or facts.kind is AppKind.OAUTH1:
            return True
        if facts.expires is None:
            return None
        return self.last_due is None or self.last_due < facts.expires

    @property
    def lasts(self) -> str:
        """Return how long the login lasts, in words."""
        facts = self.tokens
        if facts is None or self.wants_login:
            return ""
        if facts.kind is AppKind.OAUTH1:
            return "for good"
        if facts.renewable:
            return "renews itself"
        if facts.expires is None:
            return "not told"
        return f"{facts.expires:%Y-%m-%d %H:%M} UTC"

    def login_row(self) -> JsonValue:
        """Return the login for programs, None where there is none."""
        from microcom.core.schedule import rfc3339

        def at(moment: datetime | None) -> str | None:
            return None if moment is None else rfc3339(moment)

        facts = self.tokens
        if facts is None:
            return None
        return {
            "kind": None if facts.kind is None else facts.kind.value,
            "scopes": None if facts.scopes is None else list(facts.scopes),
            "since": at(facts.issued),
            "expires": at(facts.expires),
            "renews": facts.renewable,
            "renewable_until": at(facts.refresh_expires),
            "last_due": at(self.last_due),
            "outlives": self.outlives,
        }


def standings_of(session: Session, accounts: Sequence[Account]) -> dict[str, Standing]:
    """Return what the queue knows of accounts; without a queue, nobody has logged in."""
    try:
        store = session.store
    except UserError as error:
        if error.code != "store.none":
            raise
        return {account.name: Standing("not_logged_in") for account in accounts}
    known = {one.account.name: one for one in store.accounts.all()}
    stops = {(stop.scope, stop.name): stop for stop in store.accounts.stops()}
    last = store.accounts.last_due()
    return {
        account.name: _standing(store, account, known.get(account.name), stops, last)
        for account in accounts
    }


def login_line(config: Config, account: Account) -> str:
    """Return the command that logs an account in: without an app it takes a token."""
    app = config.apps.get(account.app)
    return f"microcom login {account.name}{'' if app and app.client_id else ' --token'}"


def _standing(
    store: Store,
    account: Account,
    known: Known | None,
    stops: Mapping[tuple[str, str], Stop],
    last: Mapping[str, datetime],
) -> Standing:
    due = last.get(account.name)
    if known is None or known.remote_id is None:
        return Standing("not_logged_in", last_due=due)
    stop = stops.get(("account", account.name)) or stops.get(("app", account.app))
    name = token_name(account.platform, known.remote_id, account.client_id)
    facts = store.tokens.find(name)
    state = "ready" if stop is None else stop.state
    if facts is not None and facts.refused is not None:
        state = "needs_login"
    elif facts is None and store.world == "real":
        state = "not_logged_in"
    return Standing(state, known.remote_id, stop, facts, due)


def said_stop(stop: Stop) -> tuple[str, str]:
    """Return what is stopped and why, and how to end that."""
    until = "" if stop.until is None else f" until {stop.until:%Y-%m-%d %H:%M} UTC"
    return (
        f"{stop.scope} {stop.name} is {stop.state}{until}: {stop.reason}",
        f"  To go on: {stop.remedy}",
    )
