"""The short form of `make torture`: half a minute of real faults, over short times."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.torture.judging import faults
from tests.torture.torture import Outcome, in_short, on_postgres, torture

SECONDS, SEED = 15, 1
ON_SERVER = 10


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Return how a torture ended."""
    return torture(in_short(SECONDS, SEED), tmp_path_factory.mktemp("torture"))


def test_the_ledger_is_the_queue(outcome: Outcome) -> None:
    """Whatever is killed, stopped, lost or cut: each part is out once, and nothing else is."""
    assert outcome.wrong == ()
    assert outcome.happened["killed"] > 0
    assert outcome.happened["stopped for long"] > 0


def test_the_ledger_is_the_queue_on_a_server(tmp_path: Path) -> None:
    """The same with a PostgreSQL server that restarts and is cut off, used from two machines."""
    outcome = torture(on_postgres(in_short(ON_SERVER, SEED)), tmp_path)
    assert outcome.wrong == ()
    assert outcome.happened["killed"] > 0
    assert outcome.happened["server crashed"] > 0


def test_the_judging_bites(outcome: Outcome) -> None:
    """A post that is out twice, one that is lost and one that nobody wanted are each said."""
    *rest, last = outcome.ledger
    who, text = last["account"], last["text"]
    assert f"out 2 times: {who}: {text}" in list(faults(outcome.parts, [*rest, last, last]))
    assert f"the sandbox does not hold {last['remote_id']} of {who}: {text}" in list(
        faults(outcome.parts, rest)
    )
    strange = {**last, "text": "Nobody wrote this.", "remote_id": "1", "in_reply_to": None}
    assert f"no receipt names 1 of {who}: Nobody wrote this." in list(
        faults(outcome.parts, [*rest, last, strange])
    )
