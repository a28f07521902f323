"""The people of an emulated X, and what they posted."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microcom.platforms.x.sameness import SNOWFLAKE_EPOCH
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.platforms.x.emulator.uploads import Upload

LONGEST_USERNAME = 15
YESTERDAY = timedelta(days=1)
DUPLICATE_MEMORY = timedelta(hours=12)
"""How long X remembers a text is not documented; texts alone are compared, as far as is known."""

Digest = Callable[..., str]


@dataclass(slots=True, eq=False)
class Person:
    """Somebody with an account; ``premium`` may write long posts."""

    id: str
    account: str
    username: str
    premium: bool = False
    posts: list[Written] = field(default_factory=list)
    said: dict[str, datetime] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Written:
    """One post, as it was written; ``by_hand`` did not come through the API."""

    id: str
    author: Person
    text: str
    at: datetime
    parent: Written | None = None
    by_hand: bool = False
    deleted: bool = False
    media: tuple[Upload, ...] = ()
    community: str | None = None
    labels: tuple[str, ...] = ()

    @property
    def conversation(self) -> str:
        """Return the id of the post that its thread began with."""
        first = self
        while first.parent is not None:
            first = first.parent
        return first.id


class People:
    """Everybody, by account and by id."""

    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        self._by_account: dict[str, Person] = {}
        self._by_id: dict[str, Person] = {}
        self._names: set[str] = set()
        self._posts: dict[str, Written] = {}
        self._last = 0

    def of_account(self, account: str, now: datetime) -> Person:
        """Return an account's person, made on first use with a post of the day before."""
        known = self._by_account.get(account)
        if known is not None:
            return known
        person = Person(self._user_id(account), account, self._username(account))
        self._by_account[account] = self._by_id[person.id] = person
        self._names.add(person.username)
        self.write(person, f"Good morning from {person.username}.", now - YESTERDAY, by_hand=True)
        return person

    def with_id(self, person: str) -> Person | None:
        """Return the person of that id, if there is one."""
        return self._by_id.get(person)

    def post(self, remote_id: str) -> Written | None:
        """Return the post of that id, if there is one that was not deleted."""
        found = self._posts.get(remote_id)
        return None if found is None or found.deleted else found

    def posts(self) -> list[Written]:
        """Return every post there was, in the order it was made."""
        return list(self._posts.values())

    def write(
        self,
        author: Person,
        text: str,
        now: datetime,
        *,
        parent: Written | None = None,
        by_hand: bool = False,
        media: tuple[Upload, ...] = (),
        community: str | None = None,
        labels: tuple[str, ...] = (),
    ) -> Written:
        """Post something."""
        made = Written(self._snowflake(now), author, text, now, parent, by_hand)
        made.media, made.community, made.labels = media, community, labels
        author.posts.append(made)
        author.said[_plain(text)] = now
        self._posts[made.id] = made
        return made

    def has_said(self, author: Person, text: str, now: datetime) -> bool:
        """Say whether somebody posted the same text a short while ago."""
        before = author.said.get(_plain(text)) if text else None
        return before is not None and now - before < DUPLICATE_MEMORY

    def _snowflake(self, now: datetime) -> str:
        """Return an id that holds the millisecond and is larger than every earlier one of today.

        A post of the day before is given one that fits its time.
        """
        first = (now - SNOWFLAKE_EPOCH) // timedelta(milliseconds=1) << 22
        if first < self._last - (1 << 40):
            return str(first + len(self._posts))
        self._last = max(first, self._last + 1)
        return str(self._last)

    def _user_id(self, account: str) -> str:
        return str(10**17 + int(self._digest("user", account)[:14], 16))

    def _username(self, account: str) -> str:
        """Return a username of at most fifteen characters that nobody else has."""
        name = account.replace("-", "_")
        for number in range(1000):
            if len(name) <= LONGEST_USERNAME and name not in self._names:
                return name
            name = f"{account.replace('-', '_')[:10]}_{self._digest(account, str(number))[:4]}"
        message = f"no username is left for {account}"
        raise ValueError(message)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
