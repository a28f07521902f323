"""scripts/find-python: which Python builds .venv, and what a person reads when none can."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "find-python"


class Machine:
    """A PATH on which only the Pythons put there are found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, name: str, *, answering: str, status: int = 0) -> None:
        """Put a Python there that answers the script's question with these words."""
        python = self.folder / name
        python.write_text(f"#!/bin/sh\necho '{answering}'\nexit {status}\n")
        python.chmod(0o755)

    def find(self, **environment: str) -> tuple[int, str, str]:
        """Exit status, output and complaint of the script."""
        done = subprocess.run(
            ["/bin/sh", SCRIPT],
            env={"PATH": str(self.folder), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.strip(), done.stderr.strip()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without any Python."""
    return Machine(tmp_path)


def test_the_newest_that_fits_is_taken(machine: Machine) -> None:
    """Names are tried from python3.14 downwards and the first that fits is printed."""
    machine.has("python3", answering="fit /usr/bin/python3")
    machine.has("python3.12", answering="fit /opt/py/bin/python3.12")
    machine.has("python3.13", answering="lacks ensurepip")
    assert machine.find() == (0, "/opt/py/bin/python3.12", "")


def test_a_name_that_does_not_start_is_passed_over(machine: Machine) -> None:
    """A shim for a version that is not installed is skipped without a word."""
    machine.has("python3.13", answering="python3.13: command not found", status=127)
    machine.has("python3", answering="fit /usr/bin/python3")
    assert machine.find() == (0, "/usr/bin/python3", "")


def test_a_person_can_choose(machine: Machine) -> None:
    """$PYTHON is the only name tried when it is set."""
    machine.has("python3.13", answering="fit /usr/bin/python3.13")
    machine.has("mine", answering="fit /opt/mine/bin/python")
    assert machine.find(PYTHON="mine") == (0, "/opt/mine/bin/python", "")


def test_a_missing_venv_is_named_with_its_package(machine: Machine) -> None:
    """A Python without venv is answered with the one package to install."""
    machine.has("python3.11", answering="lacks ensurepip")
    machine.has("python3", answering="lacks ensurepip")
    assert machine.find() == (
        1,
        "",
        "python3 cannot make a virtual environment: sudo apt install python3-venv",
    )


def test_an_incomplete_python_is_not_taken(machine: Machine) -> None:
    """A Python built without a part that microcom needs is named with that part."""
    machine.has("python3.12", answering="lacks sqlite3")
    status, _, complaint = machine.find()
    assert status == 1
    assert complaint.startswith(
        "python3.12 was built without sqlite3: install Python 3.11 or newer"
    )


def test_an_old_python_is_not_taken(machine: Machine) -> None:
    """A Python that is too old is named with its version and what to install."""
    machine.has("python3", answering="old 3.9")
    status, _, complaint = machine.find()
    assert status == 1
    assert complaint.startswith("microcom needs Python 3.11 or newer")
    assert "python3 here is 3.9" in complaint
    assert len(complaint.splitlines()) == 1


def test_this_python_fits(machine: Machine) -> None:
    """A real Python answers the question itself."""
    (machine.folder / "python3").symlink_to(Path(sys.executable).resolve())
    assert machine.find()[0] == 0
