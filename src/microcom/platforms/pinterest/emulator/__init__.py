"""A Pinterest on this machine: boards, sections, pins, video uploads, and its refusals.

Rules and wording: OpenAPI 5.23 with the changes up to 5.28 (2026), help.pinterest.com, and what
others met (the threads are named in ``explain.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from microcom.emulator import Emulator, Published, Shown
from microcom.emulator.call import Answer, Refusal, Request, Route
from microcom.platforms.pinterest import addresses
from microcom.platforms.pinterest.emulator.oauth import DIALECT
from microcom.platforms.pinterest.emulator.people import Board, People, Person, Pin
from microcom.platforms.pinterest.emulator.request import json_object, new_pin
from microcom.platforms.pinterest.emulator.said import (
    REFUSED,
    board_body,
    denied,
    failure,
    not_found,
    page,
    pin_body,
    section_body,
)
from microcom.platforms.pinterest.emulator.uploads import FORM_LARGEST, Uploads
from microcom.platforms.pinterest.emulator.windows import Windows

BOARDS = frozenset({"boards:read"})
PINS = frozenset({"boards:read", "pins:read"})
WRITE = frozenset({"boards:read", "boards:write", "pins:read", "pins:write"})
MEDIA = frozenset({"pins:read", "pins:write"})
PERSON = frozenset({"user_accounts:read"})
LARGEST_PIN = 150_000_000
"""Five pictures of 20 MB in base64; Pinterest's own limit is not documented."""
V5 = "/v5"


class PinterestEmulator(Emulator):
    """Pinterest's API version 5 as far as pins need it."""

    name = "pinterest"
    hosts = ("api.pinterest.com", "pinterest-media-upload.s3-accelerate.amazonaws.com")
    sites = ("www.pinterest.com", "pinterest.com")
    dialect = DIALECT

    def furnish(self) -> None:
        """Make what the service keeps."""
        self.people = People(self.digest)
        self.uploads = Uploads(self.blobs, self.probe, self.digest)
        self._windows = Windows()
        self.pinners: set[str] = set()

    def endpoints(self) -> Iterable[Route]:
        """Return the endpoints."""
        board = f"{V5}/boards/{{board}}"
        return (
            Route("user_account", "GET", f"{V5}/user_account", self._account),
            Route("boards", "GET", f"{V5}/boards", self._boards),
            Route("board", "GET", board, self._board),
            Route("sections", "GET", f"{board}/sections", self._sections),
            Route("board_pins", "GET", f"{board}/pins", self._board_pins, lists=True),
            Route(
                *("section_pins", "GET", f"{board}/sections/{{section}}/pins"),
                self._section_pins,
                lists=True,
            ),
            Route("create_pin", "POST", f"{V5}/pins", self._create, largest=LARGEST_PIN),
            Route("pins", "GET", f"{V5}/pins", self._pins),
            Route("pin", "GET", f"{V5}/pins/{{pin}}", self._pin),
            Route("delete_pin", "DELETE", f"{V5}/pins/{{pin}}", self._delete),
            Route("register", "POST", f"{V5}/media", self._register),
            Route("media", "GET", f"{V5}/media/{{media}}", self._media),
            Route("upload", "POST", "/", self._upload, largest=FORM_LARGEST),
        )

    def refusals(self) -> Mapping[str, Callable[[Request], Answer]]:
        """Return the refusals that can be switched on."""
        return REFUSED

    def broken(self, status: int) -> Answer:
        """Return a 5xx in Pinterest's words."""
        return failure(status, status, "Something went wrong on our end. Sorry about that.")

    def unknown(self, request: Request) -> Answer:
        """Return Pinterest's answer to a path that does not exist."""
        return failure(404, 404, f"Not found: {request.path}")

    def published(self) -> Sequence[Published]:
        """Return every pin there was."""
        return [
            Published(
                platform=self.name,
                account=pin.author.account,
                user=pin.author.username,
                remote_id=pin.id,
                kind="pin",
                at=pin.at,
                text=pin.new.description,
                in_reply_to=None,
                url=addresses.pin(pin.id),
                by_hand=pin.by_hand,
                deleted=pin.deleted,
                title=pin.new.title,
                link=pin.new.link,
                place=pin.place,
                media=tuple(Shown(sha256, mime, pin.new.alt) for sha256, mime in pin.new.files),
                labels=("AI modified",) if pin.new.ai else (),
            )
            for pin in self.people.pins.values()
        ]

    def recognised(self, address: str) -> str | None:
        """Return the id of the pin at an address."""
        return addresses.recognised(address)

    def person(self, account: str) -> Person:
        """Return an account's person, made with a few boards when it is first asked for."""
        return self.people.of_account(account, self.clock())

    # --- endpoints ----------------------------------------------------------------------------

    def _account(self, request: Request) -> Answer:
        person, headers = self._enter(request, "org_read", PERSON)
        body = {
            "id": person.id,
            "username": person.username,
            "account_type": "PINNER" if person.account in self.pinners else "BUSINESS",
            "business_name": person.username.replace("_", " ").title(),
            "board_count": len(person.boards),
            "pin_count": len(person.pins),
            "profile_image": f"{addresses.WEB}/{person.username}.jpg",
            "website_url": "",
        }
        return Answer.of_json(200, body).with_headers(headers)

    def _boards(self, request: Request) -> Answer:
        person, headers = self._enter(request, "org_read", BOARDS)
        items = [board_body(board) for board in person.boards]
        return page(request, items, {"privacy", "ad_account_id"}).with_headers(headers)

    def _board(self, request: Request) -> Answer:
        person, headers = self._enter(request, "org_read", BOARDS)
        return Answer.of_json(200, board_body(_board(person, request))).with_headers(headers)

    def _sections(self, request: Request) -> Answer:
        person, headers = self._enter(request, "org_read", BOARDS)
        items = [section_body(one) for one in _board(person, request).sections]
        return page(request, items, {"ad_account_id"}).with_headers(headers)

    def _board_pins(self, request: Request) -> Answer:
        person, headers = self._enter(request, "org_read", PINS)
        board = _board(person, request)
        shown = self._veiled(request, [pin for pin in board.pins if not pin.deleted])
        taken = {"ad_account_id", "creative_types", "pin_metrics"}
        return page(request, [pin_body(pin) for pin in shown], taken).with_headers(headers)

    def _section_pins(self, request: Request) -> Answer:
        person, headers = self._enter(request, "org_read", PINS)
        board = _board(person, request)
        section = next((one for one in board.sections if one.id == request.params["section"]), None)
        if section is None:
            raise Refusal(not_found(2031, "Board section not found."))
        own = [pin for pin in board.pins if pin.section is section and not pin.deleted]
        items = [pin_body(pin) for pin in self._veiled(request, own)]
        return page(request, items, {"ad_account_id"}).with_headers(headers)

    def _create(self, request: Request) -> Answer:
        person, headers = self._enter(request, "org_write", WRITE)
        wanted = new_pin(request, self.uploads, self.blobs, self.probe)
        board = person.board(wanted.board)
        if board is None:
            raise Refusal(not_found(40, "Board not found."))
        section = None
        if wanted.section is not None:
            section = next((one for one in board.sections if one.id == wanted.section), None)
            if section is None:
                raise Refusal(not_found(2031, "Board section not found."))
        made = self.people.pin(person, board, section, wanted, request.at)
        return Answer.of_json(201, pin_body(made)).with_headers(headers)

    def _pins(self, request: Request) -> Answer:
        person, headers = self._enter(request, "org_read", PINS)
        own = [pin_body(pin) for pin in reversed(person.pins) if not pin.deleted]
        taken = {"ad_account_id", "pin_filter", "pin_type", "include_protected_pins"}
        return page(request, own, taken).with_headers(headers)

    def _pin(self, request: Request) -> Answer:
        _, headers = self._enter(request, "org_read", PINS)
        return Answer.of_json(200, pin_body(self._found(request))).with_headers(headers)

    def _delete(self, request: Request) -> Answer:
        person, headers = self._enter(request, "org_write", WRITE)
        pin = self._found(request)
        if pin.author is not person:
            raise Refusal(denied())
        pin.deleted = True
        return Answer(204).with_headers(headers)

    def _register(self, request: Request) -> Answer:
        person, headers = self._enter(request, "org_write", MEDIA)
        body = json_object(request)
        if body != {"media_type": "video"}:
            raise Refusal(failure(400, 1, "Invalid request: media_type must be video."))
        upload = self.uploads.register(person.account, request.at)
        answer = Answer.of_json(201, upload.registered(f"https://{self.hosts[1]}/"))
        return answer.with_headers(headers)

    def _media(self, request: Request) -> Answer:
        person, headers = self._enter(request, "org_read", MEDIA)
        upload = self.uploads.of(person.account, request.params["media"])
        if upload is None:
            raise Refusal(failure(404, 404, "Media upload not found."))
        body = {"media_id": upload.id, "media_type": "video", "status": upload.asked()}
        return Answer.of_json(200, body).with_headers(headers)

    def _upload(self, request: Request) -> Answer:
        return self.uploads.upload(request)

    # --- rules --------------------------------------------------------------------------------

    def _enter(
        self, request: Request, category: str, scopes: frozenset[str]
    ) -> tuple[Person, dict[str, str]]:
        """Return who calls and what Pinterest says about its limits; refuse who may not."""
        grant = self.holder(request)
        if grant is None:
            raise Refusal(failure(401, 2, "Authentication failed."))
        if grant.scopes is not None and not scopes <= grant.scopes:
            missing = ", ".join(sorted(scopes - grant.scopes))
            raise Refusal(failure(401, 3, f"Missing: {missing}"))
        within, headers = self._windows.hit(category, grant.account, request.at)
        headers["x-pinterest-rid"] = self.digest(grant.account, request.at.isoformat())[:16]
        if not within:
            answer = failure(429, 8, "You have exceeded your rate limit. Try again later.")
            raise Refusal(answer.with_headers(headers))
        return self.people.of_account(grant.account, request.at), headers

    def _found(self, request: Request) -> Pin:
        pin = self.people.pins.get(request.params["pin"])
        if pin is None or pin.deleted:
            raise Refusal(not_found(50, "Pin not found."))
        return pin

    def _veiled(self, request: Request, pins: list[Pin]) -> list[Pin]:
        """Return the pins that a listing shows, newest first: late or none if a fault says so."""
        veil = request.veil
        newest = pins[::-1]
        if veil is None:
            return newest
        if veil.kind == "empty":
            return []
        return [pin for pin in newest if (request.at - pin.at).total_seconds() >= veil.seconds]


def _board(person: Person, request: Request) -> Board:
    board = person.board(request.params["board"])
    if board is None:
        raise Refusal(not_found(40, "Board not found."))
    return board


emulator = PinterestEmulator
