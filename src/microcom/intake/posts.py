"""Posts as people write them: a file, standard input, or words on the command line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.core.media import Media
from microcom.core.names import is_name
from microcom.core.post import Attachment, Labels, Post
from microcom.core.problem import Problem
from microcom.errors import Mistakes, UserError
from microcom.intake.parts import RULE, normal, parts_of
from microcom.intake.source import (
    MAX_POST_BYTES,
    UNPRINTABLE,
    Source,
    Spot,
    bounded,
    decoded,
    place_of,
    read_source,
    unprintable,
)

if TYPE_CHECKING:
    from microcom.intake.models import PostKeys

STDIN = "stdin"
ABOUT_TARGETS = frozenset({"account", "community", "target"})
"""How the codes begin of problems that are about a word of ``to``."""
ABOUT_KEYS = {
    "title": "--title",
    "link": "--link",
    "label": "--labels",
    "media": "--media",
    "alt": "--media",
    "option": "--options",
}
"""How the codes begin of problems that are about a key, and where that key stands."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A post, and where its words stand.

    ``places`` maps ``--to``, ``--at``, ``text`` and each target as written to ``file:line:column``.
    """

    post: Post
    places: Mapping[str, str] = field(default_factory=dict)

    def placed(self, problem: Problem) -> Problem:
        """Return a problem of this post's plan at the place in the file that it is about."""
        if not self.places:
            return problem
        about, where = problem.code.partition(".")[0], problem.where or ""
        text = self.places["text"]
        if about in ABOUT_KEYS:
            message = f"{where}: {problem.message}" if where else problem.message
            return replace(problem, message=message, where=self.places.get(ABOUT_KEYS[about], text))
        if about in ABOUT_TARGETS:
            return replace(problem, where=self.places.get(where) or self.places.get("--to", text))
        if about == "time":
            return replace(problem, where=self.places.get("--at", text))
        message = f"{where}: {problem.message}" if where else problem.message
        return replace(problem, message=message, where=text)


def read_draft(path: Path) -> Draft:
    """Return the post in a file with the places of its words; raise Mistakes, all at once.

    Without an id, the file's name serves as one; without front matter, all of it is text.
    """
    return _draft(read_source(path, MAX_POST_BYTES), path)


def read_stdin(content: bytes) -> Draft:
    """Return the post that was piped in: a post file, or plain text with parts between ---.

    It has an id only if it says so.
    """
    source = decoded(bounded(content, STDIN, MAX_POST_BYTES), STDIN)
    return _draft(source, None)


def looked_at(draft: Draft, look: Callable[[Path], Media]) -> Draft:
    """Return the draft with what its files are; raise Mistakes for all that cannot be read."""
    media: list[Media] = []
    problems: list[Problem] = []
    for number, one in enumerate(draft.post.attachments):
        try:
            found = look(Path(one.file))
        except UserError as error:
            where = draft.places.get(f"media:{number}", "--media")
            problems.append(Problem(error.code, error.message, error.hint, where))
            continue
        media.append(replace(found, alt=one.alt, part=one.part, cover=one.cover))
    if problems:
        raise Mistakes(problems)
    return replace(draft, post=replace(draft.post, media=tuple(media)))


def text_post(text: str, then: Sequence[str] = (), *, bare: bool = False) -> Post:
    """Return the post typed on the command line; ``then`` are further parts of a thread.

    A part stays as typed, apart from blank lines around it; the first may be empty where it is
    ``bare`` (files alone). Raises Mistakes for a part that is empty, too large, or holds control
    characters.
    """
    parts = [normal(part.replace("\r\n", "\n").replace("\r", "\n")) for part in (text, *then)]
    problems = [
        problem
        for number, part in enumerate(parts)
        if part or number or not bare
        for problem in _typed_problems(part, f"--then {number}" if number else "TEXT")
    ]
    if problems:
        raise Mistakes(problems)
    return Post(id=None, parts=tuple(parts))


def _typed_problems(part: str, where: str) -> Iterator[Problem]:
    if not part:
        yield Problem("text.empty", "There is no text.", "Write something to post.", where)
    if len(part) > MAX_POST_BYTES:
        message = f"The text is larger than {MAX_POST_BYTES // 1024} KiB."
        yield Problem("file.size", message, "Shorten it.", where)
    found = UNPRINTABLE.search(part)
    if found:
        yield unprintable(found[0], where)


def _draft(source: Source, path: Path | None) -> Draft:
    lines = source.text.split("\n")
    problems: list[Problem] = []
    body = _body_start(source, lines)
    parts = parts_of(source.file, lines, body, problems)
    keys = _Keys.read(source, lines[1 : max(body - 1, 1)], problems)
    if keys.shape is not None and keys.shape.media and not any(parts):
        problems[:] = [one for one in problems if one.code != "text.empty"]
    post = _post(keys, parts, source.file, path, problems)
    if problems:
        raise Mistakes(sorted(problems, key=place_of))
    return Draft(post, {"text": str(Spot(source.file, body + 1, 1)), **keys.places})


def _post(
    keys: _Keys, parts: tuple[str, ...], file: str, path: Path | None, problems: list[Problem]
) -> Post:
    """Return the post that keys and parts make; add what is wrong with its name or media."""
    shape = keys.shape
    name = None if shape is None else shape.id
    if name is None and path is not None:
        name = _name_of(path, problems)
    source = None if path is None else file
    if shape is None:
        return Post(name, parts, source=source)
    folder = Path.cwd() if path is None else path.absolute().parent
    return Post(
        id=name,
        parts=parts,
        to=tuple(shape.to),
        at=shape.at,
        campaign=shape.campaign,
        source=source,
        title=shape.title,
        link=shape.link,
        labels=Labels(shape.labels.ai, shape.labels.paid, shape.labels.brand),
        attachments=tuple(_attachments(shape, folder, keys, len(parts), problems)),
        options=shape.options,
    )


def _attachments(
    shape: PostKeys, folder: Path, keys: _Keys, parts: int, problems: list[Problem]
) -> Iterator[Attachment]:
    for number, one in enumerate(shape.media):
        where = keys.places.get(f"media:{number}")
        if one.part > parts:
            message = f"media: there is no part {one.part}; the post has {parts}."
            problems.append(Problem("media.part", message, "Count the parts from 1.", where))
        if "://" in one.file:
            message = f"media: {one.file} is an address, and microcom reads files."
            problems.append(Problem("media.address", message, "Download it first.", where))
        yield Attachment(str(folder / one.file), one.alt, one.part - 1, one.cover)


def _body_start(source: Source, lines: Sequence[str]) -> int:
    """Return the index of the line after the front matter, 0 when there is none."""
    if lines[0].rstrip() != RULE:
        return 0
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() == RULE:
            return index + 1
    message = "The keys that begin here are never closed."
    hint = "Put a line of --- between the keys and the text."
    raise Mistakes([Problem("post.open", message, hint, str(Spot(source.file, 1, 1)))])


@dataclass(frozen=True, slots=True)
class _Keys:
    """What the front matter says, and where; None where there is none."""

    shape: PostKeys | None = None
    places: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, source: Source, lines: Sequence[str], problems: list[Problem]) -> _Keys:
        """Return the keys in the lines between the first two rules; add what is wrong."""
        if all(not line.strip() or line.lstrip().startswith("#") for line in lines):
            return cls()
        from microcom.intake.document import read_block
        from microcom.intake.models import PostKeys
        from microcom.intake.nodes import spot_of
        from microcom.intake.refusals import fit

        text = "\n".join(["", *lines])  # the rule's own line left empty: line numbers stay true
        try:
            tree = read_block(Source(source.file, text), problems)
        except Mistakes as mistakes:
            problems[:] = mistakes.problems
            return cls()
        shape = fit(PostKeys, tree, problems) or PostKeys()
        places = {f"--{key}": str(spot_of(tree, (key,))) for key in tree.values}
        places |= {word: str(spot_of(tree, ("to", index))) for index, word in enumerate(shape.to)}
        places |= {f"media:{n}": str(spot_of(tree, ("media", n))) for n in range(len(shape.media))}
        return cls(shape, places)


def _name_of(path: Path, problems: list[Problem]) -> str | None:
    """Return the file's name as a post's name: ``Winter menu.md`` is ``winter-menu``."""
    latin = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", latin.lower()).strip("-")
    if is_name(name):
        return name
    message = f"The name of {path.name} cannot serve as the post's id."
    hint = "Add a line `id: some-name` between two lines of --- at the top."
    problems.append(Problem("post.id", message, hint, str(Spot(str(path.absolute()), 1, 1))))
    return None
