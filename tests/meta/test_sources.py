"""What the sources promise about themselves, where no tool of `make lint` looks."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
OF_ONE_MACHINE = re.compile(r"(?<![\w.~$}\])/-])/(?:work|root|tmp|home|Users)/\w")
REGISTRY = re.compile(r"(?:pypi|pythonhosted|npmjs|debian)\.(?:org|com)", re.IGNORECASE)
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def test_no_file_is_too_long_to_read() -> None:
    """A file of the product has at most 400 lines."""
    lengths = {_name(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_too_long_to_read() -> None:
    """A function of the product has at most 50 lines, docstring and signature included."""
    long = [
        f"{where} {function.name}: {lines} lines"
        for where, function in _functions(SOURCES)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


def test_each_test_says_what_it_shows() -> None:
    """A test has a docstring that states the behaviour."""
    silent = [
        f"{where} {function.name}"
        for where, function in _functions(TESTS)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]
    assert silent == []


def test_no_error_is_swallowed_unseen() -> None:
    """No handler consists of `pass`, and nothing suppresses every exception."""
    swallowed = [
        f"{_name(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.ExceptHandler, ast.Call)) and _is_swallowing(node)
    ]
    assert swallowed == []


def test_no_tracked_file_knows_one_machine() -> None:
    """No file under version control holds a path of somebody's machine or a registry's host."""
    told = [
        f"{_name(path)}:{number}: {line.strip()}"
        for path in _tracked()
        for number, line in enumerate(path.read_text(errors="ignore").splitlines(), 1)
        if OF_ONE_MACHINE.search(line) or REGISTRY.search(line)
    ]
    assert told == []


def _is_swallowing(node: ast.ExceptHandler | ast.Call) -> bool:
    if isinstance(node, ast.ExceptHandler):
        return all(isinstance(statement, ast.Pass) for statement in node.body)
    return ast.unparse(node.func) in {"suppress", "contextlib.suppress"} and any(
        ast.unparse(kind) in {"Exception", "BaseException"} for kind in node.args
    )


def _functions(
    paths: list[Path],
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, FUNCTION):
                yield f"{_name(path)}:{node.lineno}", node


def _tracked() -> list[Path]:
    listing = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z"],  # noqa: S607 - the git that cloned this
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))
