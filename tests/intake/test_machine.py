from __future__ import annotations

from pathlib import Path

import pytest

from microcom.errors import Mistakes, UserError
from microcom.intake.places import find_places


def test_the_machine_adds_what_the_environment_lacks(tmp_path: Path) -> None:
    """machine.env sets what no real variable sets; a real variable wins."""
    (tmp_path / "machine.env").write_bytes(
        b"\xef\xbb\xbf# this machine\r\n\r\n"
        b"MICROCOM_ACTOR = 'night shift'\r\n"
        b"MICROCOM_DATABASE=a=b\r\n"
    )
    home = {"MICROCOM_HOME": str(tmp_path)}
    places = find_places(home)
    assert places.environment["MICROCOM_ACTOR"] == "night shift"
    assert places.database == "a=b"
    assert find_places({**home, "MICROCOM_DATABASE": "c"}).database == "c"


def test_the_machine_may_live_in_a_sandbox(tmp_path: Path) -> None:
    """A sandbox in machine.env is the world; --sandbox names another."""
    (tmp_path / "machine.env").write_text("MICROCOM_SANDBOX=http://127.0.0.1:1\n")
    home = {"MICROCOM_HOME": str(tmp_path)}
    assert find_places(home).world == "http://127.0.0.1:1"
    assert find_places(home, sandbox="http://127.0.0.1:2").world == "http://127.0.0.1:2"


def test_every_mistake_has_its_line(tmp_path: Path) -> None:
    """All lines that set nothing, something unknown, or something twice are named together."""
    file = tmp_path / "machine.env"
    file.write_text(
        "MICROCOM_ACTOR=a\n"
        "nonsense\n"
        "PATH=/bin\n"
        "MICROCOM_DATABSE=x\n"
        "MICROCOM_HOME=/x\n"
        "MICROCOM_ACTOR=b\n"
    )
    with pytest.raises(Mistakes) as caught:
        find_places({"MICROCOM_HOME": str(tmp_path)})
    assert [(problem.where, problem.code) for problem in caught.value.problems] == [
        (f"{file}:2", "machine.line"),
        (f"{file}:3", "machine.unknown"),
        (f"{file}:4", "machine.unknown"),
        (f"{file}:5", "machine.home"),
        (f"{file}:6", "machine.twice"),
    ]
    assert "MICROCOM_DATABASE" in (caught.value.problems[2].hint or "")


def test_a_machine_file_is_utf8(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are named by their line."""
    file = tmp_path / "machine.env"
    file.write_bytes(b"MICROCOM_ACTOR=a\nMICROCOM_CONFIG=\xff\n")
    with pytest.raises(Mistakes) as caught:
        find_places({"MICROCOM_HOME": str(tmp_path)})
    assert caught.value.problems[0].where == f"{file}:2"


def test_a_folder_in_its_place_is_said(tmp_path: Path) -> None:
    """A machine.env that cannot be read is an error, not an empty one."""
    (tmp_path / "machine.env").mkdir()
    with pytest.raises(UserError) as caught:
        find_places({"MICROCOM_HOME": str(tmp_path)})
    assert caught.value.code == "machine.unreadable"
