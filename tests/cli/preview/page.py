"""A page as tests read it: its cards, its words, and whatever in it leads somewhere."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "img", "br"}
LEADS = {"href", "src", "srcset", "action", "poster", "background", "data"}


class Page(HTMLParser):
    """What a browser would find in a page: elements, addresses, and the text of each card by id."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.cards: dict[str, str] = {"": ""}
        self._open: list[str] = []
        self._card = ""
        self.feed(self.source)
        assert self._open == []

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def loads(self) -> list[str]:
        """Return the addresses of whatever the page loads by itself."""
        return [
            value
            for name, attributes in self.elements
            for key, value in attributes.items()
            if key in LEADS and name != "a"
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, and the card that begins with it."""
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "section" and "id" in attributes:
            self._card = attributes["id"]
            self.cards[self._card] = ""

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened last, and nothing else."""
        assert self._open.pop() == tag
        if tag == "section":
            self._card = ""

    def handle_data(self, data: str) -> None:
        """Add text to the card it stands in."""
        self.cards[self._card] += data
