"""The sandbox's pages: posts as a follower would see them.

Everything that people wrote is escaped, links lead only to http and https, and the policy allows
nothing but the page's own style sheet and files of this sandbox: no script, no other host.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from microcom.core.text import links

if TYPE_CHECKING:
    from microcom.emulator import Published, Shown

DRAFT = "draft: only the owner sees it"
LEAD = "Posts as followers would see them."
TINTS = 6
LONGEST_LINK = 42
MOST_THREADS = 100
"""Threads shown of one account, newest first."""
MOST_BY_HAND = 2
"""Posts shown that were there before anything was posted, or made by hand since."""

_TAG = re.compile(r"(?<![\w&/])[#@\uFF03]\w+")


def front(
    posts: Sequence[Published], address: str, faults: Sequence[str], held: Collection[str]
) -> str:
    """Return the page of all accounts, the one that spoke last first.

    ``held`` are the files whose bytes there are, by SHA-256 (hex).
    """
    by_account: dict[tuple[str, str], list[Published]] = {}
    for post in posts:
        by_account.setdefault((post.platform, post.account), []).append(post)
    if not by_account:
        return _page("microcom sandbox", _warning(faults) + _empty(address))
    cards = [
        (own[-1].at, _account(own, number % TINTS, held))
        for number, own in enumerate(by_account.values())
    ]
    body = "".join(card for _, card in sorted(cards, reverse=True))
    return _page("microcom sandbox", f'{_warning(faults)}<div class="accounts">{body}</div>')


def single(post: Published, posts: Sequence[Published], held: Collection[str]) -> str:
    """Return the page of one post, within its thread."""
    own = [one for one in posts if one.account == post.account]
    thread = next(thread for thread in threads(own) if post in thread)
    body = f'<article class="alone">{_who(post, own, 0)}{_thread(thread, held, post)}</article>'
    return _page(f"{post.user}: {(post.title or post.text)[:60]}", body)


def lost(path: str) -> str:
    """Return the page for an address that names no post."""
    text = f"<h1>Nobody posted this here.</h1><p>{escape(path)}</p>"
    return _page("Not found", f'<div class="empty">{text}</div>')


@lru_cache(maxsize=1)
def policy() -> str:
    """Return the Content-Security-Policy: the page's own style sheet, and files from here."""
    digest = base64.b64encode(sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; media-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def threads(posts: Sequence[Published]) -> list[list[Published]]:
    """Return one account's posts by thread, each in its order, the newest thread first."""
    of_post: dict[str, list[Published]] = {}
    found: list[list[Published]] = []
    for post in posts:
        thread = of_post.get(post.in_reply_to or "")
        if thread is None:
            thread = []
            found.append(thread)
        thread.append(post)
        of_post[post.remote_id] = thread
    return sorted(found, key=lambda thread: thread[0].at, reverse=True)


def _account(own: Sequence[Published], tint: int, held: Collection[str]) -> str:
    whole = threads(own)
    by_hand = [thread for thread in whole if thread[0].by_hand]
    shown = [one for one in whole if one not in by_hand[MOST_BY_HAND:]][:MOST_THREADS]
    rest = len(whole) - len(shown)
    more = f'<p class="thread when">and {rest} earlier</p>' if rest > 0 else ""
    body = "".join(_thread(thread, held) for thread in shown)
    return f'<section class="account">{_who(own[-1], own, tint)}{body}{more}</section>'


def _who(post: Published, own: Sequence[Published], tint: int) -> str:
    name = post.user.replace("_", " ").strip().title() or "?"
    made = sum(not one.by_hand for one in own)
    posts = f"{made} post{'' if made == 1 else 's'}"
    return (
        f'<header class="who"><span class="face tint{tint}" aria-hidden="true">{escape(name[0])}'
        f"</span><div><h2>{escape(name)}</h2><p>@{escape(post.user)}</p></div>"
        f'<p class="count">{escape(post.platform.upper())}<br>{posts}</p></header>'
    )


def _thread(
    thread: Sequence[Published], held: Collection[str], here: Published | None = None
) -> str:
    joined = " joined" if len(thread) > 1 else ""
    parts = "".join(_part(post, held, is_here=post is here) for post in thread)
    return f'<div class="thread{joined}">{parts}</div>'


def _part(post: Published, held: Collection[str], *, is_here: bool) -> str:
    place = f"/{post.url.partition('://')[2]}"
    hand = '<span class="hand">by hand</span>' if post.by_hand else ""
    mark = " here" if is_here else ""
    when = f"{post.at:%H:%M:%S} UTC \u00b7 {post.at.day} {post.at:%b %Y}"
    text = f'<p class="said">{_said(post.text)}</p>' if post.text else ""
    return (
        f'<div class="part{mark}">{_above(post)}{text}{_gallery(post, held)}{_under(post)}'
        f'<p class="when"><a href="{escape(place)}"><time datetime="{post.at.isoformat()}">'
        f"{when}</time></a>{hand}</p></div>"
    )


def _above(post: Published) -> str:
    """Return what stands over a post: whom it is for, that it is a draft, its title."""
    chips = [f'<span class="chip draft">{DRAFT}</span>'] if post.draft else []
    if post.place:
        chips.append(f'<span class="chip">{escape(post.place)}</span>')
    chips += [f'<span class="chip label">{escape(label)}</span>' for label in post.labels]
    row = f'<p class="chips">{"".join(chips)}</p>' if chips else ""
    return row + (f'<h3 class="title">{escape(post.title)}</h3>' if post.title else "")


def _gallery(post: Published, held: Collection[str]) -> str:
    """Return a post's files: one large, several side by side."""
    if not post.media:
        return ""
    shown = "".join(_file(one, number, held) for number, one in enumerate(post.media, 1))
    return f'<div class="files files{min(len(post.media), 3)}">{shown}</div>'


def _file(one: Shown, number: int, held: Collection[str]) -> str:
    if one.sha256 not in held:
        return f'<p class="absent">File {number}: {escape(one.mime)}, not kept here</p>'
    source, alt = f"/_/media/{one.sha256}", escape(one.alt)
    if one.mime.startswith("video/"):
        return f'<video controls preload="metadata" src="{source}" aria-label="{alt}"></video>'
    words = f'<figcaption title="{alt}">ALT</figcaption>' if one.alt else ""
    return f'<figure><img src="{source}" alt="{alt}" loading="lazy">{words}</figure>'


def _under(post: Published) -> str:
    return f'<p class="goes">{_link(post.link)}</p>' if _is_web(post.link) else ""


def _is_web(link: str) -> bool:
    return link.startswith(("https://", "http://"))


def _said(text: str) -> str:
    """Return a text as HTML: escaped, its links and tags marked."""
    pieces: list[str] = []
    position = 0
    for link in links(text):
        pieces.append(_tagged(text[position : link.start]))
        pieces.append(_link(link.url))
        position = link.end
    pieces.append(_tagged(text[position:]))
    return "".join(pieces)


def _link(url: str) -> str:
    full = url if "://" in url else f"http://{url}"
    shown = full.partition("://")[2]
    if len(shown) > LONGEST_LINK:
        shown = f"{shown[: LONGEST_LINK - 1]}\u2026"
    return f'<a href="{escape(full)}" rel="noopener noreferrer nofollow">{escape(shown)}</a>'


def _tagged(text: str) -> str:
    pieces = _TAG.split(text)
    tags = [*_TAG.findall(text), ""]
    return "".join(
        escape(piece) + (f'<span class="tag">{escape(tag)}</span>' if tag else "")
        for piece, tag in zip(pieces, tags, strict=True)
    )


def _warning(faults: Sequence[str]) -> str:
    if not faults:
        return ""
    words = ", ".join(f"<code>{escape(fault)}</code>" for fault in faults)
    return f'<p class="faults">Switched on: {words}</p>'


def _empty(address: str) -> str:
    command = escape(f'microcom post "Hello" --to ACCOUNT --sandbox {address}')
    text = "<h1>Nothing here yet.</h1><p>What is posted to this sandbox shows up on this page.</p>"
    return f'<div class="empty">{text}<code>{command}</code></div>'


def _page(title: str, body: str) -> str:
    return _template().substitute(title=escape(title), lead=LEAD, style=_style(), body=body)


@lru_cache(maxsize=1)
def _template() -> Template:
    return Template(Path(__file__).with_name("sandbox_page.html").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _style() -> str:
    return Path(__file__).with_name("sandbox_page.css").read_text(encoding="utf-8")
