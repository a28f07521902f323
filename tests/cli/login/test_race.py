"""Many processes that need a renewal at the same moment, and some that are killed in it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.house import queue_of
from tests.cli.login.test_browser import oauth_of

if TYPE_CHECKING:
    from tests.cli.house import House

CROWD = """
import json, os, sys, traceback
from microcom.cli.session import Session
from microcom.errors import MicrocomError
from microcom.runner.http import Http
from microcom.runner.slots import Slots
from microcom.store.tokens import Tokens
from microcom.vault.sealed_files import SealedFiles
from microcom.vault.sealed_rows import SealedRows

count, killed, homes = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
VAULT = SealedRows if os.environ.get("MICROCOM_SANDBOX_DATABASE") else SealedFiles
start, begin = os.pipe()
reader, writer = os.pipe()


def one():
    os.close(begin)
    os.read(start, 1)
    if homes:
        os.environ["MICROCOM_HOME"] = homes[number % len(homes)]
    session = Session("test")
    store, http = session.open_store(create=False), session.http()
    try:
        credential = session.access(store, http).of(store.accounts.find("acme-x"))
        got = [credential.version, credential.access]
    except MicrocomError as error:
        got = [0, error.code]
    os.write(writer, (json.dumps(got) + "\\n").encode())


def dying():
    place, method, when = killed.split()
    owner = {"tokens": Tokens, "slots": Slots, "http": Http, "vault": VAULT}[place]
    real = getattr(owner, method)

    def last(self, *words, **more):
        pair = place != "vault" or "access" in words[1]  # not yet when the slot is tried
        if when == "before" and pair:
            os.kill(os.getpid(), 9)
        answer = real(self, *words, **more)
        if pair:
            os.kill(os.getpid(), 9)
        return answer

    setattr(owner, method, last)
    one()


children = []
for number in range(count):
    child = os.fork()
    if child == 0:
        try:
            dying() if killed else one()
        except BaseException:
            traceback.print_exc()
        os._exit(0)
    children.append(child)
os.close(begin), os.close(writer)
for child in children:
    os.waitpid(child, 0)
sys.stdout.write(os.fdopen(reader).read())
"""


@pytest.fixture
def agency(agency: House, browser: Callable[..., None]) -> House:
    """Return a machine where acme-x is logged in, with a token that has lapsed."""
    browser("acmecoffee")
    assert agency.run("login", "acme-x", "--timeout", "10").code == 0
    with queue_of(agency) as store:
        store.db.run("UPDATE token SET expires_at = 1000000")
    return agency


def crowd(count: int, *homes: str, killed: str = "") -> list[Any]:
    """Let so many processes ask at once; return version and token of each that lived.

    ``killed`` says where each is killed: whose method, and before or after it. ``homes`` are
    machines that they are on, in turn.
    """
    words = [sys.executable, "-c", CROWD, str(count), killed, *homes]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_fifty_processes_renew_once(agency: House) -> None:
    """Of fifty that need a renewal at once, one asks; all get the same new token."""
    got = crowd(50)
    assert len(got) == 50
    assert {tuple(one) for one in got} == {tuple(got[0])}
    assert oauth_of(agency, "x").renewals == 1


def test_ten_processes_of_two_machines_renew_once(agency: House, engine: str) -> None:
    """Where two machines share a queue, they share its tokens, and one process of one renews."""
    other = agency.home / "other"
    other.mkdir()
    (other / "accounts.yaml").write_bytes((agency.home / "accounts.yaml").read_bytes())
    homes = [str(agency.home), str(other)] if engine == "postgres" else [str(agency.home)]
    got = crowd(10, *homes)
    assert len(got) == 10
    assert {tuple(one) for one in got} == {tuple(got[0])}
    assert got[0][0] > 1
    assert oauth_of(agency, "x").renewals == 1


@pytest.mark.parametrize(
    "point",
    [
        "tokens claim before",
        "tokens claim after",
        "slots reserve after",
        "http send_alone before",
        "http send_alone after",
        "vault write after",
        "tokens put before",
        "tokens put after",
    ],
)
def test_a_renewal_whose_process_is_killed(agency: House, point: str) -> None:
    """Kill -9 at every point: the next process has the new pair, and the platform was asked once.

    Only a kill between the platform's answer and the vault costs a login, which is said.
    """
    with queue_of(agency) as store:
        (before,) = store.tokens.all()
    assert crowd(1, killed=point) == []
    with queue_of(agency) as store:
        store.db.run("UPDATE token SET asked_until = 1000000 WHERE asking IS NOT NULL")
    ((version, got),) = crowd(1)
    assert oauth_of(agency, "x").renewals == 1
    if point == "http send_alone after":
        assert (version, got) == (0, "login.refused")
    else:
        assert version == before.version + 1
