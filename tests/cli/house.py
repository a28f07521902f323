"""A person's machine for tests of commands: a home, an accounts file, a sandbox that answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microcom.cli.app import main
from microcom.runner.clock import SystemClock
from microcom.runner.sandbox import Sandbox, of_platforms, serve
from microcom.store import Store, open_store

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    import pytest

ACCOUNTS = """\
microcom: 1
project: studio
timezone: Europe/Paris
accounts:
  acme-x: {platform: x, handle: acmecoffee}
  lumen-x: {platform: x, handle: lumenstudio, timezone: America/New_York}
groups:
  everyone: [acme-x, lumen-x]
platforms: {x: {sameness: {text: off}}}
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document that was printed."""
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document

    @property
    def deliveries(self) -> list[dict[str, Any]]:
        """Return the deliveries in the JSON document."""
        deliveries = self.document["data"]["deliveries"]
        assert isinstance(deliveries, list)
        return deliveries


@dataclass(frozen=True, slots=True)
class House:
    """One person's machine, with a sandbox or without."""

    home: Path
    capsys: pytest.CaptureFixture[str]
    sandbox: Sandbox | None = None

    def run(self, *words: str) -> Said:
        """Run a command line and return what it said."""
        self.capsys.readouterr()
        code = main(words)
        out, err = self.capsys.readouterr()
        return Said(code, out, err)

    def published(self) -> list[str]:
        """Return the texts that the sandbox holds, in order."""
        assert self.sandbox is not None
        posts = self.sandbox.ledger()["posts"]
        return [post["text"] for post in posts]


class Street:
    """One served address for many tests; each test moves a sandbox of its own in."""

    def __init__(self) -> None:
        self.sandbox = of_platforms(now)
        self._server = serve(self)
        self.url = self._server.url

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer as the sandbox that lives here now."""
        return self.sandbox(environ, start)

    def renew(self) -> Sandbox:
        """Move a new sandbox in, with nothing posted yet."""
        self.sandbox = of_platforms(now)
        return self.sandbox

    def close(self) -> None:
        """Stop serving."""
        self._server.stop()


@contextmanager
def queue_of(house: House) -> Iterator[Store]:
    """Open the queue that the house's commands use."""
    data = house.run("paths", "--json").document["data"]
    store = open_store(data["paths"]["queue"], data["world"], SystemClock(), actor="tester")
    with closing(store):
        yield store


def now() -> datetime:
    """Return the time of the sandbox."""
    return datetime.now(UTC)


def move_away(house: House, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go on with another home, that is empty, and with a queue file; return it."""
    home = Path(f"{house.home}-elsewhere")
    home.mkdir()
    monkeypatch.delenv("MICROCOM_SANDBOX_DATABASE", raising=False)
    monkeypatch.setenv("MICROCOM_HOME", str(home))
    monkeypatch.chdir(home)
    return home


def move_in(home: Path, monkeypatch: pytest.MonkeyPatch, url: str | None = None) -> None:
    """Make a folder the home and the current folder, pointed at a sandbox or at nothing."""
    home.mkdir(exist_ok=True)
    (home / "accounts.yaml").write_text(ACCOUNTS)
    monkeypatch.chdir(home)
    for name in ("MICROCOM_SANDBOX", "MICROCOM_CONFIG", "MICROCOM_DATABASE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MICROCOM_HOME", str(home))
    monkeypatch.setenv("MICROCOM_ACTOR", "tester")
    if url is not None:
        monkeypatch.setenv("MICROCOM_SANDBOX", url)
