"""Each example is right, plans what its README says, and ends with receipts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.examples.tour import examples

if TYPE_CHECKING:
    from tests.examples.tour import Tour

DONE = {"published", "handed_over"}


@pytest.mark.parametrize("example", examples())
def test_from_files_to_receipts(visit: Callable[[str], Tour], example: str) -> None:
    """Check finds nothing, plan shows the README's lines, apply queues it once, all goes out."""
    tour = visit(example)
    checked = tour.run("check", ".")
    assert (checked.code, "all right" in checked.out) == (0, True)

    planned = tour.run("plan")
    assert planned.code == 0, planned.err
    assert planned.out.split() == " ".join(tour.promised()).split()

    applied = tour.run("apply", "--json")
    assert applied.code == 0, applied.err
    wanted = applied.document["data"]["counts"]
    assert set(wanted) == {"add"}
    assert tour.run("apply", "--json").document["data"]["counts"] == {"same": wanted["add"]}

    tour.let_pass()
    states = {
        f"{one['post']} {one['target']}": one["state"]
        for one in tour.run("queue", "list", "--since", "2031-01-01 00:00", "--json").deliveries
    }
    assert len(states) == wanted["add"]
    assert set(states.values()) <= DONE, states


def test_a_feed_becomes_posts(visit: Callable[[str], Tour]) -> None:
    """The shop's feed is imported as its README shows, once, and all of it goes out."""
    tour = visit("shop")
    words = ("import", "feed.csv", "--mapping", "mapping.yaml")
    promised = tour.promised(words[0])
    assert tour.run(*words, "--dry-run").out.split() == " ".join(promised).split()
    assert tour.run(*words, "--json").document["data"]["counts"] == {"add": 3}
    assert tour.run(*words, "--json").document["data"]["counts"] == {"same": 3}
    tour.let_pass()
    shown = tour.run("queue", "list", "--since", "2031-01-01 00:00", "--json").deliveries
    assert {one["state"] for one in shown} == {"published"}
