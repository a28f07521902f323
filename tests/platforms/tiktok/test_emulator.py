"""How strict the emulated TikTok is: what the real one is known to refuse, it refuses."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.platforms.tiktok.talk import LONG, MEBIBYTE, NAME, SHORT, TOKEN, Talk

from microcom.core.bodies import Json, Raw, Slice
from microcom.core.media import Media, MediaKind
from microcom.core.steps import Call, Effect, Reply
from microcom.platforms.tiktok.emulator import TikTokEmulator

API = "https://open.tiktokapis.com/v2"
POST = f"{API}/post/publish"
INFO: dict[str, Any] = {
    "privacy_level": "SELF_ONLY",
    "brand_content_toggle": False,
    "brand_organic_toggle": False,
}


@pytest.fixture
def talk() -> Talk:
    """Return somebody to talk to."""
    return Talk()


def _ask(talk: Talk, path: str, body: object, token: str = TOKEN) -> Reply:
    call = Call(name="any", method="POST", url=f"{POST}{path}", effect=Effect.READ, body=Json(body))
    return talk.ask(call, token)


def _code(reply: Reply) -> str:
    return str(reply.at_path("error.code"))


def _source(size: int, chunk: int | None = None, count: int = 1) -> dict[str, Any]:
    return {
        "source": "FILE_UPLOAD",
        "video_size": size,
        "chunk_size": size if chunk is None else chunk,
        "total_chunk_count": count,
    }


def _init(talk: Talk, source: object = None, info: object = None) -> Reply:
    body = {"post_info": info or INFO, "source_info": source or _source(len(SHORT))}
    return _ask(talk, "/video/init/", body)


def _put(
    talk: Talk, address: str, content: bytes, first: int, total: int, *, mime: str = "video/mp4"
) -> Reply:
    media = talk.file(content)
    last = first + len(content) - 1
    call = Call(
        name="put",
        method="PUT",
        url=address,
        effect=Effect.WRITE,
        body=Raw(Slice(media.sha256, 0, media.size), mime),
        headers=(("content-range", f"bytes {first}-{last}/{total}"),),
        bare=True,
    )
    return talk.ask(call)


def _address(reply: Reply) -> str:
    assert _code(reply) == "ok"
    return str(reply.at_path("data.upload_url"))


# --- what is announced ------------------------------------------------------------------------


def test_success_is_ok_and_nothing_else(talk: Talk) -> None:
    """Every answer is an envelope with data, a code and a log id."""
    said = _init(talk).json()
    assert (said["error"]["code"], bool(said["error"]["log_id"])) == ("ok", True)
    assert len(said["data"]["publish_id"]) <= 64
    assert len(said["data"]["upload_url"]) <= 256


@pytest.mark.parametrize(
    ("size", "chunk", "count"),
    [
        (64_000_001, 64_000_001, 1),  # too large for one chunk
        (20_000_000, 10_000_000, 1),  # a single chunk is the whole file
        (20_000_000, 10_000_000, 3),  # the count is not rounded up
        (25_000_000, 10_000_000, 3),
        (20_000_000, 4_000_000, 5),  # a chunk is too small
        (140_000_000, 70_000_000, 2),  # a chunk is too large
        (20_000_000, 20_000_000, 0),
        (0, 0, 1),
        (5 * 1024**3, 50_000_000, 107),  # more than TikTok takes at all
    ],
)
def test_chunks_that_tiktok_does_not_take(talk: Talk, size: int, chunk: int, count: int) -> None:
    """Chunk size and count have to follow from the size of the video."""
    assert _code(_init(talk, _source(size, chunk, count))) == "invalid_params"


@pytest.mark.parametrize("more", [{"post_mode": "DIRECT_POST"}, {"video_url": "https://e.example"}])
def test_a_closed_object(talk: Talk, more: dict[str, str]) -> None:
    """What the reference does not know is refused, in each object."""
    assert _code(_init(talk, {**_source(len(SHORT)), **more})) == "invalid_params"
    assert _code(_init(talk, info={**INFO, **more})) == "invalid_params"


@pytest.mark.parametrize(
    "wrong",
    [
        {"privacy_level": "EVERYBODY"},
        {"disable_comment": "true"},
        {"title": 7},
        {"title": "x" * 2201},
        {"video_cover_timestamp_ms": 1.5},
    ],
)
def test_wrong_values(talk: Talk, wrong: dict[str, Any]) -> None:
    """Types and limits are held, and nothing is read into a wrong value."""
    assert _code(_init(talk, info={**INFO, **wrong})) == "invalid_params"


def test_brand_toggles_are_said(talk: Talk) -> None:
    """TikTok's table calls both toggles required: the stricter reading is taken."""
    assert _code(_init(talk, info={"privacy_level": "SELF_ONLY"})) == "invalid_params"


def test_a_draft_has_no_post_info(talk: Talk) -> None:
    """The inbox takes a file and no words."""
    source = _source(len(SHORT))
    body = {"post_info": INFO, "source_info": source}
    assert _code(_ask(talk, "/inbox/video/init/", body)) == "invalid_params"
    assert _code(_ask(talk, "/inbox/video/init/", {"source_info": source})) == "ok"


def test_audiences_follow_from_the_account(talk: Talk) -> None:
    """A public account has no followers to choose, and a private one no public."""
    assert _code(_init(talk, info={**INFO, "privacy_level": "FOLLOWER_OF_CREATOR"})) == (
        "privacy_level_option_mismatch"
    )
    talk.tiktok.private.add(NAME)
    assert _code(_init(talk, info={**INFO, "privacy_level": "PUBLIC_TO_EVERYONE"})) == (
        "privacy_level_option_mismatch"
    )


def test_an_unaudited_app(talk: Talk) -> None:
    """It may fill inboxes, and post to private accounts for their owners alone."""
    unaudited = "unaudited_client_can_only_post_to_private_accounts"
    talk.tiktok.unaudited.add(NAME)
    assert _code(_init(talk)) == unaudited
    talk.tiktok.private.add(NAME)
    assert _code(_init(talk)) == "ok"
    assert _code(_init(talk, info={**INFO, "privacy_level": "MUTUAL_FOLLOW_FRIENDS"})) == unaudited
    source = {"source_info": _source(len(SHORT))}
    assert _code(_ask(talk, "/inbox/video/init/", source)) == "ok"


def test_scopes_are_kept(talk: Talk) -> None:
    """Posting and drafts are rights of their own."""
    talk.tiktok.grant("drafts", NAME, scopes=["video.upload"])
    source = {"source_info": _source(len(SHORT))}
    refused = _ask(talk, "/video/init/", {**source, "post_info": INFO}, "drafts")
    assert (refused.status, _code(refused)) == (401, "scope_not_authorized")
    assert _code(_ask(talk, "/inbox/video/init/", source, "drafts")) == "ok"
    assert _code(_ask(talk, "/creator_info/query/", {}, "drafts")) == "scope_not_authorized"
    unknown = _ask(talk, "/creator_info/query/", {}, "nobody")
    assert (unknown.status, _code(unknown)) == (401, "access_token_invalid")


@pytest.mark.parametrize(
    ("path", "body", "most"),
    [("/video/init/", None, 6), ("/creator_info/query/", {}, 20)],
)
def test_calls_a_minute(talk: Talk, path: str, body: object, most: int) -> None:
    """Each kind of call has its limit a minute, for each account."""
    asked = {"post_info": INFO, "source_info": _source(len(SHORT))} if body is None else body
    codes = [_code(_ask(talk, path, asked)) for _ in range(most + 1)]
    assert codes == ["ok"] * most + ["rate_limit_exceeded"]
    talk.now += timedelta(minutes=1)
    assert _code(_ask(talk, path, asked)) == "ok"


def test_fifteen_posts_a_day(talk: Talk) -> None:
    """Beyond the cap an account is refused: with 200 when it asks, with 403 when it tries."""
    for _ in range(15):
        talk.now += timedelta(minutes=1)
        talk.publish()
    talk.now += timedelta(minutes=1)
    asked, tried = _ask(talk, "/creator_info/query/", {}), _init(talk)
    assert [one.status for one in (asked, tried)] == [200, 403]
    assert {_code(asked), _code(tried)} == {"spam_risk_too_many_posts"}
    talk.now += timedelta(hours=24)
    assert _code(_init(talk)) == "ok"


def test_branded_content_that_nobody_sees(talk: Talk) -> None:
    """Branded content is not private."""
    info = {**INFO, "brand_content_toggle": True}
    assert _code(_init(talk, info=info)) == "invalid_params"
    assert _code(_init(talk, info={**info, "privacy_level": "PUBLIC_TO_EVERYONE"})) == "ok"


def test_pictures_ask_for_the_right_of_their_mode(talk: Talk) -> None:
    """A draft of pictures takes the right to drafts, a post the right to post."""
    talk.tiktok.grant("drafts", NAME, scopes=["video.upload"])
    draft = {**_photos(), "post_mode": "MEDIA_UPLOAD", "post_info": {"title": "Two cups"}}
    assert _code(_ask(talk, "/content/init/", draft, "drafts")) == "ok"
    assert _code(_ask(talk, "/content/init/", _photos(), "drafts")) == "scope_not_authorized"


def test_five_drafts_a_day(talk: Talk) -> None:
    """A sixth draft within a day waits."""
    source = {"source_info": _source(len(SHORT))}
    codes = []
    for _ in range(6):
        talk.now += timedelta(minutes=1)
        codes.append(_code(_ask(talk, "/inbox/video/init/", source)))
    assert codes == ["ok"] * 5 + ["spam_risk_too_many_pending_share"]
    talk.now += timedelta(hours=24)
    assert _code(_ask(talk, "/inbox/video/init/", source)) == "ok"


# --- what is uploaded -------------------------------------------------------------------------


def test_chunks_come_in_order(talk: Talk) -> None:
    """The next chunk alone is taken; 416 says how far it is, and what came is not taken twice."""
    step, total = 5 * MEBIBYTE, len(LONG)
    address = _address(_init(talk, _source(total, step, 2)))
    last = LONG[step:]
    assert _put(talk, address, last, step, total).status == 416
    first = _put(talk, address, LONG[:step], 0, total)
    assert (first.status, first.headers["content-range"]) == (206, f"bytes 0-{step - 1}/{total}")
    again = _put(talk, address, LONG[:step], 0, total)
    assert (again.status, again.headers["content-range"]) == (416, f"bytes 0-{step - 1}/{total}")
    assert _put(talk, address, last, step, total).status == 201
    assert _put(talk, address, last, step, total).status == 416
    assert talk.tiktok.works.popitem()[1].blob.content == LONG


def test_a_chunk_says_what_it_is(talk: Talk) -> None:
    """Total, length and type have to be what was announced."""
    address = _address(_init(talk))
    total = len(SHORT)
    assert _put(talk, address, SHORT, 0, total + 1).status == 400
    assert _put(talk, address, SHORT, 0, total, mime="application/octet-stream").status == 400
    assert _put(talk, address, SHORT[:-1], 0, total).status == 416
    assert _put(talk, address, SHORT, 0, total).status == 201


def test_an_address_lives_for_an_hour(talk: Talk) -> None:
    """An upload that is too late is refused, and so is one that nobody announced."""
    address = _address(_init(talk))
    assert _put(talk, address.replace("token=", "token=x"), SHORT, 0, len(SHORT)).status == 404
    talk.now += timedelta(hours=1, seconds=1)
    assert _put(talk, address, SHORT, 0, len(SHORT)).status == 403


def test_nothing_is_out_before_the_last_byte(talk: Talk) -> None:
    """An upload without its last chunk is no post, however long one waits."""
    step, total = 5 * MEBIBYTE, len(LONG)
    begun = _init(talk, _source(total, step, 2))
    _put(talk, _address(begun), LONG[:step], 0, total)
    talk.now += timedelta(days=1)
    asked = {"publish_id": begun.at_path("data.publish_id")}
    said = _ask(talk, "/status/fetch/", asked)
    assert said.at_path("data") == {"status": "PROCESSING_UPLOAD", "uploaded_bytes": step}
    assert talk.tiktok.ledger() == []


def test_an_upload_is_its_owners(talk: Talk) -> None:
    """Another account cannot ask for it, and an invented one is unknown."""
    talk.tiktok.grant("other", "other-tok")
    asked = {"publish_id": _init(talk).at_path("data.publish_id")}
    assert _code(_ask(talk, "/status/fetch/", asked, "other")) == (
        "token_not_authorized_for_specified_publish_id"
    )
    assert _code(_ask(talk, "/status/fetch/", {"publish_id": "v_pub_file~0"})) == (
        "invalid_publish_id"
    )


def _facts(**facts: Any) -> Media:  # noqa: ANN401 - the fields of Media
    usual: dict[str, Any] = {"width": 1080, "height": 1920, "seconds": 9.0, "fps": 30.0}
    return Media(
        *("0" * 64, 9, "video/mp4", MediaKind.VIDEO), **{**usual, "codec": "h264", **facts}
    )


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (None, "file_format_check_failed"),
        (_facts(codec="mpeg4"), "file_format_check_failed"),
        (_facts(seconds=601.0), "duration_check_failed"),
        (_facts(fps=10.0), "frame_rate_check_failed"),
        (_facts(width=200), "picture_size_check_failed"),
    ],
)
def test_a_video_is_looked_at(facts: Media | None, reason: str) -> None:
    """What is no video that TikTok takes fails once it is whole, and says why."""
    talk = Talk()
    talk.tiktok = TikTokEmulator(clock=lambda: talk.now, probe=lambda _: facts)
    talk.tiktok.grant(TOKEN, NAME)
    talk.wire = type(talk.wire).of([talk.tiktok])
    begun = _init(talk)
    assert _put(talk, _address(begun), SHORT, 0, len(SHORT)).status == 201
    asked = {"publish_id": begun.at_path("data.publish_id")}
    said = _ask(talk, "/status/fetch/", asked).at_path("data")
    assert (said["status"], said["fail_reason"]) == ("FAILED", reason)
    assert talk.tiktok.ledger() == []


# --- pictures ---------------------------------------------------------------------------------


def _photos(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    source = {
        "source": "PULL_FROM_URL",
        "photo_images": ["https://media.example.com/a.jpg"],
        "photo_cover_index": 0,
    }
    body = {"media_type": "PHOTO", "post_mode": "DIRECT_POST", "post_info": INFO}
    return {**body, "source_info": {**source, **changes}}


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "FILE_UPLOAD"},
        {"photo_images": []},
        {"photo_images": ["http://media.example.com/a.jpg"]},
        {"photo_images": ["https://media.example.com/a.jpg"] * 36},
        {"photo_cover_index": 1},
    ],
)
def test_pictures_that_tiktok_does_not_fetch(talk: Talk, changes: dict[str, Any]) -> None:
    """Pictures are fetched by address alone, up to 35, and the cover is one of them."""
    assert _code(_ask(talk, "/content/init/", _photos(**changes))) == "invalid_params"
    assert _code(_ask(talk, "/content/init/", _photos())) == "ok"


def test_the_ledger_is_json(talk: Talk) -> None:
    """What is out can be written down."""
    talk.publish(text="Out \U0001f600")
    (entry,) = talk.tiktok.ledger()
    assert json.loads(json.dumps(entry))["text"] == "Out \U0001f600"
