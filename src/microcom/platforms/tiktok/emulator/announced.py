"""Reading what an emulated TikTok is told will come: closed objects, sizes and chunks that fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from microcom.core.text import Counting, length
from microcom.emulator.call import Refusal, Request
from microcom.platforms.tiktok.emulator.said import invalid
from microcom.platforms.tiktok.emulator.works import Work

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue

LEVELS = ("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY")
VIDEO_INFO = {
    "privacy_level": str,
    "title": str,
    "disable_duet": bool,
    "disable_stitch": bool,
    "disable_comment": bool,
    "video_cover_timestamp_ms": int,
    "is_aigc": bool,
    "brand_content_toggle": bool,
    "brand_organic_toggle": bool,
}
PHOTO_INFO = {
    "privacy_level": str,
    "title": str,
    "description": str,
    "disable_comment": bool,
    "auto_add_music": bool,
    "brand_content_toggle": bool,
    "brand_organic_toggle": bool,
}
SOURCE = {"source": str, "video_size": int, "chunk_size": int, "total_chunk_count": int}
PHOTO_SOURCE = {"source": str, "photo_images": list, "photo_cover_index": int}
CAPTION, TITLE, DESCRIPTION = 2200, 90, 4000
LEAST, MOST, MOST_LAST = 5_000_000, 64_000_000, 128_000_000
MOST_CHUNKS = 1000
LARGEST = 4 * 1024**3
MOST_PHOTOS = 35


def video(request: Request, account: str, publish_id: str, *, direct: bool) -> Work:
    """Return the video that is announced; raise Refusal for anything TikTok does not take."""
    body = _object(request, {"post_info", "source_info"} if direct else {"source_info"})
    work = Work(publish_id, account, request.at, direct)
    if direct:
        info = _typed(body.get("post_info"), VIDEO_INFO, "post_info")
        _who(work, info)
        work.caption = str(info.get("title", ""))
        if length(work.caption, Counting.UTF16) > CAPTION:
            raise Refusal(invalid("The title is too long"))
        if info.get("is_aigc"):
            work.labels = ("Creator labeled as AI-generated", *work.labels)
    source = _typed(body.get("source_info"), SOURCE, "source_info")
    if source.get("source") != "FILE_UPLOAD" or set(source) != set(SOURCE):
        raise Refusal(invalid("source_info is invalid"))
    _cut(work, source["video_size"], source["chunk_size"], source["total_chunk_count"])
    return work


def photos(request: Request, account: str, publish_id: str) -> Work:
    """Return the pictures that are announced; raise Refusal likewise."""
    body = _object(request, {"post_info", "source_info", "post_mode", "media_type"})
    if body.get("media_type") != "PHOTO" or body.get("post_mode") not in {
        "DIRECT_POST",
        "MEDIA_UPLOAD",
    }:
        raise Refusal(invalid("media_type or post_mode is invalid"))
    work = Work(publish_id, account, request.at, body["post_mode"] == "DIRECT_POST")
    info = _typed(body.get("post_info"), PHOTO_INFO, "post_info")
    if work.direct:
        _who(work, info)
    work.title, work.caption = str(info.get("title", "")), str(info.get("description", ""))
    if (
        length(work.title, Counting.UTF16) > TITLE
        or length(work.caption, Counting.UTF16) > DESCRIPTION
    ):
        raise Refusal(invalid("The title or description is too long"))
    source = _typed(body.get("source_info"), PHOTO_SOURCE, "source_info")
    urls = source.get("photo_images", [])
    if source.get("source") != "PULL_FROM_URL" or not 1 <= len(urls) <= MOST_PHOTOS:
        raise Refusal(invalid("photo_images is invalid"))
    if not all(isinstance(url, str) and url.startswith("https://") for url in urls):
        raise Refusal(invalid("photo_images is invalid"))
    if source.get("photo_cover_index") not in range(len(urls)):
        raise Refusal(invalid("photo_cover_index is invalid"))
    work.urls, work.mime = tuple(urls), "image/jpeg"
    return work


def _who(work: Work, info: Mapping[str, JsonValue]) -> None:
    """Take in the audience and what is shown beside a post."""
    if info.get("privacy_level") not in LEVELS:
        raise Refusal(invalid("privacy_level is invalid"))
    work.level = str(info["privacy_level"])
    # TikTok's table calls both required and its own examples leave them out: the stricter holds.
    if not {"brand_content_toggle", "brand_organic_toggle"} <= info.keys():
        raise Refusal(invalid("brand_content_toggle and brand_organic_toggle are required"))
    if info["brand_content_toggle"] and work.level == "SELF_ONLY":
        raise Refusal(invalid("Branded content visibility cannot be set to private"))
    if info.get("brand_content_toggle"):
        work.labels = ("Paid partnership",)
    elif info.get("brand_organic_toggle"):
        work.labels = ("Promotional content",)


def _cut(work: Work, size: int, chunk: int, count: int) -> None:
    """Hold the chunks against the transfer guide, and against what it is known to check since."""
    if not 0 < size <= LARGEST:
        raise Refusal(invalid("The video size is invalid"))
    whole = count == 1 and chunk == size <= MOST
    parts = 1 < count <= MOST_CHUNKS and LEAST <= chunk <= MOST and count == size // chunk
    if count == 1 and not whole:
        raise Refusal(invalid("The chunk size is invalid"))
    if not whole and (not parts or size - chunk * (count - 1) > MOST_LAST):
        raise Refusal(invalid("The total chunk count is invalid"))
    work.size, work.chunk, work.count = size, chunk, count


def _object(request: Request, known: set[str]) -> dict[str, JsonValue]:
    try:
        body = request.json()
    except ValueError as error:
        raise Refusal(invalid("the body is no JSON")) from error
    if not isinstance(body, dict) or not set(body) <= known:
        raise Refusal(invalid("the body is not what the reference describes"))
    return body


def _typed(value: JsonValue, types: Mapping[str, type], name: str) -> dict[str, JsonValue]:
    """Return an object whose keys are known and whose values are of their types."""
    if not isinstance(value, dict):
        raise Refusal(invalid(f"{name} is missing"))
    for key, inner in value.items():
        if key not in types or type(inner) is not types[key]:
            raise Refusal(invalid(f"{name}.{key} is invalid"))
    return value
