"""Whether a pin whose answer was lost is there: by the rule of absence, over the whole listing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.platforms.pinterest.talk import PNG, Talk, pin

from microcom.core.settling import Absent, Landed, Unsure
from microcom.emulator.faults import Fault
from microcom.platforms.pinterest import platform


@pytest.fixture
def talk() -> Talk:
    """Return somebody to talk to."""
    return Talk()


def _undo(talk: Talk) -> None:
    """Let the last pin never have been."""
    talk.service.people.pins[talk.me.pins[-1].id].deleted = True


@pytest.mark.parametrize("section", [None, "Tulips"])
def test_a_pin_that_is_there_is_found(talk: Talk, section: str | None) -> None:
    """The pin's own id comes back, from a board or from a section."""
    settings = {"board": "Latte art"} | ({} if section is None else {"section": section})
    receipt = talk.publish(pin(talk, title="Mine"), **settings)
    found = talk.hold(platform.settle(talk.mark(), set()))
    assert isinstance(found, Landed)
    assert found.reply.at_path("id") == receipt.remote_id


@pytest.mark.parametrize("section", [None, "Tulips"])
def test_a_pin_that_is_not_there_is_absent(talk: Talk, section: str | None) -> None:
    """Nothing unexplained on the whole board or section: it surely did not take effect."""
    settings = {"board": "Latte art"} | ({} if section is None else {"section": section})
    talk.publish(pin(talk), **settings)
    mark = talk.mark()
    _undo(talk)
    assert isinstance(talk.hold(platform.settle(mark, set())), Absent)


def test_an_owned_pin_is_nobody_elses(talk: Talk) -> None:
    """A pin that a receipt holds already explains itself, and proves nothing."""
    receipt = talk.publish(pin(talk))
    found = talk.hold(platform.settle(talk.mark(), {receipt.remote_id}))
    assert isinstance(found, Absent)


def test_a_stranger_leaves_doubt(talk: Talk) -> None:
    """A pin of the same kind with other words that nobody here made is put to a person."""
    talk.publish(pin(talk))
    mark = talk.mark(title="Something else")
    found = talk.hold(platform.settle(mark, set()))
    assert isinstance(found, Unsure)
    assert found.look == "https://www.pinterest.com/acme_pins/"


def test_another_kind_of_pin_is_no_stranger(talk: Talk) -> None:
    """A carousel that was pinned meanwhile cannot be the picture that was sent."""
    talk.publish(pin(talk))
    mark = talk.mark()
    _undo(talk)
    talk.publish(pin(talk, media=(talk.file(PNG), talk.file(PNG + b"2"))))
    assert isinstance(talk.hold(platform.settle(mark, set())), Absent)


def test_two_that_look_alike_leave_doubt(talk: Talk) -> None:
    """Nobody can tell which of two equal pins a call made."""
    talk.publish(pin(talk))
    mark = talk.mark()
    talk.publish(pin(talk))
    assert isinstance(talk.hold(platform.settle(mark, set())), Unsure)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("section", [None, "Tulips"])
@pytest.mark.parametrize(("kind", "seconds"), [("empty", 0), ("lag", 10**6), ("lag", 3600)])
def test_a_listing_that_lies_proves_nothing(
    talk: Talk, kind: str, seconds: float, section: str | None, *, known: bool
) -> None:
    """A board that shows fewer pins than it says it has is not believed, not even the newest."""
    settings = {"board": "Latte art"} | ({} if section is None else {"section": section})
    talk.publish(pin(talk), **settings)
    shown = next(one for one in talk.me.pins if one.place == " / ".join(settings.values()))
    mark = replace(talk.mark(), known=shown.id if known else None)
    for listing in ("board_pins", "section_pins"):
        talk.service.faults.arm(Fault(listing, kind, seconds=seconds))
    assert isinstance(talk.hold(platform.settle(mark, set())), Unsure)


def test_the_whole_listing_is_read(talk: Talk) -> None:
    """A pin on the second page is found: the order of pages is not documented."""
    receipt = talk.publish(pin(talk, title="Early"))
    mark = talk.mark()
    talk.now += timedelta(seconds=1)
    board, first = talk.me.called("Home bar"), talk.me.pins[0]
    for _ in range(300):
        talk.service.people.pin(
            talk.me, board, None, replace(first.new, shows="video"), talk.now, by_hand=True
        )
    found = talk.hold(platform.settle(mark, set()))
    assert isinstance(found, Landed)
    assert found.reply.at_path("id") == receipt.remote_id


def test_words_that_pinterest_rewrites(talk: Talk) -> None:
    """Case, blanks, a scheme or a last slash do not make another pin."""
    talk.publish(pin(talk, "Hello  World ", title="The Menu", link="https://a.example/x/"))
    mark = talk.mark()
    made = talk.me.pins[-1]
    made.new = replace(made.new, description="hello world", link="http://a.example/x")
    assert isinstance(talk.hold(platform.settle(mark, set())), Landed)
