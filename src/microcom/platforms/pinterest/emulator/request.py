"""Reading what an emulated Pinterest is asked to pin: closed objects, lengths, files that are one.

OpenAPI 5.23, PinCreate, and ``ai_disclosures`` of 5.28.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from typing import TYPE_CHECKING

from microcom.core.account import Alt, Rules
from microcom.core.media_check import check_media
from microcom.core.post import Snapshot
from microcom.emulator import blobs
from microcom.emulator.call import Answer, Refusal, Request
from microcom.platforms.pinterest.adapter import MEDIA
from microcom.platforms.pinterest.emulator.people import NewPin
from microcom.platforms.pinterest.emulator.said import failure

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue
    from microcom.emulator import Probe
    from microcom.platforms.pinterest.emulator.uploads import Uploads

ID = re.compile(r"\d+\Z")
STANDARD = re.compile(r"[a-zA-Z0-9+/=]+\Z")
LIMITS = {"title": 100, "description": 800, "alt_text": 500, "link": 2048}
KNOWN = frozenset(
    {*LIMITS, "board_id", "board_section_id", "dominant_color", "media_source"}
    | {"parent_pin_id", "sponsor_id", "ai_disclosures"}
)
DISCLOSURES = frozenset({"AI_MODIFIED", "SYNTHETIC_PERFORMER"})
SOURCES: Mapping[str, frozenset[str]] = {
    "image_base64": frozenset({"content_type", "data", "is_standard"}),
    "multiple_image_base64": frozenset({"items", "index"}),
    "video_id": frozenset(
        {"media_id", "cover_image_url", "cover_image_data", "cover_image_content_type"}
        | {"cover_image_key_frame_time", "is_standard"}
    ),
}
SLOT = frozenset({"content_type", "data", "title", "description", "link"})
FEWEST, MOST = 2, 5
TYPES = ("image/jpeg", "image/png")


def new_pin(request: Request, uploads: Uploads, kept: blobs.Blobs, probe: Probe | None) -> NewPin:
    """Return the pin that a request asks for; raise Refusal for what Pinterest does not take."""
    body = json_object(request)
    for key in body.keys() - KNOWN:
        raise Refusal(_wrong(f"{key} is not an allowed field"))
    for key, most in LIMITS.items():
        value = body.get(key)
        if value is not None and (not isinstance(value, str) or len(value) > most):
            raise Refusal(_wrong(f"{key} is longer than {most} characters"))
    for key in ("board_id", "board_section_id"):
        value = body.get(key)
        if value is not None and not (isinstance(value, str) and ID.match(value)):
            raise Refusal(_wrong(f"{key} does not match ^\\d+$"))
    source = body.get("media_source")
    if "board_id" not in body or not isinstance(source, dict):
        raise Refusal(_wrong("board_id and media_source are needed"))
    shows, files = _shown(source, request, uploads, kept, probe)
    said = {key: str(body.get(key) or "") for key in LIMITS}
    return NewPin(
        board=body["board_id"],
        section=body.get("board_section_id"),
        title=said["title"],
        description=said["description"],
        link=said["link"],
        alt=said["alt_text"],
        shows=shows,
        files=files,
        ai=_disclosed(body),
    )


def json_object(request: Request) -> dict[str, JsonValue]:
    """Return a request's body; raise Refusal for anything but a JSON object."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        body = request.json() if kind == "application/json" else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(_wrong("a JSON object is expected"))
    return body


def _shown(
    source: dict[str, JsonValue],
    request: Request,
    uploads: Uploads,
    kept: blobs.Blobs,
    probe: Probe | None,
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return what a pin shows, and its files."""
    kind = source.get("source_type")
    if not isinstance(kind, str) or kind not in SOURCES:
        raise Refusal(_wrong(f"media_source.source_type {kind} is not taken here"))
    for key in source.keys() - SOURCES[kind] - {"source_type"}:
        raise Refusal(_wrong(f"media_source.{key} is not an allowed field"))
    if kind == "image_base64":
        return "image", (_picture(source, kept, probe),)
    if kind == "video_id":
        del request
        return "video", (uploads.taken(source),)
    items = source.get("items")
    if not isinstance(items, list) or not FEWEST <= len(items) <= MOST:
        raise Refusal(_wrong(f"items: minItems={FEWEST}, maxItems={MOST}"))
    for item in items:
        if not isinstance(item, dict) or not item.keys() <= SLOT:
            raise Refusal(_wrong("an item is not what the schema describes"))
    return "multiple_images", tuple(_picture(item, kept, probe) for item in items)


def _picture(
    source: dict[str, JsonValue], kept: blobs.Blobs, probe: Probe | None
) -> tuple[str, str]:
    """Return a picture's SHA-256 (hex) and MIME type; refuse what is none, or too small."""
    mime, data = source.get("content_type"), source.get("data")
    if mime not in TYPES or not isinstance(data, str) or not STANDARD.match(data):
        raise Refusal(_wrong("content_type or data is not what the schema describes"))
    try:
        content = b64decode(data, validate=True)
    except ValueError as error:
        raise Refusal(_wrong("data is not base64")) from error
    if blobs.sniffed(content) != mime:
        raise Refusal(failure(403, 235, "The image is broken."))
    facts = None if probe is None else probe(content)
    if probe is not None and facts is None:
        raise Refusal(failure(403, 235, "The image is broken."))
    if facts is not None:
        wrong = check_media(Snapshot(("",), (facts,)), MEDIA, "Pinterest", Rules(alt=Alt.OFF))
        if any(one.code == "media.size" for one in wrong):
            raise Refusal(failure(403, 233, "The image is too small."))
    return kept.keep(blobs.of(content)), str(mime)


def _disclosed(body: dict[str, JsonValue]) -> bool:
    said = body.get("ai_disclosures")
    if said is None:
        return False
    values = said.get("values") if isinstance(said, dict) and set(said) == {"values"} else None
    if not isinstance(values, list) or not values or not set(values) <= DISCLOSURES:
        raise Refusal(_wrong("ai_disclosures is not what the schema describes"))
    return True


def _wrong(message: str) -> Answer:
    return failure(400, 1, f"Invalid request: {message}.")
