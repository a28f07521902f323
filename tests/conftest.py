"""What holds for every test: no network beyond this machine, no printing by the product."""

from __future__ import annotations

import builtins
import os
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from tests import postgres

from microcom.testing import stage

if TYPE_CHECKING:
    from collections.abc import Iterator

ON_BOTH = ("cli", "conformance", "delivery", "runner", "store")
"""The folders whose tests of a queue run on both engines."""
STAGED = frozenset({"stage", "make", "pins", "clip", "film", "rehearsal"})
"""The fixtures that have a queue."""

SPEAKER = "microcom.cli.render"
NAMES_A_HOST = {"socket.getaddrinfo", "socket.gethostbyname"}
HAS_AN_ADDRESS = {"socket.connect", "socket.sendto", "socket.sendmsg"}

settings.register_profile("quick", max_examples=50, deadline=None)
settings.register_profile("ci", parent=settings.get_profile("quick"), derandomize=True)
settings.register_profile("thorough", max_examples=2_000, deadline=None)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "quick")
)


def _refuse_other_machines(event: str, arguments: tuple[object, ...]) -> None:
    """Fail the test that reaches for a host other than this machine.

    An audit hook sees every socket of this process, whichever library opened it, and cannot be
    taken off. Addresses of Unix sockets are no tuples and pass.
    """
    if event in NAMES_A_HOST:
        host = arguments[0]
    elif event in HAS_AN_ADDRESS and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not _is_loopback(host):
        pytest.fail(f"a test reached for {host!r}: tests may only talk to this machine")


def _is_loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost", "::1"}:
        return True
    return isinstance(name, str) and name.startswith("127.")


sys.addaudithook(_refuse_other_machines)


@pytest.fixture(autouse=True, scope="session")
def _only_render_prints() -> Iterator[None]:
    """Fail the test in which a module other than `cli.render` prints."""
    real = builtins.print

    def attended(*values: object, **options: object) -> None:
        caller = sys._getframe(1).f_globals.get("__name__", "")  # noqa: SLF001 - no public way
        if caller.startswith("microcom.") and caller != SPEAKER:
            pytest.fail(f"{caller} printed {values!r}: only {SPEAKER} speaks to people")
        real(*values, **options)  # type: ignore[call-overload]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builtins, "print", attended)
        yield


# --- both engines -----------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Know our own marks."""
    config.addinivalue_line("markers", "sqlite: about SQLite alone, for the reason given")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let every test that has a queue run on SQLite and on PostgreSQL."""
    if "engine" not in metafunc.fixturenames:
        return
    folder = Path(metafunc.definition.path).relative_to(Path(__file__).parent).parts[0]
    staged = STAGED & set(metafunc.fixturenames)
    both = folder in ON_BOTH and staged and not metafunc.definition.get_closest_marker("sqlite")
    if both:
        metafunc.parametrize("engine", ["sqlite", "postgres"], indirect=True)


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """Return a PostgreSQL server of this test process."""
    with postgres.served(*postgres.QUICK) as server:
        yield server


_numbers = count()


@pytest.fixture(autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put queues where this run of the test wants them; return the engine's name."""
    name: str = getattr(request, "param", "sqlite")
    if name == "postgres":
        server: postgres.Server = request.getfixturevalue("server")
        monkeypatch.setattr(stage, "queue_of", lambda _: server.queue(f"queue_{next(_numbers)}"))
        monkeypatch.setenv("MICROCOM_SANDBOX_DATABASE", server.queue(f"queue_{next(_numbers)}"))
    return name
