from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from microcom.cli import render

if TYPE_CHECKING:
    import pytest
    from tests.cli.house import House


def test_a_pipe_without_letters(house: House) -> None:
    """Where the output has no letter for a character, a ? stands for it; JSON loses nothing."""

    def said(*more: str) -> str:
        words = ("post", "Zürich …", "--to", "acme-x", "--dry-run", *more)
        done = subprocess.run(
            [sys.executable, "-m", "microcom", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=house.home,
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "Z?rich ?" in said()
    (row,) = json.loads(said("--json"))["data"]["deliveries"]
    assert row["parts"] == ["Zürich …"]


def test_plain_facts_and_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe facts and tables are aligned text without trailing spaces."""
    render.facts({"a": "1", "long name": ""}, indent=2, drawn=False)
    render.table(("one", "two"), [("x", "y"), ("longer", "")], drawn=False)
    assert capsys.readouterr().out.split("\n") == [
        "  a          1",
        "  long name",
        "ONE     TWO",
        "x       y",
        "longer",
        "",
    ]


def test_drawn_facts_and_tables(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal they are drawn, and what is too long goes on below its own column."""
    monkeypatch.setenv("COLUMNS", "40")
    render.facts({"why": "[x] " * 12}, indent=2, drawn=True)
    render.table(("one", "two"), [("[red]", "y" * 50)], drawn=True)
    lines = capsys.readouterr().out.split("\n")
    assert all(len(line) <= 40 for line in lines)
    assert lines[0].startswith("  why  [x] [x]")
    assert lines[1].startswith("       [x]")
    assert any(line.startswith("[red]") for line in lines)


def test_a_table_on_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are never broken: cells go on below at a space, and where that is not enough, each
    row is a block of its own.
    """
    monkeypatch.setenv("COLUMNS", "40")
    heads, row = (
        ("account", "state", "places"),
        ("acme-tiktok", "not logged in", "inbox, followers"),
    )
    render.table(heads, [row], drawn=True)
    text = capsys.readouterr().out
    assert all(len(line) <= 40 for line in text.split("\n"))
    assert {"acme-tiktok", "logged", "followers"} <= set(text.split())
    render.table(("app", *heads), [("my-app", *row), ("", "x" * 30, "", "")], drawn=True)
    lines = [line.rstrip() for line in capsys.readouterr().out.split("\n")]
    assert lines == [
        "my-app",
        "  account  acme-tiktok",
        "  state    not logged in",
        "  places   inbox, followers",
        "",
        "",
        f"  account  {'x' * 29}",
        "           x",
        "",
    ]


def test_cells_are_cut_to_their_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal a long text ends in an ellipsis; in a pipe it is whole."""
    monkeypatch.setenv("COLUMNS", "80")
    for drawn, shown in (
        (True, "  09:00  a-long-na…  queued"),
        (False, "  09:00  a-long-name-of  queued"),
    ):
        render.cells(
            ("", "09:00", "a-long-name-of", "queued"), (0, 5, 10, 6), strong=False, drawn=drawn
        )
        assert capsys.readouterr().out == f"{shown}\n"
