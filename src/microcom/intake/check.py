"""What is wrong with files, without a network, a queue or a vault: every mistake at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from microcom.core.config import Config
from microcom.core.media import Media
from microcom.core.plan import plan
from microcom.core.problem import Problem
from microcom.errors import Mistakes, UserError
from microcom.intake.accounts import load
from microcom.intake.find import FILE, FOLDER, find_config
from microcom.intake.places import Places
from microcom.intake.posts import Draft, looked_at, read_draft
from microcom.intake.registry import Registry

YAML = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class Checked:
    """The files that were looked at, and what is wrong with them; ``where`` is a place in them."""

    files: tuple[str, ...]
    problems: tuple[Problem, ...]


def check(
    paths: Sequence[Path],
    places: Places,
    platforms: Registry,
    now: datetime,
    *,
    cwd: Path,
    explicit: str | None = None,
    look: Callable[[Path], Media],
) -> Checked:
    """Check accounts files, post files, and folders of both; without paths, the accounts in force.

    Posts are checked against the accounts file among the paths, else the one in force. A post
    without targets may get them on the command line, and one whose time has gone by may have been
    posted: neither is a mistake here. ``look`` says what a picture or video is.
    """
    checking = _Checking(platforms, now, look)
    files = [file for path in paths for file in _files(Path(cwd, path))]
    accounts = tuple(file for file in files if file.suffix in YAML)
    config = checking.accounts(accounts or None, places, explicit, cwd)
    for file in files:
        if file.suffix not in YAML:
            checking.post(file, config)
    return Checked(tuple(checking.files), tuple(checking.problems))


@dataclass(frozen=True, slots=True)
class _Checking:
    """Goes through files and gathers what is wrong."""

    platforms: Registry
    now: datetime
    look: Callable[[Path], Media]
    files: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def accounts(
        self, named: tuple[Path, ...] | None, places: Places, explicit: str | None, cwd: Path
    ) -> Config | None:
        """Return the accounts to check posts against; None when they are wrong or missing."""
        try:
            files = named or find_config(places, explicit, cwd)
            self.files.extend(str(file) for file in files)
            return load(files, self.platforms)
        except UserError as error:
            self._failed(error, None)
            return None

    def post(self, file: Path, config: Config | None) -> None:
        """Check one post file."""
        self.files.append(str(file))
        try:
            draft = looked_at(read_draft(file), self.look)
        except UserError as error:
            self._failed(error, str(file))
            return
        self._unique(draft, str(file))
        if config is None:
            return
        used = {account.platform for account in config.accounts.values()}
        platforms = {name: self.platforms.load(name) for name in used}
        found = plan(draft.post, config, platforms, self.now, past=True).problems
        self.problems.extend(
            draft.placed(problem) for problem in found if problem.code != "target.none"
        )

    def _unique(self, draft: Draft, file: str) -> None:
        name = draft.post.id or ""
        if name in self.ids:
            message = f"The id {name} is that of {self.ids[name]} too."
            where = draft.places.get("--id", f"{file}:1:1")
            self.problems.append(Problem("post.twice", message, "Give one another id.", where))
        self.ids.setdefault(name, file)

    def _failed(self, error: UserError, where: str | None) -> None:
        if isinstance(error, Mistakes):
            self.problems.extend(error.problems)
        else:
            self.problems.append(Problem(error.code, error.message, error.hint, where))


def _files(path: Path) -> Iterator[Path]:
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
