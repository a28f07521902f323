"""`microcom import`: many posts from one CSV or JSON Lines file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import (
    Allow,
    AsJson,
    Because,
    Client,
    ConfigFile,
    DryRun,
    OneAccount,
    Sandbox,
)
from microcom.cli.plan import Follow, Late, Partial
from microcom.cli.screen import Answer
from microcom.cli.session import Session
from microcom.errors import Mistakes, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.cli.planning import Wishes
    from microcom.core.problem import Problem
    from microcom.core.survey import Survey
    from microcom.intake.feed import Paper
    from microcom.intake.table import Form

HELP = """Queue the posts of a CSV or JSON Lines file: all of them, or none.

A row is a post; its columns are called as the keys of post files are. The same file a second time
changes nothing; a row that was changed changes what waits, and never what is out. Rows that are
gone are cancelled with --prune.

Examples:

  microcom import feed.csv --dry-run

  microcom import products.csv --mapping products.yaml --prune

  microcom import export.csv --encoding windows-1252 --delimiter ";"

  produce-rows | microcom import - --format jsonl
"""

DASH = "-"
TWICE = "post.twice"
File = Annotated[
    str, typer.Argument(metavar="FILE | -", help="A .csv, .tsv, .jsonl or .ndjson file.")
]
MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", metavar="FILE", help="Says what other columns are to us."),
]
Encoding = Annotated[
    str | None,
    typer.Option("--encoding", metavar="NAME", help="Such as windows-1252, if not UTF-8."),
]
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", metavar="CHARACTER", help="What stands between cells."),
]
Format = Annotated[
    str | None,
    typer.Option("--format", metavar="csv | jsonl", help="If the file's name does not say it."),
]
Prune = Annotated[
    bool, typer.Option("--prune", help="Cancel what waits and is no row of this file any more.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import", help=HELP)(import_)


def import_(
    file: File,
    mapping: MappingFile = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    form: Format = None,
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
    """Queue the posts of a feed."""
    from microcom.cli.changelist import data_of, show
    from microcom.cli.surveying import Only, Surveying
    from microcom.core.survey import Asked

    session = Session("import", json=as_json, sandbox=sandbox, config=config)
    only = Only(client, account).checked(session)
    if prune and file == DASH:
        message, hint = "What is piped in has no earlier rows.", "Name a file: import FILE --prune"
        raise UserError(message, code="import.prune", hint=hint)
    paper = _paper(file, encoding, delimiter, _form(form))
    wishes = _wishes(session, file, paper, mapping, allow or [])
    asked = Asked(late=late, prune=prune, follow_files=follow_files)
    surveying = Surveying(session, wishes, asked, only)
    waived = [TWICE] if TWICE in (allow or []) else []
    if not waived:
        _refuse_strangers(session, surveying.seen(), paper)
    surveying.keep_apart(allow or [])
    found, code = surveying.applied(because, waived, partial=partial, dry=dry_run)
    answer = Answer(
        data=data_of(found),
        shown=lambda screen: show(screen, session, surveying.wishes, found, applied=not dry_run),
        code=code,
        problems=surveying.wishes.problems,
    )
    raise typer.Exit(session.screen.answer(answer))


def _form(word: str | None) -> Form | None:
    from microcom.intake.table import Form

    if word is None or word in set(Form):
        return None if word is None else Form(word)
    raise UserError(f"There is no format {word}.", code="import.format", hint="Write csv or jsonl.")


def _paper(file: str, encoding: str | None, delimiter: str | None, form: Form | None) -> Paper:
    from microcom.core.changes import FEEDS
    from microcom.intake.feed import Paper
    from microcom.intake.posts import STDIN

    if file == DASH:
        return Paper(STDIN, STDIN, Path.cwd(), form, encoding, delimiter)
    path = Path(file)
    if path.suffix.lower() not in FEEDS:
        raise UserError(
            f"{file} is not called as a feed is.",
            code="import.name",
            hint=f"Its name has to end with {', '.join(FEEDS)}; or pipe it: microcom import -",
        )
    whole = path.absolute()
    return Paper(str(whole), path.stem, whole.parent, form, encoding, delimiter)


def _wishes(
    session: Session, file: str, paper: Paper, mapping: Path | None, allow: Sequence[str]
) -> Wishes:
    """Return what the rows want; a row that could not be read leaves nothing to prune."""
    from microcom.cli.planning import wished
    from microcom.cli.project import relative
    from microcom.core.changes import Scope
    from microcom.intake.feed import read_feed
    from microcom.intake.mapping import FeedMapping, read_mapping
    from microcom.intake.source import bounded, read_bytes
    from microcom.intake.table import MAX_FEED_BYTES

    ours = FeedMapping() if mapping is None else read_mapping(mapping)
    if file == DASH:
        content = sys.stdin.buffer.read(MAX_FEED_BYTES + 1)
        content = bounded(content, paper.file, MAX_FEED_BYTES)
    else:
        content = read_bytes(Path(file), MAX_FEED_BYTES)
    try:
        feed = read_feed(content, paper, ours, session.files.look)
    finally:
        session.files.line.end()
    source = relative(session, paper.file)
    scope = Scope((), [source], () if feed.whole else {source})
    return wished(session, feed.drafts, feed.problems, scope, allow)


def _refuse_strangers(session: Session, found: Survey, paper: Paper) -> None:
    """Raise Mistakes for rows that would take over what waits from another file."""
    problems = tuple(dict.fromkeys(_strangers(session, found, paper)))
    if problems:
        raise Mistakes(problems)


def _strangers(session: Session, found: Survey, paper: Paper) -> Iterator[Problem]:
    from microcom.cli.project import project_folder, relative
    from microcom.core.problem import Problem, Severity

    own, folder = relative(session, paper.file), project_folder(session)
    for change in found.doing:
        fresh, was = change.wanted, change.was
        if fresh is None or was is None or was.source in {None, own}:
            continue
        if (folder / str(was.source)).is_file():
            same, post = fresh.post == was.delivery.post, was.delivery.post
            what = f"The id {post} is" if same else f"What {fresh.post} says is"
            message = f"{what} that of {was.source} too, and waits for {fresh.target}."
            hint = "Say it in one of them; --allow post.twice lets this one take it over."
            yield Problem(TWICE, message, hint, paper.file, Severity.WOULD_REFUSE)
