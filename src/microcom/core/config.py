"""A validated accounts file: who can post where, and which line said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from microcom.core.account import Account
from microcom.core.login import AppKind
from microcom.core.target import Target


@dataclass(frozen=True, slots=True)
class App:
    """A developer app on a platform; what it pays and what it breaks, its accounts share."""

    name: str
    platform: str
    client_id: str
    kind: AppKind = AppKind.CONFIDENTIAL
    redirect: str | None = None
    """Where the browser comes back to, as it was registered; None: the platform's usual one."""


@dataclass(frozen=True, slots=True)
class Client:
    """An agency's customer."""

    name: str
    title: str
    timezone: str


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
