"""When accounts are taken, while posts are put in one after another."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.schedule import Moment
    from microcom.core.target import Target

Taken: TypeAlias = Callable[[str], Sequence[datetime]]
"""Tells when posts of an account go out, in order."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A delivery that waits already: when it is due, and by which words in which zone."""

    due: datetime
    words: str | None
    zone: str


@dataclass(slots=True)
class Diary:
    """The dues of accounts: those of the queue (``taken``), and those that were put in since.

    ``waiting`` gives the delivery of a post to a target that waits already, so that it does not
    stand in its own way and keeps the time that it was given.
    """

    taken: Taken = field(default=lambda _: ())
    waiting: Callable[[str, Target], Entry | None] = field(default=lambda _post, _target: None)
    _dues: dict[str, list[datetime]] = field(default_factory=dict)
    _put: dict[str, list[datetime]] = field(default_factory=dict)
    _searches: dict[Hashable, Iterator[Moment]] = field(default_factory=dict)

    def of(self, account: str) -> list[datetime]:
        """Return when an account is taken, in order; the queue is asked the first time."""
        if account not in self._dues:
            self._dues[account] = sorted((*self.taken(account), *self._put.pop(account, ())))
        return self._dues[account]

    def slot(self, key: Hashable, search: Callable[[], Iterator[Moment]]) -> Moment | None:
        """Return the next slot of a search, which goes on where the last one of that key ended.

        What it passed is taken: it need not be looked at again for each post.
        """
        if key not in self._searches:
            self._searches[key] = search()
        return next(self._searches[key], None)

    def put(self, account: str, due: datetime) -> None:
        """Note that an account is taken at a time."""
        if account in self._dues:
            insort(self._dues[account], due)
        else:
            self._put.setdefault(account, []).append(due)

    @contextmanager
    def without(self, account: str, due: datetime | None) -> Iterator[list[datetime]]:
        """Yield when an account is taken by others than the delivery due then."""
        dues = self.of(account)
        at = len(dues) if due is None else bisect_left(dues, due)
        own = at < len(dues) and dues[at] == due
        if own:
            dues.pop(at)
        try:
            yield dues
        finally:
            if own and due is not None:
                insort(dues, due)
