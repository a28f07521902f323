"""Which queue owns a login: an entry of the vault, beside the pairs of tokens.

The pair in force names the queue as well, so that publishing needs to read nothing else. The entry
is for whoever comes newly to a login: it says whose it is, and where that queue keeps its pair.
"""

from __future__ import annotations

import json
import os

from microcom.errors import StoreError, Superseded
from microcom.values import dataclass


@dataclass(frozen=True, slots=True)
class Owner:
    """The queue of that name, at ``queue``, keeps a login's tokens in ``slot`` of the vault."""

    store: str
    queue: str
    slot: str

    def is_gone(self) -> bool:
        """Say whether its queue surely is on this machine no more."""
        return "://" not in self.queue and not os.path.exists(self.queue)  # noqa: PTH110 - a text

    def packed(self) -> str:
        """Return it as the entry holds it."""
        return json.dumps({"store": self.store, "queue": self.queue, "slot": self.slot})


class ForeignError(Superseded):
    """Another queue publishes for a login now: nothing may be sent for it from here."""

    def __init__(self, login: str, where: str | None = None) -> None:
        place = "Another queue" if where is None else f"The queue {where}"
        message = f"{place} publishes for {login} now; nothing is sent for it from this one."
        hint = "To let this one publish again: microcom store adopt"
        StoreError.__init__(self, message, code="store.foreign_login", hint=hint)


def entry(login: str) -> str:
    """Return the vault's name for who owns a login (the name of its tokens)."""
    return f"owner {login}"


def owner_of(kept: str | None) -> Owner | None:
    """Return which queue owns a login by its entry, None where none has said so readably."""
    if kept is None:
        return None
    try:
        said = json.loads(kept)
        return Owner(str(said["store"]), str(said["queue"]), str(said["slot"]))
    except (ValueError, KeyError, TypeError):
        return None
