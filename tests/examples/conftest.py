from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.house import House, Street
from tests.examples.tour import Tour, tour


@pytest.fixture(scope="session")
def street() -> Iterator[Street]:
    """Return a served address that tests move their sandboxes into."""
    street = Street()
    yield street
    street.close()


@pytest.fixture
def visit(
    street: Street,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[str], Tour]:
    """Return who copies an example, goes there, and rehearses in a sandbox whose time is ours."""

    def visit(example: str) -> Tour:
        house = House(tmp_path, capsys, street.renew())
        return tour(example, house, street, monkeypatch)

    return visit
