from __future__ import annotations

from pathlib import Path

import pytest

from microcom.errors import UserError
from microcom.intake.find import find_config
from microcom.intake.places import Places, find_places


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a config folder of its own."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return the top of a repository."""
    folder = tmp_path / "repo"
    (folder / ".git").mkdir(parents=True)
    return folder


def _places(home: Path, **variables: str) -> Places:
    return find_places({"MICROCOM_HOME": str(home), **variables})


def _file(folder: Path, name: str = "accounts.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_the_order_of_places(home: Path, repository: Path) -> None:
    """--config, MICROCOM_CONFIG, this folder, those above in the repository, the config folder."""
    below = repository / "a" / "b"
    below.mkdir(parents=True)
    last = _file(home)
    assert find_config(_places(home), None, below) == (last,)
    top = _file(repository)
    assert find_config(_places(home), None, below) == (top,)
    near = _file(repository / "a")
    assert find_config(_places(home), None, below) == (near,)
    here = _file(below)
    assert find_config(_places(home), None, below) == (here,)
    named = _file(repository, "other.yaml")
    places = _places(home, MICROCOM_CONFIG=str(named))
    assert find_config(places, None, below) == (named,)
    assert find_config(places, "../accounts.yaml", below) == (near,)


def test_outside_a_repository_only_this_folder_counts(home: Path, tmp_path: Path) -> None:
    """An accounts file of a folder above is not picked up where no repository says it belongs."""
    below = tmp_path / "a"
    below.mkdir()
    _file(tmp_path)
    with pytest.raises(UserError) as caught:
        find_config(_places(home), None, below)
    assert caught.value.code == "config.none"
    assert "microcom init" in (caught.value.hint or "")


def test_a_folder_above_the_top_does_not_count(home: Path, repository: Path) -> None:
    """The search ends at the repository's top."""
    _file(repository.parent)
    with pytest.raises(UserError):
        find_config(_places(home), None, repository)


def test_the_parts_of_a_folder_come_in_order(home: Path, repository: Path) -> None:
    """accounts.d holds *.yaml files; hidden ones and others do not count."""
    wanted = [_file(repository, f"accounts.d/{name}.yaml") for name in ("acme", "lumen")]
    _file(repository, "accounts.d/.acme.yaml")
    _file(repository, "accounts.d/notes.txt")
    assert find_config(_places(home), None, repository) == tuple(wanted)
    assert find_config(_places(home), "accounts.d", repository) == tuple(wanted)
    assert find_config(_places(home), str(repository), home) == tuple(wanted)


def test_a_file_and_a_folder_are_one_too_many(home: Path, repository: Path) -> None:
    """accounts.yaml beside accounts.d is refused: nobody knows which is meant."""
    _file(repository)
    _file(repository, "accounts.d/a.yaml")
    with pytest.raises(UserError) as caught:
        find_config(_places(home), None, repository)
    assert caught.value.code == "config.two"


def test_a_named_file_has_to_be_there(home: Path, repository: Path) -> None:
    """A --config that names nothing is an error, not a reason to look elsewhere."""
    _file(repository)
    with pytest.raises(UserError) as caught:
        find_config(_places(home), "none.yaml", repository)
    assert caught.value.code == "config.missing_file"
