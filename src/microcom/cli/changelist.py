"""The changes that a plan consists of, in front of people and programs."""

from __future__ import annotations

from collections import Counter
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.cli.planning import Wishes
    from microcom.cli.screen import Screen
    from microcom.cli.session import Session
    from microcom.core.changes import Change
    from microcom.core.steps import JsonValue
    from microcom.core.survey import Survey


SIGN = "+ "
BELOW = "    "


def data_of(found: Survey) -> dict[str, JsonValue]:
    """Return the changes for programs."""
    from microcom.core.changes import Action
    from microcom.core.report import dollars

    counts = Counter(one.action.value for one in found.changes)
    return {
        "changes": [_row(one) for one in found.changes if one.action is not Action.SAME],
        "counts": dict(counts),
        "cost_usd": {name: dollars(cost) for name, cost in found.costs.items()},
    }


def _row(change: Change) -> dict[str, JsonValue]:
    from microcom.core.report import delivery_row

    return {
        "action": change.action.value,
        "why": change.why,
        "delivery": None if change.wanted is None else _wanted_row(change),
        "was": None if change.was is None else delivery_row(change.was.delivery),
    }


def _wanted_row(change: Change) -> dict[str, JsonValue]:
    from microcom.core.report import dollars, local
    from microcom.core.schedule import rfc3339

    fresh = change.wanted
    assert fresh is not None  # noqa: S101 - asked by whoever calls
    return {
        "post": fresh.post,
        "target": str(fresh.target),
        "account": fresh.target.account,
        "community": fresh.target.community,
        "campaign": fresh.campaign,
        "due": rfc3339(fresh.due),
        "due_local": local(fresh.due, fresh.zone).isoformat(),
        "parts": list(fresh.snapshot.parts),
        "cost_usd": dollars(fresh.cost),
        "held": fresh.held,
        "source": fresh.source,
    }


def show(screen: Screen, session: Session, wishes: Wishes, found: Survey, *, applied: bool) -> None:
    """Print the changes for people, and what they come to."""
    from microcom.core.changes import SIGNS, Action

    shown = [one for one in found.changes if one.action is not Action.SAME]
    lines = [_line(session, change) for change in shown]
    for change, text in zip(shown, laid_out(lines, screen.width), strict=True):
        screen.mark(text, sign=SIGNS[change.action])
    screen.say()
    _summary(screen, session, wishes, found, applied=applied)


def laid_out(lines: Sequence[Sequence[str]], width: int | None) -> Sequence[str]:
    """Return the lines in columns; where one is too wide for the screen, in two rows each."""
    widths = [max((len(line[column]) for line in lines), default=0) for column in range(2)]
    heads = [f"{line[0].ljust(widths[0])}  {line[1].ljust(widths[1])}" for line in lines]
    tails = ["  ".join(word for word in line[2:] if word) for line in lines]
    whole = [f"{head}  {tail}".rstrip() for head, tail in zip(heads, tails, strict=True)]
    if width is None or max(map(len, whole), default=0) + len(SIGN) <= width:
        return whole
    return [
        "\n".join(
            (head.rstrip(), *wrap(tail, width, initial_indent=BELOW, subsequent_indent=BELOW))
        )
        for head, tail in zip(heads, tails, strict=True)
    ]


def _line(session: Session, change: Change) -> list[str]:
    """Return what stands in a line: target, post, time, cost, why."""
    from microcom.cli.receipts import when
    from microcom.core.report import dollars

    now, fresh, was = session.clock.now(), change.wanted, change.was
    if fresh is None:
        assert was is not None  # noqa: S101 - one of the two is there
        one = was.delivery
        return [str(one.target), one.post, when(one.due, one.zone, now), "", change.why or ""]
    cost = "" if not fresh.cost else f"${dollars(fresh.cost)}"
    why = change.why or fresh.held or ""
    return [str(fresh.target), fresh.post, when(fresh.due, fresh.zone, now), cost, why]


DOING = {
    "add": ("to add", "added"),
    "past": ("in the past", "added late"),
    "change": ("to change", "changed"),
    "move": ("to move", "moved"),
    "rename": ("renamed", "renamed"),
    "orphan": ("no longer in files", "cancelled"),
}


def _summary(
    screen: Screen, session: Session, wishes: Wishes, found: Survey, *, applied: bool
) -> None:
    counted = found.doing if applied else found.changes
    counts = Counter(one.action.value for one in counted)
    said = [f"{counts[name]} {words[applied]}" for name, words in DOING.items() if counts[name]]
    same = len(found.changes) - len(found.doing)
    posts = _counted(len(wishes.posts), "post")
    head = ", ".join(said) or ("Nothing to do" if not applied else "Nothing was changed")
    as_is = "left as it is" if same == 1 else "left as they are"
    left = f", {_counted(same, 'delivery', 'deliveries')} {as_is}" if same else ""
    screen.say(f"{session.config.project}: {head}; {posts}{left}.")
    for name, cost in found.costs.items():
        if cost:
            screen.say(f"{name or 'cost'}: {_cost(session, name, cost)}")


def _counted(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def _cost(session: Session, name: str, cost: int) -> str:
    from microcom.core.money import usd

    client = session.config.clients.get(name, session.config.nobody)
    budgets = ", ".join(f"{platform} ${usd(sum_)}" for platform, sum_ in client.budgets.items())
    return f"${usd(cost)}" + (f" (a month at most: {budgets})" if budgets else "")
