"""The short form of `make torture`: half a minute of real faults, over short times."""

from __future__ import annotations

from pathlib import Path

from tests.torture.torture import in_short, torture

SECONDS, SEED = 15, 1


def test_the_ledger_is_the_queue(tmp_path: Path) -> None:
    """Whatever is killed, stopped, lost or cut: each part is out once, and nothing else is."""
    outcome = torture(in_short(SECONDS, SEED), tmp_path)
    assert outcome.wrong == ()
    assert outcome.happened["killed"] > 0
    assert outcome.happened["stopped for long"] > 0
