from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.intake.fakes import REGISTRY, FakeRegistry
from tests.intake.test_accounts import STUDIO

from microcom.core.config import Config
from microcom.errors import Mistakes
from microcom.intake.accounts import load
from microcom.intake.cache import open_config
from microcom.intake.places import find_places


def _open(home: Path, platforms: FakeRegistry = REGISTRY) -> Config:
    return open_config(find_places({"MICROCOM_HOME": str(home)}), platforms, None, home)


def _copies(home: Path) -> list[Path]:
    return sorted((home / "cache" / "config").glob("*"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a folder with an accounts file that uses all there is."""
    (tmp_path / "accounts.yaml").write_text(STUDIO)
    return tmp_path


class Unreadable(FakeRegistry):
    """Fails where a platform is asked for: a copy needs none."""

    def load(self, name: str) -> None:  # type: ignore[override]
        """Refuse."""
        pytest.fail(f"{name} was loaded")


def test_the_copy_is_the_config(home: Path) -> None:
    """The second time a file is opened, the same config comes without working it out again."""
    first = _open(home)
    assert first == load([home / "accounts.yaml"], REGISTRY)
    assert _open(home, Unreadable()) == first


def test_the_copy_is_private(home: Path) -> None:
    """The copy is for this user alone."""
    _open(home)
    (copy,) = _copies(home)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700


def test_any_changed_byte_counts(home: Path) -> None:
    """A file edited within the same second and to the same length is read afresh."""
    file = home / "accounts.yaml"
    before = file.stat()
    _open(home)
    file.write_text(STUDIO.replace("hour: 4", "hour: 5"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    rules = _open(home).accounts["lumen-pond"].rules
    assert rules.ceiling is not None
    assert rules.ceiling.hour == 5


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff", b'{"key": 1}', b"[" * 100_000]
)
def test_a_broken_copy_is_replaced(home: Path, content: bytes) -> None:
    """A copy that makes no sense is ignored and written again."""
    wanted = _open(home)
    (copy,) = _copies(home)
    good = copy.read_bytes()
    copy.write_bytes(content)
    assert _open(home) == wanted
    assert copy.read_bytes() == good


def test_a_copy_that_lies_about_its_shape_is_replaced(home: Path) -> None:
    """A copy with the right key and the wrong content is ignored too."""
    wanted = _open(home)
    (copy,) = _copies(home)
    kept = json.loads(copy.read_bytes())
    for broken in ({}, {**kept["config"], "accounts": [[1]]}, {**kept["config"], "tables": []}):
        copy.write_text(json.dumps({**kept, "config": broken}))
        assert _open(home) == wanted


def test_another_set_of_platforms_reads_afresh(home: Path) -> None:
    """A program with other platforms of its own does not trust the copy."""
    _open(home)
    with pytest.raises(pytest.fail.Exception, match="was loaded"):
        _open(home, Unreadable(BUILT_IN=("pond", "cove", "fjord")))


def test_platforms_from_elsewhere_are_not_kept(home: Path) -> None:
    """A file with a platform that is not the program's own is read afresh each time."""
    _open(home, replace(REGISTRY, BUILT_IN=("pond",)))
    assert _copies(home) == []


def test_a_wrong_file_is_not_kept(home: Path) -> None:
    """Mistakes are found again the next time."""
    (home / "accounts.yaml").write_text("project: P\n")
    for _ in range(2):
        with pytest.raises(Mistakes):
            _open(home)
    assert _copies(home) == []


def test_a_cache_that_cannot_be_written_is_no_trouble(home: Path) -> None:
    """Without a place for the copy, the config comes all the same."""
    (home / "cache").write_text("in the way")
    assert list(_open(home).accounts) == ["acme-pond", "lumen-pond", "own-cove"]


def test_a_warm_copy_needs_no_heavy_library(home: Path) -> None:
    """With a good copy, neither ruamel nor pydantic nor a platform is imported."""
    _open(home)
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from microcom.intake.cache import open_config\n"
        "from microcom.intake.places import find_places\n"
        "class Registry:\n"
        "    BUILT_IN = ('pond', 'cove')\n"
        f"home = Path({str(home)!r})\n"
        "open_config(find_places({'MICROCOM_HOME': str(home)}), Registry, None, home)\n"
        "heavy = ('ruamel', 'pydantic', 'zoneinfo', 'difflib', 'asyncio', 'microcom.platforms')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
