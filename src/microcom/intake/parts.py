"""The parts of a thread in a text: a line of --- stands between two of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from microcom.core.problem import Problem
from microcom.intake.source import Spot

RULE = "---"
DEEPEST = 3
FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
OUTER_BLANK = re.compile(r"\A(?:[^\S\n]*\n)+")


def normal(text: str) -> str:
    """Return a part without the blank lines around it and the blanks after its last word."""
    return OUTER_BLANK.sub("", text).rstrip()


def parts_of(
    file: str, lines: Sequence[str], start: int, problems: list[Problem]
) -> tuple[str, ...]:
    """Return the parts in the lines from ``start`` on; add a problem for each that is empty.

    A rule inside a fenced code block (CommonMark 0.31 §4.5) belongs to the text.
    """
    rules = _rules(file, lines, start, problems)
    bounds = [start - 1, *rules, len(lines)]
    parts = [normal("\n".join(lines[above + 1 : below])) for above, below in pairwise(bounds)]
    if not any(parts):
        where = str(Spot(file, min(start + 1, len(lines)), 1))
        problems.append(
            Problem("text.empty", "There is no text.", "Write something to post.", where)
        )
    else:
        problems.extend(_empty(file, rules, parts))
    return tuple(parts)


def _rules(file: str, lines: Sequence[str], start: int, problems: list[Problem]) -> list[int]:
    """Return the index of each line that separates two parts."""
    rules: list[int] = []
    fence, opened, inside = "", start, False
    for index in range(start, len(lines)):
        line = lines[index].rstrip()
        if fence:
            fence = "" if _closes(line, fence) else fence
            inside = bool(fence) and (inside or line == RULE)
        elif line == RULE:
            rules.append(index)
        elif found := FENCE.match(line):
            fence, opened = found[1], index
    if inside:
        message = "The code block that begins here is never closed, and --- follows."
        hint = f"Close it with a line of {fence} where the code ends."
        problems.append(Problem("post.fence", message, hint, str(Spot(file, opened + 1, 1))))
    return rules


def _closes(line: str, fence: str) -> bool:
    mark = line.lstrip(" ")
    return len(line) - len(mark) <= DEEPEST and len(mark) >= len(fence) and set(mark) == {fence[0]}


def _empty(file: str, rules: Sequence[int], parts: Sequence[str]) -> Iterator[Problem]:
    for number, part in enumerate(parts):
        if not part:
            side, rule = ("before", rules[0]) if number == 0 else ("after", rules[number - 1])
            message = f"A part of the thread is empty: nothing stands {side} this line of ---."
            where = str(Spot(file, rule + 1, 1))
            yield Problem("text.empty_part", message, "Write the part, or delete the line.", where)
