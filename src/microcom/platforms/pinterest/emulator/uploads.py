"""Videos on their way into an emulated Pinterest: registered, sent to a bucket, processed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microcom.core.account import Alt, Rules
from microcom.core.media import MediaKind
from microcom.core.media_check import check_media
from microcom.core.post import Snapshot
from microcom.emulator.blobs import Blob, Blobs
from microcom.emulator.call import Answer, Refusal, Request
from microcom.emulator.forms import form
from microcom.platforms.pinterest.adapter import MEDIA
from microcom.platforms.pinterest.emulator.said import failure
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue
    from microcom.emulator import Probe

FORM_LARGEST = 64_000_000
"""A form is held in memory whole: larger ones are refused here, not by Pinterest."""
LIVES = timedelta(hours=1)
NAMES = (
    "x-amz-date",
    "x-amz-signature",
    "x-amz-security-token",
    "x-amz-algorithm",
    "key",
    "policy",
)
COVERS = ("cover_image_url", "cover_image_data", "cover_image_key_frame_time")

Digest = Callable[..., str]


@dataclass(slots=True, eq=False)
class Upload:
    """One video, from its registration on; ``status`` is Pinterest's own word."""

    id: str
    account: str
    at: datetime
    parameters: dict[str, str]
    polls: int
    status: str = "registered"
    blob: Blob = field(default_factory=Blob)
    fails: bool = False

    def registered(self, url: str) -> dict[str, JsonValue]:
        """Return what a registration is answered with."""
        return {
            "media_id": self.id,
            "media_type": "video",
            "upload_url": url,
            "upload_parameters": self.parameters,
        }

    def asked(self) -> str:
        """Return how far it is, and let it come further."""
        if self.status == "processing":
            self.polls -= 1
            if self.polls < 0:
                self.status = "failed" if self.fails else "succeeded"
        return self.status


class Uploads:
    """Every video of an emulated Pinterest; ``polls`` is how often it is still being processed."""

    def __init__(self, blobs: Blobs, probe: Probe | None, digest: Digest) -> None:
        self._blobs = blobs
        self._probe = probe
        self._digest = digest
        self._uploads: dict[str, Upload] = {}
        self.polls = 1

    def register(self, account: str, now: datetime) -> Upload:
        """Return a video that may be sent now."""
        number = str(10**17 + len(self._uploads))
        parameters = {name: self._digest(name, number)[:40] for name in NAMES}
        parameters["key"] = f"uploads/{number}"
        parameters["x-amz-credential"] = self._digest("credential", number)[:40]
        parameters["Content-Type"] = "multipart/form-data"
        self._uploads[number] = Upload(number, account, now, parameters, self.polls)
        return self._uploads[number]

    def of(self, account: str, media_id: str) -> Upload | None:
        """Return somebody's own video."""
        found = self._uploads.get(media_id)
        return found if found is not None and found.account == account else None

    def upload(self, request: Request) -> Answer:
        """Take a form as a bucket does: every field as it was given, the file last."""
        try:
            fields = form(request)
        except ValueError:
            return _bucket(400, "MalformedPOSTRequest")
        key = next((one.text for one in fields if one.name == "key"), "")
        upload = self._uploads.get(key.removeprefix("uploads/"))
        if "authorization" in request.headers:
            return _bucket(400, "InvalidRequest")
        if upload is None or request.at - upload.at > LIVES or upload.status != "registered":
            return _bucket(403, "AccessDenied")
        said = {one.name: one.text for one in fields[:-1]}
        if said != upload.parameters or fields[-1].name != "file":
            return _bucket(403, "AccessDenied")
        upload.blob.append(fields[-1].content)
        upload.fails = not self._is_video(upload.blob)
        upload.status = "processing"
        self._blobs.keep(upload.blob)
        return Answer(204)

    def taken(self, source: dict[str, JsonValue]) -> tuple[str, str]:
        """Return the file of a video that a pin shows; refuse one that cannot be shown yet."""
        upload = self._uploads.get(str(source.get("media_id")))
        if upload is None:
            raise Refusal(failure(404, 404, "Media upload not found."))
        if upload.status != "succeeded":
            raise Refusal(failure(400, 1, "Invalid request: the media is not ready."))
        if all(source.get(name) is None for name in COVERS):
            message = "Invalid request: cover_image_url or cover_image_content_type is needed."
            raise Refusal(failure(400, 1, message))
        return upload.blob.sha256, upload.blob.mime or "video/mp4"

    def _is_video(self, blob: Blob) -> bool:
        """Say whether a file is a video that Pinterest takes, as far as can be seen."""
        content = blob.content
        if self._probe is None or content is None:
            return (blob.mime or "").startswith("video/")
        facts = self._probe(content)
        if facts is None or facts.kind is not MediaKind.VIDEO:
            return False
        rules = Rules(alt=Alt.OFF)
        return not list(check_media(Snapshot(("",), (facts,)), MEDIA, "Pinterest", rules))


def _bucket(status: int, code: str) -> Answer:
    """Return a refusal in a bucket's words, which are not Pinterest's."""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'
    return Answer(status, body.encode(), {"content-type": "application/xml"})
