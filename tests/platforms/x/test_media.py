"""Files on their way to X: one call or chunks, alt text, processing, and what X refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.platforms.x.talk import TOKEN, Talk, account, outgoing

from microcom.core.account import Community
from microcom.core.media import Media, MediaKind
from microcom.core.post import Labels, Snapshot
from microcom.core.problem import Problem, Severity
from microcom.core.steps import Call, Effect, Stale
from microcom.errors import Rejected
from microcom.platforms.x import platform
from microcom.platforms.x.media import CHUNK, MOST_CHUNKS, chunks, uploaded

PNG = b"\x89PNG\r\n\x1a\n a picture"
GIF = b"GIF89a a moving one"
MP4 = b"\0\0\0\x20ftypisom" + bytes(2 * CHUNK)


@pytest.fixture
def talk() -> Talk:
    """Return somebody to talk to."""
    return Talk()


def _publish(talk: Talk, *media: Media, text: str = "Look", labels: Labels | None = None) -> str:
    snapshot = Snapshot((text,), media, labels=labels or Labels())
    return talk.hold(platform.publish(replace(outgoing(text), snapshot=snapshot))).remote_id


def _calls(talk: Talk) -> list[str]:
    return [item.name for item in talk.items if isinstance(item, Call)]


@given(st.integers(1, 4 * 1024**3))
def test_chunks_cover_a_file(size: int) -> None:
    """Chunks follow each other without a gap, a thousand at the most, a mebibyte while they can."""
    plan = chunks(size)
    assert [start for start, _ in plan] == [0, *(stop for _, stop in plan[:-1])]
    assert plan[-1][1] == size
    assert len(plan) <= MOST_CHUNKS
    assert all(stop - start == plan[0][1] for start, stop in plan[:-1])
    assert plan[0][1] == min(CHUNK, size) or len(plan) > MOST_CHUNKS - 8


def test_a_picture_goes_up_in_one_call(talk: Talk) -> None:
    """A picture is one upload, then its alt text, then the post that shows it."""
    post = _publish(talk, talk.file(PNG, alt="A latte"), labels=Labels(ai=True, paid=True))
    assert _calls(talk) == ["media:0", "alt:0", "post:0"]
    (made,) = [one for one in talk.x.published() if one.remote_id == post]
    assert [(shown.mime, shown.alt) for shown in made.media] == [("image/png", "A latte")]
    assert made.labels == ("Made with AI", "Paid partnership")
    assert talk.x.blobs.find(made.media[0].sha256) == ("image/png", PNG)


def test_video_goes_up_in_chunks(talk: Talk) -> None:
    """A video is begun, sent a mebibyte at a time, finalized, and waited for."""
    _publish(talk, talk.file(MP4, kind=MediaKind.VIDEO, mime="video/mp4", seconds=2.0))
    chunked = ["chunk:0:0", "chunk:0:1", "chunk:0:2"]
    assert _calls(talk) == ["media:0", *chunked, "finalize:0", "status:0", "post:0"]


def test_decoration_has_no_words(talk: Talk) -> None:
    """A picture that is decoration sends no alt text; one alone needs no text at all."""
    _publish(talk, talk.file(PNG, alt=""), text="")
    assert _calls(talk) == ["media:0", "post:0"]
    assert "text" not in str(next(i for i in talk.items if isinstance(i, Call)).body)


def test_four_pictures_stay_in_order(talk: Talk) -> None:
    """Four pictures hang on one post in the order they were given."""
    media = [talk.file(PNG + bytes([number]), alt=f"Number {number}") for number in range(4)]
    post = _publish(talk, *media)
    (made,) = [one for one in talk.x.published() if one.remote_id == post]
    assert [shown.alt for shown in made.media] == [f"Number {number}" for number in range(4)]


def test_a_video_that_x_cannot_read_is_refused(talk: Talk) -> None:
    """A file that fails in processing stops the post before anything is out."""
    talk.x.uploads = type(talk.x.uploads)(talk.x.blobs, lambda _: None)
    with pytest.raises(Rejected, match="could not process"):
        _publish(talk, talk.file(GIF, kind=MediaKind.ANIMATION, mime="image/gif"))
    assert [one for one in talk.x.published() if not one.by_hand] == []


def test_old_uploads_are_made_again(talk: Talk) -> None:
    """What X has forgotten by the time of the post is forgotten here too, every step of it."""
    video = talk.file(MP4, kind=MediaKind.VIDEO, mime="video/mp4", seconds=2.0)
    steps = uploaded((video,))
    item = next(steps)
    while isinstance(item, Call):
        at = talk.now if item.effect is Effect.WRITE else talk.now + timedelta(hours=25)
        item = steps.send(replace(talk.ask(item), at=at))
        if not isinstance(item, Call) and not isinstance(item, Stale):
            item = steps.send(replace(talk.replies[-1], at=talk.now + timedelta(hours=25)))
    assert isinstance(item, Stale)
    assert set(item.steps) >= {"media:0", "chunk:0:0", "chunk:0:2", "finalize:0"}


@pytest.mark.parametrize(
    ("call", "status", "said"),
    [
        (("/2/media/upload", {"media_category": "tweet_image", "x": "1"}), 400, "not defined"),
        (("/2/media/upload", {"media_category": "tweet_video"}), 400, "tweet_image"),
        (("/2/media/upload/12/append", {"segment_index": "0"}), 400, "media IDs are invalid"),
    ],
)
def test_what_x_refuses_of_files(
    talk: Talk, call: tuple[str, dict[str, str]], status: int, said: str
) -> None:
    """An upload that X's document does not describe is refused."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(transport=talk.wire, base_url="https://api.x.com", headers=headers) as api:
        answer = api.post(call[0], data=call[1], files={"media": ("a.png", PNG, "image/png")})
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


def test_segments_come_in_order(talk: Talk) -> None:
    """A segment out of order is refused, the last one sent again is not, a short file is."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    begin = {"total_bytes": 8, "media_type": "video/mp4", "media_category": "tweet_video"}
    with httpx.Client(transport=talk.wire, base_url="https://api.x.com", headers=headers) as api:
        number = api.post("/2/media/upload/initialize", json=begin).json()["data"]["id"]

        def append(index: int) -> int:
            files = {"media": ("blob", b"1234", "application/octet-stream")}
            data = {"segment_index": str(index)}
            return api.post(f"/2/media/upload/{number}/append", data=data, files=files).status_code

        assert [append(1), append(0), append(0)] == [400, 200, 200]
        assert api.post(f"/2/media/upload/{number}/finalize", json={}).status_code == 400
        assert append(1) == 200
        assert api.post(f"/2/media/upload/{number}/finalize", json={}).status_code == 200


@pytest.mark.parametrize(
    "written",
    [
        "1492837465102938475",
        "https://x.com/i/communities/1492837465102938475",
        "Q29tbXVuaXR5OjE0OTI4Mzc0NjUxMDI5Mzg0NzU=",
    ],
)
def test_a_community_is_what_it_was(talk: Talk, written: str) -> None:
    """A community is taken by its number, address or X's own word; replies stay in it by thread."""
    settings = {"community": written, "share": True}
    assert platform.kind_of(settings) == "community"
    delivery = replace(outgoing("One", "Two"), kind="community", settings=settings)
    talk.hold(platform.publish(delivery))
    made = [one.place for one in talk.x.published() if not one.by_hand]
    assert made == ["community 1492837465102938475", ""]


def test_a_community_is_warned_about() -> None:
    """X said that it closes communities: that is said, and the post goes on."""
    place = Community("old", "community", {"community": "14"})
    (notice,) = platform.validate(Snapshot(("Hi",)), account(), place)
    assert (notice.code, notice.severity) == ("x.community", Severity.NOTICE)
    refused = platform.kind_of({"community": "the baristas"})
    assert isinstance(refused, Problem)
