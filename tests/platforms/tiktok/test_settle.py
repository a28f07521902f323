"""Whether a last chunk arrived, and what a delivery comes to when something goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conformance.tiktok_kit import TIKTOK_KIT
from tests.platforms.tiktok.talk import LONG, Talk, mark, outgoing

from microcom.core.delivery import State
from microcom.core.settling import Absent, Landed, Mark, Unsure
from microcom.core.steps import Call, Effect, Reply
from microcom.emulator.faults import Fault
from microcom.platforms.tiktok import platform
from microcom.platforms.tiktok.emulator import TikTokEmulator
from microcom.testing.stage import POINTS, Stage, stages


@pytest.fixture
def talk() -> Talk:
    """Return somebody to talk to."""
    return Talk()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Return a maker of stages."""
    with stages(TIKTOK_KIT, tmp_path) as make:
        yield make


class LostError(Exception):
    """The conversation ends at the call that publishes."""


def _marked(talk: Talk, *, arrives: bool, content: bytes = LONG) -> Mark:
    """Return the mark of a last chunk that did or did not arrive."""
    steps = platform.publish(outgoing(media=(talk.file(content),)))
    item = next(steps)
    while not (isinstance(item, Call) and item.effect is Effect.PUBLISH):
        item = steps.send(talk.told(item) if isinstance(item, Call) else Reply(0, at=talk.now))
    if arrives:
        assert talk.ask(item).status == 201
    steps.close()
    return mark(item, talk.now)


# --- asked of TikTok ------------------------------------------------------------------------


@pytest.mark.parametrize("content", [LONG, LONG[:1000]])
@pytest.mark.parametrize("polls", [0, 5])
def test_what_arrived_is_found(talk: Talk, content: bytes, polls: int) -> None:
    """A last chunk that arrived is seen by the bytes TikTok has, processed or not."""
    talk.tiktok.polls = polls
    verdict = talk.hold(platform.settle(_marked(talk, arrives=True, content=content), frozenset()))
    assert isinstance(verdict, Landed)
    assert verdict.reply.status == 201


@pytest.mark.parametrize("content", [LONG, LONG[:1000]])
def test_what_did_not_arrive_is_absent(talk: Talk, content: bytes) -> None:
    """Fewer bytes than the video has prove that the last chunk is not there."""
    marked = _marked(talk, arrives=False, content=content)
    assert isinstance(talk.hold(platform.settle(marked, frozenset())), Absent)


def test_an_upload_that_failed_did_arrive(talk: Talk) -> None:
    """What TikTok gave up it had taken: the conversation goes on and learns why."""
    marked = _marked(talk, arrives=True)
    next(iter(talk.tiktok.works.values())).fail_reason = "spam_risk"
    assert isinstance(talk.hold(platform.settle(marked, frozenset())), Landed)


def test_an_upload_that_nobody_knows(talk: Talk) -> None:
    """TikTok may forget an upload: that proves nothing, and a person looks."""
    marked = _marked(talk, arrives=True)
    talk.tiktok.works.clear()
    verdict = talk.hold(platform.settle(marked, frozenset()))
    assert isinstance(verdict, Unsure)
    assert verdict.look == "https://www.tiktok.com/@acme_tok"


def test_a_silent_status_proves_nothing(talk: Talk) -> None:
    """A status without a word is neither there nor absent."""
    marked = _marked(talk, arrives=False)
    talk.tiktok.faults.arm(Fault("status", "empty", count=None))
    assert isinstance(talk.hold(platform.settle(marked, frozenset())), Unsure)


@pytest.mark.parametrize("content", [LONG, LONG[:1000]])
def test_an_upload_without_a_count_proves_nothing(talk: Talk, content: bytes) -> None:
    """Where TikTok does not say how many bytes it has, nobody says that they are missing."""
    marked = _marked(talk, arrives=True, content=content)

    def doctored(_: Call, reply: Reply) -> Reply:
        return replace(reply, body=b'{"data":{"status":"PROCESSING_UPLOAD"}}')

    assert isinstance(talk.hold(platform.settle(marked, frozenset()), doctored), Unsure)


def test_lost_pictures_are_for_a_person(talk: Talk) -> None:
    """Naming pictures may publish them, and an answer that is lost leaves nothing to ask for."""
    asked = Call(
        name="post",
        method="POST",
        url="https://e.example/",
        effect=Effect.READ,
        evidence={"photos": True, "handle": "acme_tok"},
    )
    verdict = talk.hold(platform.settle(mark(asked, talk.now), frozenset()))
    assert isinstance(verdict, Unsure)
    assert verdict.look == "https://www.tiktok.com/@acme_tok"


# --- whole deliveries -----------------------------------------------------------------------


def _tiktok(stage: Stage) -> TikTokEmulator:
    assert isinstance(stage.emulator, TikTokEmulator)
    return stage.emulator


def test_a_refusal_after_the_upload_does_not_hide_the_post(make: Callable[..., Stage]) -> None:
    """What the account may do next has no say in what is out already."""
    stage = make()
    tiktok = _tiktok(stage)
    tiktok.polls = 12
    tiktok.faults.arm(Fault("creator_info", "cap-with-200", skip=1, count=None))
    ended = stage.play(stage.queue())
    assert ended.state is State.PUBLISHED, ended.reason
    assert stage.store.accounts.stops() == []


def test_an_account_that_turns_private_while_it_is_processed(make: Callable[..., Stage]) -> None:
    """A change of the account after the upload neither repeats nor stops anything."""
    stage = make()
    tiktok = _tiktok(stage)
    tiktok.polls = 12
    delivery = stage.queue()
    stage.work()
    tiktok.private.add("acme-tok")
    ended = stage.play(delivery)
    assert ended.state is State.PUBLISHED, ended.reason
    assert len(tiktok.works) == 1


def test_a_lost_answer_to_a_chunk(make: Callable[..., Stage]) -> None:
    """A chunk whose answer was lost is sent once more, and never again once the post is out."""
    stage = make()
    tiktok = _tiktok(stage)
    tiktok.polls = 12
    stage.wire.arm("lost_reply", method="PUT", nth=1)
    ended = stage.play(stage.queue())
    assert ended.state is State.PUBLISHED, ended.reason
    assert stage.sends() == 3
    assert len(tiktok.works) == 1


def test_a_token_refused_while_it_is_processed(make: Callable[..., Stage]) -> None:
    """After a new login the same upload is asked for: nothing begins anew."""
    stage = make()
    tiktok = _tiktok(stage)
    tiktok.faults.arm(Fault("status", "401"))
    delivery = stage.queue()
    stage.work()
    assert stage.now(delivery).state is not State.PUBLISHED
    stage.log_in()
    ended = stage.play(delivery)
    assert ended.state is State.PUBLISHED, ended.reason
    assert (stage.sends(), len(tiktok.works)) == (0, 1)  # since the login


def test_a_lost_announcement_costs_nothing(make: Callable[..., Stage]) -> None:
    """An announcement without bytes is nothing anybody sees: it is made once more."""
    stage = make()
    stage.wire.arm("lost_reply", method="POST", path="/video/init/")
    ended = stage.play(stage.queue())
    assert ended.state is State.PUBLISHED, ended.reason
    assert len(stage.published()) == 1


def test_content_that_tiktok_gives_up_fails_once(make: Callable[..., Stage]) -> None:
    """A video of the wrong kind is uploaded once, and the delivery says that it failed."""
    stage = make()
    tiktok = _tiktok(stage)
    tiktok.polls = 12
    delivery = stage.queue()
    stage.work()
    next(iter(tiktok.works.values())).fail_reason = "frame_rate_check_failed"
    ended = stage.play(delivery)
    assert ended.state is State.FAILED
    assert len(tiktok.works) == 1


def test_a_failure_of_tiktoks_own_begins_anew(make: Callable[..., Stage]) -> None:
    """What TikTok broke itself is announced and sent once more."""
    stage = make()
    tiktok = _tiktok(stage)
    tiktok.polls = 12
    delivery = stage.queue()
    stage.work()
    next(iter(tiktok.works.values())).fail_reason = "internal"
    ended = stage.play(delivery)
    assert ended.state is State.PUBLISHED, ended.reason
    assert len(tiktok.works) == 2
    assert len(stage.published()) == 1


def test_polls_slow_down_though_processes_come_and_go(make: Callable[..., Stage]) -> None:
    """How often TikTok is asked follows from how long it has had the video: a week ends it."""
    stage = make()
    _tiktok(stage).polls = 10_000
    ended = stage.play(stage.queue(), most=700)
    assert ended.state is State.PARTIAL
    asked = sum("/status/" in call.url for call in stage.wire.calls)
    assert asked < 480


def test_a_draft_is_handed_over_once(make: Callable[..., Stage]) -> None:
    """Wherever the process dies around a draft, one draft is in the inbox in the end."""
    kit = replace(TIKTOK_KIT, account=replace(TIKTOK_KIT.account, default="inbox"))
    for call in range(1, 5):
        for point in POINTS:
            stage = make()
            stage.kit = kit
            stage.log_in()
            delivery = stage.queue()
            stage.die(call, point)
            stage.work_and_die()
            ended = stage.play(delivery)
            assert ended.state is State.HANDED_OVER, (call, point, ended.reason)
            (entry,) = stage.emulator.ledger()
            assert (entry["draft"], entry["remote_id"]) == (True, ended.remote_id)


def test_an_upload_that_waited_too_long_begins_anew(make: Callable[..., Stage]) -> None:
    """A delivery whose process was gone for an hour announces its video once more."""
    stage = make()
    delivery = stage.queue()
    stage.die(4, "before leave")
    stage.work_and_die()
    stage.clock.sleep(70 * 60)
    ended = stage.play(delivery)
    assert ended.state is State.PUBLISHED, ended.reason
    assert len(_tiktok(stage).works) == 2
    assert len(stage.published()) == 1
