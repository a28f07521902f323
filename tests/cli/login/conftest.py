"""A machine of an agency before a sandbox, and a person with a browser in front of it."""

from __future__ import annotations

import socket
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.house import House

VISITOR = Path(__file__).with_name("visitor.py")
CLICKER = Path(__file__).with_name("clicker.py")
ACCOUNTS = """\
microcom: 1
project: studio
timezone: Europe/Paris
apps:
  x-north: {{platform: x, client_id: north, redirect: "http://127.0.0.1:{port}/callback"}}
  x-native: {{platform: x, client_id: native, kind: public, redirect: "http://localhost:{port}/cb"}}
  pins: {{platform: pinterest, client_id: 1501234, redirect: "http://localhost:{port}/"}}
  tt: {{platform: tiktok, client_id: aw77, redirect: "http://127.0.0.1:*/callback/"}}
use: {{x: x-north}}
accounts:
  acme-x: {{platform: x, handle: acmecoffee}}
  lumen-x: {{platform: x, handle: lumenstudio, app: x-native}}
  acme-pins: {{platform: pinterest, handle: acmecoffee, communities: {{home: {{board: Home bar}}}}}}
  acme-tiktok: {{platform: tiktok, handle: acme.coffee}}
"""


@pytest.fixture
def port() -> int:
    """Return a port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def agency(rehearsal: House, port: int) -> House:
    """Return a machine with an app for each platform, before a sandbox."""
    (rehearsal.home / "accounts.yaml").write_text(ACCOUNTS.format(port=port))
    return rehearsal


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a person with a browser sit there, who answers as told."""

    def sit(username: str, *more: str, program: Path = VISITOR) -> None:
        words = [sys.executable, str(program), "--as", username, *more, "%s"]
        monkeypatch.setenv("BROWSER", " ".join(words))
        monkeypatch.setattr(webbrowser, "_tryorder", None)  # it reads BROWSER once a process
        monkeypatch.setattr(webbrowser, "_browsers", {})

    return sit
