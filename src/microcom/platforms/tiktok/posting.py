"""Posting to TikTok: what the account may, announcing a file, sending it, waiting until it is live.

The last chunk is what publishes: TikTok begins to post at its 201 (media transfer guide).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from microcom.core.bodies import Json, Raw, Slice
from microcom.core.passage import Receipt
from microcom.core.steps import Call, Effect, Stale, Wait
from microcom.errors import Rejected, Transient, Withdrawn
from microcom.platforms.tiktok import addresses
from microcom.platforms.tiktok.addresses import API
from microcom.platforms.tiktok.audiences import INBOX, LEVEL
from microcom.platforms.tiktok.chunks import Chunks, cut
from microcom.platforms.tiktok.explain import explain
from microcom.platforms.tiktok.manners import branded, own_brand
from microcom.platforms.tiktok.progress import fetched, live

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.passage import Outgoing
    from microcom.core.steps import JsonValue, Reply, Steps
    from microcom.platforms.tiktok.wire import Creator

POST = f"{API}/v2/post/publish"
LIVES = timedelta(minutes=55)
"""After how long an upload is announced anew: its address dies after an hour."""
ENOUGH_FOR_A_CHUNK = 300.0
GONE = frozenset({403, 404})
ELSEWHERE = 416
MORE_EXPECTED = 206
ANY_ANSWER = (200, 400, 401, 403, 429, 500, 502, 503, 504)
OF_AN_UPLOAD = (201, 206, 400, *GONE, ELSEWHERE)
"""Upload hosts answer in statuses; what stands in the body is nowhere documented. A page with 200
is somebody else's (media transfer guide: 206 for a chunk, 201 for the last one)."""
AUDIENCES = {
    "SELF_ONLY": "only the account itself",
    "MUTUAL_FOLLOW_FRIENDS": "friends",
    "FOLLOWER_OF_CREATOR": "followers",
    "PUBLIC_TO_EVERYONE": "everyone",
}


def video(delivery: Outgoing) -> Steps[Receipt]:
    """Send a video in chunks, the last one when it is due."""
    media = delivery.snapshot.media[0]
    creator, now = yield from _allowed(delivery)
    chunks = cut(media.size)
    begun = yield _announced(delivery, chunks)
    publish_id, upload = _given(begun)
    if now is not None or "://" not in upload:  # else all of it is out, and no chunk goes again
        for number in range(chunks.count - 1):
            yield from _chunk(upload, delivery, chunks, number, publish_id)
        yield from _fresh(begun, chunks)
    sent = yield _last(upload, delivery, chunks, publish_id)
    if sent.status == MORE_EXPECTED:
        message = "TikTok has the whole video and says that it waits for more."
        raise Withdrawn(message, code="tiktok.incomplete", again=False)
    return (yield from live(delivery, publish_id, sent.at, creator))


def photos(delivery: Outgoing) -> Steps[Receipt]:
    """Let TikTok fetch pictures from the app's own address."""
    creator, _ = yield from _allowed(delivery)
    posted = yield Call(
        name="post",
        method="POST",
        url=f"{POST}/content/init/",
        effect=Effect.PUBLISH,
        body=Json(_photo_body(delivery)),
        keeps=("data.publish_id",),
        remote_id="data.publish_id",
        evidence={"photos": True, "handle": delivery.handle},
    )
    publish_id = str(posted.at_path("data.publish_id"))
    return (yield from live(delivery, publish_id, posted.at, creator))


def _allowed(delivery: Outgoing) -> Steps[tuple[Creator | None, datetime | None]]:
    """Ask what the account may do right now, and hold the post against it; return the time, too.

    No time is told once something is out (or in a rehearsal). Then what the account may do next,
    or may no longer, has no say: the answer is read here whatever it is.
    """
    from microcom.platforms.tiktok.wire import creator

    if delivery.kind == INBOX:
        return None, (yield Wait(0, "what time it is")).at
    reply = yield Call(
        name="creator",
        method="POST",
        url=f"{POST}/creator_info/query/",
        effect=Effect.READ,
        body=Json({}),
        handles=ANY_ANSWER,
        keeps=("data", "error.code"),
        until=("error.code", "ok"),
    )
    now = (yield Wait(0, "what time it is")).at
    found = creator(reply)
    if now is not None:
        _may_post(delivery, reply, found)
    return found, now


def _may_post(delivery: Outgoing, reply: Reply, found: Creator | None) -> None:
    """Raise what is against a post before anything of it is sent. TikTok refuses with a 200."""
    refused = explain(reply)
    if refused is not None:
        raise refused
    if found is None or not reply.ok:
        message = "TikTok answered, but not what the account may do."
        raise Transient(message, code="tiktok.unreadable")
    level = str(delivery.settings.get(LEVEL))
    if level not in found.privacy_level_options:
        may = ", ".join(AUDIENCES.get(one, one) for one in found.privacy_level_options)
        message = f"{delivery.handle} cannot post to {AUDIENCES.get(level, level)} on TikTok now."
        hint = f"It may post to: {may or 'nobody'}. A private account has followers, not everyone."
        raise Rejected(message, code="tiktok.audience", hint=hint)
    _fits(found, delivery.snapshot.media[0].seconds)


def _fits(creator: Creator, seconds: float | None) -> None:
    longest = creator.max_video_post_duration_sec
    if longest is not None and seconds is not None and seconds > longest:
        message = f"The video lasts {seconds:.0f} s; TikTok takes {longest} s of this account."
        raise Rejected(message, code="tiktok.seconds", hint="Cut it, and post it again.")


def _announced(delivery: Outgoing, chunks: Chunks) -> Call:
    body: dict[str, JsonValue] = {} if delivery.kind == INBOX else _video_body(delivery)
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


def _given(begun: Reply) -> tuple[str, str]:
    """Return the publish id and the address of an upload."""
    publish_id, address = begun.at_path("data.publish_id"), begun.at_path("data.upload_url")
    if not isinstance(publish_id, str) or not isinstance(address, str):
        message = "TikTok announced an upload and did not say where it goes."
        raise Transient(message, code="tiktok.unreadable")
    return publish_id, addresses.upload(address)


def _video_body(delivery: Outgoing) -> dict[str, JsonValue]:
    media, snapshot = delivery.snapshot.media[0], delivery.snapshot
    info = _post_info(delivery) | {
        "disable_duet": not _asked(delivery, "duets"),
        "disable_stitch": not _asked(delivery, "stitches"),
    }
    if snapshot.parts[0].strip():
        info["title"] = snapshot.parts[0]
    if media.cover is not None:
        info["video_cover_timestamp_ms"] = int(media.cover * 1000)
    if snapshot.labels.ai:
        info["is_aigc"] = True
    return {"post_info": info}


def _photo_body(delivery: Outgoing) -> dict[str, JsonValue]:
    snapshot = delivery.snapshot
    prefix = str(delivery.options.get("photo_urls") or "").rstrip("/")
    info: dict[str, JsonValue] = {} if delivery.kind == INBOX else _post_info(delivery)
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
            "photo_images": [f"{prefix}/{quote(one.name)}" for one in snapshot.media],
            "photo_cover_index": 0,
        },
    }


def _post_info(delivery: Outgoing) -> dict[str, JsonValue]:
    """Return what every direct post says: its audience, and who may do what with it.

    What an account forbids TikTok turns off itself (direct post reference): nothing here follows
    from the account's settings of the moment, so a delivery says the same each time.
    """
    labels = delivery.snapshot.labels
    return {
        "privacy_level": str(delivery.settings.get(LEVEL)),
        "disable_comment": not _asked(delivery, "comments"),
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


def _fresh(begun: Reply, chunks: Chunks) -> Steps[None]:
    """Announce anew where the address may lapse under the last chunk."""
    now = (yield Wait(0, "what time it is")).at
    if now is not None and begun.at is not None and now - begun.at > LIVES:
        yield _stale(chunks)


def _last(upload: str, delivery: Outgoing, chunks: Chunks, publish_id: str) -> Call:
    evidence = {"publish_id": publish_id, "size": chunks.whole}
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
        handles=() if effect is Effect.PUBLISH else OF_AN_UPLOAD,
        evidence=evidence or {},
        deadline=ENOUGH_FOR_A_CHUNK,
    )


def _stale(chunks: Chunks) -> Stale:
    steps = ("creator", "init", *(f"chunk:0:{number}" for number in range(chunks.count)))
    return Stale(steps, "TikTok's address for an upload lives for an hour")
