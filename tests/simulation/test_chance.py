"""Faults and crashes by chance, on a virtual clock: a seed decides everything.

Faults stay inside the model that the promise rests on: what a network holds back arrives before
`lands_within`, and a listing shows a post before `visible_within`.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conformance.kits import X_KIT, X_MEDIA_KIT
from tests.conformance.pinterest_kit import PINTEREST_KIT, PINTEREST_VIDEO_KIT
from tests.conformance.tiktok_kit import TIKTOK_SHORT_KIT

from microcom.core.account import Rules
from microcom.core.capability import Ceiling
from microcom.core.delivery import Delivery, State
from microcom.emulator.faults import Fault
from microcom.errors import StoreError, Superseded, UserError
from microcom.testing.conformance import NETWORK, SERVICE
from microcom.testing.stage import POINTS, Crash, Kit, Stage, stages

KITS = {
    "x": (X_KIT, 60),
    "x-media": (X_MEDIA_KIT, 20),
    "pinterest": (PINTEREST_KIT, 30),
    "pinterest-video": (PINTEREST_VIDEO_KIT, 20),
    "tiktok": (TIKTOK_SHORT_KIT, 30),
}
"""Each platform's kit, and how many seeds it is given."""
SEEDS = [(name, seed) for name, (_, seeds) in KITS.items() for seed in range(seeds)]
REFUSALS = ("429", "duplicate", "forbidden", "spam", "busy", "invalid")
ROOMY = Rules(ceiling=Ceiling(1000, 1000))
MOST_TURNS = 60


@dataclass(frozen=True, slots=True)
class Wish:
    """What was queued: the delivery and the texts of its parts, found nowhere else."""

    delivery: Delivery
    parts: tuple[str, ...]


@pytest.mark.parametrize(("name", "seed"), SEEDS)
def test_nothing_is_out_twice_and_nothing_is_lost(tmp_path: Path, name: str, seed: int) -> None:
    """Whatever goes wrong, each part is out at most once, and each delivery's state is true."""
    chance = random.Random(seed)  # noqa: S311 - chance that can be repeated is the point
    ahead = timedelta(seconds=chance.choice([0, 0, 300, -300]))
    with stages(_roomy(KITS[name][0]), tmp_path) as make:
        stage = make(ahead=ahead)
        wishes = [_queued(stage, chance, number) for number in range(chance.randint(2, 6))]
        for _ in range(chance.randint(0, 4)):
            _arm(stage, chance)
        _live(stage, chance, wishes)
        _calm_down(stage)
        out = Counter(stage.published())
        for wish in wishes:
            _check(stage, wish, [out[part] for part in wish.parts])


def _roomy(kit: Kit) -> Kit:
    """Return the kit with an account that no ceiling stops."""
    places = {name: replace(place, rules=ROOMY) for name, place in kit.account.communities.items()}
    return replace(kit, account=replace(kit.account, rules=ROOMY, communities=places))


def _queued(stage: Stage, chance: random.Random, number: int) -> Wish:
    count = chance.choice([1, 1, 2, 3]) if len(stage.kit.parts) > 1 else 1
    parts = tuple(f"delivery {number} part {part}, {chance.random()}" for part in range(count))
    due = stage.clock.now() + timedelta(seconds=chance.choice([0, 0, 30, 300]))
    return Wish(stage.queue(*parts, due=due), parts)


def _arm(stage: Stage, chance: random.Random) -> None:
    """Let something go wrong: on the network, in the service, or in its listing."""
    kind = chance.random()
    if kind < 0.4:
        method = chance.choice([stage.kit.wire["method"], "POST", "GET"])
        count = chance.choice([1, 1, 2, 3])
        fault = chance.choice(NETWORK)
        stage.wire.arm(fault, method=method, nth=chance.randint(1, 6), count=count)
        return
    skip, times = chance.randint(0, 5), chance.choice([1, 1, 2, 4])
    service = stage.emulator
    listing = stage.kit.listing or next(route.name for route in service.routes if route.lists)
    if kind < 0.8:
        refusals = sorted(set(REFUSALS) & set(service.refusals()))
        fault = chance.choice((*SERVICE, *refusals))
        service.faults.arm(Fault(stage.kit.publish, fault, count=times, skip=skip))
    elif kind < 0.9:
        proofs = [one.proof for one in stage.kit.platform.capabilities.values()]
        shown = min(proof.visible_within for proof in proofs)
        lag = float(chance.randint(5, int(shown.total_seconds()) - 5))
        service.faults.arm(Fault(listing, "lag", count=None, seconds=lag))
    else:
        fault = chance.choice(["429", "503-before", "garbage", "cut"])
        service.faults.arm(Fault(listing, fault, count=times, skip=skip % 3))


def _live(stage: Stage, chance: random.Random, wishes: list[Wish]) -> None:
    """Work from wake to wake; die now and then, cancel now and then."""
    for _ in range(MOST_TURNS):
        if chance.random() < 0.35:
            stage.die(chance.randint(1, 4), chance.choice(POINTS))
        try:
            stage.work()
        except (Crash, StoreError):
            stage.rise()
        stage.wire.fatal = None
        stage.wire.deliver_late()
        if chance.random() < 0.05:
            _cancel(stage, chance.choice(wishes))
        wake = stage.store.lanes.next_wake()
        if wake is None:
            return
        stage.clock.reach(wake)


def _cancel(stage: Stage, wish: Wish) -> None:
    delivery = stage.now(wish.delivery)
    try:
        stage.store.people.cancel(delivery)
    except (UserError, Superseded):
        assert stage.now(delivery).state is delivery.state  # refused: nothing changed


def _calm_down(stage: Stage) -> None:
    """Let everything end with nothing going wrong any more."""
    stage.emulator.faults.clear()
    stage.wire.clear()
    for _ in range(MOST_TURNS):
        stage.work()
        wake = stage.store.lanes.next_wake()
        if wake is None:
            return
        stage.clock.reach(wake)


def _check(stage: Stage, wish: Wish, live: list[int]) -> None:
    """Hold a delivery's state against how often each of its parts is out."""
    delivery = stage.now(wish.delivery)
    said = (delivery.state, delivery.reason, live)
    assert max(live) <= 1, said
    match delivery.state:
        case State.PUBLISHED:
            assert all(live), said
        case State.CANCELLED | State.FAILED:
            assert not any(live), said
        case State.PARTIAL:
            assert live == sorted(live, reverse=True), said
            assert any(live), said
            assert not all(live), said
        case State.IN_DOUBT | State.HELD:
            assert delivery.reason, said
        case _:
            assert stage.store.accounts.stops(), said
