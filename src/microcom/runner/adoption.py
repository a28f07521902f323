"""Adopting accounts: this queue publishes for them from now on, after a look at what is out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.errors import UserError

if TYPE_CHECKING:
    from microcom.runner.access import Access
    from microcom.store import Store
    from microcom.store.standing import Adopted


def adopt(store: Store, access: Access, account: str) -> Adopted:
    """Take an account's login over and give it back its right to send; return what follows.

    The login first: once that is this queue's, no other one can send any more, and what it sent
    before can be looked for. Raises UserError ``account.unknown``.
    """
    known = store.accounts.find(account)
    if known is None:
        message = f"The queue knows no account {account}."
        raise UserError(message, code="account.unknown", hint="microcom accounts list")
    access.take(known)
    return store.standing.adopt(account)
