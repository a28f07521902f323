"""The people of an emulated Pinterest, their boards and sections, and what they pinned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import datetime, timedelta

from microcom.values import dataclass

YESTERDAY = timedelta(days=1)
FIRST_BOARDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Home bar", ()),
    ("Latte art", ("Tulips", "Rosettas")),
    ("Desk setups", ("Under one metre",)),
)
"""What every account has when it is first used, with the sections."""
FRIEND = "beanclub"

Digest = Callable[..., str]


@dataclass(frozen=True, slots=True)
class NewPin:
    """What is to be pinned; ``files`` are SHA-256 (hex) and MIME type of each."""

    board: str
    section: str | None
    title: str
    description: str
    link: str
    alt: str
    shows: str
    files: tuple[tuple[str, str], ...]
    ai: bool = False


@dataclass(slots=True, eq=False)
class Section:
    """A section of a board."""

    id: str
    name: str


@dataclass(slots=True, eq=False)
class Board:
    """A board; ``owner`` is somebody else's name for a group board."""

    id: str
    name: str
    owner: str
    made: datetime
    sections: list[Section] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Person:
    """Somebody with an account."""

    id: str
    account: str
    username: str
    boards: list[Board] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)

    def board(self, board: str) -> Board | None:
        """Return the board of that id that the person sees, if there is one."""
        return next((one for one in self.boards if one.id == board), None)

    def called(self, name: str) -> Board:
        """Return the first board of that name."""
        return next(one for one in self.boards if one.name == name)


@dataclass(slots=True, eq=False)
class Pin:
    """One pin, as it was made; ``by_hand`` did not come through the API."""

    id: str
    author: Person
    board: Board
    section: Section | None
    new: NewPin
    at: datetime
    by_hand: bool = False
    deleted: bool = False

    @property
    def place(self) -> str:
        """Return where it stands, in words."""
        return (
            self.board.name if self.section is None else f"{self.board.name} / {self.section.name}"
        )


class People:
    """Everybody, by account; and every pin, by id."""

    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        self._by_account: dict[str, Person] = {}
        self._made = 0
        self.pins: dict[str, Pin] = {}

    def of_account(self, account: str, now: datetime) -> Person:
        """Return an account's person, made on first use with boards and pins of the day before."""
        known = self._by_account.get(account)
        if known is not None:
            return known
        number = str(5 * 10**17 + int(self._digest("user", account)[:12], 16))
        person = Person(number, account, account.replace("-", "_"))
        self._by_account[account] = person
        for name, sections in FIRST_BOARDS:
            self.add_board(person, name, now - YESTERDAY, sections)
        self.add_board(person, "Roasters of the world", now - YESTERDAY, owner=FRIEND)
        for board in person.boards[: len(FIRST_BOARDS)]:
            for section in (None, *board.sections):
                title = "Hello" if section is None else f"Hello, {section.name}"
                first = NewPin(board.id, None, title, "", "", "", "image", ())
                self.pin(person, board, section, first, now - YESTERDAY, by_hand=True)
        return person

    def add_board(
        self,
        person: Person,
        name: str,
        now: datetime,
        sections: tuple[str, ...] = (),
        owner: str | None = None,
    ) -> Board:
        """Give a person another board."""
        board = Board(self._next(), name, owner or person.username, now)
        board.sections.extend(Section(self._next(), title) for title in sections)
        person.boards.append(board)
        return board

    def pin(
        self,
        author: Person,
        board: Board,
        section: Section | None,
        new: NewPin,
        now: datetime,
        *,
        by_hand: bool = False,
    ) -> Pin:
        """Pin something."""
        made = Pin(self._next(), author, board, section, new, now, by_hand)
        board.pins.append(made)
        author.pins.append(made)
        self.pins[made.id] = made
        return made

    def _next(self) -> str:
        self._made += 1
        return str(8 * 10**17 + self._made)
