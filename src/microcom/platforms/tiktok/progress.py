"""How far TikTok has come with a post; and whose token it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microcom.core.bodies import Json
from microcom.core.login import Identity
from microcom.core.passage import Receipt
from microcom.core.settling import Absent, Landed, Unsure
from microcom.core.steps import Call, Effect, Reply, Wait
from microcom.errors import Rejected, Transient, Withdrawn
from microcom.platforms.tiktok import addresses
from microcom.platforms.tiktok.audiences import INBOX, LEVEL
from microcom.platforms.tiktok.explain import AGAIN, explain

if TYPE_CHECKING:
    from microcom.core.passage import Outgoing
    from microcom.core.settling import Mark, Verdict
    from microcom.core.steps import Steps
    from microcom.platforms.tiktok.wire import Creator, Status

PACE = (
    (timedelta(seconds=30), 5.0),
    (timedelta(minutes=2), 15.0),
    (timedelta(hours=1), 60.0),
    (timedelta(days=1), 600.0),
    (timedelta(days=7), 3600.0),
)
"""How long TikTok has had a post, and how many seconds later it is asked again. It takes a minute
for a gigabyte and mostly less than one to look at a post, but may take hours."""
DONE, IN_INBOX, UPLOADING = (
    "PUBLISH_COMPLETE",
    "SEND_TO_USER_INBOX",
    "PROCESSING_UPLOAD",
)
WRONG_FILE = {
    "file_format_check_failed": "its format",
    "duration_check_failed": "its length",
    "frame_rate_check_failed": "its frame rate",
    "picture_size_check_failed": "its size in pixels",
}
ID_WITHIN = timedelta(minutes=2)
"""How long a public post's id is waited for: TikTok gives it after a look at the post."""
PASSING = frozenset({"internal", "video_pull_failed", "photo_pull_failed"})


def live(
    delivery: Outgoing, publish_id: str, since: datetime | None, creator: Creator | None
) -> Steps[Receipt]:
    """Ask until TikTok says that a post is live, or that a draft is in the inbox."""
    while True:
        reply, found = yield from _status(publish_id, "status")
        age = None if reply.at is None or since is None else reply.at - since
        match found.status:
            case "PUBLISH_COMPLETE" | "SEND_TO_USER_INBOX" if not _gets_id(delivery, found, age):
                return _receipt(delivery, publish_id, found, creator)
            case "FAILED":
                raise _failed(found.fail_reason)
        age = age or timedelta()
        pause = next((seconds for until, seconds in PACE if age < until), None)
        if pause is None:
            message = f"TikTok took it {age.days} days ago and has not said that it is live."
            hint = f"Look at {addresses.person(delivery.handle)}, then: microcom queue finish."
            raise Rejected(message, code="tiktok.slow", hint=hint)
        yield Wait(pause, "TikTok is processing it", accepted=True)


def _gets_id(delivery: Outgoing, found: Status, age: timedelta | None) -> bool:
    """Say whether the id of a post that is live is worth a moment: a public one gets it."""
    is_public = delivery.settings.get(LEVEL) == "PUBLIC_TO_EVERYONE" and found.status == DONE
    return is_public and not found.ids and age is not None and age < ID_WITHIN


def look(mark: Mark) -> Steps[Verdict]:
    """Return whether the last chunk of a marked upload came, by how many bytes TikTok has.

    All of them, or a state beyond uploading: it came. Fewer: it surely did not. A lost answer to
    a post of pictures names nothing to ask for.
    """
    from microcom.platforms.tiktok.wire import status

    page = addresses.person(str(mark.evidence.get("handle", "")))
    publish_id = mark.evidence.get("publish_id")
    if not isinstance(publish_id, str):
        return Unsure("TikTok cannot be asked for a post that it never named", page)
    reply = yield _asked_for(publish_id, "settle", handles=(400,))
    said = explain(reply)
    if said is not None:  # TikTok may forget an upload
        return Unsure(said.message.rstrip("."), page)
    found = status(reply)
    if found is None or not found.status:
        return Unsure("TikTok does not say what became of it", page)
    if found.status != UPLOADING:
        return Landed(Reply(201, {}, b"{}"))
    if found.uploaded_bytes is None:
        return Unsure("TikTok does not say how much it has of the video", page)
    if found.uploaded_bytes >= int(mark.evidence.get("size", 0)):
        return Landed(Reply(201, {}, b"{}"))
    return Absent("TikTok does not have the last part of the video")


def fetched(publish_id: str, name: str) -> Steps[Status | None]:
    """Return how far TikTok has come with a post, None where it does not say."""
    from microcom.platforms.tiktok.wire import status

    return status((yield _asked_for(publish_id, name)))


def whose() -> Steps[Identity]:
    """Return whose token this is; raise Transient ``tiktok.unreadable`` where TikTok is silent."""
    from microcom.platforms.tiktok.wire import user

    reply = yield Call(
        name="me",
        method="GET",
        url=f"{addresses.API}/v2/user/info/",
        effect=Effect.READ,
        query=(("fields", "open_id,display_name,username"),),
    )
    found = user(reply)
    if found is None:
        message = "TikTok answered, but not whose token this is."
        raise Transient(message, code="tiktok.unreadable", hint="Try again in a while.")
    return Identity(found.open_id, found.username or found.display_name)


def _status(publish_id: str, name: str) -> Steps[tuple[Reply, Status]]:
    from microcom.platforms.tiktok.wire import Status, status

    reply = yield _asked_for(publish_id, name)
    return reply, status(reply) or Status()


def _asked_for(publish_id: str, name: str, handles: tuple[int, ...] = ()) -> Call:
    return Call(
        name=name,
        method="POST",
        url=f"{addresses.API}/v2/post/publish/status/fetch/",
        effect=Effect.READ,
        body=Json({"publish_id": publish_id}),
        handles=handles,
    )


def _receipt(
    delivery: Outgoing, publish_id: str, found: Status, creator: Creator | None
) -> Receipt:
    """Return the proof: the post's own id where TikTok gives one, as it does for public posts."""
    handle = (creator.creator_username if creator else "") or delivery.handle
    remote_id = found.ids[0] if found.ids else publish_id
    url = addresses.video(handle, remote_id) if found.ids else addresses.person(handle)
    handed = delivery.kind == INBOX and found.status == IN_INBOX
    return Receipt(remote_id, url, (remote_id,), handed_over=handed)


def _failed(reason: str) -> Withdrawn:
    """Return what a stated failure means: TikTok posts nothing of it."""
    if reason in WRONG_FILE:
        message = f"TikTok does not take the video for {WRONG_FILE[reason]}."
        hint = "`microcom platforms show tiktok` lists what it takes."
        return Withdrawn(message, code=f"tiktok.{reason}", hint=hint, again=False)
    if reason in PASSING:
        message = f"TikTok could not process it ({reason})."
        return Withdrawn(message, code="tiktok.processing")
    if reason.startswith("spam_risk"):
        message = "TikTok took it for spam and posts nothing of it."
        return Withdrawn(message, code="tiktok.spam", hint="Look into the app.", again=False)
    if reason == "auth_removed":
        message = "Somebody took the app's rights away while TikTok was processing it."
        return Withdrawn(message, code="tiktok.auth_removed", hint=AGAIN, again=False)
    message = f"TikTok could not post it ({reason or 'it gives no reason'})."
    return Withdrawn(message, code="tiktok.failed", again=False)
