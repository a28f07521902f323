"""machine.env: what belongs to a machine and not to a project, as NAME=value lines."""

from __future__ import annotations

from collections.abc import Mapping

from microcom.core.names import did_you_mean
from microcom.core.problem import Problem
from microcom.errors import Mistakes

VARIABLES = (
    "MICROCOM_CONFIG",
    "MICROCOM_DATABASE",
    "MICROCOM_MEDIA",
    "MICROCOM_SANDBOX",
    "MICROCOM_SANDBOX_DATABASE",
    "MICROCOM_ACTOR",
    "MICROCOM_HEARTBEAT",
    "MICROCOM_VAULT",
    "MICROCOM_VAULT_KEY_FILE",
    "MICROCOM_VAULT_KEY_FD",
)
"""What the file may set. Not MICROCOM_HOME: that says where the file itself is."""


def settings(content: bytes, path: str) -> dict[str, str]:
    """Return what the file sets; raise Mistakes that name every line which sets nothing."""
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    for number, line in enumerate(_lines(content, path), start=1):
        if not line or line.startswith("#"):
            continue
        name, value = _pair(line)
        problem = _problem(name, value, lines, f"{path}:{number}")
        if problem is not None:
            problems.append(problem)
            continue
        lines[name] = number
        values[name] = value or ""
    if problems:
        raise Mistakes(problems)
    return values


def _lines(content: bytes, path: str) -> list[str]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message, hint = "This line is not UTF-8.", "Save the file as UTF-8."
        raise Mistakes([Problem("machine.encoding", message, hint, f"{path}:{line}")]) from error
    return [line.strip() for line in text.split("\n")]


def _pair(line: str) -> tuple[str, str | None]:
    name, equals, value = (word.strip() for word in line.partition("="))
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return name, value if equals else None


def _problem(name: str, value: str | None, lines: Mapping[str, int], where: str) -> Problem | None:
    if value is None:
        hint = "Write NAME=value, or begin the line with #."
        return Problem("machine.line", "This line sets nothing.", hint, where)
    if name == "MICROCOM_HOME":
        message = "MICROCOM_HOME says where this file is, so it cannot stand in it."
        return Problem("machine.home", message, "Set it in the environment.", where)
    if name not in VARIABLES:
        hint = did_you_mean(name, VARIABLES)
        return Problem("machine.unknown", f"{name} is no setting of a machine.", hint, where)
    if name in lines:
        message = f"{name} is set twice: line {lines[name]} has it already."
        return Problem("machine.twice", message, "Keep one of the two.", where)
    return None
