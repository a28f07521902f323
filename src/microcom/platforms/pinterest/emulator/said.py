"""How an emulated Pinterest words what it says: bodies, pages, refusals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from microcom.emulator.call import Answer, Refusal, Request

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue
    from microcom.platforms.pinterest.emulator.people import Board, Pin, Section

USUAL, MOST = 25, 250
CREATIVE = {"image": "REGULAR", "multiple_images": "CAROUSEL", "video": "VIDEO"}


def failure(status: int, code: int, message: str) -> Answer:
    """Return a refusal."""
    return Answer.of_json(status, {"code": code, "message": message})


def not_found(code: int, message: str) -> Answer:
    """Return that something is not there."""
    return failure(404, code, message)


def denied() -> Answer:
    """Return that somebody may not do this."""
    return failure(403, 29, "You are not permitted to access that resource.")


def page(request: Request, items: Sequence[JsonValue], taken: Collection[str]) -> Answer:
    """Return a page of a listing: ``bookmark`` names the next one, null after the last."""
    asked = dict(request.query)
    for key in asked.keys() - set(taken) - {"bookmark", "page_size"}:
        raise Refusal(failure(400, 1, f"Invalid request: {key} is not an allowed parameter."))
    size, start = asked.get("page_size", str(USUAL)), asked.get("bookmark", "b0")
    if not size.isdecimal() or not 1 <= int(size) <= MOST:
        raise Refusal(failure(400, 1, f"Invalid request: page_size is 1 to {MOST}."))
    if not start.startswith("b") or not start[1:].isdecimal():
        raise Refusal(failure(400, 1, "Invalid request: the bookmark is unknown."))
    first = int(start[1:])
    last = first + int(size)
    more = f"b{last}" if last < len(items) else None
    return Answer.of_json(200, {"items": list(items[first:last]), "bookmark": more})


def board_body(board: Board) -> dict[str, JsonValue]:
    """Return a board."""
    standing = [pin for pin in board.pins if not pin.deleted]
    return {
        "id": board.id,
        "name": board.name,
        "description": "",
        "privacy": "PUBLIC",
        "owner": {"username": board.owner},
        "pin_count": len(standing),
        "follower_count": 0,
        "collaborator_count": 0,
        "is_ads_only": False,
        "created_at": _naive(board.made),
    }


def section_body(section: Section) -> dict[str, JsonValue]:
    """Return a section."""
    return {"id": section.id, "name": section.name}


def pin_body(pin: Pin) -> dict[str, JsonValue]:
    """Return a pin; its time comes without an offset, as was seen live."""
    new = pin.new
    return {
        "id": pin.id,
        "created_at": _naive(pin.at),
        "title": new.title or None,
        "description": new.description or None,
        "link": new.link or None,
        "alt_text": new.alt or None,
        "board_id": pin.board.id,
        "board_section_id": None if pin.section is None else pin.section.id,
        "board_owner": {"username": pin.board.owner},
        "parent_pin_id": None,
        "is_owner": True,
        "is_standard": True,
        "has_been_promoted": False,
        "creative_type": CREATIVE[new.shows],
        "media": {"media_type": new.shows},
    }


def _naive(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _always(answer: Answer) -> Callable[[Request], Answer]:
    return lambda _: answer


REFUSED: Mapping[str, Callable[[Request], Answer]] = {
    "401": _always(failure(401, 2, "Authentication failed.")),
    "scope": _always(failure(401, 3, "Missing: ['pins:write']")),
    "429": _always(
        failure(429, 8, "You have exceeded your rate limit. Try again later.").with_headers(
            {"x-ratelimit-limit": "100, 100;w=1", "x-ratelimit-reset": "30"}
        )
    ),
    "spam": _always(failure(400, 9, "You've hit a block (Pins) we have in place to combat spam.")),
    "spam-with-429": _always(failure(429, 429, "This was blocked as spam.")),
    "trial": _always(
        failure(
            403,
            29,
            "Apps with Trial access may not create Pins in production. Use the API Sandbox.",
        )
    ),
    "business": _always(failure(403, 403, "PINNER_DATA_ACCESS_DENIED")),
    "no-board": _always(failure(404, 40, "Board not found.")),
    "busy": _always(failure(409, 409, "No exclusive access to the board.")),
    "invalid": _always(failure(400, 1, "Invalid request: 'x' is not valid.")),
}
