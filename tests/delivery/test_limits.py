"""Limits that can be foreseen: a full queue spends its allowance, and is never told to wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests.conformance.kits import X_KIT, X_MEDIA_KIT
from tests.conformance.pinterest_kit import PINTEREST_KIT
from tests.conformance.tiktok_kit import TIKTOK_SHORT_KIT
from tests.delivery.meddling import Aim, meddled, reason, roomy, says
from tests.delivery.test_faults_limits import TOO_MANY

from microcom.core.bodies import Json
from microcom.core.delivery import State
from microcom.core.limit import Left, Limit
from microcom.core.post import Snapshot
from microcom.core.steps import Call, Effect
from microcom.store.allowance import Payer, SpentError
from microcom.store.times import micros
from microcom.testing.stage import NOON, TOKEN, DyingWire, Keep, Kit, Stage, stages

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
POSTS = Limit("posts", 3, MINUTE)
SLIDING = Limit("uploads", 3, MINUTE, slides=True)
UNKNOWN = Limit("posts of the app", None, DAY, per_app=True)

A_POST = Call(
    name="post:0",
    method="POST",
    url="https://api.x.com/2/tweets",
    effect=Effect.PUBLISH,
    body=Json({"text": "One"}),
)


@dataclass
class Ear(DyingWire):
    """A wire that notes what was answered."""

    stage: Stage
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        emulator = self.stage.emulator
        super().__init__(dict.fromkeys((*emulator.hosts, *emulator.sites), emulator))
        self.die = lambda: self.stage.store.close()  # noqa: PLW0108 - the store of that moment

    def _carried(
        self, app: httpx.WSGITransport, request: httpx.Request, fault: str | None
    ) -> httpx.Response:
        response = super()._carried(app, request, fault)
        self.answers.append(response.status_code)
        return response


def two_work(stage: Stage, most: int = 200) -> None:
    """Let two workers, each with a connection of its own, take turns until nothing is left."""
    stores = [stage.store, stage.opened()]
    for turn in range(most):
        stage.store = stores[turn % 2]
        stage.work()
        wake = stage.store.lanes.next_wake()
        if wake is None:
            return
        stage.clock.reach(wake)


CASES: Mapping[str, tuple[Kit, int, int, str, timedelta]] = {
    "x": (X_KIT, 104, 100, "x takes 100 posts in 15 minutes", timedelta(minutes=15)),
    "pinterest": (PINTEREST_KIT, 104, 100, "pinterest takes 100 writes a minute", MINUTE),
    "tiktok": (TIKTOK_SHORT_KIT, 14, 6, "tiktok takes 6 posts announced a minute", MINUTE),
}
LITTLE = timedelta(minutes=1)
"""What is waited beyond a window, what late posts are apart, and what a video takes."""


@pytest.mark.parametrize(
    ("name", "ahead"), [("x", 0), ("x", 300), ("pinterest", -40), ("tiktok", 0)]
)
def test_a_full_queue_spends_its_allowance(name: str, ahead: int, tmp_path: Path) -> None:
    """Two workers use a window up and wait for the next, whatever the clocks say: never a 429."""
    kit, count, most, words, span = CASES[name]
    with stages(roomy(kit), tmp_path) as make:
        stage = make(ahead=timedelta(minutes=ahead))
        stage.wire = ear = Ear(stage)
        began = stage.clock.now()
        queued = [stage.queue(f"Text {number}") for number in range(count)]
        stage.work()
        assert len(stage.published()) == most
        waiting = [stage.now(one) for one in queued[most:]]
        assert {(one.state, one.tries) for one in waiting} == {(State.QUEUED, 0)}
        assert words in (waiting[0].reason or "")
        two_work(stage)
        assert {stage.now(one).state for one in queued} == {State.PUBLISHED}
        assert len(set(stage.published())) == count
        assert 429 not in ear.answers
        turns = -(-count // most) - 1
        assert turns * span < stage.clock.now() - began < turns * (span + LITTLE)


def test_an_allowance_outlives_the_process(tmp_path: Path) -> None:
    """A worker that begins anew knows what was spent before: it asks for nothing beyond."""
    with stages(roomy(X_KIT), tmp_path) as make:
        stage = make()
        stage.wire = ear = Ear(stage)
        for number in range(60):
            stage.queue(f"Text {number}")
        stage.work()
        stage.store.close()
        stage.rise()
        for number in range(60, 120):
            stage.queue(f"Text {number}")
        stage.work()
        assert (len(stage.published()), stage.sends()) == (100, 100)
        assert 429 not in ear.answers


def test_what_others_spend_is_learned(tmp_path: Path) -> None:
    """Where another program uses the same login, replies tell what is left: it is kept to."""
    with stages(roomy(X_KIT), tmp_path) as make:
        stage = make()
        stage.queue("One")
        stage.work()
        for _ in range(95):
            spend_elsewhere(stage)
        stage.wire = ear = Ear(stage)
        queued = [stage.queue(f"Text {number}") for number in range(10)]
        stage.work()
        assert (len(stage.published()), stage.sends()) == (5, 4)
        assert 429 not in ear.answers
        two_work(stage)
        assert {stage.now(one).state for one in queued} == {State.PUBLISHED}
        assert 429 not in ear.answers


def spend_elsewhere(stage: Stage) -> None:
    """Make a call of the login as another program does: one that X refuses, and counts."""
    with httpx.Client(transport=httpx.WSGITransport(app=stage.emulator)) as client:
        headers = {"authorization": f"Bearer {TOKEN}"}
        client.post("https://api.x.com/2/tweets", json={"text": ""}, headers=headers)


def test_what_could_not_be_foreseen(stage: Stage) -> None:
    """A 429 out of the blue is waited out as ever; what it says of the app, its others know too."""
    told = {"limit": "100", "remaining": "0"}
    reset = str(int(stage.clock.now().timestamp()) + 3600)
    headers = {f"x-app-limit-24hour-{name}": value for name, value in told.items()}
    headers["x-app-limit-24hour-reset"] = reset
    meddled(stage).instead.append((Aim(), says(stage, 429, TOO_MANY, headers)))
    delivery = stage.queue("One")
    stage.work()
    assert reason(stage, delivery) == "X asks to wait until 13:00 UTC."
    other, limits = Payer("real x another", "x x"), stage.kit.platform.limits(A_POST)
    with pytest.raises(SpentError) as spent:
        stage.store.allowances.take(other, limits)
    assert spent.value.until - stage.clock.now() == timedelta(hours=1, seconds=2)
    stage.store.allowances.take(Payer("real x third", "x other"), [UNKNOWN])
    assert stage.play(delivery).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["One"], 2)


def test_one_app_pays_for_its_logins(stage: Stage) -> None:
    """Two logins of one app spend one allowance, each from a connection of its own."""
    limit = Limit("posts of the app", 3, DAY, per_app=True)
    taken = [
        (store, Payer(lane, "x app"))
        for store, lane in ((stage.store, "one"), (stage.opened(), "two"), (stage.store, "one"))
    ]
    for store, payer in taken:
        store.allowances.take(payer, [limit])
    with pytest.raises(SpentError):
        stage.opened().allowances.take(Payer("four", "x app"), [limit])
    stage.store.allowances.take(Payer("four", "x other"), [limit])


@pytest.mark.parametrize("limit", [POSTS, SLIDING], ids=["from the first", "from the last"])
def test_when_a_window_turns(stage: Stage, limit: Limit) -> None:
    """A span begins with its first call; one that slides is over when its last one is."""
    allowances, payer = stage.store.allowances, Payer("lane", "app")
    for _ in range(3):
        allowances.take(payer, [limit])
        stage.clock.sleep(20)
    with pytest.raises(SpentError) as spent:
        allowances.take(payer, [limit])
    last = 40 if limit.slides else 0
    assert spent.value.until == NOON + timedelta(seconds=last + 60 + 5)
    stage.clock.reach(spent.value.until)
    for _ in range(3):
        allowances.take(payer, [limit])
    with pytest.raises(SpentError):
        allowances.take(payer, [limit])


def test_all_or_nothing(stage: Stage) -> None:
    """A call that one of its limits has no room for costs the others nothing."""
    allowances, payer = stage.store.allowances, Payer("lane", "app")
    for _ in range(3):
        allowances.take(payer, [SLIDING])
    for _ in range(5):
        with pytest.raises(SpentError, match="no uploads left"), stage.store.db.transaction():
            allowances.take(payer, [POSTS, SLIDING])
    for _ in range(3):
        allowances.take(payer, [POSTS])


def test_a_clock_that_was_set_back(stage: Stage) -> None:
    """A window that ends later than any can is over: nobody waits for a clock that was wrong."""
    allowances, payer = stage.store.allowances, Payer("lane", "app")
    for _ in range(3):
        allowances.take(payer, [POSTS])
    stage.clock.sleep(-7200)
    allowances.take(payer, [POSTS])


def test_a_slow_call_counts_when_it_arrived(stage: Stage) -> None:
    """A sliding span ends so long after the answer as the platform counts it, not our sending."""
    allowances, payer = stage.store.allowances, Payer("lane", "app")
    for _ in range(3):
        allowances.take(payer, [SLIDING])
    allowances.learn(payer, [SLIDING], {}, NOON + timedelta(seconds=25))
    with pytest.raises(SpentError) as spent:
        allowances.take(payer, [SLIDING])
    assert spent.value.until == NOON + timedelta(seconds=25 + 60 + 2)


def test_replies_correct_and_never_enlarge(stage: Stage) -> None:
    """Of what we count and what a reply tells the smaller holds, until the time that it tells."""
    allowances, payer = stage.store.allowances, Payer("lane", "app")
    allowances.take(payer, [POSTS])
    soon = NOON + timedelta(seconds=30)
    allowances.learn(payer, [POSTS], {"posts": Left(2, soon)}, NOON)
    allowances.take(payer, [POSTS])
    allowances.learn(payer, [POSTS], {"posts": Left(2, soon)}, NOON)
    allowances.take(payer, [POSTS])
    with pytest.raises(SpentError) as spent:
        allowances.take(payer, [POSTS])
    assert spent.value.until == soon + timedelta(seconds=2)
    stage.clock.reach(soon + timedelta(seconds=2))
    allowances.learn(payer, [POSTS], {"posts": Left(0, soon)}, NOON)
    allowances.take(payer, [POSTS])


def test_a_foreseen_wait_counts_no_try(clip: Stage) -> None:
    """Six announcements a minute: the seventh waits without a try lost, and does not leave."""
    payer = Payer(clip.store.db.value("SELECT lane FROM account"), "tiktok tok")
    announced = Limit("posts announced", 6, MINUTE, slides=True)
    for _ in range(6):
        clip.store.allowances.take(payer, [announced])
    delivery = clip.queue()
    clip.work()
    waiting = clip.now(delivery)
    assert (waiting.state, waiting.tries, len(clip.wire.calls)) == (State.QUEUED, 0, 1)
    assert waiting.reason == (
        "tiktok takes 6 posts announced a minute, and that is used up: it goes on at 12:01 UTC."
    )
    assert clip.play(delivery).state is State.PUBLISHED


def test_settling_waits_for_its_allowance(stage: Stage) -> None:
    """A look that there is no allowance for is made later; the doubt stays what it is."""
    stage.wire.arm("lost_reply", method="POST")
    delivery = stage.queue("One")
    stage.work()
    looks = Limit("looks at the timeline", 900, timedelta(minutes=15))
    payer = Payer(delivery.lane, "x x")
    stage.store.allowances.learn(payer, [looks], {looks.bucket: Left(0, NOON + 5 * MINUTE)}, NOON)
    left = len(stage.wire.calls)
    stage.clock.sleep(20)
    stage.work()
    assert (stage.now(delivery).state, len(stage.wire.calls)) == (State.IN_DOUBT, left)
    assert "could not look: x takes 900 looks at the timeline" in reason(stage, delivery)
    assert stage.play(delivery).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["One"], 1)


def test_a_look_that_is_made_again_counts_again(clip: Stage) -> None:
    """Each time that a call got no answer and is made again it is counted; beyond is beyond."""
    payer = Payer(clip.store.db.value("SELECT lane FROM account"), "tiktok tok")
    asked = Limit("looks at what an account may", 20, MINUTE, slides=True)
    for _ in range(18):
        clip.store.allowances.take(payer, [asked])
    clip.wire.arm("lost_reply", path="/creator_info/query/", count=9)
    delivery = clip.queue()
    clip.work()
    waiting = clip.now(delivery)
    assert (waiting.state, waiting.tries, len(clip.wire.calls)) == (State.QUEUED, 0, 2)
    assert "20 looks at what an account may a minute" in (waiting.reason or "")
    clip.wire.clear()
    assert clip.play(delivery).state is State.PUBLISHED


def test_what_is_prepared_holds_up_nothing_that_is_due(tmp_path: Path) -> None:
    """Uploads for later that there is no room for wait by themselves: a due text goes out."""
    kit = replace(X_MEDIA_KIT, content=pictured_if_long)
    with stages(kit, tmp_path) as make:
        stage = make()
        later = stage.queue(*kit.parts, due=NOON + 9 * MINUTE)
        stage.store.db.run("UPDATE delivery SET wake_at = :now", now=micros(NOON))
        stage.store.lanes.wake(later.lane, micros(NOON))
        uploads = Limit("uploads", 500, timedelta(minutes=15))
        left = {uploads.bucket: Left(0, NOON + 5 * MINUTE)}
        stage.store.allowances.learn(Payer(later.lane, "x x"), [uploads], left, NOON)
        stage.work()
        waiting = stage.now(later)
        assert (waiting.state, waiting.tries) == (State.QUEUED, 0)
        assert "x takes 500 uploads in 15 minutes" in (waiting.reason or "")
        due = stage.queue("Short")
        stage.work()
        assert (stage.now(due).state, stage.published()) == (State.PUBLISHED, ["Short"])
        assert stage.play(later).state is State.PUBLISHED


def pictured_if_long(parts: tuple[str, ...], keep: Keep) -> Snapshot:
    """Return a thread with pictures, or one text without any."""
    return X_MEDIA_KIT.content(parts, keep) if len(parts) > 1 else Snapshot(parts)
