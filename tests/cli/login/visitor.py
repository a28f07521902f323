"""A person with a browser: opens a page, fills its form in, and goes where it is sent.

As a program (``python visitor.py [--deny] [--as NAME] [--without SCOPE] ADDRESS``) it is what
``BROWSER`` names; in tests it is a class.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser


class Form(HTMLParser):
    """The one form of a page: what would be sent as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[tuple[str, str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an input's name and value; a box only if it is ticked."""
        named = dict(attrs)
        if tag == "input" and (named.get("type") != "checkbox" or "checked" in named):
            self.values.append((named.get("name") or "", named.get("value") or ""))

    def handle_data(self, data: str) -> None:
        """Take the words."""
        self.text.append(data)


@dataclass
class Visitor:
    """Somebody who answers a consent page."""

    username: str
    allows: bool = True
    without: str = ""
    pages: list[str] = field(default_factory=list)

    def visit(self, address: str) -> str:
        """Open a page, answer it, and go where it leads; return the last page."""
        page = self._open(address)
        form = Form()
        form.feed(page)
        values = [one for one in form.values if one != ("scope", self.without)]
        values = [(name, self.username if name == "username" else value) for name, value in values]
        values.append(("answer", "allow" if self.allows else "deny"))
        return self._open(address, urllib.parse.urlencode(values).encode())

    def _open(self, address: str, data: bytes | None = None) -> str:
        try:
            with urllib.request.urlopen(address, data, timeout=5) as reply:  # noqa: S310 - loopback
                page = str(reply.read().decode())
        except urllib.error.HTTPError as error:
            page = str(error.read().decode())
        self.pages.append(page)
        return page


def main(words: list[str]) -> None:
    """Visit the address at the end of a command line."""
    *options, address = words
    given = dict(zip(options[::2], options[1::2], strict=True))
    Visitor(
        given["--as"], allows=given.get("--answer") != "deny", without=given.get("--without", "")
    ).visit(address)


if __name__ == "__main__":
    main(sys.argv[1:])
