"""Where a command's words go: stdout for results, stderr for the rest, or one JSON document."""

from __future__ import annotations

import os
import sys
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microcom.cli import render
from microcom.core.exits import Exit
from microcom.core.problem import Problem
from microcom.errors import MicrocomError, Mistakes, StoreError, UserError
from microcom.intake.places import REAL
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found or did: data for programs, ``shown`` for people, its exit code."""

    data: dict[str, Any]
    shown: Callable[[Screen], None]
    code: Exit = Exit.OK
    problems: Sequence[Problem] = field(default=())


class Screen:
    """The terminal, pipe or program that reads a command's output."""

    def __init__(
        self, command: str, world: str, *, json: bool, environment: Mapping[str, str]
    ) -> None:
        self.command = command
        self.world = world
        self.json = json
        self.rich = not json and sys.stdout.isatty() and environment.get("TERM") != "dumb"
        self.live = not json and sys.stderr.isatty() and environment.get("TERM") != "dumb"
        if world != REAL and not json:
            self.note(f"sandbox {world}: nothing here reaches a real account")

    def say(self, text: str = "") -> None:
        """Print a line of the result."""
        render.out(text)

    def note(self, text: str) -> None:
        """Print a line beside the result."""
        if not self.json:
            render.err(text)

    def tell(self, text: str) -> None:
        """Print a line that a person has to read now, beside a JSON document too."""
        render.err(text)

    def step(self, text: str, *, sign: str = "✓") -> None:
        """Print a line beside the result: something is done (✓), or went wrong (✗)."""
        if not self.json:
            render.step(text, sign=sign, drawn=self.live)

    def mark(self, text: str, *, sign: str) -> None:
        """Print a line of the result behind a sign."""
        render.mark(text, sign=sign, drawn=self.rich)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows under heads: a drawn table on a terminal, aligned text in a pipe."""
        render.table(heads, rows, drawn=self.rich)

    @property
    def width(self) -> int | None:
        """Return how many columns there are to draw in; None in a pipe, which has no end."""
        return render.width() if self.rich else None

    def cells(self, texts: Sequence[str], widths: Sequence[int], *, strong: bool = False) -> None:
        """Print a line of texts in columns so wide; ``strong`` ones stand out."""
        render.cells(texts, widths, strong=strong, drawn=self.rich)

    def head(self, text: str) -> None:
        """Print a line that names what follows."""
        render.head(text, drawn=self.rich)

    def facts(self, facts: Mapping[str, str], *, indent: int = 0) -> None:
        """Print names and values, one pair a line."""
        render.facts(facts, indent=indent, drawn=self.rich)

    def answer(self, answer: Answer) -> Exit:
        """Print an answer and return its exit code."""
        if self.json:
            status = "ok" if answer.code in {Exit.OK, Exit.CHANGES} else "partial"
            if answer.code in {Exit.NOTHING_SUCCEEDED, Exit.USAGE, Exit.STORAGE}:
                status = "error"
            self._envelope(status, answer.data, answer.problems)
        else:
            answer.shown(self)
            self.problems(answer.problems)
        return answer.code

    def failure(self, error: MicrocomError) -> Exit:
        """Print an error and return its exit code."""
        problems = _problems(error)
        if self.json:
            self._envelope("error", {}, problems)
        else:
            self.problems(problems)
        return _code(error)

    def problems(self, problems: Sequence[Problem]) -> None:
        """Print problems beside the result, each with its place and what to do."""
        for problem in problems:
            where = "" if problem.where is None else f"{nearby(problem.where)}: "
            code = f"  [{problem.code}]" if problem.severity == "would-refuse" else ""
            render.wrapped(f"{where}{problem.message}{code}")
            if problem.hint:
                render.err(f"  {problem.hint}")

    def _envelope(self, status: str, data: dict[str, Any], problems: Sequence[Problem]) -> None:
        render.document(
            {
                "microcom": 1,
                "command": self.command,
                "world": "real" if self.world == REAL else "sandbox",
                "status": status,
                "data": data,
                "problems": [_problem(problem) for problem in problems],
            }
        )


def nearby(where: str) -> str:
    """Return a place in a file as seen from the folder one is in, where it lies below it."""
    return where.removeprefix(f"{Path.cwd()}{os.sep}")


def _problems(error: MicrocomError) -> tuple[Problem, ...]:
    if isinstance(error, Mistakes):
        return error.problems
    return (Problem(error.code, error.message, error.hint),)


def _code(error: MicrocomError) -> Exit:
    if isinstance(error, StoreError):
        return Exit.STORAGE
    if isinstance(error, UserError):
        return Exit.USAGE
    return Exit.NOTHING_SUCCEEDED


def _problem(problem: Problem) -> dict[str, str | None]:
    return {
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "where": problem.where,
    }
