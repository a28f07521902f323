"""Receipts against a ledger: agreement is exact, and every disagreement is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from microcom.emulator.faults import Fault
from microcom.runner.agreement import differences, parts_of

if TYPE_CHECKING:
    from microcom.testing.stage import Stage

PARTS = ("One", "Two", "Three")
Ledger = list[dict[str, Any]]


@pytest.fixture
def played(stage: Stage) -> Stage:
    """Return a stage on which a text and a thread are out."""
    stage.queue("Hello")
    stage.play(stage.queue(*PARTS))
    return stage


def test_receipts_and_ledger_agree(played: Stage) -> None:
    """Every part is known with its text, number, id and time, and the ledger holds just these."""
    parts = parts_of(played.store)
    assert [(part.text, part.number, part.whole) for part in parts] == [
        ("Hello", 1, 1),
        ("One", 1, 3),
        ("Two", 2, 3),
        ("Three", 3, 3),
    ]
    assert all(part.at is not None for part in parts)
    assert list(differences(parts, played.emulator.ledger())) == []


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda ledger: ledger.pop(), ["does not hold", "Three"]),
        (lambda ledger: ledger.append(dict(ledger[0])), ["no receipt names", "Hello"]),
        (lambda ledger: ledger[0].update(account="lumen-x"), ["no receipt names", "lumen-x"]),
        (lambda ledger: ledger[2].update(text="2"), ["does not hold", "Two"]),
        (lambda ledger: ledger[3].update(in_reply_to=None), ["part 3 of #2 hangs on None"]),
        (lambda ledger: ledger[1].update(in_reply_to="1"), ["part 1 of #2 hangs on 1"]),
    ],
)
def test_every_disagreement_is_said(
    played: Stage, spoil: Callable[[Ledger], object], says: list[str]
) -> None:
    """A part that is missing, there twice, changed, or hung elsewhere is named."""
    ledger = played.emulator.ledger()
    spoil(ledger)
    said = "\n".join(differences(parts_of(played.store), ledger))
    assert all(words in said for words in says), said


def test_a_thread_that_stopped_is_no_agreement(stage: Stage) -> None:
    """Parts that are not out are named, and so is the delivery that is not done."""
    stage.emulator.faults.arm(Fault("create_post", "forbidden", skip=1))
    stage.play(stage.queue(*PARTS))
    said = list(differences(parts_of(stage.store), stage.emulator.ledger()))
    assert said[0].startswith("#1 is partial: ")
    assert said[1:] == [f"part {n} of #1 is not known to be out" for n in (2, 3)]
