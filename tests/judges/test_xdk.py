"""X's own Python library as a judge: what it sends is taken, what it reads back parses."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

import pytest

from microcom.media.probe import probe
from microcom.media.samples import picture, video
from microcom.platforms import emulator
from microcom.runner.sandbox import Sandbox, serve

xdk = pytest.importorskip("xdk", reason="X's own library is not installed")


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def client() -> Iterator[Any]:
    """Return X's client, pointed at a sandbox over TCP."""
    service = emulator("x", clock=_now, lock=RLock(), probe=probe)
    assert service is not None
    server = serve(Sandbox([service], _now))
    client = xdk.Client(base_url=f"{server.url}/api.x.com", access_token="sandbox:acme-x")
    yield client
    client.session.close()
    server.stop()


def _posted(client: Any, text: str, *media_ids: str) -> dict[str, Any]:
    from xdk.posts.models import CreateRequest

    body: dict[str, Any] = {"text": text}
    if media_ids:
        body["media"] = {"media_ids": list(media_ids)}
    answer = client.posts.create(CreateRequest(**body)).model_dump()
    found: dict[str, Any] = answer["data"]
    return found


def test_a_post_with_a_picture(client: Any, tmp_path: Path) -> None:
    """A picture in JSON, its alt text, a post with it, and the post read back."""
    from xdk.media.models import CreateMetadataRequest, UploadRequest

    picture(tmp_path / "a.png", "Menu", (300, 200), 20)
    content = b64encode((tmp_path / "a.png").read_bytes()).decode()
    sent = client.media.upload(UploadRequest(media=content, media_category="tweet_image"))
    media_id = sent.model_dump()["data"]["id"]
    words = {"alt_text": {"text": "A menu"}}
    client.media.create_metadata(CreateMetadataRequest(id=media_id, metadata=words))
    post = _posted(client, "A menu", media_id)
    read = client.posts.get_by_id(post["id"], post_fields=["created_at", "attachments"])
    assert read.model_dump()["data"]["attachments"]["media_keys"] == [f"3_{media_id}"]


def test_a_video_in_chunks(client: Any, tmp_path: Path) -> None:
    """A video is begun, sent, finalized and asked for the way X's own library does it."""
    from xdk.media.models import AppendUploadRequest, InitializeUploadRequest

    video(tmp_path / "a.mp4", seconds=0.6, width=64, height=96)
    content = (tmp_path / "a.mp4").read_bytes()
    begin = InitializeUploadRequest(
        total_bytes=len(content), media_type="video/mp4", media_category="tweet_video"
    )
    number = client.media.initialize_upload(begin).model_dump()["data"]["id"]
    half = len(content) // 2
    for index, stretch in enumerate((content[:half], content[half:])):
        part = AppendUploadRequest(media=b64encode(stretch).decode(), segment_index=index)
        client.media.append_upload(number, part)
    client.media.finalize_upload(number)
    status = client.media.get_upload_status(number).model_dump()["data"]
    assert status["processing_info"]["state"] == "succeeded"
    assert _posted(client, "Pouring", number)["id"]


def test_the_timeline_reads_back(client: Any) -> None:
    """Whose token it is, and what they posted, newest first."""
    posts = [_posted(client, f"Post {number}")["id"] for number in range(3)]
    me = client.users.get_me().model_dump()["data"]["id"]
    page = next(iter(client.users.get_posts(me, max_results=5)))
    assert [one["id"] for one in page.model_dump()["data"]][:3] == posts[::-1]
