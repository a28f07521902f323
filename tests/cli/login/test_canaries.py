"""Secrets go through every road of the program; nothing that it writes holds one of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import queue_of
from tests.cli.login.test_browser import oauth_of

from microcom.media.samples import picture

if TYPE_CHECKING:
    from tests.cli.house import House, Said

APP_SECRET = "canary-app-secret-4411"
HEARTBEAT = "http://127.0.0.1:9/canary-heartbeat-8822"
COMMANDS = (
    ("post", "Good morning", "--to", "acme-x", "--verbose"),
    ("post", "Freshly poured", "--media", "menu.jpg", "--to", "acme-pins/home", "--verbose"),
    ("post", "Second", "--to", "acme-x", "--dry-run", "--calls"),
    ("post", "Third", "--to", "acme-x", "--dry-run", "--calls", "--json"),
    ("run", "--verbose"),
    ("queue", "list", "--json"),
    ("queue", "show", "1"),
    ("queue", "show", "2", "--json"),
    ("log", "--json"),
    ("log",),
    ("accounts", "list", "--json"),
    ("accounts", "show", "acme-x"),
    ("apps", "list", "--json"),
    ("vault", "status"),
    ("vault", "verify", "--json"),
    ("doctor", "--json"),
    ("status",),
    ("communities", "list", "acme-pins", "--live"),
    (),
    ("logout", "acme-pins", "--json"),
)


@pytest.fixture
def spoken(agency: House, browser: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> House:
    """Return a machine whose app has a secret of its own, with two accounts logged in."""
    import io

    monkeypatch.setenv("MICROCOM_HEARTBEAT", HEARTBEAT)
    for app in ("x-north", "pins"):
        platform = {"x-north": "x", "pins": "pinterest"}[app]
        client = {"x-north": "north", "pins": "1501234"}[app]
        oauth_of(agency, platform).register(client, secret=APP_SECRET)
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{APP_SECRET}\n"))
        assert agency.run("apps", "secret", app).code == 0
    browser("acmecoffee")
    assert agency.run("login", "acme-x", "--timeout", "10").code == 0
    assert agency.run("login", "acme-pins", "--timeout", "10").code == 0
    picture(agency.home / "menu.jpg", "Menu", (640, 480), 90)
    return agency


def secrets_of(house: House) -> set[str]:
    """Return every secret that there was, as only the services know them."""
    found = {APP_SECRET, HEARTBEAT}
    for platform in ("x", "pinterest"):
        service = oauth_of(house, platform)
        found |= set(service._codes)  # noqa: SLF001 - what only the service knows
        for consent in service._consents:  # noqa: SLF001
            found |= {*consent.access, *consent.refresh}
    return found


def written(house: House, said: list[Said]) -> dict[str, str]:
    """Return all that was written, by where: printed, and in every file but the sandbox's vault."""
    texts = {f"said {number}": one.out + one.err for number, one in enumerate(said)}
    for path in house.home.rglob("*"):
        if path.is_file():
            texts[str(path)] = path.read_bytes().decode(errors="replace")
    return texts


def test_no_canary_is_written_anywhere(spoken: House) -> None:
    """Renewals, failures, verbose calls, the journal, the log: none of them holds a secret."""
    said = [spoken.run(*words) for words in COMMANDS[:2]]
    with queue_of(spoken) as store:
        store.db.run("UPDATE token SET expires_at = 1000000")
    said += [spoken.run("post", "After a renewal", "--to", "acme-x", "--verbose")]
    assert oauth_of(spoken, "x").renewals == 1
    service = oauth_of(spoken, "x")
    service.end_account("acmecoffee")
    with queue_of(spoken) as store:
        store.db.run("UPDATE token SET expires_at = 1000000")
    said += [spoken.run("post", "After the end", "--to", "acme-x", "--verbose")]
    assert said[-1].code == 5
    said += [spoken.run(*words) for words in COMMANDS]
    secret = secrets_of(spoken)
    assert len(secret) >= 9
    texts = written(spoken, said)
    assert [(one, where) for one in secret for where, text in texts.items() if one in text] == []


def test_a_crash_shows_no_secret(tmp_path: Path) -> None:
    """An error that nobody caught is shown without secrets, also in its chain of causes."""
    script = tmp_path / "crash.py"
    script.write_text(
        "from microcom.cli import render\n"
        "from microcom.core.login import Tokens\n"
        "render.guard()\n"
        "tokens = Tokens('canary-' + 'access-9911', 'canary-' + 'refresh-9911')\n"
        "try:\n"
        "    raise ValueError(f'sent {tokens.access} and {tokens!r}')\n"
        "except ValueError as error:\n"
        "    raise RuntimeError(f'Bearer {tokens.refresh}') from error\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "RuntimeError" in done.stderr
    assert "access-9911" not in done.stderr
    assert "refresh-9911" not in done.stderr
    assert "report it" in done.stderr


def test_no_secret_is_an_argument(spoken: House) -> None:
    """No command takes a secret as a word or option: `ps` has nothing to show."""
    from microcom.cli.app import build

    app = build([])
    names = [command.name for command in app.registered_commands]
    assert "login" in names
    for words in (["login", "--help"], ["apps", "secret", "--help"], ["vault", "--help"]):
        said = spoken.run(*words)
        assert said.code == 0
        assert "--secret" not in said.out
        assert "--token TEXT" not in said.out
