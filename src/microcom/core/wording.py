"""The words of a post as one place gets them: filled in, marked, tagged, joined and cut to fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from microcom.core.account import Fit
from microcom.core.post import Snapshot
from microcom.core.problem import Problem, Severity
from microcom.core.text import hashtags, length
from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.account import Account, Community
    from microcom.core.capability import Capabilities
    from microcom.core.config import Client, Links
    from microcom.core.media import Media
    from microcom.core.post import Post

Render: TypeAlias = Callable[[str, Mapping[str, object]], str]
"""Fills a template in; raises UserError ``template.*``."""

BETWEEN = "\n\n"
"""What stands between two parts that become one, and before what is added to a text."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where words go: a community of an account of a client, and what can be said there."""

    client: Client
    account: Account
    place: Community
    facts: Capabilities

    @property
    def limit(self) -> int:
        """Return how much one part may hold, in units of the place's counting."""
        return self.facts.text.limit_of(self.account.options)

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the tags of every post there, without #."""
        return self.place.words.tags or self.account.words.tags

    @property
    def most_tags(self) -> int | None:
        """Return how many hashtags one text may have, None for any number."""
        own = self.place.rules.max_hashtags
        return self.facts.max_hashtags if own is None else own


@dataclass(frozen=True, slots=True)
class Worded:
    """What goes to a place, and what was found and done on the way."""

    snapshot: Snapshot
    problems: tuple[Problem, ...]


def worded(post: Post, room: Room, render: Render) -> Worded:
    """Return a tailored post in the words of one place, without the platform's own options.

    Problems: ``template.*``, ``link.host`` (cannot); ``tags.left_out``, ``text.trimmed`` and
    ``text.threaded`` are notices. What does not fit is left for
    :func:`microcom.core.compose.check` to refuse, unless ``fit`` says otherwise.
    """
    wording = _Wording(post, room, render)
    snapshot = wording.snapshot()
    return Worded(snapshot, tuple(wording.problems))


def variables(post: Post, room: Room) -> dict[str, object]:
    """Return what a template may ask for at a place, but for ``link`` and ``title``."""
    account, place = room.account, room.place
    return {
        "client": room.client.name,
        "client_name": room.client.title,
        "project": account.project,
        "platform": account.platform,
        "account": account.name,
        "handle": account.handle,
        "community": place.name,
        "language": place.words.language or account.words.language or "",
        "post": post.id or "",
        "campaign": post.campaign or "",
        **account.words.vars,
        **place.words.vars,
        **post.vars,
    }


@dataclass(slots=True)
class _Wording:
    """One post on its way into one place's words."""

    post: Post
    room: Room
    render: Render
    problems: list[Problem] = field(default_factory=list)
    known: dict[str, object] = field(default_factory=dict)

    def snapshot(self) -> Snapshot:
        post, facts = self.post, self.room.facts
        self.known = variables(post, self.room)
        link = self._link()
        self.known |= {"link": link or "", "title": ""}
        title = self._filled(post.title) if post.title else None
        self.known["title"] = title or ""
        parts, media = self._joined(tuple(self._text(part) for part in post.parts), post.media)
        tail = self._tail(parts, link)
        parts, media = self._fitted(parts, media, tail)
        field_for_link = facts.link_limit is not None
        return Snapshot(parts, media, title, link if field_for_link else None, labels=post.labels)

    def _filled(self, text: str) -> str:
        """Return a text with its variables; what cannot be filled in is noted, and stays."""
        if not self.post.template:
            return text
        try:
            return self.render(text, self.known)
        except UserError as error:
            self.problems.append(Problem(error.code, error.message, error.hint))
            return text

    def _links(self) -> Links:
        """Return what becomes of links here, its templates filled in."""
        links = self.room.client.links
        if not links.utm:
            return links
        filled: dict[str, str] = {}
        for name, value in links.utm.items():
            try:
                filled[name] = self.render(value, self.known)
            except UserError as error:
                message = f"utm {name}: {error.message}"
                self.problems.append(Problem(error.code, message, error.hint))
        return replace(links, utm={name: value for name, value in filled.items() if value})

    def _link(self) -> str | None:
        if not self.post.link:
            return None
        link = self._filled(self.post.link)
        if not self.room.client.links.says_nothing:
            link = self._followed(link, self._links())
        return link

    def _followed(self, link: str, links: Links) -> str:
        from microcom.core.links import refused, tagged

        problem = refused(link, links)
        if problem is not None:
            self.problems.append(problem)
        return tagged(link, links)

    def _text(self, part: str) -> str:
        text = self._filled(part)
        if self.room.client.links.says_nothing or "://" not in text:
            return text
        from microcom.core.links import addresses, in_text, refused

        links = self._links()
        found = (refused(address, links) for address in addresses(text))
        self.problems.extend(problem for problem in found if problem is not None)
        return in_text(text, links)

    def _joined(
        self, parts: tuple[str, ...], media: tuple[Media, ...]
    ) -> tuple[tuple[str, ...], tuple[Media, ...]]:
        """Return the parts as one where a place has no threads."""
        if len(parts) == 1 or self.room.facts.thread_parts > 1:
            return parts, media
        whole = BETWEEN.join(part for part in parts if part)
        return (whole,), tuple(replace(one, part=0) for one in media)

    def _tail(self, parts: Sequence[str], link: str | None) -> str:
        """Return what comes after the last part: a link that has no field, and tags."""
        said = "\n".join(parts)
        bare = link is not None and self.room.facts.link_limit is None and link not in said
        tags = " ".join(f"#{tag}" for tag in self._tags(parts))
        return BETWEEN.join(piece for piece in (link if bare else "", tags) if piece)

    def _tags(self, parts: Sequence[str]) -> list[str]:
        """Return the tags to add: those that no part has, as many as are allowed."""
        here = {tag.casefold() for part in parts for tag in hashtags(part)}
        wanted = dict.fromkeys((*self.post.tags, *self.room.tags))
        fresh = [tag for tag in wanted if tag.casefold() not in here]
        most = self.room.most_tags
        if most is None:
            return fresh
        free = max(0, most - len(hashtags(parts[-1] if parts else "")))
        if left := fresh[free:]:
            names = ", ".join(f"#{tag}" for tag in left)
            message = f"{names} left out: {_most(most)} here."
            self.problems.append(_notice("tags.left_out", message))
        return fresh[:free]

    def _fitted(
        self, parts: tuple[str, ...], media: tuple[Media, ...], tail: str
    ) -> tuple[tuple[str, ...], tuple[Media, ...]]:
        """Return the parts with their tail, cut as ``fit`` says where one is over the limit."""
        whole = _with_tail(parts, tail)
        fit = self.post.fit or self.room.place.rules.fit
        if fit is Fit.REFUSE or all(map(self._fits, whole)):
            return whole, media
        if fit is Fit.TRIM:
            return self._trimmed(parts, tail), media
        return self._threaded(whole, media)

    def _fits(self, part: str) -> bool:
        return length(part, self.room.facts.text.counting) <= self.room.limit

    def _trimmed(self, parts: tuple[str, ...], tail: str) -> tuple[str, ...]:
        """Return the parts cut to the limit, the last one with its tail."""
        from microcom.core.fitting import trim

        counting, limit = self.room.facts.text.counting, self.room.limit
        tails = ("",) * (len(parts) - 1) + (tail,)
        try:
            cut = tuple(
                trim(part, limit, counting, keep=keep)
                for part, keep in zip(parts, tails, strict=True)
            )
        except UserError as error:
            self.problems.append(Problem(error.code, error.message, error.hint))
            return _with_tail(parts, tail)
        message = f"The text is cut to {limit} characters."
        self.problems.append(_notice("text.trimmed", message))
        return cut

    def _threaded(
        self, parts: tuple[str, ...], media: tuple[Media, ...]
    ) -> tuple[tuple[str, ...], tuple[Media, ...]]:
        """Return over-long parts as several; files stay with the first piece of their part."""
        if self.room.facts.thread_parts == 1:
            return parts, media  # no threads here: too long is said as that
        from microcom.core.fitting import split

        counting = self.room.facts.text.counting
        cut = [split(part, self.room.limit, counting) if part else (part,) for part in parts]
        starts = [0, *accumulate(len(pieces) for pieces in cut)]
        whole = tuple(piece for pieces in cut for piece in pieces)
        message = f"The text goes out in {len(whole)} parts: {self.room.limit} characters each."
        self.problems.append(_notice("text.threaded", message))
        return whole, tuple(replace(one, part=starts[one.part]) for one in media)


def _with_tail(parts: tuple[str, ...], tail: str) -> tuple[str, ...]:
    if not tail or not parts:
        return parts
    *before, last = parts
    return (*before, f"{last}{BETWEEN}{tail}" if last else tail)


def _most(count: int) -> str:
    return "one hashtag is the most" if count == 1 else f"{count} hashtags are the most"


def _notice(code: str, message: str) -> Problem:
    return Problem(code, message, severity=Severity.NOTICE)
