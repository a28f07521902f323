"""Holes 7, 19 and 20: people who change their minds, what holds a lane up, names of one login."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.kits import X_KIT, X_MEDIA_KIT
from tests.delivery.meddling import Aim, marks, meddled
from tests.runner.signing import agreed, log_in, with_app

from microcom.core.account import Rules
from microcom.core.bodies import Json
from microcom.core.capability import Ceiling
from microcom.core.config import Config
from microcom.core.delivery import State
from microcom.core.login import AppKind, Credential, Identity, Tokens
from microcom.core.passage import Fresh
from microcom.core.post import Snapshot
from microcom.core.steps import Call, Effect
from microcom.core.target import Target
from microcom.platforms.tiktok.emulator import TikTokEmulator
from microcom.platforms.x.emulator import XEmulator
from microcom.runner.http import Http, SilenceError
from microcom.runner.sandbox import of_platforms, serve
from microcom.runner.worker import Holder, Worker
from microcom.store.accounts import Known
from microcom.testing.proxy import Proxy
from microcom.testing.stage import TOKEN, Kit, Stage, stages

PARTS = ("One", "Two", "Three")
TWEETS: Mapping[str, Any] = {"method": "POST", "path": "/2/tweets"}


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[Stage]:
    """Return X's account, whose posts have uploads before them."""
    with stages(X_MEDIA_KIT, tmp_path) as make:
        yield make()


def ceilinged(hour: int) -> Kit:
    """Return X's kit with an account that may post so often in an hour."""
    rules, account = Rules(ceiling=Ceiling(hour, 9)), X_KIT.account
    places = {name: replace(place, rules=rules) for name, place in account.communities.items()}
    return replace(X_KIT, account=replace(account, rules=rules, communities=places))


# --- 7: published after "cancelled" ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("decide", "state"),
    [
        (lambda stage, one: stage.store.people.cancel(stage.now(one)), State.CANCELLED),
        (lambda stage, _: stage.store.accounts.park("acme-x", "no", by_person=True), State.QUEUED),
        (lambda stage, _: stage.store.accounts.park_app("x", "no", by_person=True), State.QUEUED),
    ],
    ids=["cancel", "pause", "pause-app"],
)
def test_hole_07_a_decision_while_the_worker_uploads(
    pictures: Stage, decide: Callable[..., object], state: State
) -> None:
    """What a person was told while files went up holds: no post leaves after it."""
    wire = meddled(pictures)
    delivery = pictures.queue()
    wire.after.append((Aim(path="/2/media/upload"), lambda: decide(pictures, delivery)))
    ended = pictures.play(delivery)
    assert (ended.state, pictures.published(), pictures.sends()) == (state, [], 0)
    assert marks(pictures, delivery) == []


def test_hole_07_a_cancel_that_is_too_late_says_so(stage: Stage) -> None:
    """A thread that is leaving is told to stop, the person that it is leaving; no part follows."""
    wire = meddled(stage)
    delivery = stage.queue(*PARTS)
    said: list[str] = []

    def cancel() -> None:
        said.append(stage.store.people.cancel(stage.now(delivery)).said)

    wire.after.append((Aim(**TWEETS), cancel))
    ended = stage.play(delivery)
    assert said == ["too late to cancel: it is leaving now and stops before its next part"]
    assert (ended.state, ended.reason) == (State.PARTIAL, "cancelled")
    assert (stage.published(), stage.sends()) == (["One"], 1)


def test_hole_07_a_ceiling_counts_what_was_marked(tmp_path: Path) -> None:
    """A send without an answer uses up the ceiling: the next post waits, and it is said."""
    with stages(ceilinged(1), tmp_path) as make:
        stage = make()
        stage.wire.arm("lost_request", **TWEETS)
        first, second = stage.queue("One"), stage.queue("Two")
        stage.work()
        assert [stage.now(one).state for one in (first, second)] == [State.IN_DOUBT, State.QUEUED]
        (stop,) = stage.store.accounts.stops()
        assert "reached its ceiling of 1 posts an hour or 9 a day" in stop.reason
        assert stage.sends() == 1


# --- 19: nothing bounds a call --------------------------------------------------------------------


def test_hole_19_a_trickle_ends_at_the_total_deadline() -> None:
    """An answer that comes byte by byte over a real wire ends when the call's time is over."""
    server = serve(of_platforms(lambda: datetime.now(UTC)))
    with Proxy(server.url, drip=0.02) as proxy:
        proxy.arm("trickle")
        http = Http(sandbox=proxy.url, sleep=lambda _: None)
        call = Call(
            name="post:0",
            method="POST",
            url="https://api.x.com/2/tweets",
            effect=Effect.PUBLISH,
            body=Json({"text": "Drop by drop"}),
            deadline=0.15,
        )
        begun = datetime.now(UTC)
        credential = Credential(proxy.url, ("api.x.com",), "sandbox:acme")
        with pytest.raises(SilenceError, match="no answer in time"):
            http.send(call, credential, lambda: None)
        assert datetime.now(UTC) - begun < timedelta(seconds=2)
    server.stop()


def test_hole_19_a_publish_has_a_connection_of_its_own(pictures: Stage) -> None:
    """Uploads share one connection; each post is sent over one that nobody used before."""
    made: list[int] = []

    def connect() -> object:
        made.append(pictures.sends())
        return pictures.wire

    http = Http(
        sandbox=None,
        sleep=pictures.clock.sleep,
        transport=connect,  # type: ignore[arg-type]
        files=pictures.media.read,
    )
    pictures.queue()
    Worker(replace(pictures.doors(), http=http), Holder("stage", 1, "1")).run()
    assert pictures.published() == list(X_MEDIA_KIT.parts)
    assert len(made) == 1 + pictures.sends()


def test_hole_19_doubt_holds_nobody_up(stage: Stage) -> None:
    """While one post of a login is looked for, the next one goes out in its time."""
    stage.wire.arm("lost_reply", **TWEETS)
    first, second = stage.queue("One"), stage.queue("Two")
    stage.work()
    states = [stage.now(one).state for one in (first, second)]
    assert states == [State.IN_DOUBT, State.PUBLISHED]
    assert stage.play(first).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["One", "Two"], 2)


def test_hole_19_processing_holds_nobody_up(clip: Stage) -> None:
    """While TikTok works on one video for minutes, the lane is free and the next one leaves."""
    assert isinstance(clip.emulator, TikTokEmulator)
    clip.emulator.polls = 8
    first, second = clip.queue("One"), clip.queue("Two")
    clip.work()
    assert clip.store.lanes.held() == []
    assert {clip.now(one).state for one in (first, second)} == {State.PROCESSING}
    assert {clip.play(one).state for one in (first, second)} == {State.PUBLISHED}
    assert sorted(clip.published()) == ["One", "Two"]


def test_hole_19_a_file_in_the_works_holds_nobody_up(pictures: Stage) -> None:
    """While X works on one video for minutes, a post that falls due leaves in its time."""
    assert isinstance(pictures.emulator, XEmulator)
    pictures.emulator.uploads.polls = 100
    pictures.queue()
    due = pictures.clock.now() + timedelta(seconds=10)
    ended = pictures.play(pictures.queue("Now", due=due))
    assert (ended.state, pictures.published()) == (State.PUBLISHED, ["Now", *X_MEDIA_KIT.parts])
    assert ended.published is not None
    assert ended.published - due < timedelta(minutes=1)


# --- 20: two names of one login, and a login beside a renewal -------------------------------------


def two_names(stage: Stage) -> Known:
    """Give the account's login a second name, and return what the queue knows under it."""
    known = stage.store.accounts.find("acme-x")
    assert known is not None
    alias = replace(known.account, name="acme-social")
    file = (str(stage.folder / "accounts.yaml"),)
    config = Config(alias.project, "UTC", file, "1", {alias.name: alias}, {}, {}, {})
    stage.store.accounts.register(config, [alias.name])
    identity = Identity(known.remote_id or "", known.account.handle, known.known)
    stage.store.accounts.identify(alias.name, identity, timedelta())
    found = stage.store.accounts.find(alias.name)
    assert found is not None
    return found


def test_hole_20_two_names_of_one_login_are_one_lane(stage: Stage) -> None:
    """Whoever speaks for one name holds the lane of both: never two senders at once."""
    two_names(stage)
    assert len({one.lane for one in stage.store.accounts.all()}) == 1
    stage.queue("One")
    assert stage.store.lanes.claim("me", "host 1 1") is not None
    assert stage.store.lanes.claim("you", "host 2 2") is None


def test_hole_20_two_names_of_one_login_share_a_ceiling(tmp_path: Path) -> None:
    """What a login may post in an hour does not double with a second name for it."""
    with stages(ceilinged(1), tmp_path) as make:
        stage = make()
        alias = two_names(stage)
        stage.keep_tokens(Tokens(TOKEN))
        stage.queue("One")
        fresh = Fresh(
            target=Target(alias.account.name, "timeline"),
            snapshot=Snapshot(("Two",)),
            due=stage.clock.now(),
            zone="UTC",
            post="post",
        )
        stage.store.queue.add([(fresh, alias)])
        stage.work()
        assert (stage.published(), stage.sends()) == (["One"], 1)


@pytest.mark.parametrize("when", ["before", "after"])
def test_hole_20_a_login_during_a_renewal(tmp_path: Path, when: str) -> None:
    """The pair of a login that happens while a renewal is under way stays in force; none parks."""
    with stages(with_app(X_MEDIA_KIT), tmp_path) as make:
        stage = make()
        log_in(stage)
        stage.clock.sleep(3 * 3600)
        wire = meddled(stage)
        made: list[str] = []

        def come_first() -> None:
            if made:
                return
            made.append("-")  # the login's own exchange is no renewal
            tokens = agreed(stage)
            made[:] = [tokens.access]
            stage.keep_tokens(tokens, AppKind.CONFIDENTIAL)

        hooks = wire.before if when == "before" else wire.after
        hooks.append((Aim(path="/2/oauth2/token"), come_first))
        delivery = stage.queue()
        assert stage.play(delivery).state is State.PUBLISHED
        assert stage.store.accounts.stops() == []
        known = stage.store.accounts.find("acme-x")
        assert known is not None
        assert stage.access().of(known).access == made[0]
        assert stage.published() == list(X_MEDIA_KIT.parts)


@pytest.mark.parametrize("left", [29.9, 30.1])
def test_hole_19_no_publish_outlasts_its_process(stage: Stage, left: float) -> None:
    """A process that has to end before a post's call would surely have leaves it to the next."""
    delivery = stage.queue("One")
    ends = stage.clock.now() + timedelta(seconds=left)
    Worker(replace(stage.doors(), ends=ends), Holder("stage", 1, "1")).run()
    if left > 30:
        assert (stage.now(delivery).state, stage.sends()) == (State.PUBLISHED, 1)
        return
    waiting = stage.now(delivery)
    assert (waiting.state, waiting.tries, waiting.wake) == (State.QUEUED, 0, ends)
    assert waiting.reason == "its call might have outlasted this run; the next one makes it"
    assert (stage.sends(), marks(stage, delivery)) == (0, [])
    assert stage.play(delivery).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (["One"], 1)


def test_hole_19_a_thread_goes_on_in_the_next_run(stage: Stage) -> None:
    """What is left of a thread when a run ends is sent by the next: each part once, in order."""
    delivery = stage.queue(*X_KIT.parts)
    ends = stage.clock.now() + timedelta(seconds=31)
    Worker(replace(stage.doors(), ends=ends), Holder("stage", 1, "1")).run()
    out = stage.published()
    assert 0 < len(out) < len(X_KIT.parts)
    assert stage.now(delivery).state is State.PUBLISHING
    assert stage.play(delivery).state is State.PUBLISHED
    assert (stage.published(), stage.sends()) == (list(X_KIT.parts), len(X_KIT.parts))
