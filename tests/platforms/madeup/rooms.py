"""A made-up platform with what text on X has none of: uploads, sealed handles, processing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from microcom.core.account import Account, Community, Rules
from microcom.core.bodies import Json
from microcom.core.capability import Capabilities, Ceiling, Price, Proof, TextRule
from microcom.core.login import Identity, Login
from microcom.core.passage import Outgoing, Receipt
from microcom.core.platform import Platform
from microcom.core.settling import Landed, Unsure
from microcom.core.steps import Call, Effect, Reply, Stale, Wait
from microcom.core.text import Counting
from microcom.emulator import Clock, Emulator, Published
from microcom.emulator.call import Answer, Request, Route
from microcom.errors import NeedsLogin, PlatformError, Rejected, Transient, Withdrawn
from microcom.testing.stage import Kit

if TYPE_CHECKING:
    from microcom.core.options import Option
    from microcom.core.post import Snapshot
    from microcom.core.problem import Problem
    from microcom.core.settling import Mark, Verdict
    from microcom.core.steps import Steps

API = "https://rooms.example"
HANDLE_LIVES = timedelta(hours=1)


class Rooms(Platform):
    """Uploads a text, posts the upload, and waits until the service has processed it."""

    name = "rooms"
    capabilities: Mapping[str, Capabilities] = {
        "room": Capabilities(
            kind="room",
            text=TextRule(100, Counting.CODEPOINTS),
            thread_parts=1,
            part_gap=0,
            ceiling=Ceiling(50, 50),
            price=Price(0, 0, date(2026, 1, 1)),
            proof=Proof(timedelta(seconds=60), timedelta(seconds=60), can_prove_absence=False),
            source="made up",
        )
    }
    login = Login(("post",), f"{API}/tokens", hosts=("rooms.example",))
    options: Sequence[Option] = ()
    places: Sequence[Community] = (Community("room", "room"),)
    default: str | None = "room"

    def validate(self, snapshot: Snapshot, account: Account, community: Community) -> list[Problem]:
        """Accept everything."""
        del snapshot, account, community
        return []

    def publish(self, delivery: Outgoing) -> Steps[Receipt]:
        """Upload, post, poll."""
        text = delivery.snapshot.parts[0]
        handle = yield Call(
            name="upload",
            method="POST",
            url=f"{API}/uploads",
            effect=Effect.WRITE,
            body=Json({"size": len(text)}),
            keeps=("upload.id",),
            seals=("upload.key",),
        )
        upload, key = handle.at_path("upload.id"), handle.at_path("upload.key")
        checked = yield Call(
            name="check", method="GET", url=f"{API}/uploads/{upload}", effect=Effect.READ
        )
        if checked.at_path("state") == "expired":
            yield Stale(("upload",), "the upload expired")
        yield Call(
            name="post",
            method="POST",
            url=f"{API}/posts",
            effect=Effect.PUBLISH,
            body=Json({"upload": upload, "key": key, "text": text}),
            keeps=("accepted",),
            evidence={"upload": upload},
        )
        while True:
            status = yield Call(
                name="poll", method="GET", url=f"{API}/posts/{upload}", effect=Effect.READ
            )
            if status.at_path("state") == "failed":
                message = "The service could not process it."
                raise Withdrawn(message, code="rooms.failed")
            if status.at_path("state") == "live":
                found = str(status.at_path("id"))
                return Receipt(found, f"{API}/p/{found}", (found,))
            yield Wait(30, "the platform is processing it", accepted=True)

    def settle(self, mark: Mark, owned: Collection[str]) -> Steps[Verdict]:
        """Ask for the upload's post by its own name."""
        del owned
        status = yield Call(
            name="settle",
            method="GET",
            url=f"{API}/posts/{mark.evidence['upload']}",
            effect=Effect.READ,
        )
        if status.at_path("state") in {"live", "processing"}:
            return Landed(Reply(202, {}, b'{"accepted":true}'))
        return Unsure("the service does not know the upload", f"{API}/me")

    def explain(self, reply: Reply) -> PlatformError | None:
        """Read the service's only error shape."""
        code = reply.at_path("error")
        if not isinstance(code, str):
            return None
        if code == "token":
            return NeedsLogin("The token is not accepted.", code="rooms.token")
        if code == "busy":
            return Transient("The service is busy.", code="rooms.busy")
        return Rejected(f"The service refuses it: {code}.", code="rooms.refused")

    def identify(self) -> Steps[Identity]:
        """Ask whose token it is."""
        me = yield Call(name="me", method="GET", url=f"{API}/me", effect=Effect.READ)
        return Identity(str(me.at_path("id")), str(me.at_path("name")))


class RoomsEmulator(Emulator):
    """The made-up service."""

    name = "rooms"
    hosts = ("rooms.example",)

    def __init__(self, *, clock: Clock, polls: int = 2) -> None:
        super().__init__(clock=clock)
        self.polls = polls
        self.uploads: dict[str, Request] = {}
        self.posts: dict[str, tuple[Request, str]] = {}
        self.asked: dict[str, int] = {}
        self.spoiled: set[str] = set()

    def endpoints(self) -> Iterable[Route]:
        """Return the endpoints."""
        return (
            Route("me", "GET", "/me", lambda _: Answer.of_json(200, {"id": "9", "name": "me"})),
            Route("upload", "POST", "/uploads", self._upload),
            Route("check", "GET", "/uploads/{id}", self._check),
            Route("post", "POST", "/posts", self._post),
            Route("status", "GET", "/posts/{id}", self._status, lists=True),
        )

    def refusals(self) -> Mapping[str, Callable[[Request], Answer]]:
        """Return what can be switched on."""
        return {
            "401": lambda _: Answer.of_json(401, {"error": "token"}),
            "busy": lambda _: Answer.of_json(503, {"error": "busy"}),
            "refused": lambda _: Answer.of_json(422, {"error": "taste"}),
        }

    def broken(self, status: int) -> Answer:
        """Return a 5xx without a word."""
        return Answer(status)

    def unknown(self, request: Request) -> Answer:
        """Return a plain 404."""
        del request
        return Answer.of_json(404, {"error": "nothing here"})

    def published(self) -> Sequence[Published]:
        """Return what is out."""
        return [
            Published("rooms", "me", "me", f"p-{upload}", "post", request.at, text, None, API)
            for upload, (request, text) in self.posts.items()
            if upload not in self.spoiled
        ]

    def recognised(self, address: str) -> str | None:
        """Recognise nothing."""
        del address
        return None

    def _upload(self, request: Request) -> Answer:
        number = str(len(self.uploads) + 1)
        self.uploads[number] = request
        return Answer.of_json(200, {"upload": {"id": number, "key": f"hush-{number}"}, "more": 1})

    def _check(self, request: Request) -> Answer:
        made = self.uploads[request.params["id"]].at
        state = "expired" if request.at - made > HANDLE_LIVES else "fresh"
        return Answer.of_json(200, {"state": state})

    def _post(self, request: Request) -> Answer:
        body = request.json()
        if body["key"] != f"hush-{body['upload']}" or body["upload"] in self.posts:
            return Answer.of_json(422, {"error": "upload"})
        self.posts[body["upload"]] = (request, body["text"])
        return Answer.of_json(202, {"accepted": True})

    def _status(self, request: Request) -> Answer:
        upload = request.params["id"]
        if upload not in self.posts:
            return Answer.of_json(200, {"state": "unknown"})
        if upload in self.spoiled:
            return Answer.of_json(200, {"state": "failed"})
        self.asked[upload] = self.asked.get(upload, 0) + 1
        live = self.asked[upload] > self.polls
        return Answer.of_json(200, {"state": "live" if live else "processing", "id": f"p-{upload}"})


ROOMS_KIT = Kit(
    platform=Rooms(),
    emulator=lambda clock: RoomsEmulator(clock=clock),
    account=Account(
        name="me-rooms",
        platform="rooms",
        handle="me",
        project="p",
        timezone="UTC",
        client=None,
        app="rooms",
        communities={place.name: place for place in Rooms.places},
        default="room",
        rules=Rules(),
    ),
    parts=("Hello, room.",),
    publish="post",
)
