"""The page of a preview, from what :mod:`microcom.runner.post_page` has: one file, no requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, TypeAlias

from microcom.core.media import MediaKind
from microcom.core.media_check import megabytes
from microcom.core.money import usd
from microcom.core.names import slug
from microcom.core.problem import Problem, Severity
from microcom.core.schedule import rfc3339
from microcom.core.text import length
from microcom.runner import post_page
from microcom.runner.post_page import Chip, File, Frame, Part

if TYPE_CHECKING:
    from microcom.core.media import Media
    from microcom.core.passage import Fresh
    from microcom.core.steps import JsonValue
    from microcom.runner.preview import Card, Preview

Source: TypeAlias = Callable[["Media"], str]
"""Gives the address of a file on this machine, or its content as one, "" where it is gone."""

SHEETS = ("post_page", "preview_page")
FILES = "data: file:"
"""Where the pictures and videos of a page may come from: itself, or this machine."""
DRAFT = "a draft: somebody finishes it in the app"
KINDS = {MediaKind.IMAGE: "Picture", MediaKind.ANIMATION: "GIF", MediaKind.VIDEO: "Video"}


def page(preview: Preview, source: Source) -> str:
    """Return the page: the sum first, then a card for each target, in order."""
    drawn = "".join(_card(card, number, source) for number, card in enumerate(preview.cards))
    frame = Frame(
        brand='<p class="brand">microcom <b>preview</b></p>',
        lead="The post as it will look in each community.",
        foot="Nothing was queued or sent. This page asks no server for anything.",
        sheets=SHEETS,
        policy=post_page.policy(SHEETS, FILES),
    )
    body = f'{_sum(preview)}<div class="accounts">{drawn}</div>'
    return post_page.page(f"{preview.name}: preview", body, frame)


def _sum(preview: Preview) -> str:
    """Return what stands over the cards: how many, what they cost, what is wrong."""
    cards = preview.cards
    right = sum(card.is_right for card in cards)
    wrong = [card for card in cards if not card.is_right]
    source = "" if preview.source is None else f'<p class="from">{escape(preview.source)}</p>'
    counts = [
        (str(len(cards)), "target" if len(cards) == 1 else "targets"),
        (str(right), "would be queued"),
        (f"${usd(sum(card.cost for card in cards))}", "in all"),
    ]
    tiles = "".join(f"<li><b>{count}</b> {words}</li>" for count, words in counts)
    return (
        f'<section class="sum" aria-label="In all"><h1>{escape(preview.name)}</h1>{source}'
        f'<ul class="tiles">{tiles}</ul>{_clients(cards)}{_problems(preview.problems)}'
        f"{_wrong(wrong)}</section>"
    )


def _clients(cards: Sequence[Card]) -> str:
    """Return a table of what each client's targets cost, where there is a client."""
    names = list(dict.fromkeys(card.client for card in cards))
    if names == [""]:
        return ""
    rows = "".join(_client(name, [one for one in cards if one.client == name]) for name in names)
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Client", "Targets", "Cost"))
    return f'<table class="clients"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _client(name: str, cards: Sequence[Card]) -> str:
    cost = usd(sum(card.cost for card in cards))
    who = escape(name) or "no client"
    return f'<tr><th scope="row">{who}</th><td>{len(cards)}</td><td>${cost}</td></tr>'


def _wrong(cards: Sequence[Card]) -> str:
    """Return links to the cards that something stands in the way of."""
    if not cards:
        return ""
    links = ", ".join(
        f'<a href="#{_anchor(card)}">{escape(str(card.target))}</a>' for card in cards
    )
    return f'<p class="faults">Would not be queued as it is: {links}</p>'


def _card(card: Card, number: int, source: Source) -> str:
    wrong = "" if card.is_right else " wrong"
    cost = "" if card.fresh is None or card.fresh.cost is None else f"<br>${usd(card.fresh.cost)}"
    head = post_page.who(
        str(card.target),
        f"@{card.account.handle} \u00b7 {card.place}",
        f"{escape(card.account.platform.upper())}{cost}",
        number,
    )
    drawn = "" if card.fresh is None else _drawn(card, card.fresh, source)
    return (
        f'<section class="account{wrong}" id="{_anchor(card)}" '
        f'aria-label="{escape(str(card.target))}">{head}{_due(card)}{_problems(card.obstacles)}'
        f"{drawn}{_problems([one for one in card.problems if one not in card.obstacles])}"
        "</section>"
    )


def _anchor(card: Card) -> str:
    return f"to-{slug(str(card.target))}"


def _due(card: Card) -> str:
    """Return when it goes out, on both clocks."""
    fresh = card.fresh
    if fresh is None:
        return '<p class="due">Not drawn: its time makes no sense.</p>'
    if card.due is None:
        return '<p class="due">Now, when it is posted</p>'
    held = "" if fresh.held is None else f" \u00b7 held: {escape(fresh.held)}"
    return f'<p class="due"><time datetime="{rfc3339(fresh.due)}">{card.due}</time>{held}</p>'


def _drawn(card: Card, fresh: Fresh, source: Source) -> str:
    parts = [_part(card, fresh, number, source) for number in range(len(fresh.snapshot.parts))]
    return post_page.thread(parts) + _paste(card, fresh) + _options(fresh.snapshot.options)


def _part(card: Card, fresh: Fresh, number: int, source: Source) -> Part:
    snapshot, facts, is_first = fresh.snapshot, card.facts, number == 0
    media = snapshot.of_part(number)
    text = snapshot.parts[number] if facts.takes_text else ""
    return Part(
        text=text,
        title=card.title if is_first else "",
        link=(snapshot.link or "") if is_first and facts.link_limit is not None else "",
        chips=_chips(card) if is_first else (),
        files=[_file(one, source) for one in media],
        foot=f"{_told(card, media)}{_count(card, text)}",
    )


def _chips(card: Card) -> list[Chip]:
    chips = [] if card.facts.takes_text else [Chip(DRAFT, "draft")]
    return [*chips, *(Chip(label, "label") for label in card.labels)]


def _file(one: Media, source: Source) -> File:
    cover = "" if one.cover is None else f"#t={one.cover:g}"
    found = source(one)
    address = f"{found}{cover}" if found else ""
    return File(one.mime, address, one.alt or "", f"{one.name} is no longer there")


def _told(card: Card, media: Sequence[Media]) -> str:
    """Return what each file is, and what those are told who do not see it."""
    if not media:
        return ""
    return f'<ul class="told">{"".join(_tells(card, one) for one in media)}</ul>'


def _tells(card: Card, one: Media) -> str:
    seconds = "" if one.seconds is None else f", {one.seconds:.1f} s"
    shape = f"{one.width} \u00d7 {one.height}, {megabytes(one.size)}{seconds}"
    return (
        f"<li>{KINDS[one.kind]} {escape(one.name)} <small>{shape}</small><br>{_alt(card, one)}</li>"
    )


def _alt(card: Card, one: Media) -> str:
    rule = card.facts.media
    if rule is None or rule.alt_limit is None or one.kind not in rule.alt_kinds:
        return "<em>alt text cannot be carried here</em>" if one.alt else ""
    if one.alt is None:
        return "<em>no alt text</em>"
    return f"Alt: {escape(one.alt)}" if one.alt else "<em>decoration</em>"


def _count(card: Card, text: str) -> str:
    """Return how much of the room for one part a text takes."""
    if not text:
        return ""
    used = length(text, card.facts.text.counting)
    over = " over" if used > card.limit else ""
    return f'<p class="when{over}">{used} of {card.limit}</p>'


def _paste(card: Card, fresh: Fresh) -> str:
    """Return the text that a person has to paste, where a place takes none."""
    text = "\n\n".join(fresh.snapshot.parts).strip()
    if card.facts.takes_text or not text:
        return ""
    return (
        f'<div class="paste"><h3>To paste in the app</h3><pre dir="auto">{escape(text)}</pre></div>'
    )


def _options(options: Mapping[str, JsonValue]) -> str:
    """Return the post's own keys for the platform."""
    if not options:
        return ""
    said = ", ".join(f"{name} {_value(value)}" for name, value in options.items())
    return f'<p class="options">{escape(said)}</p>'


def _value(value: JsonValue) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _problems(problems: Sequence[Problem]) -> str:
    """Return problems as a list, each with its place and what to do."""
    if not problems:
        return ""
    return f'<ul class="problems">{"".join(map(_problem, problems))}</ul>'


def _problem(problem: Problem) -> str:
    look = "note" if problem.severity is Severity.NOTICE else "cannot"
    where = "" if problem.where is None else f"<small>{escape(problem.where)}</small>"
    hint = "" if problem.hint is None else f'<span class="hint">{escape(problem.hint)}</span>'
    allowed = ""
    if problem.severity is Severity.WOULD_REFUSE:
        allowed = f"<small>passes with <code>--allow {escape(problem.code)}</code></small>"
    return f'<li class="{look}">{escape(problem.message)}{hint}{allowed}{where}</li>'
