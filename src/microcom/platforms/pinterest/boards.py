"""Boards and sections: all pages of them, and finding one by the name in the accounts file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from microcom.core.account import Offered
from microcom.core.steps import Call, Effect
from microcom.errors import Rejected, Transient
from microcom.platforms.pinterest.addresses import API
from microcom.platforms.pinterest.names import ACTING, same
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue, Reply, Steps
    from microcom.platforms.pinterest.wire import Board, Section

A_DAY = 86_400.0
PAGE = "250"
MOST_PAGES = 40
UNREADABLE = "Pinterest answered, but not with its boards."
ENDLESS = "Pinterest's list of boards or sections does not end: a name could be on any page."

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Query = tuple[tuple[str, str], ...]


class Page(Protocol[T_co]):
    """One page of a listing; ``bookmark`` names the next, None after the last."""

    @property
    def items(self) -> Sequence[T_co]:
        """Return what it lists."""
        ...

    @property
    def bookmark(self) -> str | None:
        """Return the name of the next one."""
        ...


def found(options: Mapping[str, JsonValue], settings: Mapping[str, JsonValue]) -> Steps[Place]:
    """Return the ids of the board, and of the section, that settings name.

    Raises Rejected ``pinterest.no_board``, ``.no_section`` or ``.ambiguous``.
    """
    name, owner = str(settings.get("board")), settings.get("owner")
    boards = yield from _boards(options, lasts=A_DAY)
    if boards is None:
        # A rehearsal knows no names.
        section = f"<id of {settings['section']}>" if settings.get("section") else None
        return Place(f"<id of {name}>", section)
    equal = [one for one in boards if same(one.name) == same(name) and _is_of(one, owner)]
    board = _only(equal, f"board {name}", [one.name for one in boards], "no_board")
    section = settings.get("section")
    if not section:
        return Place(board.id, None)
    sections = yield from _sections(options, board.id, lasts=A_DAY)
    alike = [one for one in sections if same(one.name) == same(str(section))]
    names = [one.name for one in sections]
    return Place(board.id, _only(alike, f"section {section} of {name}", names, "no_section").id)


def offered(options: Mapping[str, JsonValue], handle: str) -> Steps[Sequence[Offered]]:
    """Return every board with its sections; boards for ads only are left out.

    Boards of others than ``handle`` are group boards, and said to be.
    """
    boards = (yield from _boards(options)) or []
    places: list[Offered] = []
    for board in boards:
        if board.is_ads_only:
            continue
        settings: dict[str, JsonValue] = {"board": board.name}
        places.append(Offered(board.name, settings, _note(board, handle)))
        for section in (yield from _sections(options, board.id)):
            title = f"{board.name} {section.name}"
            places.append(Offered(title, {**settings, "section": section.name}))
    return places


def _note(board: Board, handle: str) -> str:
    owner = None if board.owner is None else board.owner.username
    if owner is not None and owner.casefold() != handle.casefold():
        return f"a group board of {owner}, who may not let you"
    return "" if board.pin_count is None else f"{board.pin_count} pins"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pin goes, by Pinterest's ids."""

    board: str
    section: str | None


def acting(options: Mapping[str, JsonValue]) -> Query:
    """Return the part of a query that says on whose behalf the account acts."""
    value = options.get(ACTING)
    return ((ACTING, str(value)),) if value else ()


def _boards(options: Mapping[str, JsonValue], lasts: float = 0.0) -> Steps[list[Board] | None]:
    """Return every board; None for a rehearsal's imagined reply, which names itself."""
    from microcom.platforms.pinterest.wire import boards

    return (yield from _whole(boards, ("boards", "/boards"), options, lasts))


def _sections(
    options: Mapping[str, JsonValue], board: str, lasts: float = 0.0
) -> Steps[list[Section]]:
    from microcom.platforms.pinterest.wire import sections

    where = (f"sections:{board}", f"/boards/{board}/sections")
    return (yield from _whole(sections, where, options, lasts)) or []


def _whole(
    read: Callable[[Reply], Page[T] | None],
    where: tuple[str, str],
    options: Mapping[str, JsonValue],
    lasts: float,
) -> Steps[list[T] | None]:
    """Return what all pages of a listing hold; ``where`` is its step's name and its path."""
    found: list[T] = []
    bookmark: str | None = None
    for number in range(MOST_PAGES):
        reply = yield _page(f"{where[0]}:{number}", where[1], options, bookmark, lasts)
        if isinstance(reply.at_path("items"), str):
            return None
        page = read(reply)
        if page is None:
            raise Transient(UNREADABLE, code="pinterest.unreadable")
        found.extend(page.items)
        if page.bookmark is None:
            return found
        if page.bookmark == bookmark:
            break
        bookmark = page.bookmark
    raise Transient(ENDLESS, code="pinterest.pages")


def _page(
    name: str, path: str, options: Mapping[str, JsonValue], bookmark: str | None, lasts: float
) -> Call:
    more: Query = () if bookmark is None else (("bookmark", bookmark),)
    return Call(
        name=name,
        method="GET",
        url=f"{API}{path}",
        effect=Effect.READ,
        query=(("page_size", PAGE), *acting(options), *more),
        keeps=("items", "bookmark") if lasts else (),
        lasts=lasts,
    )


def _is_of(board: Board, owner: JsonValue) -> bool:
    """Say whether a board is the one whose owner was named, where one was."""
    if not isinstance(owner, str) or board.owner is None or board.owner.username is None:
        return True
    return board.owner.username.casefold() == owner.casefold()


def _only(equal: Sequence[T], what: str, names: Sequence[str], code: str) -> T:
    if len(equal) == 1:
        return equal[0]
    if equal:
        message = f"Pinterest shows {len(equal)} that are called {what}: nobody can tell which."
        hint = "Rename one there, or say `owner:` of a group board."
        raise Rejected(message, code="pinterest.ambiguous", hint=hint)
    shown = ", ".join(names[:10]) or "none"
    hint = f"There is {shown}. `microcom communities list ACCOUNT --live` shows all."
    raise Rejected(f"Pinterest shows no {what}.", code=f"pinterest.{code}", hint=hint)
