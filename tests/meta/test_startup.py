"""Start-up is kept short by what is not imported: a list never flakes, a stopwatch does."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import microcom
from microcom.core.account import Account, Community, Rules
from microcom.core.config import Config
from microcom.core.login import Identity
from microcom.runner.clock import SystemClock
from microcom.store import open_store

HEAVY = (
    "asyncio",
    "httpx",
    "importlib.metadata",
    "jinja2",
    "keyring",
    "pydantic",
    "regex",
    "rich",
    "ruamel",
)
SOURCES = Path(microcom.__file__).parent
LIBRARIES = (*HEAVY, "typer", "dataclasses", "pathlib")
REPORT = """
import sys
sys.argv = ["microcom", *{words!r}]
from microcom.__main__ import main
code = main()
sys.stderr.write(" ".join(name for name in {watched!r} if name in sys.modules))
sys.exit(code)
"""
ACCOUNTS = """\
microcom: 1
project: p
timezone: Europe/Paris
accounts:
  acme-x: {platform: x, handle: acmecoffee}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with an account that is logged in, and its queue, empty."""
    home = tmp_path_factory.mktemp("home")
    (home / "accounts.yaml").write_text(ACCOUNTS)
    place = Community("timeline", "timeline")
    account = Account(
        name="acme-x",
        platform="x",
        handle="acmecoffee",
        project="p",
        timezone="Europe/Paris",
        client=None,
        app="x",
        communities={"timeline": place},
        default="timeline",
        rules=Rules(),
    )
    file = str(home / "accounts.yaml")
    config = Config("p", "Europe/Paris", (file,), "0", {"acme-x": account}, {}, {}, {})
    store = open_store(str(home / "queue.db"), "real", SystemClock(), actor="t", create=True)
    store.accounts.register(config, ["acme-x"])
    store.accounts.identify("acme-x", Identity("1", "acmecoffee"), timedelta())
    store.close()
    return home


def loaded(home: Path, words: list[str], watched: tuple[str, ...] = HEAVY) -> set[str]:
    """Return which of the watched modules a command imported; it has to succeed."""
    code = REPORT.format(words=words, watched=watched)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env={"MICROCOM_HOME": str(home), "PATH": ""},
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.rsplit("\n", 1)[-1].split())


def test_the_version_imports_nothing(home: Path) -> None:
    """--version needs no library at all."""
    assert loaded(home, ["--version"], LIBRARIES) == set()


def test_an_idle_run_imports_nothing(home: Path) -> None:
    """A cron line with nothing due needs no library but sqlite3."""
    assert loaded(home, ["run"], LIBRARIES) == set()


@pytest.mark.parametrize(
    "words",
    [
        ["queue", "list"],
        ["queue", "list", "--json"],
        ["calendar"],
        ["calendar", "--month"],
        ["queue", "--help"],
        ["post", "--help"],
    ],
)
def test_looking_imports_little(home: Path, words: list[str]) -> None:
    """Looking at the queue, or asking for help in a pipe, imports no heavy library."""
    assert loaded(home, words) == set()


def test_queueing_and_cancelling_import_little(home: Path) -> None:
    """With a warm config cache, a text for later is queued and cancelled by light code alone."""
    later = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d %H:%M} UTC"
    loaded(home, ["post", "Warm up the cache", "--to", "acme-x", "--at", later])
    assert loaded(home, ["post", "Hello there", "--to", "acme-x", "--at", later]) == set()
    assert loaded(home, ["slots"]) == set()
    assert loaded(home, ["queue", "shift", "1", "--by", "1h"]) == set()
    assert loaded(home, ["queue", "cancel", "1"]) == set()


def test_a_command_ends_without_a_last_look(home: Path) -> None:
    """What a command made is out of the sight of Python's garbage collector as it ends."""
    code = REPORT.format(words=["queue", "list"], watched=()).replace(
        "sys.exit(code)", "import gc; sys.exit(len(gc.get_objects()) > 1000)"
    )
    environment = {"MICROCOM_HOME": str(home), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=home, env=environment)
    assert done.returncode == 0


def test_no_dataclass_is_written_in_advance() -> None:
    """Every dataclass of the product has its methods written when they are first called."""
    early = [
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if re.search(r"^ *from dataclasses import .*\bdataclass\b", path.read_text(), re.MULTILINE)
    ]
    assert early == ["values.py"]


def test_httpx_comes_without_its_command_line() -> None:
    """What publishes imports httpx, but nothing that only draws or reads command lines."""
    code = """import sys, microcom.runner.http
print(*{"click", "rich", "httpcore"} & {*sys.modules})"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
