"""Posting to TikTok: what the account may, announcing a file, sending it, waiting until it is live.

The last chunk is what publishes: TikTok begins to post at its 201 (media transfer guide).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.bodies import Json, Raw, Slice
from microcom.core.passage import Receipt
from microcom.core.steps import Call, Effect, Stale, Wait
from microcom.errors import Rejected, Transient
from microcom.platforms.tiktok import addresses
from microcom.platforms.tiktok.adapter import INBOX, LEVEL
from microcom.platforms.tiktok.addresses import API
from microcom.platforms.tiktok.chunks import Chunks, cut
from microcom.platforms.tiktok.manners import branded, own_brand
from microcom.platforms.tiktok.progress import fetched, live

if TYPE_CHECKING:
    from microcom.core.passage import Outgoing
    from microcom.core.steps import JsonValue, Steps
    from microcom.platforms.tiktok.wire import Creator

POST = f"{API}/v2/post/publish"
LIVES = timedelta(minutes=55)
"""After how long an upload is announced anew: its address dies after an hour."""
ENOUGH_FOR_A_CHUNK = 300.0
GONE = frozenset({403, 404})
ELSEWHERE = 416
MORE_EXPECTED = 206
AUDIENCES = {
    "SELF_ONLY": "only the account itself",
    "MUTUAL_FOLLOW_FRIENDS": "friends",
    "FOLLOWER_OF_CREATOR": "followers",
    "PUBLIC_TO_EVERYONE": "everyone",
}


def video(delivery: Outgoing) -> Steps[Receipt]:
    """Send a video in chunks, the last one when it is due."""
    media = delivery.snapshot.media[0]
    creator = None
    if delivery.kind != INBOX:
        creator = yield from _allowed(delivery)
        _fits(creator, media.seconds)
    chunks = cut(media.size)
    begun = yield _announced(delivery, creator, chunks)
    publish_id = str(begun.at_path("data.publish_id"))
    now = (yield Wait(0, "what time it is")).at
    if now is not None and begun.at is not None and now - begun.at > LIVES:
        yield _stale(chunks)
    upload = addresses.upload(str(begun.at_path("data.upload_url")))
    for number in range(chunks.count - 1):
        yield from _chunk(upload, delivery, chunks, number, publish_id)
    sent = yield _last(upload, delivery, chunks, publish_id)
    if sent.status == MORE_EXPECTED:
        message = "TikTok has the whole video and says that it waits for more."
        raise Rejected(message, code="tiktok.incomplete")
    return (yield from live(delivery, publish_id, sent.at, creator))


def photos(delivery: Outgoing) -> Steps[Receipt]:
    """Let TikTok fetch pictures from the app's own address."""
    creator = None if delivery.kind == INBOX else (yield from _allowed(delivery))
    posted = yield Call(
        name="post",
        method="POST",
        url=f"{POST}/content/init/",
        effect=Effect.PUBLISH,
        body=Json(_photo_body(delivery, creator)),
        keeps=("data.publish_id",),
        remote_id="data.publish_id",
        evidence={"photos": True, "handle": delivery.handle},
    )
    publish_id = str(posted.at_path("data.publish_id"))
    return (yield from live(delivery, publish_id, posted.at, creator))


def _allowed(delivery: Outgoing) -> Steps[Creator | None]:
    """Ask what the account may do right now, and hold the post against it.

    TikTok refuses here with a 200. Only an imagined reply, of a rehearsal, says nothing.
    """
    from microcom.platforms.tiktok.wire import creator

    reply = yield Call(
        name="creator",
        method="POST",
        url=f"{POST}/creator_info/query/",
        effect=Effect.READ,
        body=Json({}),
    )
    if not reply.body:
        return None
    found = creator(reply)
    if found is None:
        message = "TikTok answered, but not what the account may do."
        raise Transient(message, code="tiktok.unreadable")
    level = str(delivery.settings.get(LEVEL))
    if level not in found.privacy_level_options:
        may = ", ".join(AUDIENCES.get(one, one) for one in found.privacy_level_options)
        message = f"{delivery.handle} cannot post to {AUDIENCES.get(level, level)} on TikTok now."
        hint = f"It may post to: {may or 'nobody'}. A private account has followers, not everyone."
        raise Rejected(message, code="tiktok.audience", hint=hint)
    return found


def _fits(creator: Creator | None, seconds: float | None) -> None:
    longest = None if creator is None else creator.max_video_post_duration_sec
    if longest is not None and seconds is not None and seconds > longest:
        message = f"The video lasts {seconds:.0f} s; TikTok takes {longest} s of this account."
        raise Rejected(message, code="tiktok.seconds", hint="Cut it, and post it again.")


def _announced(delivery: Outgoing, creator: Creator | None, chunks: Chunks) -> Call:
    body: dict[str, JsonValue] = {} if delivery.kind == INBOX else _video_body(delivery, creator)
    body["source_info"] = {
        "source": "FILE_UPLOAD",
        "video_size": chunks.whole,
        "chunk_size": chunks.size,
        "total_chunk_count": chunks.count,
    }
    where = "inbox/video" if delivery.kind == INBOX else "video"
    return Call(
        name="init",
        method="POST",
        url=f"{POST}/{where}/init/",
        effect=Effect.WRITE,
        body=Json(body),
        keeps=("data.publish_id",),
        seals=("data.upload_url",),
    )


def _video_body(delivery: Outgoing, creator: Creator | None) -> dict[str, JsonValue]:
    media, snapshot = delivery.snapshot.media[0], delivery.snapshot
    info = _post_info(delivery, creator) | {
        "disable_duet": not _asked(delivery, "duets") or bool(creator and creator.duet_disabled),
        "disable_stitch": not _asked(delivery, "stitches")
        or bool(creator and creator.stitch_disabled),
    }
    if snapshot.parts[0].strip():
        info["title"] = snapshot.parts[0]
    if media.cover is not None:
        info["video_cover_timestamp_ms"] = int(media.cover * 1000)
    if snapshot.labels.ai:
        info["is_aigc"] = True
    return {"post_info": info}


def _photo_body(delivery: Outgoing, creator: Creator | None) -> dict[str, JsonValue]:
    snapshot = delivery.snapshot
    prefix = str(delivery.options.get("photo_urls") or "")
    info: dict[str, JsonValue] = {} if delivery.kind == INBOX else _post_info(delivery, creator)
    if snapshot.title:
        info["title"] = snapshot.title
    if snapshot.parts[0].strip():
        info["description"] = snapshot.parts[0]
    return {
        "media_type": "PHOTO",
        "post_mode": "MEDIA_UPLOAD" if delivery.kind == INBOX else "DIRECT_POST",
        "post_info": info,
        "source_info": {
            "source": "PULL_FROM_URL",
            "photo_images": [f"{prefix}{one.name}" for one in snapshot.media],
            "photo_cover_index": 0,
        },
    }


def _post_info(delivery: Outgoing, creator: Creator | None) -> dict[str, JsonValue]:
    """Return what every direct post says: its audience, and who may do what with it."""
    labels = delivery.snapshot.labels
    return {
        "privacy_level": str(delivery.settings.get(LEVEL)),
        "disable_comment": not _asked(delivery, "comments")
        or bool(creator and creator.comment_disabled),
        "brand_content_toggle": branded(labels),
        "brand_organic_toggle": own_brand(labels),
    }


def _asked(delivery: Outgoing, name: str) -> bool:
    """Say whether the post, or else its community, switches something on."""
    own = delivery.snapshot.options.get(name)
    return bool(delivery.settings.get(name) if own is None else own)


def _chunk(
    upload: str, delivery: Outgoing, chunks: Chunks, number: int, publish_id: str
) -> Steps[None]:
    """Send a chunk that is not the last; one that TikTok has already counts as sent."""
    reply = yield _put(upload, delivery, chunks, number, Effect.WRITE)
    if reply.status == ELSEWHERE:
        has = yield from fetched(publish_id, "resume")
        if has is not None and (has.uploaded_bytes or 0) >= chunks.bounds(number)[1]:
            return
        yield _stale(chunks)
    if reply.status in GONE:
        yield _stale(chunks)
    if reply.status == 400:  # noqa: PLR2004 - a bad request
        message = "TikTok does not take the video in these chunks."
        raise Rejected(message, code="tiktok.chunk")


def _last(upload: str, delivery: Outgoing, chunks: Chunks, publish_id: str) -> Call:
    evidence = {"publish_id": publish_id, "size": chunks.whole, "chunks": chunks.count}
    return _put(
        *(upload, delivery, chunks, chunks.count - 1, Effect.PUBLISH),
        evidence={**evidence, "handle": delivery.handle},
    )


def _put(
    upload: str,
    delivery: Outgoing,
    chunks: Chunks,
    number: int,
    effect: Effect,
    *,
    evidence: dict[str, JsonValue] | None = None,
) -> Call:
    media = delivery.snapshot.media[0]
    return Call(
        name=f"chunk:0:{number}",
        method="PUT",
        url=upload,
        effect=effect,
        body=Raw(Slice(media.sha256, *chunks.bounds(number)), media.mime),
        headers=(("content-range", chunks.content_range(number)),),
        bare=True,
        handles=() if effect is Effect.PUBLISH else (*GONE, ELSEWHERE, 400),
        evidence=evidence or {},
        deadline=ENOUGH_FOR_A_CHUNK,
    )


def _stale(chunks: Chunks) -> Stale:
    steps = ("init", *(f"chunk:0:{number}" for number in range(chunks.count)))
    return Stale(steps, "TikTok's address for an upload lives for an hour")
