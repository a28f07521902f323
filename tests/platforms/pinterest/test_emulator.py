"""An emulated Pinterest is as strict as the document and what others met."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.platforms.pinterest.talk import MP4, PNG, TOKEN, Talk

DATA = b64encode(PNG).decode()
PICTURE = {"source_type": "image_base64", "content_type": "image/png", "data": DATA}
MANY = "multiple_image_base64"
SLOT = {"content_type": "image/png", "data": DATA}


@pytest.fixture
def talk() -> Talk:
    """Return the service."""
    return Talk()


@pytest.fixture
def api(talk: Talk) -> Iterator[httpx.Client]:
    """Return a plain client with the account's token."""
    base = "https://api.pinterest.com/v5"
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(transport=talk.wire, base_url=base, headers=headers) as api:
        yield api


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({}, 201, None),
        ({"colour": "red"}, 400, 1),
        ({"title": "x" * 101}, 400, 1),
        ({"description": "x" * 801}, 400, 1),
        ({"link": "https://a.example/" + "x" * 2048}, 400, 1),
        ({"alt_text": "x" * 501}, 400, 1),
        ({"board_id": 81}, 400, 1),
        ({"board_id": "81"}, 404, 40),
        ({"board_section_id": "81"}, 404, 2031),
        ({"media_source": None}, 400, 1),
        ({"media_source": {**PICTURE, "data": f"data:image/png;base64,{DATA}"}}, 400, 1),
        ({"media_source": {**PICTURE, "data": f"{DATA[:8]}\n{DATA[8:]}"}}, 400, 1),
        ({"media_source": {**PICTURE, "content_type": "image/webp"}}, 400, 1),
        ({"media_source": {**PICTURE, "content_type": "image/jpeg"}}, 403, 235),
        ({"media_source": {**PICTURE, "url": "https://a.example"}}, 400, 1),
        ({"media_source": {"source_type": MANY, "items": [SLOT]}}, 400, 1),
        ({"media_source": {"source_type": MANY, "items": [SLOT] * 6}}, 400, 1),
        (
            {"media_source": {"source_type": MANY, "items": [SLOT] * 2}},
            201,
            None,
        ),
        ({"media_source": {"source_type": "video_id", "media_id": "1"}}, 404, 404),
        ({"ai_disclosures": {"values": []}}, 400, 1),
        ({"ai_disclosures": {"values": ["AI_MODIFIED"]}}, 201, None),
    ],
)
def test_pins(
    talk: Talk, api: httpx.Client, changes: dict[str, Any], status: int, code: int | None
) -> None:
    """A pin is taken as the document describes it, and refused with Pinterest's own code."""
    body = {"board_id": talk.me.called("Home bar").id, "media_source": PICTURE, **changes}
    answer = api.post("/pins", json=body)
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text


def test_a_videos_way(talk: Talk, api: httpx.Client) -> None:
    """A video is refused before it is ready and without a cover, and its form is used once."""
    talk.service.uploads.polls = 1
    begun = api.post("/media", json={"media_type": "video"}).json()
    source = {"source_type": "video_id", "media_id": begun["media_id"]}
    body = {"board_id": talk.me.called("Home bar").id, "media_source": source}
    assert api.post("/pins", json=body).status_code == 400
    with httpx.Client(transport=talk.wire) as bucket:
        form = {"data": begun["upload_parameters"], "files": {"file": ("a.mp4", MP4, "video/mp4")}}
        assert bucket.post(begun["upload_url"], **form).status_code == 204
        assert bucket.post(begun["upload_url"], **form).status_code == 403
        assert bucket.post(begun["upload_url"], files=form["files"]).status_code == 403
    states = [api.get(f"/media/{begun['media_id']}").json()["status"] for _ in range(2)]
    assert states == ["processing", "succeeded"]
    assert "cover_image_url" in api.post("/pins", json=body).json()["message"]
    source["cover_image_key_frame_time"] = 0
    assert api.post("/pins", json=body).status_code == 201


def test_pages_end_with_null(talk: Talk, api: httpx.Client) -> None:
    """A listing goes on by its bookmark until that is null; sizes beyond the limit are refused."""
    for number in range(30):
        talk.service.people.add_board(talk.me, f"Board {number}", talk.now)
    first = api.get("/boards").json()
    second = api.get(f"/boards?bookmark={first['bookmark']}").json()
    assert (len(first["items"]), len(second["items"]), second["bookmark"]) == (25, 9, None)
    assert api.get("/boards?page_size=251").status_code == 400
    assert api.get("/boards?bookmark=x").status_code == 400


def test_scopes_and_limits(talk: Talk, api: httpx.Client) -> None:
    """A missing right is 401 with code 3; the hundred-and-first write of a minute is refused."""
    talk.service.grant("reader", "acme-pins", scopes=["boards:read"])
    answer = api.post("/pins", json={}, headers={"authorization": "Bearer reader"})
    assert (answer.status_code, answer.json()["code"]) == (401, 3)
    codes = [api.post("/media", json={"media_type": "video"}).status_code for _ in range(101)]
    assert (codes[99], codes[100]) == (201, 429)
