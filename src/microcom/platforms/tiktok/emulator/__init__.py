"""A TikTok on this machine: what an account may, uploads in chunks, processing, drafts, refusals.

Rules and wording: developers.tiktok.com, Content Posting API, 2026; where it is silent, what others
met (the threads are named where they count).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microcom.emulator import Emulator, Published, Shown
from microcom.emulator.blobs import Blob
from microcom.emulator.call import Answer, Refusal, Request, Route
from microcom.platforms.tiktok import addresses
from microcom.platforms.tiktok.emulator.announced import LEVELS, photos, video
from microcom.platforms.tiktok.emulator.oauth import DIALECT
from microcom.platforms.tiktok.emulator.said import REFUSED, failure, invalid, said
from microcom.platforms.tiktok.emulator.windows import Windows
from microcom.platforms.tiktok.emulator.works import UPLOAD_LIVES, Work, checked

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue

PUBLISH, UPLOAD, BASIC = "video.publish", "video.upload", "user.info.basic"
LARGEST = 130_000_000
DRAFTS = 5
POSTS = 15
"""Direct posts of an account in 24 hours: "around 15", says TikTok."""
DAY = timedelta(days=1)
ALL_RECEIVED = 201
FIRST_ID = 7_575_000_000_000_000_000


class TikTokEmulator(Emulator):
    """TikTok's Content Posting API.

    ``unaudited`` and ``private`` name accounts whose app is not audited, and that are private.
    ``polls`` is how often a post is still being processed when it is asked for.
    """

    name = "tiktok"
    hosts = ("open.tiktokapis.com", "open-upload.tiktokapis.com")
    sites = ("www.tiktok.com", "tiktok.com")
    dialect = DIALECT

    def furnish(self) -> None:
        """Make what the service keeps."""
        self.works: dict[str, Work] = {}
        self.unaudited: set[str] = set()
        self.private: set[str] = set()
        self.longest = 600
        self.polls = 1
        self._windows = Windows()

    def endpoints(self) -> Iterable[Route]:
        """Return the endpoints."""
        post = "/v2/post/publish"
        return (
            Route("creator_info", "POST", f"{post}/creator_info/query/", self._creator),
            Route("init", "POST", f"{post}/video/init/", self._init),
            Route("inbox_init", "POST", f"{post}/inbox/video/init/", self._inbox),
            Route("photo_init", "POST", f"{post}/content/init/", self._photos),
            Route("put", "PUT", "/upload/{id}/", self._put, largest=LARGEST),
            Route("status", "POST", f"{post}/status/fetch/", self._status, lists=True),
            Route("user", "GET", "/v2/user/info/", self._user),
        )

    def refusals(self) -> Mapping[str, Callable[[Request], Answer]]:
        """Return the refusals that can be switched on."""
        return REFUSED

    def broken(self, status: int) -> Answer:
        """Return a 5xx in TikTok's words."""
        return failure(status, "internal_error", "Something went wrong")

    def unknown(self, request: Request) -> Answer:
        """Return TikTok's answer to a path that does not exist."""
        del request
        return Answer(404)

    def published(self) -> Sequence[Published]:
        """Return every post and draft that came in whole: TikTok posts it, asked after or not."""
        came = (work for work in self.works.values() if work.received is not None)
        return [self._shown(work) for work in came if not work.fail_reason]

    def recognised(self, address: str) -> str | None:
        """Return the id of the post at an address."""
        found = addresses.recognised(address)
        if found is not None:
            return found
        mine = (work for work in self.works.values() if work.publish_id in address)
        return next((work.remote_id for work in mine if work.received is not None), None)

    # --- endpoints ----------------------------------------------------------------------------

    def _creator(self, request: Request) -> Answer:
        account = self._enter(request, "creator_info", PUBLISH)
        if self._is_full(account, request.at):  # with 200, on purpose (query creator info)
            return failure(200, "spam_risk_too_many_posts", "Daily post cap reached")
        private = account in self.private
        seen_by = LEVELS[2] if private else LEVELS[0]
        body = {
            "creator_avatar_url": f"{addresses.WEB}/avatar/{username(account)}.webp",
            "creator_username": username(account),
            "creator_nickname": username(account).replace("_", " ").title(),
            "privacy_level_options": [seen_by, LEVELS[1], LEVELS[3]],
            "comment_disabled": False,
            "duet_disabled": private,
            "stitch_disabled": private,
            "max_video_post_duration_sec": self.longest,
        }
        return said(body)

    def _init(self, request: Request) -> Answer:
        account = self._enter(request, "init", PUBLISH)
        work = video(request, account, self._next_id("v_pub_file"), direct=True)
        self._may(account, work, request.at)
        return self._begun(work)

    def _inbox(self, request: Request) -> Answer:
        account = self._enter(request, "init", UPLOAD)
        work = video(request, account, self._next_id("v_inbox_file"), direct=False)
        self._has_room(account, request.at)
        return self._begun(work)

    def _photos(self, request: Request) -> Answer:
        account = self._enter(request, "init", None)
        work = photos(request, account, self._next_id("p_pub_url"))
        self._granted(request, PUBLISH if work.direct else UPLOAD)
        if work.direct:
            self._may(account, work, request.at)
        else:
            self._has_room(account, request.at)
        self.works[work.publish_id] = work
        work.received, work.remote_id = request.at, self._remote_id(work)
        return said({"publish_id": work.publish_id})

    def _put(self, request: Request) -> Answer:
        work = self.works.get(request.params["id"])
        token = dict(request.query).get("upload_token")
        if work is None or not work.count or token != self.digest("upload", work.publish_id):
            return Answer(404)
        if request.at - work.begun > UPLOAD_LIVES:
            return Answer(403)
        answer = work.put(request)
        if answer.status == ALL_RECEIVED:
            self._arrived(work, work.blob)
        return answer

    def _status(self, request: Request) -> Answer:
        account = self._enter(request, "status", None)
        body = _object(request)
        work = self.works.get(str(body.get("publish_id")))
        if work is None or set(body) != {"publish_id"}:
            raise Refusal(failure(400, "invalid_publish_id", "The publish_id does not exist"))
        if work.account != account:
            raise Refusal(
                failure(400, "token_not_authorized_for_specified_publish_id", "Not yours")
            )
        if request.veil is not None:
            return said({"status": ""})
        return said(self._progress(work))

    def _user(self, request: Request) -> Answer:
        account = self._enter(request, "user", BASIC)
        asked = dict(request.query).get("fields", "").split(",")
        known = {
            "open_id": self.digest("open", account)[:32],
            "union_id": self.digest("union", account)[:32],
            "display_name": username(account).replace("_", " ").title(),
            "username": username(account),
            "avatar_url": f"{addresses.WEB}/avatar/{username(account)}.webp",
        }
        if not asked or set(asked) - set(known):
            raise Refusal(invalid("fields is invalid"))
        return said({"user": {name: known[name] for name in asked}})

    # --- rules --------------------------------------------------------------------------------

    def _enter(self, request: Request, endpoint: str, scope: str | None) -> str:
        """Return the account that calls; refuse who may not."""
        grant = self.holder(request)
        if grant is None:
            raise Refusal(failure(401, "access_token_invalid", "The access token is invalid"))
        self._granted(request, *((PUBLISH, UPLOAD) if scope is None else (scope,)))
        if not self._windows.hit(endpoint, grant.account, request.at):
            raise Refusal(failure(429, "rate_limit_exceeded", "Too many requests"))
        return grant.account

    def _granted(self, request: Request, *scopes: str) -> None:
        """Refuse a token that holds none of the scopes."""
        grant = self.holder(request)
        held = None if grant is None else grant.scopes
        if held is not None and held.isdisjoint(scopes):
            raise Refusal(failure(401, "scope_not_authorized", "The user did not authorize it"))

    def _may(self, account: str, work: Work, now: datetime) -> None:
        """Refuse a direct post that the account or its app may not make."""
        private = account in self.private
        if account in self.unaudited and (not private or work.level != "SELF_ONLY"):
            code = "unaudited_client_can_only_post_to_private_accounts"
            raise Refusal(failure(403, code, "Please review our integration guidelines"))
        wrong = "PUBLIC_TO_EVERYONE" if private else "FOLLOWER_OF_CREATOR"
        if work.level == wrong:
            raise Refusal(failure(403, "privacy_level_option_mismatch", "Not one of the options"))
        if self._is_full(account, now):
            raise Refusal(failure(403, "spam_risk_too_many_posts", "Daily post cap reached"))

    def _is_full(self, account: str, now: datetime) -> bool:
        """Say whether an account has posted as often as TikTok lets it in a day."""
        sent = (
            one.received for one in self.works.values() if one.account == account and one.direct
        )
        return sum(at is not None and now - at < DAY for at in sent) >= POSTS

    def _has_room(self, account: str, now: datetime) -> None:
        waiting = [
            work
            for work in self.works.values()
            if work.account == account and not work.direct and now - work.begun < DAY
        ]
        if len(waiting) >= DRAFTS:
            code = "spam_risk_too_many_pending_share"
            raise Refusal(failure(403, code, "Too many pending shares"))

    def _begun(self, work: Work) -> Answer:
        self.works[work.publish_id] = work
        token = self.digest("upload", work.publish_id)
        url = f"https://{self.hosts[1]}/upload/{work.publish_id}/?upload_token={token}"
        return said({"publish_id": work.publish_id, "upload_url": url})

    def _arrived(self, work: Work, blob: Blob) -> None:
        """Look at a whole video, and begin to process it."""
        work.sha256 = self.blobs.keep(blob)
        work.remote_id = self._remote_id(work)
        content = blob.content
        if self.probe is not None and content is not None:
            work.fail_reason = checked(self.probe(content), self.longest)

    def _progress(self, work: Work) -> dict[str, JsonValue]:
        """Return how far a post has come, and let it come further."""
        if work.received is None:
            return {"status": "PROCESSING_UPLOAD", "uploaded_bytes": work.has}
        if work.fail_reason:
            return {"status": "FAILED", "fail_reason": work.fail_reason}
        work.polls += 1
        if work.polls <= self.polls:
            kind = "PROCESSING_DOWNLOAD" if work.urls else "PROCESSING_UPLOAD"
            return {"status": kind, "uploaded_bytes": work.has}
        if not work.direct:
            return {"status": "SEND_TO_USER_INBOX"}
        public = work.level == "PUBLIC_TO_EVERYONE"
        ids = [int(work.remote_id)] if public else []
        return {"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": ids}

    def _remote_id(self, work: Work) -> str:
        if not work.direct or work.level != "PUBLIC_TO_EVERYONE":
            return work.publish_id
        return str(FIRST_ID + int(self.digest("video", work.publish_id)[:12], 16))

    def _next_id(self, kind: str) -> str:
        return f"{kind}~v2.{self.digest('post', str(len(self.works)))[:20]}"

    def _shown(self, work: Work) -> Published:
        return Published(
            platform=self.name,
            account=work.account,
            user=username(work.account),
            remote_id=work.remote_id,
            kind="post" if work.direct else "draft",
            at=work.received or work.begun,
            text=work.caption,
            in_reply_to=None,
            url=addresses.video(username(work.account), work.remote_id)
            if work.remote_id.isdigit()
            else f"{addresses.person(username(work.account))}/{work.publish_id}",
            title=work.title,
            place=work.audience,
            media=tuple(Shown(one, work.mime) for one in work.files),
            labels=work.labels,
            draft=not work.direct,
        )


def username(account: str) -> str:
    """Return the name that people see of an account."""
    return account.replace("-", "_")


def _object(request: Request) -> dict[str, JsonValue]:
    try:
        body = request.json()
    except ValueError as error:
        raise Refusal(invalid("the body is no JSON")) from error
    if not isinstance(body, dict):
        raise Refusal(invalid("the body is no JSON object"))
    return body


emulator = TikTokEmulator
