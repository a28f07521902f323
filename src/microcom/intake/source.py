"""A text somebody wrote, with its name and its lines: the one way outside text comes in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from microcom.core.problem import Problem
from microcom.errors import Mistakes, UserError
from microcom.values import dataclass

MAX_POST_BYTES = 1024 * 1024
MAX_CONFIG_BYTES = 2 * 1024 * 1024
UTF16 = (b"\xff\xfe", b"\xfe\xff")

# C0 controls other than tab and newline, DEL, C1 controls, halves of surrogate pairs (a broken
# encoding), and the two that Unicode says are no characters and YAML does not take.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Spot(NamedTuple):
    """A place in a text: the file, and line and column counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Return ``file:line:column``."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Source:
    """A text with plain newlines and no byte order mark; its file is a path or ``stdin``."""

    file: str
    text: str

    def spot(self, index: int) -> Spot:
        """Return where the character of that index stands."""
        line = self.text.count("\n", 0, index) + 1
        return Spot(self.file, line, index - self.text.rfind("\n", 0, index))


def read_source(path: Path, most: int) -> Source:
    """Return a file's text; raise what :func:`read_bytes` and :func:`decoded` raise."""
    return decoded(read_bytes(path, most), str(path.absolute()))


def read_bytes(path: Path, most: int) -> bytes:
    """Return a file's bytes; raise UserError when it is not there, unreadable or too large."""
    try:
        with path.open("rb") as file:
            return bounded(file.read(most + 1), str(path), most)
    except FileNotFoundError as error:
        message, hint = f"There is no file {path}.", "Check the path."
        raise UserError(message, code="file.missing", hint=hint) from error
    except OSError as error:
        message, hint = f"{path} cannot be read: {error.strerror}.", "Name a file you may read."
        raise UserError(message, code="file.unreadable", hint=hint) from error


def bounded(content: bytes, file: str, most: int) -> bytes:
    """Return the bytes; raise UserError ``file.size`` when there are more than ``most``."""
    if len(content) > most:
        message = f"{file} is larger than {most // 1024} KiB."
        raise UserError(message, code="file.size", hint="Split it, or name the right file.")
    return content


def decoded(content: bytes, file: str) -> Source:
    """Return bytes as a source; raise Mistakes when they are no clean UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Mistakes([_not_utf8(content, file, error.start)]) from error
    source = Source(file, text.replace("\r\n", "\n").replace("\r", "\n"))
    found = UNPRINTABLE.search(source.text)
    if found:
        raise Mistakes([unprintable(found[0], str(source.spot(found.start())))])
    return source


def place_of(problem: Problem) -> tuple[str, int, int]:
    """Return what sorts problems in the order of their files."""
    file, line, column = (problem.where or "::").rsplit(":", 2)
    return file, int(line or 0), int(column or 0)


def unprintable(character: str, where: str | None) -> Problem:
    """Return the problem of a character that no text may hold."""
    message = f"There is an invisible control character here (U+{ord(character):04X})."
    hint = "Delete it; it often comes from copying out of another program."
    return Problem("text.control", message, hint, where)


def _not_utf8(content: bytes, file: str, start: int) -> Problem:
    line = content.count(b"\n", 0, start) + 1
    column = start - content.rfind(b"\n", 0, start)
    kind = "UTF-16" if content.startswith(UTF16) else "not UTF-8"
    hint = "Save the file as UTF-8."
    return Problem("text.encoding", f"The text is {kind}.", hint, f"{file}:{line}:{column}")
