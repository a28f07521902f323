"""Every refusal that X, Pinterest and TikTok are known to give, each with what follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conformance.kits import X_KIT
from tests.conformance.pinterest_kit import PINTEREST_KIT
from tests.conformance.tiktok_kit import TIKTOK_SHORT_KIT
from tests.delivery.meddling import Aim, marks, meddled, says

from microcom.core.delivery import State
from microcom.errors import (
    NeedsLogin,
    Outdated,
    OutOfCredit,
    Rejected,
    SpamBlocked,
    TokenExpired,
    Transient,
)
from microcom.platforms.pinterest.explain import ROWS as PINTEREST_ROWS
from microcom.platforms.tiktok.explain import INVALID, PLAIN, RESTING
from microcom.platforms.x.refusals import ROWS, Row
from microcom.testing.stage import Kit, Stage, stages

PROBLEMS = "https://api.x.com/2/problems"
LAPSED = "has lapsed, and it is not one that can be renewed."
PARKS = (NeedsLogin, TokenExpired, SpamBlocked)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal as it comes: status and body, the error it is, and our words for it."""

    name: str
    status: int
    body: object
    error: object
    words: str

    @property
    def told(self) -> str:
        """Return what a person reads: of a token that cannot be renewed, just that."""
        return LAPSED if self.error is TokenExpired else self.words


def problem(detail: str, kind: str = "about:blank") -> dict[str, object]:
    """Return a problem document of X."""
    return {"title": "Forbidden", "detail": detail, "type": kind, "status": 403}


def of_x(row: Row) -> Iterator[Refusal]:
    """Yield a row of X's table as a type, as a code of the first API and as a sentence."""
    status = 402 if row.error is OutOfCredit else 403
    bodies: dict[str, object] = {
        **{one: problem("No.", f"{PROBLEMS}/{one}") for one in row.segments[:1]},
        **{str(one): {"errors": [{"code": one, "message": "No."}]} for one in row.codes[:1]},
        **{one: problem(f"Well: {one}.") for one in row.phrases[:1]},
    }
    for name, body in bodies.items():
        yield Refusal(f"{row.code}-{name}", status, body, row.error, row.message)


def of_tiktok(code: str, error: object, words: str) -> Refusal:
    """Return a refusal of TikTok's."""
    body = {"error": {"code": code, "message": "No.", "log_id": "2026112312"}}
    return Refusal(code, 403, body, error, words)


X_REFUSALS = [
    *(refusal for row in ROWS for refusal in of_x(row)),
    Refusal("unknown", 403, problem("A rule of 2030."), Rejected, 'It says: "A rule of 2030."'),
    Refusal("bare", 403, problem("Forbidden"), NeedsLogin, "The token lacks a right"),
    Refusal("client", 403, problem("?", f"{PROBLEMS}/client-forbidden"), Rejected, "not in a pack"),
    Refusal("gone", 404, problem("?", f"{PROBLEMS}/resource-not-found"), Rejected, "does not find"),
]
PINTEREST_REFUSALS = [
    *(
        Refusal(str(code), 403, {"code": code, "message": "No."}, error, words)
        for code, (error, words, _) in PINTEREST_ROWS.items()
        if error is not Outdated
    ),
    Refusal("spam-9", 400, {"code": 9, "message": "A block (Pins)."}, SpamBlocked, "blocked"),
    Refusal("spam-429", 429, {"code": 429, "message": "It is spam"}, SpamBlocked, "blocked"),
    Refusal("spam-403", 403, {"code": 403, "message": "Blocked as SPAM"}, SpamBlocked, "blocked"),
    Refusal("trial", 403, {"code": 29, "message": "Trial access"}, Rejected, "trial access"),
    Refusal(
        "business", 403, {"code": 403, "message": "PINNER_DATA_ACCESS_DENIED"}, Rejected, "business"
    ),
    Refusal("new", 403, {"code": 777, "message": "Brand new."}, Rejected, '"Brand new."'),
    Refusal("401", 401, {"code": 777, "message": "Who?"}, TokenExpired, "does not accept"),
]
TIKTOK_REFUSALS = [
    *(
        of_tiktok(code, error, words)
        for code, (error, words, _) in PLAIN.items()
        if error is not Transient
    ),
    *(of_tiktok(code, SpamBlocked, words) for code, (words, _) in RESTING.items()),
    *(of_tiktok(code, Rejected, "as wrong in itself") for code in sorted(INVALID)),
    of_tiktok("brand_new_rule", Rejected, "TikTok refuses it: brand_new_rule."),
]


def names(refusals: list[Refusal]) -> list[str]:
    """Return what the refusals are called."""
    return [one.name for one in refusals]


def refused(kit: Kit, folder: Path, aim: Aim, refusal: Refusal) -> None:
    """Let a call be refused, and hold against the kind of refusal what is left of it."""
    with stages(kit, folder) as make:
        stage = make()
        answer = says(stage, refusal.status, refusal.body)
        meddled(stage).instead.append((aim, answer))
        delivery = stage.queue()
        stage.work()
        called = len(stage.wire.calls)
        assert aim.met == 1
        assert set(marks(stage, delivery)) <= {"refused"}
        stops = stage.store.accounts.stops()
        ended = stage.now(delivery)
        if refusal.error in PARKS or refusal.error is OutOfCredit:
            assert ended.state is State.QUEUED
            (stop,) = stops
            assert stop.scope == ("app" if refusal.error is OutOfCredit else "account")
            assert refusal.told in stop.reason
            rests = refusal.error is SpamBlocked
            assert stop.until == (stage.clock.now() + timedelta(days=1) if rests else None)
        else:
            assert (ended.state, stops) == (State.FAILED, [])
            assert refusal.told in (ended.reason or "")
        stage.clock.sleep(3600)
        stage.work()
        assert len(stage.wire.calls) == called, "nothing more leaves by itself"
        assert stage.published() == []


@pytest.mark.parametrize("refusal", X_REFUSALS, ids=names(X_REFUSALS))
def test_a_refusal_of_x(tmp_path: Path, refusal: Refusal) -> None:
    """Content is refused for good, a login or an app is stopped; one call left, nothing is out."""
    refused(X_KIT, tmp_path, Aim(), refusal)


@pytest.mark.parametrize("refusal", PINTEREST_REFUSALS, ids=names(PINTEREST_REFUSALS))
def test_a_refusal_of_pinterest(tmp_path: Path, refusal: Refusal) -> None:
    """Content is refused for good, a login is stopped, spam rests a day; nothing is out."""
    refused(PINTEREST_KIT, tmp_path, Aim(path="/v5/pins"), refusal)


@pytest.mark.parametrize("refusal", TIKTOK_REFUSALS, ids=names(TIKTOK_REFUSALS))
def test_a_refusal_of_tiktok(tmp_path: Path, refusal: Refusal) -> None:
    """What TikTok refuses when it is announced is not sent: no chunk leaves, nothing is out."""
    refused(TIKTOK_SHORT_KIT, tmp_path, Aim(path="/video/init/"), refusal)


def test_a_refusal_in_the_middle_keeps_what_is_out(stage: Stage) -> None:
    """A thread whose second part is refused is partial: its first part is told with its link."""
    meddled(stage).instead.append((Aim(nth=2), says(stage, 403, problem("A rule of 2030."))))
    delivery = stage.queue("One", "Two", "Three")
    ended = stage.play(delivery)
    assert (ended.state, stage.published(), stage.sends()) == (State.PARTIAL, ["One"], 2)
    assert marks(stage, delivery) == ["answered", "refused"]
    assert "A rule of 2030." in (ended.reason or "")
