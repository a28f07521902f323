"""What pages of posts are made of: a page, a card's head, a thread and its parts, marked text.

Everything that people wrote is escaped, links lead only to http and https, and a page's policy
allows nothing but its own style sheet and the files it names: no script, no other host.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from microcom.core.text import links
from microcom.values import dataclass

TINTS = 6
LONGEST_LINK = 42

_TAG = re.compile(r"(?<![\w&/])[#@\uFF03]\w+")


@dataclass(frozen=True, slots=True)
class File:
    """A picture or video on a page: its address, or what is said where it cannot be shown."""

    mime: str
    source: str = ""
    alt: str = ""
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A word over a post; ``look`` is the kind of it: ``draft`` or ``label``, or none."""

    text: str
    look: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A post, or one part of a thread, as people see it; ``foot`` is HTML that stands under it."""

    text: str
    title: str = ""
    link: str = ""
    chips: Sequence[Chip] = ()
    files: Sequence[File] = ()
    foot: str = ""
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the body of a page: HTML for its head's left side and its foot.

    ``lead`` is the sentence beside the brand; ``sheets`` are the style sheets by name; ``policy``
    is a Content-Security-Policy for the page itself to state, where no server does.
    """

    brand: str
    lead: str
    foot: str
    sheets: tuple[str, ...] = ("post_page",)
    policy: str = ""


def page(title: str, body: str, frame: Frame) -> str:
    """Return a whole page around a body of HTML."""
    stated = f'<meta http-equiv="Content-Security-Policy" content="{escape(frame.policy)}">\n'
    return _template().substitute(
        title=escape(title),
        policy=stated if frame.policy else "",
        brand=frame.brand,
        lead=escape(frame.lead),
        style=style(frame.sheets),
        body=body,
        foot=frame.foot,
    )


def policy(sheets: tuple[str, ...], files: str) -> str:
    """Return a Content-Security-Policy: these style sheets, and files from ``files`` alone."""
    digest = base64.b64encode(sha256(style(sheets).encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src {files}; media-src {files}; "
        "base-uri 'none'; form-action 'none'"
    )


@lru_cache(maxsize=4)
def style(sheets: tuple[str, ...]) -> str:
    """Return style sheets of this folder as one."""
    files = (Path(__file__).with_name(f"{name}.css") for name in sheets)
    return "".join(file.read_text(encoding="utf-8") for file in files)


def who(name: str, under: str, aside: str, tint: int) -> str:
    """Return the head of a card: a face, a name and what stands under it; ``aside`` is HTML."""
    return (
        f'<header class="who"><span class="face tint{tint % TINTS}" aria-hidden="true">'
        f"{escape(name[:1].upper())}</span><div><h2>{escape(name)}</h2><p>{escape(under)}</p></div>"
        f'<p class="count">{aside}</p></header>'
    )


def thread(parts: Sequence[Part]) -> str:
    """Return a post's parts, joined by a line where there are several."""
    joined = " joined" if len(parts) > 1 else ""
    return f'<div class="thread{joined}">{"".join(map(_part, parts))}</div>'


def said(text: str) -> str:
    """Return a text as HTML: escaped, its links and tags marked."""
    pieces: list[str] = []
    position = 0
    for link in links(text):
        pieces.append(_tagged(text[position : link.start]))
        pieces.append(address(link.url))
        position = link.end
    pieces.append(_tagged(text[position:]))
    return "".join(pieces)


def address(url: str) -> str:
    """Return a web address as a link that is shown short."""
    full = url if "://" in url else f"http://{url}"
    shown = full.partition("://")[2]
    if len(shown) > LONGEST_LINK:
        shown = f"{shown[: LONGEST_LINK - 1]}\u2026"
    return _linked(full, escape(shown))


def _linked(url: str, words: str) -> str:
    return f'<a href="{escape(url)}" rel="noopener noreferrer nofollow">{words}</a>'


def _part(part: Part) -> str:
    here = " here" if part.is_here else ""
    text = f'<p class="said" dir="auto">{said(part.text)}</p>' if part.text else ""
    return (
        f'<div class="part{here}">{_above(part)}{text}{_gallery(part.files)}'
        f"{_goes(part.link)}{part.foot}</div>"
    )


def _above(part: Part) -> str:
    """Return what stands over a post: whom it is for, that it is a draft, its title."""
    row = chips(part.chips)
    title = f'<h3 class="title" dir="auto">{escape(part.title)}</h3>' if part.title else ""
    return row + title


def chips(row: Sequence[Chip]) -> str:
    """Return words in small frames, or nothing."""
    if not row:
        return ""
    drawn = "".join(
        f'<span class="chip{" " if one.look else ""}{one.look}">{escape(one.text)}</span>'
        for one in row
    )
    return f'<p class="chips">{drawn}</p>'


def _gallery(files: Sequence[File]) -> str:
    """Return a post's files: one large, several side by side."""
    if not files:
        return ""
    shown = "".join(_file(one, number) for number, one in enumerate(files, 1))
    return f'<div class="files files{min(len(files), 3)}">{shown}</div>'


def _file(one: File, number: int) -> str:
    if not one.source:
        return f'<p class="absent">File {number}: {escape(one.absent or one.mime)}</p>'
    source, alt = escape(one.source), escape(one.alt)
    if one.mime.startswith("video/"):
        label = alt or f"Video {number}"
        return f'<video controls preload="metadata" src="{source}" aria-label="{label}"></video>'
    words = f'<figcaption title="{alt}">ALT</figcaption>' if one.alt else ""
    lazy = "" if source.startswith("data:") else ' loading="lazy"'
    return f'<figure><img src="{source}" alt="{alt}"{lazy}>{words}</figure>'


def _goes(link: str) -> str:
    """Return where a post leads: the host, and the whole address under it."""
    if not link.startswith(("https://", "http://")):
        return ""
    host = link.partition("://")[2].partition("/")[0]
    words = f"<b>{escape(host)}</b><span>{escape(link)}</span>"
    return f'<p class="goes">{_linked(link, words)}</p>'


def _tagged(text: str) -> str:
    pieces = _TAG.split(text)
    tags = [f'<span class="tag">{escape(tag)}</span>' for tag in _TAG.findall(text)]
    return "".join(escape(piece) + tag for piece, tag in zip(pieces, [*tags, ""], strict=True))


@lru_cache(maxsize=1)
def _template() -> Template:
    return Template(Path(__file__).with_name("post_page.html").read_text(encoding="utf-8"))
