"""A validated accounts file: who can post where, and which line said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from microcom.core.account import Account
from microcom.core.login import AppKind
from microcom.core.target import Target
from microcom.values import dataclass


@dataclass(frozen=True, slots=True)
class App:
    """A developer app on a platform; what it pays and what it breaks, its accounts share."""

    name: str
    platform: str
    client_id: str
    kind: AppKind = AppKind.CONFIDENTIAL
    redirect: str | None = None
    """Where the browser comes back to, as it was registered; None: the platform's usual one."""
    budget: int | None = None
    """The most that its accounts may spend in a month, in millionths of a US dollar."""


@dataclass(frozen=True, slots=True)
class Links:
    """What is done with links; see :mod:`microcom.core.links`.

    ``utm`` are the values of parameters by name without ``utm_``: templates in an accounts file.
    Hosts that are not among ``only`` (where there are any) or are among ``deny`` are refused; those
    that are ``untouched`` get no parameters.
    """

    utm: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    @property
    def says_nothing(self) -> bool:
        """Say whether every link is left as it is."""
        return not (self.utm or self.only or self.deny)


@dataclass(frozen=True, slots=True)
class Client:
    """An agency's customer; the lone creator is one without a name.

    ``budgets`` are millionths of a US dollar a month, by platform. On the days of ``blackout``
    (``2026-12-24`` or ``2026-12-24/2026-12-26``) nothing goes out. The ``links`` of its posts
    are treated so.
    """

    name: str
    title: str
    timezone: str
    budgets: Mapping[str, int] = field(default_factory=dict)
    blackout: tuple[str, ...] = ()
    links: Links = field(default_factory=Links)


@dataclass(frozen=True, slots=True)
class Origin:
    """A rule in force: its value as written, and the file and line that say so."""

    value: str
    where: str


@dataclass(frozen=True, slots=True)
class Config:
    """One project's accounts, groups, clients and apps.

    ``files`` are the absolute paths read; ``digest`` is the SHA-256 of their bytes.
    ``origins`` maps an account's (or ``account/community``'s) name to its rules by key.
    """

    project: str
    timezone: str
    files: tuple[str, ...]
    digest: str
    accounts: Mapping[str, Account]
    groups: Mapping[str, tuple[Target, ...]]
    clients: Mapping[str, Client]
    apps: Mapping[str, App]
    origins: Mapping[str, Mapping[str, Origin]] = field(default_factory=dict)
    nobody: Client = Client("", "", "UTC")
    """Whom accounts without a client belong to."""

    def client_of(self, account: Account) -> Client:
        """Return whose account it is."""
        return self.nobody if account.client is None else self.clients[account.client]

    def origin(self, account: str, community: str | None, rule: str) -> Origin | None:
        """Return which line says a rule of a place, None where the file is silent."""
        by = self.origins.get(f"{account}/{community}") or self.origins.get(account, {})
        return by.get(rule)
