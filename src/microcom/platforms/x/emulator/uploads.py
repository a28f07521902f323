"""Files on their way into an emulated X: one-shot pictures, chunks, processing, alt text.

docs.x.com, x-api/media, and OpenAPI 2.167 (August 2026): closed objects, ordered segments, a file
that is what it says it is.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microcom.core.account import Alt, Rules
from microcom.core.media import MediaKind
from microcom.core.media_check import check_media
from microcom.core.post import Snapshot
from microcom.emulator.blobs import Blob, Blobs, sniffed
from microcom.emulator.call import Refusal, Request
from microcom.emulator.forms import Field, form
from microcom.platforms.x.adapter import MEDIA
from microcom.platforms.x.emulator.problems import invalid, problem
from microcom.platforms.x.emulator.request import json_object
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue
    from microcom.emulator import Probe

LIVES = timedelta(hours=24)
LONGEST_ALT = 1000
SEGMENTS = 1000
SEGMENT = 5_000_000
ONE_SHOT = frozenset({"media", "media_category", "additional_owners"})
BEGINS = frozenset({"total_bytes", "media_type", "media_category", "shared", "additional_owners"})
KINDS = {
    "tweet_image": MediaKind.IMAGE,
    "tweet_gif": MediaKind.ANIMATION,
    "tweet_video": MediaKind.VIDEO,
}


@dataclass(slots=True)
class Upload:
    """One file: whose (the owner's id), what it is said to be, and how far it has come."""

    id: str
    owner: str
    mime: str
    kind: MediaKind
    total: int
    blob: Blob = field(default_factory=Blob)
    segments: int = 0
    done: datetime | None = None
    polls: int = 0
    alt: str = ""
    failed: bool = False

    @property
    def key(self) -> str:
        """Return the media key that posts show."""
        return f"{7 if self.kind is MediaKind.VIDEO else 3}_{self.id}"

    def usable(self, now: datetime) -> bool:
        """Say whether a post may show it."""
        ready = self.done is not None and self.polls <= 0 and not self.failed
        return ready and self.done is not None and now - self.done < LIVES


class Uploads:
    """Every file of an emulated X; ``polls`` is how often STATUS says "in progress"."""

    def __init__(self, blobs: Blobs, probe: Probe | None) -> None:
        self._blobs = blobs
        self._probe = probe
        self._uploads: dict[str, Upload] = {}
        self.polls = 1

    def one_shot(self, owner: str, request: Request) -> Upload:
        """Take a whole picture."""
        fields = sent(request)
        for name in fields.keys() - ONE_SHOT:
            raise Refusal(invalid(name, "", f"[$.{name}] is not defined in the schema"))
        category, media = fields.get("media_category"), fields.get("media")
        if category is None or media is None or category.text != "tweet_image":
            raise Refusal(invalid("media_category", "", "tweet_image is expected here"))
        mime = media.mime or sniffed(media.content) or ""
        upload = self._new(owner, mime, MediaKind.IMAGE, len(media.content))
        upload.blob.append(media.content)
        return self.finalized(upload, request.at)

    def begin(self, owner: str, request: Request) -> Upload:
        """Begin a file in segments."""
        body = json_object(request)
        for name in body.keys() - BEGINS:
            raise Refusal(invalid(name, "", f"[$.{name}] is not defined in the schema"))
        total, kind = body.get("total_bytes"), KINDS.get(str(body.get("media_category")))
        if type(total) is not int or total <= 0:
            raise Refusal(invalid("total_bytes", str(total), "[$.total_bytes] integer expected"))
        if kind is None:
            said = "[$.media_category] is not one of tweet_image, tweet_gif, tweet_video"
            raise Refusal(invalid("media_category", str(body.get("media_category")), said))
        return self._new(owner, str(body.get("media_type")), kind, total)

    def append(self, owner: str, request: Request) -> None:
        """Take the next segment, or the last one once more."""
        upload = self.of(owner, request.params["id"])
        fields = sent(request)
        try:
            index = int(fields["segment_index"].text)
            content = fields["media"].content
        except (ValueError, KeyError) as error:
            raise Refusal(invalid("segment_index", "", "a segment and its index")) from error
        if not 0 <= index < SEGMENTS or upload.done is not None:
            raise Refusal(invalid("segment_index", str(index), "is not expected now"))
        if index == upload.segments - 1:
            return  # sent once more: it has it
        if index != upload.segments or len(content) > SEGMENT:
            raise Refusal(invalid("segment_index", str(index), "out of order, or too large"))
        upload.segments += 1
        upload.blob.append(content)

    def finalized(self, upload: Upload, now: datetime) -> Upload:
        """Close a file, and begin to process what moves."""
        if upload.blob.size != upload.total:
            said = f"{upload.blob.size} bytes came of {upload.total}."
            raise Refusal(problem(400, "Invalid Request", said, "invalid-request"))
        self._looked_at(upload)
        self._blobs.keep(upload.blob)
        upload.done = now
        upload.polls = 0 if upload.kind is MediaKind.IMAGE else self.polls
        return upload

    def asked(self, owner: str, media_id: str) -> Upload:
        """Return a file whose processing is asked for, one step further on."""
        upload = self.of(owner, media_id)
        upload.polls -= 1
        return upload

    def describe(self, owner: str, request: Request) -> Upload:
        """Give a file its alt text."""
        body = json_object(request)
        text = body.get("metadata", {}).get("alt_text", {}).get("text")
        if set(body) != {"id", "metadata"} or not isinstance(text, str):
            raise Refusal(invalid("metadata", "", "[$.metadata.alt_text.text] string expected"))
        if len(text) > LONGEST_ALT:
            raise Refusal(invalid("metadata", "", f"alt text of more than {LONGEST_ALT}"))
        upload = self.of(owner, str(body["id"]))
        upload.alt = text
        return upload

    def of(self, owner: str, media_id: str) -> Upload:
        """Return somebody's own file."""
        upload = self._uploads.get(media_id)
        if upload is None or upload.owner != owner:
            raise Refusal(
                problem(400, "Invalid Request", "Your media IDs are invalid.", "invalid-request")
            )
        return upload

    def shown(self, owner: str, media_ids: list[str], now: datetime) -> tuple[Upload, ...]:
        """Return the files that a post wants to show; refuse what X does."""
        found = tuple(self._uploads[one] for one in media_ids if one in self._uploads)
        own = [one for one in found if one.owner == owner and one.usable(now)]
        if len(own) != len(media_ids):
            said = "Your media IDs are invalid."
            raise Refusal(problem(400, "Invalid Request", said, "invalid-request"))
        kinds = {one.kind for one in found}
        if len(kinds) > 1 or (MediaKind.IMAGE not in kinds and len(found) > 1):
            said = "You can attach up to 4 photos, or 1 animated GIF, or 1 video."
            raise Refusal(problem(400, "Invalid Request", said, "invalid-request"))
        return found

    def _new(self, owner: str, mime: str, kind: MediaKind, total: int) -> Upload:
        number = str(1_800_000_000_000_000_000 + len(self._uploads))
        self._uploads[number] = Upload(number, owner, mime, kind, total)
        return self._uploads[number]

    def _looked_at(self, upload: Upload) -> None:
        """Refuse a file that is not what it is said to be, or not what X takes."""
        found = upload.blob.mime
        if found is not None and found != upload.mime and "video" not in found:
            said = "media type unrecognized."  # github.com/sferik/x-ruby/issues/54
            raise Refusal(problem(400, "Invalid Request", said, "invalid-request"))
        rule = MEDIA.of(upload.kind)
        if rule is None or upload.total > rule.max_bytes:
            raise Refusal(
                problem(400, "Invalid Request", "File size exceeds the limit.", "invalid-request")
            )
        content = upload.blob.content
        if self._probe is None or content is None:
            return
        facts = self._probe(content)
        if facts is None or facts.kind is not upload.kind:
            upload.failed = True
            return
        wrong = check_media(Snapshot(("",), (facts,)), MEDIA, "X", Rules(alt=Alt.OFF))
        upload.failed = next(wrong, None) is not None


def sent(request: Request) -> dict[str, Field]:
    """Return what was sent, as a form or as JSON with the file in base64: X takes both."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        try:
            return {one.name: one for one in form(request)}
        except ValueError as error:
            raise Refusal(invalid("body", "", f"Request body is not valid: {error}")) from error
    said = json_object(request)
    fields = {name: Field(name, str(value).encode()) for name, value in said.items()}
    if "media" in fields:
        try:
            fields["media"] = Field("media", b64decode(fields["media"].content, validate=True))
        except ValueError as error:
            raise Refusal(invalid("media", "", "[$.media] base64 expected")) from error
    return fields


def body(upload: Upload) -> Mapping[str, JsonValue]:
    """Return what X says of a file."""
    said: dict[str, JsonValue] = {"id": upload.id, "media_key": upload.key, "size": upload.total}
    if upload.done is not None:
        said["expires_after_secs"] = int(LIVES.total_seconds())
    if upload.failed:
        error = {"code": 1, "name": "InvalidMedia", "message": "Unsupported media"}
        said["processing_info"] = {"state": "failed", "error": error}
    elif upload.done is not None and upload.kind is not MediaKind.IMAGE:
        said["processing_info"] = (
            {"state": "in_progress", "check_after_secs": 1, "progress_percent": 50}
            if upload.polls > 0
            else {"state": "succeeded", "progress_percent": 100}
        )
    return said
