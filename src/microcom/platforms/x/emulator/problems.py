"""How an emulated X words what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.emulator.call import Answer

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue

PROBLEMS = "https://api.x.com/2/problems"
BLANK = "about:blank"


def problem(status: int, title: str, detail: str, kind: str = BLANK, **more: JsonValue) -> Answer:
    """Return a problem document; ``kind`` is the last segment of its type."""
    where = kind if kind == BLANK else f"{PROBLEMS}/{kind}"
    body = {"title": title, "detail": detail, "type": where, "status": status, **more}
    return Answer.of_json(status, body, "application/problem+json")


def invalid(parameter: str, value: str, message: str) -> Answer:
    """Return the refusal of a request that is wrong in itself."""
    listed = [{"parameters": {parameter: [value]}, "message": message}]
    detail = "One or more parameters to your request was invalid."
    body = {
        "errors": listed,
        "title": "Invalid Request",
        "detail": detail,
        "type": f"{PROBLEMS}/invalid-request",
    }
    return Answer.of_json(400, body, "application/problem+json")


def not_found(kind: str, parameter: str, value: str) -> dict[str, JsonValue]:
    """Return what a 200 says of something that is not there."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{PROBLEMS}/resource-not-found",
    }
