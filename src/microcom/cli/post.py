"""`microcom post`: one post to its targets, now or later."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli import receipts
from microcom.cli.alike import apart, note_allowed
from microcom.cli.attach import (
    Alts,
    LabelWords,
    Link,
    MediaFiles,
    OptionWords,
    Title,
    keep,
    look_at,
    with_words,
)
from microcom.cli.options import (
    Allow,
    AsJson,
    Because,
    ConfigFile,
    DryRun,
    Sandbox,
    Verbose,
)
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.core.exits import Exit
from microcom.core.report import deliveries_data, exit_for
from microcom.errors import Mistakes, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.core.delivery import Delivery
    from microcom.core.passage import Fresh
    from microcom.core.plan import Plan
    from microcom.core.problem import Problem
    from microcom.intake.draft import Draft

HELP = """Publish one post to one or many targets, now or later.

The post is a text, a Markdown file, or - for standard input. Without --at it is queued for now
and published while you watch. The same post to the same target within a day shows the earlier
receipt instead of posting twice.

Examples:

  microcom post "The winter menu is here" --to acme-x

  microcom post "Part one" --then "Part two" --to acme-x --at "fri 09:00"

  microcom post "Freshly poured" --media latte.jpg --alt "A latte" --to acme-pins

  microcom post posts/winter-menu.md --preview

  microcom post posts/winter-menu.md
"""


Words = Annotated[
    list[str] | None, typer.Argument(metavar="TEXT | FILE.md | -", show_default=False)
]
To = Annotated[
    list[str] | None,
    typer.Option("--to", metavar="TARGET", help="An account, account/community or group."),
]
Then = Annotated[
    list[str] | None,
    typer.Option("--then", metavar="TEXT", help="The next part of a thread."),
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="WHEN", help='Such as "fri 18:30", "+2h" (default: now).'),
]
Slot = Annotated[bool, typer.Option("--next-slot", help="In each target's next free slot.")]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="NAME", help="A name for scripts: the same key never twice."),
]
Again = Annotated[bool, typer.Option("--again", help="Post it even if it went out within a day.")]
Partial = Annotated[bool, typer.Option("--partial", help="Go on with the targets that are right.")]
Calls = Annotated[bool, typer.Option("--calls", help="With --dry-run: print the HTTP calls.")]
Preview = Annotated[
    bool, typer.Option("--preview", help="Show a page of what each target would get; send nothing.")
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="With --preview: print its path.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("post", help=HELP)(post)


def post(
    words: Words = None,
    to: To = None,
    then: Then = None,
    media: MediaFiles = None,
    alt: Alts = None,
    title: Title = None,
    link: Link = None,
    label: LabelWords = None,
    option: OptionWords = None,
    at: At = None,
    next_slot: Slot = False,
    key: Key = None,
    again: Again = False,
    partial: Partial = False,
    allow: Allow = None,
    because: Because = None,
    calls: Calls = False,
    preview: Preview = False,
    no_browser: NoBrowser = False,
    verbose: Verbose = False,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Publish one post to one or many targets, now or later."""
    session = Session("post", json=as_json, sandbox=sandbox, config=config, verbose=verbose)
    _choose(preview=preview, calls=calls)
    written = _written(words or [], then or [], bare=bool(media))
    said = {"media": media, "alts": alt, "labels": label, "options": option}
    many = {name: values or [] for name, values in said.items()}
    draft = look_at(session, with_words(written, title=title, link=link, **many))
    plan = _plan(session, draft, _split(to or []), "slot" if next_slot else at, allow or [])
    plan = apart(session, plan, draft, allow or [], key=key, again=again)
    if preview and plan.targets:
        from microcom.cli.preview import preview_of

        page = preview_of(session, draft, plan, partial=partial, browser=not no_browser)
        raise typer.Exit(session.screen.answer(page))
    _refuse(plan, partial=partial)
    if not as_json:
        session.screen.problems(plan.problems)  # what one agrees to is said before it leaves
    fresh = _fresh(session, draft, plan, key)
    if dry_run or calls:
        answer = receipts.rehearsal(session, fresh, plan.problems, calls=calls)
    else:
        answer = _queue(session, fresh, plan, because, again=again)
    raise typer.Exit(session.screen.answer(answer if as_json else replace(answer, problems=())))


def _choose(*, preview: bool, calls: bool) -> None:
    """Raise UserError ``post.preview`` for who asks for a page and for calls at once."""
    if preview and calls:
        raise UserError(
            "--preview and --calls show two different things.",
            code="post.preview",
            hint="Ask for one of them; --preview is a page, --calls are the HTTP calls.",
        )


def _refuse(plan: Plan, *, partial: bool) -> None:
    """Raise Mistakes for what stands in the way; with ``partial`` only if nothing may go."""
    if plan.obstacles and not (partial and plan.deliveries):
        raise Mistakes(plan.obstacles)


def _fresh(session: Session, draft: Draft, plan: Plan, key: str | None) -> list[Fresh]:
    from microcom.cli.project import source_of

    source = source_of(session, draft.post)
    return [replace(one, key=key, source=source) for one in plan.deliveries]


def _written(words: Sequence[str], then: Sequence[str], *, bare: bool) -> Draft:
    """Return what was typed or named as a post; files alone (``bare``) need no word."""
    from microcom.intake.draft import Draft
    from microcom.intake.posts import read_draft, read_stdin, text_post
    from microcom.intake.source import MAX_POST_BYTES

    if not words and not bare:
        raise UserError(
            "There is nothing to post.",
            code="post.none",
            hint='Give a text, a file or -: microcom post "Hello" --to NAME',
        )
    if len(words) > 1:
        raise UserError(
            f"A second text: {words[1]!r}.",
            code="post.words",
            hint="Quote the whole text; further parts of a thread: --then; "
            "several targets: --to A --to B.",
        )
    word = words[0] if words else ""
    if word == "-":
        return _alone(read_stdin(sys.stdin.buffer.read(MAX_POST_BYTES + 1)), then)
    if word.endswith((".md", ".markdown")) and "\n" not in word:
        return _alone(read_draft(Path(word)), then)
    return Draft(text_post(word, then, bare=bare))


def _alone(draft: Draft, then: Sequence[str]) -> Draft:
    if then:
        raise UserError(
            "--then goes with a text, not with a file.",
            code="post.then",
            hint="In a file, a line --- begins the next part.",
        )
    return draft


def _split(to: Sequence[str]) -> list[str]:
    return [name.strip() for word in to for name in word.split(",") if name.strip()]


def _plan(
    session: Session, draft: Draft, to: Sequence[str], at: str | None, allow: Sequence[str]
) -> Plan:
    from microcom.cli.project import diary_of
    from microcom.core.plan import plan
    from microcom.intake.templates import render
    from microcom.platforms import load

    names = {account.platform for account in session.config.accounts.values()}
    found = plan(
        draft.post,
        session.config,
        {name: load(name) for name in names},
        session.clock.now(),
        render=render,
        fitted=session.files.fitted,
        diary=diary_of(session, [draft.post.id] if draft.post.id else []),
        to=to,
        at=at,
        allow=allow,
    )
    typed = [one for one in found.problems if _is_typed(one, to, at)]
    written = [one for one in found.problems if one not in typed]
    told = (*typed, *draft.told(written, found.said))
    return replace(found, problems=told, unplaced=found.problems)


def _is_typed(problem: Problem, to: Sequence[str], at: str | None) -> bool:
    """Say whether a problem is about words of the command line, not of a file."""
    from microcom.intake.draft import ABOUT_TARGETS

    about = problem.code.partition(".")[0]
    return (bool(to) and about in ABOUT_TARGETS) or (at is not None and about == "time")


def _queue(
    session: Session, fresh: Sequence[Fresh], plan: Plan, because: str | None, *, again: bool
) -> Answer:
    from microcom.runner.ready import logged_in

    keep(session, fresh)
    store = session.new_store
    accounts = dict.fromkeys(one.target.account for one in fresh)
    store.accounts.register(session.config, accounts)
    known = {name: logged_in(store, session.http, name) for name in accounts}
    with store.db.transaction():
        fresh = _paid(session, fresh)
        added = store.queue.add([(one, known[one.target.account]) for one in fresh], again=again)
        for one, wanted in zip(added, fresh, strict=True):
            if one.new and wanted.source is not None:
                store.planned.note(one.delivery.id, wanted)
            if one.new:
                note_allowed(store, one.delivery, wanted, because)
    now = session.clock.now()
    queued = [one.delivery for one in added]
    leaving = [one.id for one in queued if not one.over and one.due <= now]
    interrupted = bool(leaving) and receipts.publish(session, leaving)
    deliveries = [store.queue.again(one) for one in queued]
    earlier = {one.delivery.id for one in added if not one.new}
    return Answer(
        data=deliveries_data(deliveries),
        shown=lambda screen: _shown(screen, session, deliveries, earlier),
        code=Exit.INTERRUPTED if interrupted else _code(session, deliveries, plan),
        problems=plan.problems,
    )


def _paid(session: Session, fresh: Sequence[Fresh]) -> list[Fresh]:
    """Return deliveries, those held that no budget pays for; without a budget nothing is asked."""
    config = session.config
    clients = (*config.clients.values(), config.nobody)
    budgets = (*(one.budgets for one in clients), *(one.budget for one in config.apps.values()))
    if not any(budgets):
        return list(fresh)
    from microcom.core.money import Spending

    spending = Spending(config, session.store.planned.spent)
    return [spending.paid(one) for one in fresh]


def _shown(
    screen: Screen, session: Session, deliveries: Sequence[Delivery], earlier: set[int]
) -> None:
    receipts.show(screen, session, deliveries, earlier=earlier)
    if cost := sum(one.cost or 0 for one in deliveries if one.id not in earlier):
        from microcom.core.report import dollars

        screen.note(f"cost: ${dollars(cost)}")
    receipts.remind(screen, session, deliveries)


def _code(session: Session, deliveries: Sequence[Delivery], plan: Plan) -> Exit:
    code = exit_for(deliveries, stopped=receipts.any_stopped(session.store, deliveries))
    return Exit.PARTIAL if code is Exit.OK and plan.obstacles else code
