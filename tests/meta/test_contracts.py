"""Each import contract is broken on purpose, in a copy of the package, to see that it reports."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
}

# (contract, the module that is added below microcom, what it imports)
TRESPASSES = [
    ("layers", "core.climber", "microcom.store"),
    ("layers", "store.rival", "microcom.intake"),
    ("layers", "runner.teller", "microcom.cli"),
    ("layers", "cli.rival", "microcom.testing"),
    ("platforms-apart", "platforms.first.adapter", "microcom.platforms.second.adapter"),
    ("platforms-unnamed", "runner.namer", "microcom.platforms.second.adapter"),
    *(
        ("pure", f"{where}.uses_{library}", library)
        for where in ("core", "emulator", "platforms.first")
        for library in ("os", "random", "socket", "subprocess", "tenacity", "threading", "time")
    ),
    ("doors", "store.calls", "httpx"),
    ("doors", "cli.dials", "httpcore"),
    ("doors", "cli.speaks", "httptools"),
    ("doors", "runner.writes", "jinja2"),
    ("doors", "runner.keeps", "keyring"),
    ("doors", "runner.remembers", "sqlite3"),
    ("doors", "intake.remembers", "psycopg"),
    ("doors", "runner.checks", "pydantic"),
    ("doors", "runner.paints", "rich"),
    ("doors", "testing.parses", "typer"),
]
CIRCLE = [("core.ring.left", "microcom.core.circle"), ("core.circle", "microcom.core.ring.left")]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What lint-imports says of a package with every trespass in it, by the contract's id."""
    folder = tmp_path_factory.mktemp("trespasses")
    shutil.copytree(ROOT / "src" / "microcom", folder / "microcom")
    (folder / "microcom" / "stranger.py").touch()
    _add(folder, "platforms.second.adapter", "microcom.core")
    for module, imported in [*CIRCLE, *(trespass[1:] for trespass in TRESPASSES)]:
        _add(folder, module, imported)
    text = _lint(folder).partition("Broken contracts")[2]
    parts = {name: text.find(f"\n{name}\n---") for name in NAMES.values()}
    starts = sorted(start for start in parts.values() if start >= 0)
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    return {
        id_: " ".join(text[start : ends.get(start, start)].split())
        for id_, name in NAMES.items()
        for start in [parts[name]]
    }


@pytest.mark.parametrize(("contract", "module", "imported"), TRESPASSES)
def test_a_trespass_is_reported(
    report: dict[str, str], contract: str, module: str, imported: str
) -> None:
    """An import that a contract forbids is reported under that contract, with both its ends."""
    link = rf"microcom\.{re.escape(module)} -> {re.escape(imported)}\b"
    assert re.search(link, report[contract]), report[contract]


def test_a_circle_is_reported(report: dict[str, str]) -> None:
    """Two neighbours that import each other are reported with the import to take out."""
    assert "- .ring -> .circle" in report["acyclic"]


def test_a_module_without_a_layer_is_reported(report: dict[str, str]) -> None:
    """A module at the top of the package that no layer names is reported."""
    assert "microcom.stranger" in report["layers"]


def test_each_contract_has_a_trespass() -> None:
    """No contract goes without a proof that it reports."""
    assert {"acyclic", *(contract for contract, _, _ in TRESPASSES)} == set(NAMES)


def _add(folder: Path, module: str, imported: str) -> None:
    path = (folder / "microcom").joinpath(*module.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "__init__.py").touch()
    path.write_text(f"import {imported}\n")


def _lint(folder: Path) -> str:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-logo", "--no-cache", "--config", ROOT / "pyproject.toml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr
