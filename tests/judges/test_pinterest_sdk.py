"""Pinterest's own Python library as a judge: what it sends is taken, what it reads back parses."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

import pytest

from microcom.media.probe import probe
from microcom.media.samples import picture
from microcom.platforms import emulator
from microcom.runner.sandbox import Sandbox, serve

pytest.importorskip("pinterest", reason="Pinterest's own library is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def client() -> Iterator[Any]:
    """Return Pinterest's client, pointed at a sandbox over TCP."""
    from openapi_generated.pinterest_client.configuration import Configuration
    from pinterest.client import PinterestSDKClient

    service = emulator("pinterest", clock=_now, lock=RLock(), probe=probe)
    assert service is not None
    server = serve(Sandbox([service], _now))
    where = Configuration(host=f"{server.url}/api.pinterest.com/v5")
    where.access_token = "sandbox:acme-pins"
    client = PinterestSDKClient(configuration=where)
    yield client
    client.rest_client.pool_manager.clear()
    client.close()
    server.stop()


def test_boards_and_sections(client: Any) -> None:
    """Boards and their sections are listed and read."""
    from pinterest.organic.boards import Board

    boards, bookmark = Board.get_all(client=client)
    names = {board.name: board.id for board in boards}
    assert {"Home bar", "Latte art", "Desk setups"} <= set(names)
    assert bookmark is None
    board = Board(board_id=names["Latte art"], client=client)
    sections, _ = board.list_sections()
    assert [section.name for section in sections] == ["Tulips", "Rosettas"]


def test_a_pin(client: Any, tmp_path: Path) -> None:
    """A pin with a picture in base64 is made, read and listed."""
    from pinterest.organic.boards import Board
    from pinterest.organic.pins import Pin

    picture(tmp_path / "a.png", "Menu", (600, 900), 20)
    data = b64encode((tmp_path / "a.png").read_bytes()).decode()
    boards, _ = Board.get_all(client=client)
    board = next(one for one in boards if one.name == "Home bar")
    made = Pin.create(
        board_id=board.id,
        title="The menu",
        description="Five drinks",
        media_source={"source_type": "image_base64", "content_type": "image/png", "data": data},
        client=client,
    )
    assert (made.title, made.board_id) == ("The menu", board.id)
    pins, _ = Board(board_id=board.id, client=client).list_pins()
    assert made.id in [pin.id for pin in pins]
