"""The workflow of the agency's example does what docs/git-workflow.md says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

if TYPE_CHECKING:
    import pytest
    from tests.examples.tour import Tour

COMMENTER = '#!/bin/sh\nprintf "%s " "$@" > gh.txt\n'


def _script(tour: Tour, job: str) -> str:
    """Return the commands of a job's only step that has some."""
    file = tour.folder / ".github" / "workflows" / "posts.yaml"
    steps = YAML(typ="safe").load(file)["jobs"][job]["steps"]
    (script,) = (step["run"] for step in steps if "run" in step)
    assert isinstance(script, str)
    return script


def _ran(tour: Tour, job: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a job's commands as a runner does, with a `gh` that notes what it was asked."""
    tools = tour.house.home / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "gh").write_text(COMMENTER)
    (tools / "gh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{Path(sys.executable).parent}:/usr/bin:/bin")
    monkeypatch.setenv("PULL", "https://github.example/pull/1")
    shell = ["sh", "-e", "-c", _script(tour, job)]
    return subprocess.run(shell, cwd=tour.folder, check=False, capture_output=True).returncode


def test_a_pull_request_is_told_its_plan(
    visit: Callable[[str], Tour], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comment holds the plan; after a merge is applied, nothing is left to do."""
    tour = visit("agency")
    comment = tour.folder / "comment.md"
    assert _ran(tour, "plan", monkeypatch) == 0
    assert comment.read_text().startswith("When this is merged:\n\n```\n")
    assert "+ harbor-x/timeline" in comment.read_text()
    assert "--body-file comment.md" in (tour.folder / "gh.txt").read_text()

    assert _ran(tour, "apply", monkeypatch) == 0
    assert _ran(tour, "plan", monkeypatch) == 0
    assert comment.read_text().startswith("Nothing changes in the queue.")


def test_a_pull_request_with_a_mistake_fails(
    visit: Callable[[str], Tour], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake is in the comment, with its line, and fails the check."""
    tour = visit("agency")
    post = tour.folder / "posts" / "olive" / "first-roast.md"
    post.write_text(post.read_text().replace("olive-pins/rosettas]", "olive-pins/roses]"))
    assert _ran(tour, "plan", monkeypatch) == 1
    said = (tour.folder / "comment.md").read_text()
    assert said.startswith("This cannot be applied as it is:")
    assert "posts/olive/first-roast.md:3:" in said
