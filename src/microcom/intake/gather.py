"""The posts in files and folders: every one, each id once, every mistake at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from microcom.core.media import Media
from microcom.core.problem import Problem
from microcom.errors import Mistakes, UserError
from microcom.intake.draft import Draft, looked_at
from microcom.intake.find import FILE, FOLDER
from microcom.intake.posts import read_draft
from microcom.values import dataclass

YAML = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class Gathered:
    """The posts that could be read, by file, and what is wrong with the others."""

    drafts: tuple[tuple[str, Draft], ...]
    problems: tuple[Problem, ...]


def gathered(files: Sequence[Path], look: Callable[[str], Media | None]) -> Gathered:
    """Read post files; two with one id are a mistake that names both.

    ``look`` says what a picture or video is; one that several posts name is looked at once.
    """
    drafts: list[tuple[str, Draft]] = []
    problems: list[Problem] = []
    ids: dict[str, str] = {}
    seen: dict[str, Media | None] = {}

    def once(file: str) -> Media | None:
        if file not in seen:
            seen[file] = look(file)
        return seen[file]

    for file in files:
        try:
            draft = looked_at(read_draft(file), once)
        except UserError as error:
            problems.extend(problems_of(error, str(file)))
            continue
        problems.extend(_twice(draft, str(file), ids))
        drafts.append((str(file), draft))
    return Gathered(tuple(drafts), tuple(problems))


def files_of(path: Path) -> Iterator[Path]:
    """Yield the file, or the accounts and posts in a folder and below, in the order of names."""
    if not path.is_dir():
        yield path
        return
    if (path / FILE).is_file():
        yield path / FILE
    yield from sorted((path / FOLDER).glob("[!.]*.yaml"))
    if path.name == FOLDER:
        yield from sorted(path.glob("[!.]*.yaml"))
    for post in sorted(path.rglob("*.md")):
        if not any(part.startswith(".") for part in post.relative_to(path).parts):
            yield post


def problems_of(error: UserError, where: str | None) -> Sequence[Problem]:
    """Return what an error says as problems."""
    if isinstance(error, Mistakes):
        return error.problems
    return (Problem(error.code, error.message, error.hint, where),)


def _twice(draft: Draft, file: str, ids: dict[str, str]) -> Iterator[Problem]:
    name = draft.post.id or ""
    if name in ids:
        message = f"The id {name} is that of {ids[name]} too."
        where = draft.places.get("--id", f"{file}:1:1")
        yield Problem("post.twice", message, "Give one another id.", where)
    ids.setdefault(name, file)
