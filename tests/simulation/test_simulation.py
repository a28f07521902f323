"""The short form of `make simulate`: a few hundred seeds, and the rules broken on purpose."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.simulation.broken import RULES
from tests.simulation.plan import Beyond
from tests.simulation.simulate import Simulation, simulation

BATCHES = [range(start, start + 20) for start in range(0, 300, 20)]

ENOUGH = 200
"""Seeds among which one finds out each broken rule (which one: docs/simulation.md)."""


ON_A_SERVER = [range(start, start + 6) for start in range(0, 18, 6)]


@pytest.fixture(scope="module")
def remote() -> Iterator[Simulation]:
    """A place to run seeds in, with queues on a server."""
    with simulation("postgres") as place:
        yield place


@pytest.fixture
def place() -> Iterator[Simulation]:
    """A place to run seeds in."""
    with simulation() as place:
        yield place


@pytest.mark.parametrize("seeds", BATCHES, ids=lambda seeds: f"from {seeds[0]}")
def test_nothing_is_out_twice_and_nothing_is_lost(place: Simulation, seeds: range) -> None:
    """Whatever dies, freezes, is lost or cut: each part is out once, or its state says why not."""
    outcomes = [place.run(seed) for seed in seeds]
    assert [(one.seed, one.wrong) for one in outcomes if one.wrong] == []
    assert sum(one.happened["died"] for one in outcomes) > 0


def test_a_seed_says_what_happens(place: Simulation) -> None:
    """A seed that is run again does the same again."""
    one, other = place.run(7), place.run(7)
    assert one == other


@pytest.mark.parametrize("seeds", ON_A_SERVER, ids=lambda seeds: f"from {seeds[0]}")
def test_nothing_is_out_twice_on_a_server(remote: Simulation, seeds: range) -> None:
    """So it is where connections are cut too, the server restarts, and machines' clocks differ."""
    outcomes = [remote.run(seed) for seed in seeds]
    assert [(one.seed, one.wrong) for one in outcomes if one.wrong] == []


def test_a_seed_says_what_happens_on_a_server(remote: Simulation) -> None:
    """A seed does the same again, whatever the server was used for meanwhile."""
    one, _, other = remote.run(3), remote.run(4), remote.run(3)
    assert one.history
    assert one == other


@pytest.mark.parametrize("rule", RULES)
def test_the_judging_bites(place: Simulation, rule: str) -> None:
    """A rule that is broken on purpose is found out, and by a seed that passes else."""
    with RULES[rule]():
        caught = next(seed for seed in range(ENOUGH) if place.run(seed).wrong)
    assert not place.run(caught).wrong


@pytest.mark.parametrize("rule", ["resend-on-timeout", "lease-ignored"])
def test_the_judging_bites_on_a_server(remote: Simulation, rule: str) -> None:
    """So it is there; the rules that take more seeds to find out: docs/simulation.md."""
    with RULES[rule]():
        caught = next(seed for seed in range(ENOUGH) if remote.run(seed).wrong)
    assert not remote.run(caught).wrong


def test_beyond_the_fault_model(place: Simulation) -> None:
    """A call that takes effect an hour late is posted twice: docs/delivery.md says so."""
    wrong = [place.run(seed, Beyond.LANDS).wrong for seed in range(40)]
    assert any("twice" in sentence for one in wrong for sentence in one)
