"""What is installed: the wheel, the locked requirements, the launcher."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([\w.-]+)==([^ ;\\]+)", re.MULTILINE)
FREE_AT_START = {"__future__", "microcom", "microcom.__main__"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a wheel built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_whole_package(wheel: set[str]) -> None:
    """Every file under src/microcom is in the wheel, pages and marker files included."""
    files = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src" / "microcom").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files - wheel == set()


def test_the_wheel_holds_nothing_else(wheel: set[str]) -> None:
    """Beside the package a wheel has only its metadata, the licence among it."""
    others = {name for name in wheel if not name.startswith("microcom/")}
    assert {name.partition(".dist-info/")[2] for name in others} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }


def test_the_version_is_a_literal() -> None:
    """`__version__` is plain text in the source, and it is the version that is installed."""
    tree = ast.parse((ROOT / "src/microcom/__init__.py").read_text())
    (version,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__"
    ]
    assert version == importlib.metadata.version("microcom")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_name_no_index_and_hash_everything(lock: Path) -> None:
    """A requirements file has a hash for every pin and no address to fetch from."""
    text = lock.read_text()
    blocks = re.split(r"\n(?=[\w])", text.partition("\n")[2])
    assert "://" not in text
    assert [block for block in blocks if PIN.match(block) and "--hash=sha256:" not in block] == []
    assert "--index" not in text


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("run.txt", PROJECT["project"]["dependencies"]),
        *((f"{name}.txt", PROJECT["dependency-groups"][name]) for name in ("install", "lock")),
        ("dev.txt", [*PROJECT["dependency-groups"]["test"], *PROJECT["dependency-groups"]["lint"]]),
    ],
)
def test_locks_answer_the_project_file(lock: str, wanted: list[str]) -> None:
    """Every requirement in pyproject.toml has a pin that satisfies it; else: make lock."""
    pins = {
        canonicalize_name(name): version
        for name, version in PIN.findall((ROOT / "requirements" / lock).read_text())
    }
    requirements = [Requirement(text) for text in wanted]
    assert [
        str(requirement)
        for requirement in requirements
        if not requirement.specifier.contains(pins.get(canonicalize_name(requirement.name), "0"))
    ] == []


def test_the_version_is_told_without_importing_anything() -> None:
    """`microcom --version` imports nothing beyond what Python itself starts with."""
    launcher = Path(sys.executable).with_name("microcom")
    told = _modules(str(launcher), "--version")
    assert told - _modules("-c", "pass") <= FREE_AT_START


def _modules(*arguments: str) -> set[str]:
    """The modules imported by a fresh Python with these arguments."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}
