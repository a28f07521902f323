"""The sandbox's pages: posts as a follower would see them, from :mod:`microcom.runner.post_page`.

Beside what that says, a page shows files of this sandbox alone, and stands in no other page.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from microcom.runner import post_page
from microcom.runner.post_page import Chip, File, Frame, Part

if TYPE_CHECKING:
    from microcom.emulator import Published, Shown

DRAFT = "draft: only the owner sees it"
FRAME = Frame(
    brand='<a class="brand" href="/">microcom <b>sandbox</b></a>',
    lead="Posts as followers would see them.",
    foot="Nothing on this page has left this machine. "
    '<a href="/_/ledger">ledger</a> \u00b7 <a href="/_/faults">faults</a>',
)
MOST_THREADS = 100
"""Threads shown of one account, newest first."""
MOST_BY_HAND = 2
"""Posts shown that were there before anything was posted, or made by hand since."""


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
        (own[-1].at, _account(own, number, held)) for number, own in enumerate(by_account.values())
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
    own = post_page.policy(FRAME.sheets, files="'self'")
    return f"{own}; frame-ancestors 'none'"


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
    aside = f"{escape(post.platform.upper())}<br>{posts}"
    return post_page.who(name, f"@{post.user}", aside, tint)


def _thread(
    thread: Sequence[Published], held: Collection[str], here: Published | None = None
) -> str:
    return post_page.thread([_part(post, held, is_here=post is here) for post in thread])


def _part(post: Published, held: Collection[str], *, is_here: bool) -> Part:
    place = f"/{post.url.partition('://')[2]}"
    hand = '<span class="hand">by hand</span>' if post.by_hand else ""
    when = f"{post.at:%H:%M:%S} UTC \u00b7 {post.at.day} {post.at:%b %Y}"
    return Part(
        text=post.text,
        title=post.title,
        link=post.link,
        chips=_chips(post),
        files=[_file(one, held) for one in post.media],
        foot=f'<p class="when"><a href="{escape(place)}"><time datetime="{post.at.isoformat()}">'
        f"{when}</time></a>{hand}</p>",
        is_here=is_here,
    )


def _chips(post: Published) -> list[Chip]:
    chips = [Chip(DRAFT, "draft")] if post.draft else []
    if post.place:
        chips.append(Chip(post.place))
    return [*chips, *(Chip(label, "label") for label in post.labels)]


def _file(one: Shown, held: Collection[str]) -> File:
    source = f"/_/media/{one.sha256}" if one.sha256 in held else ""
    return File(one.mime, source, one.alt, f"{one.mime}, not kept here")


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
    return post_page.page(title, body, FRAME)
