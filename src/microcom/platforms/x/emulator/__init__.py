"""An X on this machine: posts, threads, timelines, and its refusals, as strict as the real one.

Rules and wording: docs.x.com and OpenAPI 2.167 as of August 2026; where neither says, what others
met (the threads are named in ``refusals.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from microcom.core.text import Counting, cashtags, length
from microcom.emulator import Emulator, Grant, Published, Shown
from microcom.emulator.call import Answer, Refusal, Request, Route
from microcom.platforms.x import addresses
from microcom.platforms.x.adapter import CAPABILITIES, TIMELINE
from microcom.platforms.x.emulator.bodies import created, includes, post_body, user_body
from microcom.platforms.x.emulator.listing import PARAMETERS, Listing, meta, remote_id
from microcom.platforms.x.emulator.oauth import DIALECT
from microcom.platforms.x.emulator.people import People, Person, Written
from microcom.platforms.x.emulator.problems import invalid, not_found, problem
from microcom.platforms.x.emulator.question import question
from microcom.platforms.x.emulator.refused import FORBIDDEN, REFUSED, UNAUTHORIZED, too_many
from microcom.platforms.x.emulator.request import NewPost, json_object, new_post
from microcom.platforms.x.emulator.signatures import Signatures
from microcom.platforms.x.emulator.uploads import LIVES, Upload, Uploads, body
from microcom.platforms.x.emulator.windows import Windows

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue

READ = frozenset({"tweet.read", "users.read"})
WRITE = READ | {"tweet.write"}
UPLOAD = frozenset({"media.write"})
LARGEST = 7_000_000
"""Bytes of a call that uploads: five megabytes, also in base64, and what is around them."""


class XEmulator(Emulator):
    """X's API version 2 as far as posting text needs it."""

    name = "x"
    hosts = ("api.x.com", "api.twitter.com")
    sites = ("x.com", "twitter.com")
    dialect = DIALECT

    def furnish(self) -> None:
        """Make what the service keeps."""
        self.people = People(self.digest)
        self.uploads = Uploads(self.blobs, self.probe)
        self.signatures = Signatures(self.hosts[0])
        self._windows = Windows()

    def endpoints(self) -> Iterable[Route]:
        """Return the endpoints."""
        return (
            Route("create_post", "POST", "/2/tweets", self._create),
            Route("delete_post", "DELETE", "/2/tweets/{id}", self._delete),
            Route("post", "GET", "/2/tweets/{id}", self._post),
            Route("user_posts", "GET", "/2/users/{id}/tweets", self._user_posts, lists=True),
            Route("me", "GET", "/2/users/me", self._me),
            Route("upload", "POST", "/2/media/upload", self._upload, largest=LARGEST),
            Route("upload_status", "GET", "/2/media/upload", self._status),
            Route("begin_upload", "POST", "/2/media/upload/initialize", self._begin),
            Route(
                *("append_upload", "POST", "/2/media/upload/{id}/append", self._append),
                largest=LARGEST,
            ),
            Route("finalize_upload", "POST", "/2/media/upload/{id}/finalize", self._finalize),
            Route("describe", "POST", "/2/media/metadata", self._describe),
        )

    def refusals(self) -> Mapping[str, Callable[[Request], Answer]]:
        """Return the refusals that can be switched on."""
        return REFUSED

    def broken(self, status: int) -> Answer:
        """Return a 5xx in X's words."""
        title = {500: "Internal Server Error", 503: "Service Unavailable"}.get(status, "Error")
        return problem(status, title, title)

    def unknown(self, request: Request) -> Answer:
        """Return X's answer to a path that does not exist: nothing but the status."""
        del request
        return Answer(404)

    def published(self) -> Sequence[Published]:
        """Return every post there was."""
        return [
            Published(
                platform=self.name,
                account=post.author.account,
                user=post.author.username,
                remote_id=post.id,
                kind="post",
                at=post.at,
                text=post.text,
                in_reply_to=None if post.parent is None else post.parent.id,
                url=addresses.post(post.author.username, post.id),
                by_hand=post.by_hand,
                deleted=post.deleted,
                place="" if post.community is None else f"community {post.community}",
                media=tuple(Shown(one.blob.sha256, one.mime, one.alt) for one in post.media),
                labels=post.labels,
            )
            for post in self.people.posts()
        ]

    def recognised(self, address: str) -> str | None:
        """Return the id of the post at an address."""
        return addresses.recognised(address)

    def holder(self, request: Request) -> Grant | None:
        """Return what a call is let in with: a bearer token, or a signature."""
        account = self.signatures.account(request)
        return super().holder(request) if account is None else Grant(account)

    def person(self, account: str) -> Person:
        """Return an account's person, made when it is first asked for."""
        return self.people.of_account(account, self.clock())

    # --- endpoints ----------------------------------------------------------------------------

    def _create(self, request: Request) -> Answer:
        author, headers = self._enter("create_post", request, WRITE)
        try:
            wanted = new_post(request)
            parent = self._allowed(author, wanted, request.at)
        except Refusal as refusal:
            raise Refusal(refusal.answer.with_headers(headers)) from refusal
        made = self.people.write(
            author,
            wanted.text,
            request.at,
            parent=parent,
            media=self.uploads.shown(author.id, [*wanted.media], request.at),
            community=wanted.community,
            labels=wanted.labels,
        )
        answer = Answer.of_json(201, created(made, self.digest))
        return answer.with_headers({**headers, "x-transaction-id": self.digest(made.id)[:16]})

    def _delete(self, request: Request) -> Answer:
        author, headers = self._enter("delete_post", request, WRITE)
        post = self.people.post(request.params["id"])
        if post is None:
            gone = not_found("tweet", "id", request.params["id"])
            return Answer.of_json(404, {**gone, "status": 404}, "application/problem+json")
        if post.author is not author:
            raise Refusal(problem(403, "Forbidden", "You are not the author of this Post."))
        post.deleted = True
        return Answer.of_json(200, {"data": {"deleted": True}}).with_headers(headers)

    def _post(self, request: Request) -> Answer:
        _, headers = self._enter("post", request, READ)
        asked = question(request)
        post = self.people.post(remote_id("id", request.params["id"]))
        if post is None:
            body: JsonValue = {"errors": [not_found("tweet", "id", request.params["id"])]}
            return Answer.of_json(200, body).with_headers(headers)
        body = {"data": post_body(post, asked, self.digest), **includes([post], asked, self.digest)}
        return Answer.of_json(200, body).with_headers(headers)

    def _user_posts(self, request: Request) -> Answer:
        _, headers = self._enter("user_posts", request, READ)
        asked = question(request, *PARAMETERS)
        listing = Listing.asked(asked.rest)
        author = self.people.with_id(remote_id("id", request.params["id"]))
        if author is None:
            body: JsonValue = {"errors": [not_found("user", "id", request.params["id"])]}
            return Answer.of_json(200, body).with_headers(headers)
        page, more = listing.page(author.posts, request)
        body = {
            **({"data": [post_body(one, asked, self.digest) for one in page]} if page else {}),
            **includes(page, asked, self.digest),
            "meta": meta(page, more=more),
        }
        return Answer.of_json(200, body).with_headers(headers)

    def _me(self, request: Request) -> Answer:
        person, headers = self._enter("me", request, READ)
        asked = question(request, about_user=True)
        return Answer.of_json(200, {"data": user_body(person, asked)}).with_headers(headers)

    # --- files --------------------------------------------------------------------------------

    def _upload(self, request: Request) -> Answer:
        owner, headers = self._enter("upload", request, UPLOAD)
        return _said(self.uploads.one_shot(owner.id, request), headers)

    def _begin(self, request: Request) -> Answer:
        owner, headers = self._enter("begin_upload", request, UPLOAD)
        return _said(self.uploads.begin(owner.id, request), headers)

    def _append(self, request: Request) -> Answer:
        owner, headers = self._enter("append_upload", request, UPLOAD)
        self.uploads.append(owner.id, request)
        lapses = int((request.at + LIVES).timestamp())
        return Answer.of_json(200, {"data": {"expires_at": lapses}}).with_headers(headers)

    def _finalize(self, request: Request) -> Answer:
        owner, headers = self._enter("finalize_upload", request, UPLOAD)
        upload = self.uploads.of(owner.id, request.params["id"])
        if request.body:
            json_object(request)
        if upload.done is None:
            self.uploads.finalized(upload, request.at)
        return _said(upload, headers)

    def _status(self, request: Request) -> Answer:
        owner, headers = self._enter("upload_status", request, UPLOAD)
        asked = dict(request.query)
        if asked.get("command", "STATUS") != "STATUS":
            raise Refusal(invalid("command", asked.get("command", ""), "STATUS is expected"))
        return _said(self.uploads.asked(owner.id, asked.get("media_id", "")), headers)

    def _describe(self, request: Request) -> Answer:
        owner, headers = self._enter("describe", request, UPLOAD)
        upload = self.uploads.describe(owner.id, request)
        said = {"id": upload.id, "associated_metadata": {"alt_text": {"text": upload.alt}}}
        return Answer.of_json(200, {"data": said}).with_headers(headers)

    # --- rules --------------------------------------------------------------------------------

    def _enter(
        self, endpoint: str, request: Request, scopes: frozenset[str]
    ) -> tuple[Person, dict[str, str]]:
        """Return who calls and what X says about their limits; refuse who may not."""
        grant = self.holder(request)
        if grant is None:
            raise Refusal(UNAUTHORIZED)
        person = self.people.of_account(grant.account, request.at)
        within, headers = self._windows.hit(endpoint, person.id, request.at)
        headers["x-access-level"] = "read-write"
        if not within:
            raise Refusal(too_many(headers))
        if grant.scopes is not None and not scopes <= grant.scopes:
            raise Refusal(FORBIDDEN.with_headers(headers))
        return person, headers

    def _allowed(self, author: Person, wanted: NewPost, now: datetime) -> Written | None:
        """Return the post that the new one answers, if any; refuse what X refuses."""
        facts = CAPABILITIES[TIMELINE]
        limit = (facts.text.long_limit or 0) if author.premium else facts.text.limit
        if length(wanted.text, Counting.WEIGHTED) > limit:
            raise Refusal(_forbidden("You are not permitted to perform this action."))
        if len(cashtags(wanted.text)) > (facts.max_cashtags or 0):
            raise Refusal(_forbidden("Posts may contain at most one cashtag."))
        parent = self._parent(author, wanted)
        if self.people.has_said(author, wanted.text, now):
            said = "You are not allowed to create a Tweet with duplicate content."
            raise Refusal(_forbidden(said))
        return parent

    def _parent(self, author: Person, wanted: NewPost) -> Written | None:
        if wanted.reply_to is None:
            return None
        parent = self.people.post(wanted.reply_to)
        if parent is None:
            said = "You attempted to reply to a Tweet that is deleted or not visible to you."
            raise Refusal(_forbidden(said))
        mentioned = f"@{author.username}".casefold() in parent.text.casefold()
        if parent.author is not author and not mentioned:
            said = (
                "Reply to this conversation is not allowed because you have not been mentioned or "
                "otherwise engaged by the author of the post you are replying to."
            )
            raise Refusal(_forbidden(said))
        return parent


def _said(upload: Upload, headers: Mapping[str, str]) -> Answer:
    return Answer.of_json(200, {"data": body(upload)}).with_headers(headers)


def _forbidden(detail: str) -> Answer:
    return problem(403, "Forbidden", detail)


emulator = XEmulator
