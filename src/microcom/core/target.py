"""A target: an account and one of its communities."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """Where a delivery goes; ``community`` None means the account's default one."""

    account: str
    community: str | None = None

    def __str__(self) -> str:
        return self.account if self.community is None else f"{self.account}/{self.community}"
