"""Posts as people write them: a file, standard input, or words on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.core.changes import FEEDS
from microcom.core.names import is_name, slug
from microcom.core.post import Post
from microcom.core.problem import Problem
from microcom.errors import Mistakes, UserError
from microcom.intake.draft import Draft
from microcom.intake.frontmatter import Keys, Reading, body_start, labels_of
from microcom.intake.parts import normal, parts_of
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


def read_draft(path: Path) -> Draft:
    """Return the post in a file with the places of its words; raise Mistakes, all at once.

    Without an id, the file's name serves as one; without front matter, all of it is text.
    """
    if path.suffix.lower() in FEEDS:
        message = f"{path} is a feed: it holds many posts."
        raise UserError(message, code="post.feed", hint=f"Write: microcom import {path}")
    return _draft(read_source(path, MAX_POST_BYTES), path)


def read_stdin(content: bytes) -> Draft:
    """Return the post that was piped in: a post file, or plain text with parts between ---.

    It has an id only if it says so.
    """
    source = decoded(bounded(content, STDIN, MAX_POST_BYTES), STDIN)
    return _draft(source, None)


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
    body = body_start(source, lines)
    parts = parts_of(source.file, lines, body, problems)
    keys = Keys.read(source, lines[1 : max(body - 1, 1)], problems)
    if keys.shape is not None and may_be_bare(keys.shape) and not any(parts):
        problems[:] = [one for one in problems if one.code != "text.empty"]
    post = _post(keys, parts, source.file, path, problems)
    if problems:
        raise Mistakes(sorted(problems, key=place_of))
    return Draft(post, {"text": str(Spot(source.file, body + 1, 1)), **keys.places})


def _post(
    keys: Keys, parts: tuple[str, ...], file: str, path: Path | None, problems: list[Problem]
) -> Post:
    """Return the post that keys and parts make; add what is wrong with its name or media."""
    shape = keys.shape
    name = None if shape is None else shape.id
    if name is None and path is not None:
        name = _name_of(path, problems)
    source = None if path is None else file
    if shape is None:
        return Post(name, parts, source=source, template=True)
    folder = Path.cwd() if path is None else path.absolute().parent
    return replace(
        post_of(shape, parts, Reading(file, folder, keys, problems)), id=name, source=source
    )


def post_of(shape: PostKeys, parts: tuple[str, ...], reading: Reading) -> Post:
    """Return the post that keys and parts make; what is wrong with its media is noted."""
    return Post(
        id=shape.id,
        parts=parts,
        to=tuple(shape.to),
        at=shape.at,
        campaign=shape.campaign,
        title=shape.title,
        link=shape.link,
        labels=labels_of(shape.labels),
        attachments=reading.attachments(shape.media or (), len(parts), ""),
        options=shape.options,
        tags=tuple(shape.tags or ()),
        fit=shape.fit,
        vars=shape.vars,
        variants={key: reading.variant(key, one, len(parts)) for key, one in shape.for_.items()},
        template=True,
    )


def may_be_bare(shape: PostKeys) -> bool:
    """Say whether a post may have no text of its own: it has files, or says all in variants."""
    return bool(shape.media) or any(one.text is not None for one in shape.for_.values())


def _name_of(path: Path, problems: list[Problem]) -> str | None:
    """Return the file's name as a post's name: ``Winter menu.md`` is ``winter-menu``."""
    name = slug(path.stem)
    if is_name(name):
        return name
    message = f"The name of {path.name} cannot serve as the post's id."
    hint = "Add a line `id: some-name` between two lines of --- at the top."
    problems.append(Problem("post.id", message, hint, str(Spot(str(path.absolute()), 1, 1))))
    return None
