"""The refusals in tests/conftest.py."""

from __future__ import annotations

import socket
import types

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "example.invalid", "10.0.0.1", "0.0.0.0"])  # noqa: S104 - refused, not bound
def test_other_machines_are_out_of_reach(host: str) -> None:
    """A test that connects to another machine fails before a packet leaves."""
    with pytest.raises(pytest.fail.Exception, match="only talk to this machine"):
        socket.create_connection((host, 80), timeout=0.01)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_can_be_reached(host: str) -> None:
    """A test may serve on a loopback address and connect to it."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection((host, server.getsockname()[1]), timeout=5) as client,
    ):
        assert client.getpeername()[0] == "127.0.0.1"


def test_only_render_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """A print in the product fails the test; one in cli/render.py, or in a test, does not."""
    source = "def speak(): print('hello')"
    quiet, render = types.ModuleType("microcom.store.queue"), types.ModuleType(SPEAKER)
    exec(source, vars(quiet))  # noqa: S102 - a module with a print in it
    exec(source, vars(render))  # noqa: S102
    with pytest.raises(pytest.fail.Exception, match=r"microcom\.store\.queue printed"):
        quiet.speak()
    render.speak()
    assert capsys.readouterr().out == "hello\n"


SPEAKER = "microcom.cli.render"
