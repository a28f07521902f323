"""Making a pin: one picture, a carousel, or a video that goes up before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.bodies import InBase64, Json, Multipart, Slice
from microcom.core.media import Media, MediaKind
from microcom.core.passage import Receipt
from microcom.core.steps import Call, Effect, Stale, Wait
from microcom.errors import Rejected, Transient
from microcom.platforms.pinterest import addresses
from microcom.platforms.pinterest.addresses import API
from microcom.platforms.pinterest.boards import Place, acting, found

if TYPE_CHECKING:
    from microcom.core.passage import Outgoing
    from microcom.core.steps import JsonValue, Reply, Steps

MINUTES = 15
"""How long Pinterest may take to process a video: its own tools wait less."""
PACE = ((timedelta(seconds=20), 2.0), (timedelta(minutes=2), 8.0))
LONGEST_PACE = 30.0
TO_SEND_VIDEO, TO_SEND_PIN = 900.0, 180.0
"""Seconds: a video is up to 1 GB, a pin with pictures inside up to 150 MB."""
FORBIDDEN = 403
NOT_READY = (None, "registered", "processing")
"""The document calls the status optional: a missing one is not ready either."""


def pinned(delivery: Outgoing) -> Steps[Receipt]:
    """Find the board, upload a video if it is one, make the pin; return its receipt."""
    place = yield from found(delivery.options, delivery.settings)
    snapshot = delivery.snapshot
    if snapshot.media[0].kind is MediaKind.VIDEO:
        source = yield from _video(snapshot.media[0])
    else:
        source = _pictures(snapshot.media)
    reply = yield _pin(delivery, place, source)
    remote_id = str(reply.at_path("id"))
    return Receipt(remote_id, addresses.pin(remote_id), (remote_id,))


def _pin(delivery: Outgoing, place: Place, source: dict[str, JsonValue]) -> Call:
    snapshot = delivery.snapshot
    text = snapshot.parts[0].strip()
    body: dict[str, JsonValue] = {"board_id": place.board, "media_source": source}
    if place.section is not None:
        body["board_section_id"] = place.section
    said = {"title": snapshot.title, "description": text, "link": snapshot.link}
    body.update({key: value for key, value in said.items() if value})
    alt = next((one.alt for one in snapshot.media if one.alt), None)
    if alt:
        body["alt_text"] = alt  # one for a pin, not one for each slot of a carousel
    if snapshot.labels.ai:
        body["ai_disclosures"] = {"values": ["AI_MODIFIED"]}  # since 5.28, 2026
    return Call(
        name="pin",
        method="POST",
        url=f"{API}/pins",
        effect=Effect.PUBLISH,
        query=acting(delivery.options),
        body=Json(body),
        keeps=("id",),
        remote_id="id",
        evidence={
            **{key: value or "" for key, value in said.items()},
            "board": place.board,
            "section": place.section,
            "handle": delivery.handle,
            "shows": shows(snapshot.media),
            "acting": dict(acting(delivery.options)),
        },
        deadline=TO_SEND_PIN,
    )


def shows(media: Sequence[Media]) -> str:
    """Return Pinterest's word for what a pin with these files shows."""
    if media[0].kind is MediaKind.VIDEO:
        return "video"
    return "image" if len(media) == 1 else "multiple_images"


def _pictures(media: Sequence[Media]) -> dict[str, JsonValue]:
    """Return pictures in base64: nothing has to be hosted anywhere."""
    pictures: list[dict[str, JsonValue]] = [
        {"content_type": one.mime, "data": InBase64(Slice(one.sha256, 0, one.size))}
        for one in media
    ]
    if len(pictures) == 1:
        return {"source_type": "image_base64", **pictures[0]}
    return {"source_type": "multiple_image_base64", "items": pictures}


def _video(media: Media) -> Steps[dict[str, JsonValue]]:
    """Register a video, send it to the bucket, and wait until Pinterest has processed it."""
    begun = yield Call(
        name="register",
        method="POST",
        url=f"{API}/media",
        effect=Effect.WRITE,
        body=Json({"media_type": "video"}),
        keeps=("media_id",),
        seals=("upload_url", "upload_parameters"),
    )
    media_id = str(begun.at_path("media_id"))
    sent = yield _upload(media, begun)
    if sent.status == FORBIDDEN:
        yield STALE
    yield from _processed(media_id, sent)
    # A cover is needed in practice, though the document calls it optional; past the end of a
    # video Pinterest takes the last picture.
    cover = int(media.cover or 0)
    return {
        "source_type": "video_id",
        "media_id": media_id,
        "cover_image_key_frame_time": cover,
    }


STALE = Stale(("register", "upload"), "Pinterest's form for an upload has lapsed")


def _upload(media: Media, begun: Reply) -> Call:
    """Return the call to the bucket: every field it was given, then the file, last."""
    given = begun.at_path("upload_parameters")
    fields = given.items() if isinstance(given, dict) else ()
    return Call(
        name="upload",
        method="POST",
        url=addresses.upload(str(begun.at_path("upload_url"))),
        effect=Effect.WRITE,
        body=Multipart(
            fields=tuple((str(key), str(value)) for key, value in fields),
            name="file",
            filename=f"video.{media.mime.partition('/')[2]}",
            kind=media.mime,
            content=Slice(media.sha256, 0, media.size),
        ),
        bare=True,
        handles=(FORBIDDEN,),
        deadline=TO_SEND_VIDEO,
    )


def _processed(media_id: str, sent: Reply) -> Steps[None]:
    """Wait until Pinterest has processed a video; a missing status is not ready."""
    while True:
        reply = yield Call(
            name="processing",
            method="GET",
            url=f"{API}/media/{media_id}",
            effect=Effect.READ,
            keeps=("status",),
            until=("status", "succeeded"),
        )
        status = reply.at_path("status")
        if status == "failed":
            message = "Pinterest could not process the video, and does not say why."
            hint = "Convert it: MP4 with H.264 video goes best."
            raise Rejected(message, code="pinterest.media_failed", hint=hint)
        if status not in NOT_READY:
            return
        age = timedelta() if reply.at is None or sent.at is None else reply.at - sent.at
        if age > timedelta(minutes=MINUTES):
            message = f"Pinterest is still processing the video after {MINUTES} minutes."
            raise Transient(message, code="pinterest.media_slow")
        pause = next((seconds for until, seconds in PACE if age < until), LONGEST_PACE)
        yield Wait(pause, "Pinterest is processing the video")
