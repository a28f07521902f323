"""Getting pictures, GIFs and video to X before the post that shows them.

Pictures go up in one call, everything else in chunks of a mebibyte: larger ones were refused at
the edge (github.com/trypostit/trypost/pull/31, 2026-05).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.bodies import Json, Multipart, Slice
from microcom.core.media import MediaKind
from microcom.core.steps import Call, Effect, Stale, Wait
from microcom.errors import Rejected, Transient
from microcom.platforms.x.addresses import API

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.media import Media
    from microcom.core.steps import JsonValue, Reply, Steps

DESCRIBED = frozenset({MediaKind.IMAGE, MediaKind.ANIMATION})
"""Whether X takes alt text for video is not documented: it is not sent."""
UPLOAD = f"{API}/2/media/upload"
CHUNK = 1024 * 1024
MOST_CHUNKS = 1000
MINUTES = 10
"""How long X may take to process a video (docs.x.com names no limit; its own tools wait so)."""
LIVES = timedelta(hours=23)
"""After how long an upload is made again: X keeps it for 24 hours after it is finalized."""
CATEGORIES = {
    MediaKind.IMAGE: "tweet_image",
    MediaKind.ANIMATION: "tweet_gif",
    MediaKind.VIDEO: "tweet_video",
}


def uploaded(media: Sequence[Media]) -> Steps[list[str]]:
    """Upload files with their alt text, and wait until X can show them; return their ids."""
    ids: list[str] = []
    oldest: datetime | None = None
    for number, one in enumerate(media):
        reply = yield from (
            _picture(number, one) if one.kind is MediaKind.IMAGE else _in_chunks(number, one)
        )
        ids.append(str(reply.at_path("data.id")))
        oldest = min(filter(None, (oldest, reply.at)), default=None)
        if one.alt and one.kind in DESCRIBED:
            yield _described(number, ids[-1], one.alt)
    if media:
        yield from _still_there(media, oldest)
    return ids


def chunks(size: int) -> list[tuple[int, int]]:
    """Return where each chunk of a file starts and stops: a mebibyte, at most 1,000 of them."""
    step = max(CHUNK, -(-size // MOST_CHUNKS))
    return [(start, min(start + step, size)) for start in range(0, size, step)]


def _picture(number: int, media: Media) -> Steps[Reply]:
    reply = yield Call(
        name=f"media:{number}",
        method="POST",
        url=UPLOAD,
        effect=Effect.WRITE,
        body=Multipart(
            fields=(("media_category", CATEGORIES[media.kind]),),
            name="media",
            filename=_filename(number, media),
            kind=media.mime,
            content=Slice(media.sha256, 0, media.size),
        ),
        keeps=("data.id",),
        deadline=120,
    )
    return reply


def _in_chunks(number: int, media: Media) -> Steps[Reply]:
    begun = yield _call(
        f"media:{number}",
        f"{UPLOAD}/initialize",
        {
            "total_bytes": media.size,
            "media_type": media.mime,
            "media_category": CATEGORIES[media.kind],
        },
        "data.id",
    )
    upload = f"{UPLOAD}/{begun.at_path('data.id')}"
    for index, (start, stop) in enumerate(chunks(media.size)):
        yield _append(number, index, media, upload, Slice(media.sha256, start, stop))
    # Without a body, one caller was told that it "must be a JSON object"
    # (github.com/trypostit/trypost/pull/202, 2026-07).
    done = yield _call(
        f"finalize:{number}", f"{upload}/finalize", {}, "data.id", "data.processing_info"
    )
    yield from _processed(number, str(done.at_path("data.id")), done)
    return done


def _append(number: int, index: int, media: Media, upload: str, content: Slice) -> Call:
    return Call(
        name=f"chunk:{number}:{index}",
        method="POST",
        url=f"{upload}/append",
        effect=Effect.WRITE,
        body=Multipart(
            fields=(("segment_index", str(index)),),
            name="media",
            filename=_filename(number, media),
            kind="application/octet-stream",
            content=content,
        ),
        deadline=120,
    )


def _processed(number: int, media_id: str, done: Reply) -> Steps[None]:
    """Wait until X has processed a file; without a word about it, it is ready."""
    reply = done
    while not _is_ready(reply):
        if reply.at and done.at and reply.at - done.at > timedelta(minutes=MINUTES):
            message = f"X is still processing the file after {MINUTES} minutes."
            raise Transient(message, code="x.media_slow")
        yield Wait(_pause(reply), "X is processing the file")
        reply = yield Call(
            name=f"status:{number}",
            method="GET",
            url=UPLOAD,
            effect=Effect.READ,
            query=(("command", "STATUS"), ("media_id", media_id)),
            keeps=("data.processing_info.state",),
            until=("data.processing_info.state", "succeeded"),
        )


def _is_ready(reply: Reply) -> bool:
    """Say whether X has processed a file; raise Rejected when it could not."""
    state = reply.at_path("data.processing_info.state")
    if state == "failed":
        message = "X could not process the file."
        hint = "Convert it: MP4 with H.264 video and AAC sound goes best."
        raise Rejected(message, code="x.media_failed", hint=hint)
    return state not in {"pending", "in_progress"}


def _pause(reply: Reply) -> float:
    seconds = reply.at_path("data.processing_info.check_after_secs")
    return float(min(max(seconds, 1), 30)) if isinstance(seconds, int | float) else 5.0


def _described(number: int, media_id: str, alt: str) -> Call:
    text = {"id": media_id, "metadata": {"alt_text": {"text": alt}}}
    return _call(f"alt:{number}", f"{API}/2/media/metadata", text)


def _still_there(media: Sequence[Media], oldest: datetime | None) -> Steps[None]:
    """Upload anew what X has forgotten by now; nothing of the post is out yet."""
    now = (yield Wait(0, "what time it is")).at
    if now is None or oldest is None or now - oldest < LIVES:
        return
    steps = [
        name
        for number, one in enumerate(media)
        for name in (
            *(f"media:{number}", f"finalize:{number}", f"alt:{number}"),
            *(f"chunk:{number}:{index}" for index in range(len(chunks(one.size)))),
        )
    ]
    yield Stale(tuple(steps), "X keeps an upload for a day")


def _call(name: str, url: str, body: dict[str, JsonValue], *keeps: str) -> Call:
    return Call(
        name=name, method="POST", url=url, effect=Effect.WRITE, body=Json(body), keeps=keeps
    )


def _filename(number: int, media: Media) -> str:
    """Return a name that says nothing about the machine it comes from."""
    return f"media-{number}.{media.mime.partition('/')[2]}"
