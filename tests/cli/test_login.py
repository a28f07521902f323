from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import keyring
import pytest
import respx
from tests.cli.house import now, queue_of
from tests.keyrings.file_keyring import FOLDER, FileKeyring

from microcom.runner.sandbox import of_platforms

if TYPE_CHECKING:
    from tests.cli.house import House

TOKEN = "canary-91c7d2-acme"
OTHERS = "canary-91c7d2-lumen"


@pytest.fixture
def world() -> Iterator[respx.MockRouter]:
    """Let the real platform's address be answered by its emulator, which knows two tokens."""
    emulator = next(one for one in of_platforms(now).emulators if one.name == "x")
    emulator.grant(TOKEN, "acmecoffee")
    emulator.grant(OTHERS, "lumenstudio")
    client = httpx.Client(transport=httpx.WSGITransport(app=emulator))

    def answer(request: httpx.Request) -> httpx.Response:
        reply = client.send(request)
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    with client, respx.mock(assert_all_called=False) as router:
        router.route(host="api.x.com").mock(side_effect=answer)
        yield router


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let a text be piped in."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


@pytest.mark.usefixtures("world")
def test_a_token_is_kept_in_the_keyring(
    house: House, ring: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account's own token goes into the keyring and nowhere else; the account is ready."""
    typed(monkeypatch, f"{TOKEN}\n")
    said = house.run("login", "acme-x", "--token")
    assert said.code == 0, said.err
    assert said.out == "acme-x is logged in as acmecoffee on x.\n"
    (kept,) = [value for name, value in ring.entries().items() if TOKEN in value]
    assert TOKEN in kept
    assert TOKEN not in said.out + said.err
    files = [file for file in house.home.rglob("*") if file.is_file()]
    assert not [file for file in files if TOKEN.encode() in file.read_bytes()]
    (acme, lumen) = house.run("accounts", "list", "--json").document["data"]["accounts"]
    assert (acme["state"], lumen["state"]) == ("ready", "not_logged_in")


@pytest.mark.usefixtures("world", "ring")
def test_the_json_document(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """--json says whose token it is; a handle's capitals do not matter."""
    file = house.home / "accounts.yaml"
    file.write_text(file.read_text().replace("acmecoffee", "AcmeCoffee"))
    typed(monkeypatch, TOKEN)
    document = house.run("login", "acme-x", "--token", "--json").document
    assert document["command"] == "login"
    assert document["world"] == "real"
    (row,) = document["data"]["accounts"]
    assert set(row) == {"name", "handle", "remote_id", "walls"}
    assert row["handle"] == "acmecoffee"


@pytest.mark.usefixtures("world")
def test_somebody_elses_token_is_refused(
    house: House, ring: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token of another handle is kept nowhere, and both handles are named."""
    typed(monkeypatch, OTHERS)
    said = house.run("login", "acme-x", "--token")
    assert said.code == 2
    assert "lumenstudio" in said.err
    assert "acmecoffee" in said.err
    assert ring.entries() == {}
    assert not (house.home / "queue.db").exists()


@pytest.mark.usefixtures("world")
def test_a_dry_run_keeps_nothing(
    house: House, ring: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--dry-run asks whose token it is and stops there."""
    typed(monkeypatch, TOKEN)
    said = house.run("login", "acme-x", "--token", "--dry-run")
    assert said.code == 0
    assert "would be logged in" in said.out
    assert ring.entries() == {}
    assert not (house.home / "queue.db").exists()


@pytest.mark.usefixtures("world", "ring")
def test_logging_in_ends_a_parking(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that was parked for its token publishes again after a login."""
    typed(monkeypatch, TOKEN)
    house.run("login", "acme-x", "--token")
    with queue_of(house) as store:
        store.accounts.park("acme-x", "the token is no longer accepted")
    assert house.run().code == 5
    typed(monkeypatch, TOKEN)
    assert house.run("login", "acme-x", "--token").code == 0
    assert "parked" not in house.run("accounts", "list").out


@pytest.mark.usefixtures("world")
def test_a_name_of_another_project_gets_no_token(
    house: House, ring: FileKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that another project's file owns keeps the token it has."""
    typed(monkeypatch, TOKEN)
    house.run("login", "acme-x", "--token")
    before = ring.entries()
    file = house.home / "accounts.yaml"
    file.write_text(file.read_text().replace("studio\n", "elsewhere\n").replace("coffee", "tea"))
    typed(monkeypatch, TOKEN.replace("acme", "tea"))
    said = house.run("login", "acme-x", "--token")
    assert said.code == 2
    assert ring.entries() == before


@pytest.mark.usefixtures("world", "ring")
@pytest.mark.parametrize(
    ("words", "text", "mistake"),
    [
        (["acme-x"], "", ("login.app", "microcom login acme-x --token")),
        (["acme-x", "--token"], "", ("login.empty", "pipe it in")),
        (["acme-x", "--token"], " \n", ("login.empty", "pipe it in")),
        (["acme-x", "--token"], "Bearer abc", ("login.token", "alone")),
        (["acme-x", "--token"], "one\ntwo", ("login.token", "one line")),
        (["acme-x", "--token"], "tök", ("login.token", "not a token")),
        (["acme-x", "--token"], "x" * 9000, ("login.token", "not a token")),
        (["acme-y", "--token"], TOKEN, ("account.unknown", "acme-x")),
        (["acme-x", "--token"], "unknown-to-x", ("x.unauthorized", "token")),
    ],
)
def test_bad_input(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    text: str,
    mistake: tuple[str, str],
) -> None:
    """Each mistake gets a sentence with what to do, exit code 2, and keeps nothing."""
    code, says = mistake
    typed(monkeypatch, text)
    said = house.run("login", *words)
    assert said.code == 2
    assert says in said.err
    typed(monkeypatch, text)
    (problem,) = house.run("login", *words, "--json").document["problems"]
    assert problem["code"] == code
    assert not (house.home / "queue.db").exists()


def test_no_input_at_all(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal and without standing input the command ends at once, with what to do."""
    monkeypatch.setattr(sys, "stdin", None)
    said = house.run("login", "acme-x", "--token")
    assert said.code == 2
    assert "No token was given" in said.err


def test_a_machine_without_a_keyring(
    house: House, world: respx.MockRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no keyring can keep a secret, the command says so and what would help."""
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    typed(monkeypatch, TOKEN)
    said = house.run("login", "acme-x", "--token")
    keyring.set_keyring(before)
    assert said.code == 2
    assert "no keyring" in said.err
    assert world.calls.call_count == 1
    assert "not logged in" in house.run("accounts", "list").out


def test_a_sandbox_needs_no_token(rehearsal: House, ring: FileKeyring) -> None:
    """In a sandbox nobody is asked for anything and no keyring is opened."""
    said = rehearsal.run("login", "acme-x")
    assert said.code == 0
    assert "acme-x is logged in" in said.out
    assert ring.entries() == {}
    assert "ready" in rehearsal.run("accounts", "list").out


def _terminal() -> tuple[int, int]:
    """Open a terminal; a machine that has none to give skips the test."""
    try:
        return pty.openpty()
    except OSError as error:
        pytest.skip(f"this machine gives no terminal: {error}")


def test_what_is_typed_is_not_shown(house: House) -> None:
    """On a terminal the token is asked for unseen."""
    leader, follower = _terminal()
    process = subprocess.Popen(
        [sys.executable, "-m", "microcom", "login", "acme-x", "--token"],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        env={
            **os.environ,
            "MICROCOM_TEST_KEYRING": str(house.home / "ring"),
            "PYTHON_KEYRING_BACKEND": "file_keyring.FileKeyring",
            "PYTHONPATH": str(FOLDER),
        },
    )
    os.close(follower)
    screen = b""
    while b"(not shown)" not in screen:
        screen += os.read(leader, 4096)
    os.write(leader, b"two words\n")
    code = process.wait()
    screen += os.read(leader, 4096)
    os.close(leader)
    assert code == 2
    assert b"not a token" in screen
    assert b"two words" not in screen
    assert b"tweet.write" in screen
    assert not (house.home / "ring").exists()
