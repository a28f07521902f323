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
from microcom.vault.sealed_files import SealedFiles

count, killed = int(sys.argv[1]), sys.argv[2] == "killed"
start, begin = os.pipe()
reader, writer = os.pipe()


def one():
    os.close(begin)
    os.read(start, 1)
    session = Session("test")
    store, http = session.open_store(create=False), session.http()
    credential = session.access(store, http).of(store.accounts.find("acme-x"))
    os.write(writer, (json.dumps([credential.version, credential.access]) + "\\n").encode())


def dying():
    write = SealedFiles.write
    def last(self, name, value):
        write(self, name, value)
        if "access" in value:  # not yet when the slot is tried
            os.kill(os.getpid(), 9)
    SealedFiles.write = last
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


def crowd(count: int, *, killed: bool = False) -> list[Any]:
    """Let so many processes ask at once; return what each got that lived."""
    words = [sys.executable, "-c", CROWD, str(count), "killed" if killed else ""]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_fifty_processes_renew_once(agency: House) -> None:
    """Of fifty that need a renewal at once, one asks; all get the same new token."""
    got = crowd(50)
    assert len(got) == 50
    assert {tuple(one) for one in got} == {tuple(got[0])}
    assert oauth_of(agency, "x").renewals == 1


def test_a_renewal_whose_process_is_killed(agency: House) -> None:
    """Kill -9 with the new pair in the vault: the next process takes it over, without asking."""
    assert crowd(1, killed=True) == []
    assert oauth_of(agency, "x").renewals == 1
    with queue_of(agency) as store:
        (facts,) = store.tokens.all()
        assert facts.asking
        store.db.run("UPDATE token SET asked_until = 1000000")
    ((version, _),) = crowd(1)
    assert version == facts.version + 1
    assert oauth_of(agency, "x").renewals == 1
