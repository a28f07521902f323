"""The platform of docs/adding-a-platform.md, installed as a plug-in and used by real commands."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "postcards"
GUIDE = Path(__file__).parents[2] / "docs" / "adding-a-platform.md"
ACCOUNTS = "project: p\naccounts:\n  me-cards: {platform: postcards, handle: me}\n"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Install the plug-in into a folder of its own, as pip would write it; return its world."""
    site = tmp_path / "site"
    info = site / "microcom_postcards-1.0.dist-info"
    info.mkdir(parents=True)
    shutil.copy(HERE / "postcards.py", site)
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["microcom.platforms"]
    lines = [f"{name} = {where}" for name, where in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[microcom.platforms]", *lines, ""]))
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    (tmp_path / "accounts.yaml").write_text(ACCOUNTS)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "MICROCOM_HOME": str(tmp_path),
        "PYTHONPATH": str(site),
    }


def _run(tmp_path: Path, environment: Mapping[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "microcom", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def sandbox(tmp_path: Path, environment: dict[str, str]) -> Iterator[str]:
    """Serve a sandbox in a process of its own; return its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "microcom", "sandbox", "--port", "0", "--json"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


def test_an_installed_platform_is_like_any_other(
    tmp_path: Path, environment: dict[str, str], sandbox: str
) -> None:
    """It is listed, its accounts are checked, and a post goes out to its emulator."""
    assert "postcards  wall" in _run(tmp_path, environment, "platforms", "list")
    assert "all right" in _run(tmp_path, environment, "check")
    world = environment | {"MICROCOM_SANDBOX": sandbox}
    said = _run(tmp_path, world, "post", "Greetings from the shore", "--to", "me-cards")
    assert "✓ me-cards/wall  published" in said
    assert "/postcards.example/cards/c1" in said
    again = _run(tmp_path, world, "post", "Greetings from the shore", "--to", "me-cards", "--json")
    (delivery,) = json.loads(again)["data"]["deliveries"]
    assert (delivery["id"], delivery["remote_id"]) == ("1", "c1")


def test_a_plugin_for_another_microcom(tmp_path: Path, environment: dict[str, str]) -> None:
    """A platform that inherits nothing and lacks what is asked now is named with what it lacks."""
    module = tmp_path / "site" / "postcards.py"
    said = module.read_text().replace("class Postcards(Platform)", "class Postcards")
    module.write_text(said.replace("def limits", "def limits_of_old"))
    done = subprocess.run(
        [sys.executable, "-m", "microcom", "platforms", "show", "postcards"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "The plug-in for postcards lacks" in done.stderr
    assert "limits, left" in done.stderr
    assert "Update it" in done.stderr


def test_the_guide_shows_the_code_that_is_tried() -> None:
    """The guide's blocks of Python, one after the other, are the plug-in's module."""
    text = GUIDE.read_text(encoding="utf-8")
    shown = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    code = (HERE / "postcards.py").read_text(encoding="utf-8")
    assert _lines(shown) == _lines(code)
    assert (HERE / "pyproject.toml").read_text(encoding="utf-8").strip() in text


def _lines(code: str) -> list[str]:
    return [line.rstrip() for line in code.split("\n") if line.strip()]
