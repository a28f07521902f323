"""The refusals an emulated X can be told to give, in X's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from microcom.emulator.call import Answer, Request
from microcom.platforms.x.emulator.problems import problem

UNAUTHORIZED = problem(401, "Unauthorized", "Unauthorized")
FORBIDDEN = problem(403, "Forbidden", "Forbidden")
"""What a token without the scope is told."""

ENROLMENT = "https://developer.x.com/en/docs/projects/overview"


def too_many(headers: Mapping[str, str]) -> Answer:
    """Return the answer to a call beyond a limit."""
    return problem(429, "Too Many Requests", "Too Many Requests").with_headers(headers)


def _quarter(request: Request) -> Answer:
    """Refuse for a quarter of an hour."""
    reset = request.at + timedelta(minutes=15)
    return too_many(_family("x-rate-limit", 100, 0, int(reset.timestamp())))


def _day(request: Request) -> Answer:
    """Refuse for hours: the day's posts are used up while the quarter's are not."""
    soon, late = request.at + timedelta(minutes=15), request.at + timedelta(hours=6)
    window = _family("x-rate-limit", 100, 57, int(soon.timestamp()))
    day = _family("x-user-limit-24hour", 100, 0, int(late.timestamp()))
    return too_many({**window, **day})


def _family(name: str, limit: int, remaining: int, reset: int) -> dict[str, str]:
    return {
        f"{name}-limit": str(limit),
        f"{name}-remaining": str(remaining),
        f"{name}-reset": str(reset),
    }


def _always(answer: Answer) -> Callable[[Request], Answer]:
    return lambda _: answer


REFUSED: Mapping[str, Callable[[Request], Answer]] = {
    "401": _always(UNAUTHORIZED),
    "402": _always(
        problem(
            402,
            "CreditsDepleted",
            "Your enrolled account does not have any credits to fulfill this request.",
            "credits",
        )
    ),
    "429": _quarter,
    "daily-cap": _day,
    "suspended": _always(problem(403, "Forbidden", "User has been suspended.", "user-suspended")),
    "locked": _always(
        problem(403, "Forbidden", "Your account is temporarily locked. Please log in to unlock it.")
    ),
    "duplicate": _always(
        problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
    ),
    "forbidden": _always(
        problem(403, "Forbidden", "You are not permitted to perform this action.")
    ),
    "not-enrolled": _always(
        problem(
            403,
            "Client Forbidden",
            "This app is not attached to a Project.",
            "client-forbidden",
            reason="client-not-enrolled",
            required_enrollment="Appropriate Level of API Access",
            registration_url=ENROLMENT,
        )
    ),
    "new-refusal": _always(
        problem(403, "Forbidden", "A rule that nobody here has heard of.", "brand-new-rule")
    ),
}
