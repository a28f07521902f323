"""`microcom plan` and `microcom apply`: what post files would do to the queue, and doing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, Client, ConfigFile, DryRun, OneAccount, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.core.exits import Exit
from microcom.errors import Mistakes, UserError

if TYPE_CHECKING:
    from microcom.cli.planning import Wishes
    from microcom.core.changes import Change, Standing
    from microcom.core.delivery import Delivery
    from microcom.core.steps import JsonValue
    from microcom.core.survey import Asked, Survey
    from microcom.store import Store

PLAN_HELP = """Show what post files would change in the queue, and what it costs. Changes nothing.

Without a path: the folder posts beside the accounts file.

Examples:

  microcom plan posts/

  microcom plan --exit-code    exits 10 when there is something to apply
"""

APPLY_HELP = """Make the queue say what post files say: all of it, or nothing.

A second time changes nothing. What has left is never touched; what a person moved or cancelled
stays so until its file says another time. Posts due in the past are left alone (--late queues
them), and so is what no file says any more (--prune cancels it).

Examples:

  microcom apply posts/

  microcom apply posts/ --prune --dry-run
"""

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[PATH…]", help="Post files, or folders of them.", show_default=False),
]
Late = Annotated[bool, typer.Option("--late", help="Queue also what is due in the past.")]
Prune = Annotated[
    bool,
    typer.Option("--prune", help="Cancel what waits and no file in these paths says any more."),
]
Follow = Annotated[
    bool, typer.Option("--follow-files", help="Files win over what people moved or cancelled.")
]
Partial = Annotated[bool, typer.Option("--partial", help="Go on with what is right.")]
Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="CODE", help="Let one kind of problem pass."),
]
Because = Annotated[
    str | None, typer.Option("--because", metavar="WHY", help="Why: noted with what is allowed.")
]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="Exit with 10 if there are changes.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("plan", help=PLAN_HELP)(plan)
    app.command("apply", help=APPLY_HELP)(apply)


def plan(
    paths: Paths = None,
    late: Late = False,
    prune: Prune = False,
    follow_files: Follow = False,
    allow: Allow = None,
    client: Client = None,
    account: OneAccount = None,
    exit_code: ExitCode = False,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what post files would change."""
    session = Session("plan", json=as_json, sandbox=sandbox, config=config)
    asked = _asked(late=late, prune=prune, follow_files=follow_files)
    wishes = _wishes(session, paths, allow, client, account)
    found = _surveyed(session, session.store_or_none, wishes, asked, client, account)
    code = Exit.CHANGES if exit_code and found.doing else Exit.OK
    answer = Answer(
        data=_data(found),
        shown=lambda screen: _shown(screen, session, wishes, found, applied=False),
        code=Exit.USAGE if wishes.obstacles else code,
        problems=wishes.problems,
    )
    raise typer.Exit(session.screen.answer(answer))


def apply(
    paths: Paths = None,
    late: Late = False,
    prune: Prune = False,
    follow_files: Follow = False,
    partial: Partial = False,
    allow: Allow = None,
    because: Because = None,
    client: Client = None,
    account: OneAccount = None,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Make the queue say what post files say."""
    session = Session("apply", json=as_json, sandbox=sandbox, config=config)
    asked = _asked(late=late, prune=prune, follow_files=follow_files)
    wishes = _wishes(session, paths, allow, client, account)
    if wishes.obstacles and not (partial and wishes.wanted):
        raise Mistakes(wishes.obstacles)
    if dry_run:
        found = _surveyed(session, session.store_or_none, wishes, asked, client, account)
        done: list[Delivery] = []
    else:
        found, done = _applied(session, wishes, asked, client, account, allow or [], because)
    answer = Answer(
        data=_data(found),
        shown=lambda screen: _shown(screen, session, wishes, found, applied=not dry_run),
        code=_code(done, wishes),
        problems=wishes.problems,
    )
    raise typer.Exit(session.screen.answer(answer))


def _asked(*, late: bool, prune: bool, follow_files: bool) -> Asked:
    from microcom.core.survey import Asked

    return Asked(late=late, prune=prune, follow_files=follow_files)


def _wishes(
    session: Session,
    paths: Sequence[Path] | None,
    allow: Sequence[str] | None,
    client: str | None,
    account: str | None,
) -> Wishes:
    from microcom.cli.planning import wishes
    from microcom.core.names import did_you_mean

    for name, known in ((client, session.config.clients), (account, session.config.accounts)):
        if name is not None and name not in known:
            what = "client" if known is session.config.clients else "account"
            raise UserError(
                f"There is no {what} {name}.",
                code=f"{what}.unknown",
                hint=did_you_mean(name, known),
            )
    found = wishes(session, paths or [], allow or [])
    return replace(
        found, wanted=tuple(one for one in found.wanted if _is_of(session, one, client, account))
    )


def _is_of(session: Session, fresh: object, client: str | None, account: str | None) -> bool:
    target = fresh.target  # type: ignore[attr-defined]
    owner = session.config.accounts[target.account].client
    return client in {None, owner} and account in {None, target.account}


def _surveyed(
    session: Session,
    store: Store | None,
    wishes: Wishes,
    asked: Asked,
    client: str | None,
    account: str | None,
) -> Survey:
    from microcom.core.survey import survey

    standing: list[Standing] = []
    if store is not None:
        project = session.config.project
        known = {one.delivery.id: one for one in store.planned.of_posts(project, wishes.posts)}
        known |= {one.delivery.id: one for one in store.planned.waiting(project)}
        standing = [
            known[number]
            for number in sorted(known)
            if client in {None, known[number].delivery.client}
            and account in {None, known[number].delivery.target.account}
        ]
    return survey(
        wishes.wanted,
        standing,
        wishes.scope,
        session.config,
        session.clock.now(),
        spent=(lambda *_: 0) if store is None else store.planned.spent,
        asked=asked,
    )


def _applied(
    session: Session,
    wishes: Wishes,
    asked: Asked,
    client: str | None,
    account: str | None,
    allow: Sequence[str],
    because: str | None,
) -> tuple[Survey, list[Delivery]]:
    """Do all of it in one transaction, over the queue as it is in that very moment."""
    from microcom.cli.attach import keep
    from microcom.runner.ready import logged_in

    store = session.new_store
    foreseen = _surveyed(session, store, wishes, asked, client, account)
    acting = [change for change in foreseen.doing if change.wanted is not None]
    names = dict.fromkeys(one.wanted.target.account for one in acting if one.wanted)
    store.accounts.register(session.config, names)
    known = {name: logged_in(store, session.http, name) for name in names}
    keep(session, [one.wanted for one in acting if one.wanted])
    with store.db.transaction():
        found = _surveyed(session, store, wishes, asked, client, account)
        done = [store.applying.apply(change, known) for change in found.doing]
        for code in allow if done else ():
            store.events.append("allowed", code=code, because=because)
        store.events.append("applied", changes=len(done)) if done else None
    return found, done


def _code(done: Sequence[Delivery], wishes: Wishes) -> Exit:
    from microcom.core.delivery import State

    if any(one.state is State.HELD for one in done):
        return Exit.PERSON
    return Exit.PARTIAL if wishes.obstacles else Exit.OK


# --- in front of people and programs -------------------------------------------------------


def _data(found: Survey) -> dict[str, JsonValue]:
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


def _shown(
    screen: Screen, session: Session, wishes: Wishes, found: Survey, *, applied: bool
) -> None:
    from microcom.core.changes import SIGNS, Action

    shown = [one for one in found.changes if one.action is not Action.SAME]
    lines = [_line(session, change) for change in shown]
    widths = [max((len(line[column]) for line in lines), default=0) for column in range(2)]
    for change, (target, post, *rest) in zip(shown, lines, strict=True):
        said = "  ".join(word for word in rest if word)
        text = f"{target.ljust(widths[0])}  {post.ljust(widths[1])}  {said}".rstrip()
        screen.mark(text, sign=SIGNS[change.action])
    screen.say()
    _summary(screen, session, wishes, found, applied=applied)


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
    files = len(wishes.posts)
    head = ", ".join(said) or ("Nothing to do" if not applied else "Nothing was changed")
    screen.say(
        f"{session.config.project}: {head}; {files} posts, {same} deliveries left as they are."
    )
    for name, cost in found.costs.items():
        if cost:
            screen.say(f"{name or 'cost'}: {_cost(session, name, cost)}")


def _cost(session: Session, name: str, cost: int) -> str:
    from microcom.core.money import usd

    client = session.config.clients.get(name, session.config.nobody)
    budgets = ", ".join(f"{platform} ${usd(sum_)}" for platform, sum_ in client.budgets.items())
    return f"${usd(cost)}" + (f" (a month at most: {budgets})" if budgets else "")
