"""What stands between the first two lines of --- in a post file, and what it makes of a post."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.core.post import Attachment, Labels, Variant, is_address
from microcom.core.problem import Problem
from microcom.errors import Mistakes
from microcom.intake.parts import RULE, parts_of
from microcom.intake.source import Source, Spot
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.intake.models import LabelsShape, MediaShape, PostKeys, VariantKeys, WordingKeys
    from microcom.intake.nodes import Block


def body_start(source: Source, lines: Sequence[str]) -> int:
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
class Keys:
    """What the front matter says, and where; None where there is none."""

    shape: PostKeys | None = None
    places: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, source: Source, lines: Sequence[str], problems: list[Problem]) -> Keys:
        """Return the keys in the lines between the first two rules; add what is wrong."""
        if all(not line.strip() or line.lstrip().startswith("#") for line in lines):
            return cls()
        from microcom.intake.document import read_block

        text = "\n".join(["", *lines])  # the rule's own line left empty: line numbers stay true
        try:
            tree = read_block(Source(source.file, text), problems)
        except Mistakes as mistakes:
            problems[:] = mistakes.problems
            return cls()
        return cls.of(tree, problems)

    @classmethod
    def of(cls, tree: Block, problems: list[Problem]) -> Keys:
        """Return what a block says as the keys of a post; add what is wrong."""
        from microcom.intake.models import PostKeys
        from microcom.intake.nodes import spot_of
        from microcom.intake.refusals import fit

        shape = fit(PostKeys, tree, problems) or PostKeys()
        places = dict(_places(tree, (), shape, ""))
        places |= {word: str(spot_of(tree, ("to", index))) for index, word in enumerate(shape.to)}
        for key, variant in shape.for_.items():
            places[f"for:{key}"] = str(spot_of(tree, ("for", key), key=True))
            places |= _places(tree, ("for", key), variant, f"for:{key}:")
        return cls(shape, places)


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads the keys of a post in a folder; notes what is wrong."""

    file: str
    folder: Path
    keys: Keys
    problems: list[Problem]

    def variant(self, key: str, shape: VariantKeys, parts: int) -> Variant:
        """Return what a block of ``for`` says."""
        text = None if shape.text is None else self._parts(key, shape.text)
        files = shape.media
        return Variant(
            parts=text,
            at=shape.at,
            title=shape.title,
            link=shape.link,
            tags=None if shape.tags is None else tuple(shape.tags),
            fit=shape.fit,
            labels=labels_of(shape.labels),
            attachments=None
            if files is None
            else self.attachments(files, parts if text is None else len(text), f"for:{key}:"),
            vars=shape.vars,
            options=shape.options,
        )

    def attachments(
        self, files: Sequence[MediaShape], parts: int, above: str
    ) -> tuple[Attachment, ...]:
        """Return the files that a block names; note parts that there are not."""
        found: list[Attachment] = []
        for number, one in enumerate(files):
            where = self.keys.places.get(f"{above}media:{number}")
            if one.part > max(parts, 1):
                message = f"media: there is no part {one.part}; the post has {parts}."
                hint = "Count the parts from 1."
                self.problems.append(Problem("media.part", message, hint, where))
            file = one.file if is_address(one.file) else str(self.folder / one.file)
            found.append(Attachment(file, one.alt, one.part - 1, one.cover))
        return tuple(found)

    def _parts(self, key: str, text: str) -> tuple[str, ...]:
        """Return the parts of a variant's text; an empty one has a single empty part."""
        if not text.strip():
            return ("",)
        problems: list[Problem] = []
        parts = parts_of(self.file, text.split("\n"), 0, problems)
        where = self.keys.places.get(f"for:{key}:text")
        self.problems.extend(replace(one, where=where) for one in problems)
        return parts


def labels_of(shape: LabelsShape) -> Labels:
    """Return what a block of labels says."""
    return Labels(shape.ai, shape.paid, shape.brand)


def _places(
    tree: Block, path: tuple[str, ...], shape: WordingKeys, above: str
) -> Iterator[tuple[str, str]]:
    """Yield where the keys and files of a block stand, each name after ``above``."""
    from microcom.intake.nodes import Block, follow, spot_of

    block = follow(tree, path)[1]
    for key in block.values if isinstance(block, Block) else ():
        name = key if key == "text" else f"--{key}"
        yield f"{above}{name}", str(spot_of(tree, (*path, key)))
    for number in range(len(shape.media or ())):
        yield f"{above}media:{number}", str(spot_of(tree, (*path, "media", number)))
