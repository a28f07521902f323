from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from microcom.runner.sandbox import of_platforms, serve

if TYPE_CHECKING:
    from tests.cli.house import House

COMMAND = [sys.executable, "-m", "microcom", "sandbox", "--port", "0"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_asked_to_stop(house: House, number: signal.Signals) -> None:
    """--json prints one line with the address; Ctrl-C and SIGTERM end it cleanly."""
    fault = ["--fault", "x.create_post:503-after"]
    with subprocess.Popen(
        [*COMMAND, "--json", *fault], stdout=subprocess.PIPE, text=True, cwd=house.home
    ) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert set(said) == {"url"}
        assert httpx.get(f"{said['url']}/_/ledger").json()["posts"] == []
        armed = httpx.get(f"{said['url']}/_/faults").json()["faults"]
        assert armed == ["x.create_post:503-after"]
        process.send_signal(number)
        assert process.wait() == 0


def test_what_a_person_reads(house: House) -> None:
    """The address comes at once, also through a pipe, with what to type in another terminal."""
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True, cwd=house.home) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        while "Ctrl-C" not in lines[-1]:
            lines.append(process.stdout.readline())
        process.terminate()
    url = lines[0].split()[-1]
    assert urlsplit(url).hostname == "127.0.0.1"
    assert f"  export MICROCOM_SANDBOX={url}\n" in lines


def test_a_port_that_is_taken(house: House) -> None:
    """A port that somebody else has is named, with what to do, and exit code 2."""
    server = serve(of_platforms(lambda: pytest.fail("nobody calls")))
    port = str(urlsplit(server.url).port)
    said = house.run("sandbox", "--port", port)
    server.stop()
    assert said.code == 2
    assert port in said.err
    assert "--port 0" in said.err


@pytest.mark.parametrize(
    ("fault", "says"),
    [("nonsense", "PLATFORM.ENDPOINT"), ("x.nowhere:503", "create_post"), ("y.a:503", "x")],
)
def test_an_unknown_fault(house: House, fault: str, says: str) -> None:
    """A fault that there is not is answered with those there are; nothing is served."""
    said = house.run("sandbox", "--port", "0", "--fault", fault)
    assert said.code == 2
    assert says in said.err
