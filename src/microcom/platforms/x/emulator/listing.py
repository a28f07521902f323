"""Which posts a page of an emulated timeline shows, newest first."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microcom.emulator.call import Answer, Refusal, Request
from microcom.platforms.x.emulator.problems import invalid
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue
    from microcom.platforms.x.emulator.people import Written

PARAMETERS = (
    *("max_results", "pagination_token", "start_time", "end_time"),
    *("since_id", "until_id", "exclude"),
)
LEAST, MOST, USUAL = 5, 100, 10


@dataclass(frozen=True, slots=True)
class Listing:
    """The bounds of a page, each None where nothing was asked; ids win over times."""

    size: int
    below: int | None
    since: int | None
    until: int | None
    start: datetime | None
    end: datetime | None
    without_replies: bool

    @classmethod
    def asked(cls, rest: Mapping[str, str]) -> Listing:
        """Return the bounds that a request states; raise Refusal for those that make no sense."""
        token = rest.get("pagination_token")
        return cls(
            size=_size(rest),
            below=None if token is None else _below(token),
            since=_number(rest, "since_id"),
            until=_number(rest, "until_id"),
            start=_time(rest, "start_time"),
            end=_time(rest, "end_time"),
            without_replies="replies" in rest.get("exclude", "").split(","),
        )

    def page(self, posts: Sequence[Written], request: Request) -> tuple[list[Written], bool]:
        """Return one page of somebody's posts, and whether more follow."""
        found = [
            post
            for post in reversed(posts)
            if not post.deleted and self._holds(post) and not _is_veiled(post, request)
        ]
        return found[: self.size], len(found) > self.size

    def _holds(self, post: Written) -> bool:
        number = int(post.id)
        after = number > self.since if self.since is not None else _is_after(post, self.start)
        before = number < self.until if self.until is not None else _is_before(post, self.end)
        below = self.below is None or number < self.below
        return after and before and below and not (self.without_replies and post.parent)


def meta(page: Sequence[Written], *, more: bool) -> dict[str, JsonValue]:
    """Return what a page says about itself."""
    if not page:
        return {"result_count": 0}
    whole = {"result_count": len(page), "newest_id": page[0].id, "oldest_id": page[-1].id}
    return {**whole, "next_token": _token(page[-1].id)} if more else whole


def remote_id(name: str, word: str) -> str:
    """Return an id, or refuse what is none (OpenAPI: one to nineteen digits)."""
    if word.isascii() and word.isdigit() and len(word) <= 19:  # noqa: PLR2004
        return word
    raise Refusal(_wrong(name, word, "is not valid"))


def _is_veiled(post: Written, request: Request) -> bool:
    """Say whether a fault hides a post: the listing lies empty, or lags."""
    veil = request.veil
    if veil is None:
        return False
    return veil.kind == "empty" or request.at - post.at < timedelta(seconds=veil.seconds)


def _is_after(post: Written, start: datetime | None) -> bool:
    return start is None or post.at >= start


def _is_before(post: Written, end: datetime | None) -> bool:
    return end is None or post.at < end


def _size(rest: Mapping[str, str]) -> int:
    word = rest.get("max_results", str(USUAL))
    if word.isascii() and word.isdigit() and LEAST <= int(word) <= MOST:
        return int(word)
    raise Refusal(_wrong("max_results", word, f"is not between {LEAST} and {MOST}"))


def _number(rest: Mapping[str, str], name: str) -> int | None:
    return int(remote_id(name, rest[name])) if name in rest else None


def _time(rest: Mapping[str, str], name: str) -> datetime | None:
    if name not in rest:
        return None
    refusal = Refusal(_wrong(name, rest[name], "is not RFC 3339"))
    try:
        when = datetime.fromisoformat(rest[name])
    except ValueError as error:
        raise refusal from error
    if when.tzinfo is None:
        raise refusal
    return when


def _token(last: str) -> str:
    """Return the token of the next page; X's are base32hex too."""
    return base64.b32hexencode(last.encode()).decode().lower().rstrip("=")


def _below(token: str) -> int:
    try:
        return int(base64.b32hexdecode(token.upper() + "=" * (-len(token) % 8)))
    except ValueError as error:
        raise Refusal(_wrong("pagination_token", token, "is not valid")) from error


def _wrong(name: str, word: str, why: str) -> Answer:
    return invalid(name, word, f"The `{name}` query parameter value [{word}] {why}")
