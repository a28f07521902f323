from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import get_win_folder_from_env_vars

from microcom.errors import UserError
from microcom.intake.places import find_places, private_folder, world_of, write_private

FREE = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")


@pytest.mark.parametrize(
    ("system", "oracle"), [("linux", Unix), ("darwin", MacOS)], ids=["linux", "macos"]
)
def test_folders_are_the_systems_own(
    system: str,
    oracle: type[Unix | MacOS],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without MICROCOM_HOME the folders are those of platformdirs."""
    for name in FREE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/people/ada")
    places = find_places({"HOME": "/people/ada"}, system=system)
    folders = oracle("microcom", appauthor=False)
    assert (places.config, places.data, places.cache) == (
        folders.user_config_dir,
        folders.user_data_dir,
        folders.user_cache_dir,
    )


def test_witnesses_are_not_beside_the_queue() -> None:
    """What knows how far queues have come is in a folder that cron finds, too."""
    for more in ({}, {"XDG_STATE_HOME": "/elsewhere", "XDG_DATA_HOME": "/data"}):
        places = find_places({"HOME": "/people/ada", **more}, system="linux")
        assert places.witnesses == "/people/ada/.local/state/microcom/witness"
    rehearsal = find_places({"MICROCOM_HOME": "/m"}, sandbox="http://127.0.0.1:8000")
    assert rehearsal.witnesses == "/m/sandbox/127.0.0.1-8000/witness"


def test_xdg_variables_move_the_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Linux the three XDG variables are followed, as platformdirs does."""
    moved = {name: f"/elsewhere/{name.lower()}" for name in FREE}
    for name, path in moved.items():
        monkeypatch.setenv(name, path)
    places = find_places({"HOME": "/people/ada", **moved}, system="linux")
    folders = Unix("microcom", appauthor=False)
    assert (places.config, places.data, places.cache) == (
        folders.user_config_dir,
        folders.user_data_dir,
        folders.user_cache_dir,
    )


def test_relative_xdg_paths_are_ignored() -> None:
    """A relative path in an XDG variable is not followed, as the XDG specification asks."""
    places = find_places({"HOME": "/people/ada", "XDG_DATA_HOME": "here"}, system="linux")
    assert places.data == "/people/ada/.local/share/microcom"


def test_windows_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows everything is below LOCALAPPDATA, where platformdirs would look."""
    monkeypatch.setenv("LOCALAPPDATA", "/people/ada/local")
    local = get_win_folder_from_env_vars("CSIDL_LOCAL_APPDATA")
    places = find_places({"LOCALAPPDATA": "/people/ada/local"}, system="win32")
    assert places.config == places.data == f"{local}/microcom"
    assert places.cache == f"{local}/microcom/Cache"


def test_one_folder_holds_all(tmp_path: Path) -> None:
    """MICROCOM_HOME puts config, data and cache in one folder."""
    places = find_places({"MICROCOM_HOME": str(tmp_path)})
    assert places.config == places.data == str(tmp_path)
    assert places.cache == str(tmp_path / "cache")
    assert places.queue == str(tmp_path / "queue.db")
    assert places.media == str(tmp_path / "media")
    assert places.world == "real"


def test_a_sandbox_keeps_its_own_queue(tmp_path: Path) -> None:
    """A sandbox has its own queue and media, and never the database of the real world."""
    home = {"MICROCOM_HOME": str(tmp_path), "MICROCOM_DATABASE": "postgresql://db"}
    real = find_places(home)
    first = find_places({**home, "MICROCOM_SANDBOX": "http://127.0.0.1:8000"})
    second = find_places(home, sandbox="http://localhost:8001/")
    assert real.database == "postgresql://db"
    assert first.database is None
    assert first.queue == str(tmp_path / "sandbox" / "127.0.0.1-8000" / "queue.db")
    assert second.media == str(tmp_path / "sandbox" / "127.0.0.1-8001" / "media")
    assert second.world == "http://127.0.0.1:8001"


@pytest.mark.parametrize(
    ("url", "world"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://LOCALHOST:8000/", "http://127.0.0.1:8000"),
        (" http://127.9.9.9 ", "http://127.9.9.9:80"),
        ("http://[::1]:9", "http://[::1]:9"),
    ],
)
def test_a_sandbox_has_one_name(url: str, world: str) -> None:
    """The ways to write a sandbox's address name one world."""
    assert world_of(url) == world


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:8000",
        "http://example.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "http://user@127.0.0.1",
        "http://10.0.0.1:8000",
        "http://0.0.0.0:8000",
        "http://2130706433",
        "http://127.0.0.1:8000/x",
        "http://127.0.0.1:8000?x=1",
        "http://127.0.0.1:99999",
        "http://[::ffff:127.0.0.1]",
        "http://[oops",
        "127.0.0.1:8000",
        "",
    ],
)
def test_a_sandbox_is_on_this_machine(url: str) -> None:
    """Nothing but plain http to a loopback address is taken for a sandbox."""
    with pytest.raises(UserError) as caught:
        world_of(url)
    assert caught.value.code == "sandbox.address"


def test_a_sandbox_given_as_an_option_is_checked(tmp_path: Path) -> None:
    """An empty or foreign --sandbox is refused, never read as the real world."""
    for url in ("", "http://example.com"):
        with pytest.raises(UserError):
            find_places({"MICROCOM_HOME": str(tmp_path)}, sandbox=url)


def test_folders_and_files_are_private(tmp_path: Path) -> None:
    """What is made is for this user alone: folders 0700, files 0600."""
    folder = Path(private_folder(str(tmp_path / "a" / "b")))
    write_private(str(folder / "c" / "file"), b"text")
    made = (tmp_path / "a", folder, folder / "c")
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o700] * 3
    assert stat.S_IMODE((folder / "c" / "file").stat().st_mode) == 0o600
    assert [path.name for path in (folder / "c").iterdir()] == ["file"]


def test_the_fast_path_imports_nothing_heavy(tmp_path: Path) -> None:
    """Finding the places imports no module that a bare Python does not have already."""
    (tmp_path / "accounts.yaml").write_text("project: studio\n")
    program = (
        "import sys; before = set(sys.modules)\n"
        "from microcom.intake.places import find_places\n"
        f"find_places({{'MICROCOM_HOME': {str(tmp_path)!r}}})\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert shown == ["__future__", "microcom", "microcom.intake", "microcom.intake.places"]
