"""A draft: a post, where its words stand, and what its files are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from microcom.core.problem import Problem, Severity
from microcom.errors import Mistakes, UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.media import Media
    from microcom.core.post import Attachment, Post

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


NOT_OF_A_TARGET = ABOUT_TARGETS | {"for", "time"}
FEW = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """A post, and where its words stand.

    ``places`` maps ``--to``, ``--at``, ``text`` and each target as written to ``file:line:column``.
    ``unseen`` are notices of files that could not be looked at without a network.
    """

    post: Post
    places: Mapping[str, str] = field(default_factory=dict)
    unseen: tuple[Problem, ...] = ()

    def told(
        self, problems: Sequence[Problem], said: Mapping[str, Mapping[str, str]]
    ) -> tuple[Problem, ...]:
        """Return the problems of this post's plan at their places; one of several targets once.

        ``said`` is the plan's: which variant said what of a target.
        """
        if not self.places:
            return tuple(problems)
        targets: dict[Problem, list[str]] = {}
        for problem in problems:
            named = targets.setdefault(self.placed(problem, said), [])
            if problem.where and problem.code.partition(".")[0] not in NOT_OF_A_TARGET:
                named.append(problem.where)
        return tuple(
            replace(problem, message=f"{_listed(named)}: {problem.message}") if named else problem
            for problem, named in targets.items()
        )

    def placed(self, problem: Problem, said: Mapping[str, Mapping[str, str]]) -> Problem:
        """Return one problem at the place in the file that it is about."""
        about, where = problem.code.partition(".")[0], problem.where or ""
        text = self.places["text"]
        if about == "for":
            return replace(problem, where=self.places.get(f"for:{where}", text))
        if about in ABOUT_TARGETS:
            return replace(problem, where=self.places.get(where) or self.places.get("--to", text))
        key = "--at" if about == "time" else ABOUT_KEYS.get(about, "text")
        variant = said.get(where, {}).get(key.removeprefix("--"))
        place = self.places.get(key, text)
        if variant is not None:
            place = self.places.get(f"for:{variant}:{key}", place)
        return replace(problem, where=place)


def _listed(targets: Sequence[str]) -> str:
    few = ", ".join(targets[:FEW])
    return few if len(targets) <= FEW else f"{few} and {len(targets) - FEW} more"


def looked_at(draft: Draft, look: Callable[[str], Media | None]) -> Draft:
    """Return the draft with what its files are; raise Mistakes for all that cannot be read.

    A file that is named several times is looked at once; one that ``look`` gives None for is left
    out, with a notice ``media.unseen`` in the draft.
    """
    looking = _Looking(draft, look)
    post = draft.post
    found = replace(
        post,
        media=looking.found(post.attachments, ""),
        variants={
            key: replace(one, media=looking.found(one.attachments or (), f"for:{key}:"))
            for key, one in post.variants.items()
        },
    )
    if looking.problems:
        raise Mistakes(looking.problems)
    return replace(draft, post=found, unseen=tuple(looking.unseen))


@dataclass(frozen=True, slots=True)
class _Looking:
    """Looks at the files of a draft, each once."""

    draft: Draft
    look: Callable[[str], Media | None]
    seen: dict[str, Media | UserError | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unseen: list[Problem] = field(default_factory=list)

    def found(self, attachments: Sequence[Attachment], above: str) -> tuple[Media, ...]:
        """Return what files are; note those that cannot be read."""
        media: list[Media] = []
        for number, one in enumerate(attachments):
            found = self._seen(one.file)
            where = self.draft.places.get(f"{above}media:{number}", "--media")
            if found is None:
                message = f"{one.file.partition('?')[0]} was not looked at: it is an address."
                notice = Problem("media.unseen", message, None, where, Severity.NOTICE)
                self.unseen.append(notice)
            elif isinstance(found, UserError):
                self.problems.append(Problem(found.code, found.message, found.hint, where))
            else:
                media.append(replace(found, alt=one.alt, part=one.part, cover=one.cover))
        return tuple(media)

    def _seen(self, file: str) -> Media | UserError | None:
        if file not in self.seen:
            try:
                self.seen[file] = self.look(file)
            except UserError as error:
                self.seen[file] = error
        return self.seen[file]
