"""What has to hold when a run has ended: counted in parts, against the service's own ledger."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.simulation.baton import EPOCH

from microcom.core.delivery import State, may_become

if TYPE_CHECKING:
    from tests.simulation.world import Wish, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def faults(world: World) -> Iterator[str]:
    """Yield a sentence for everything that is not as it has to be."""
    out = Counter(one.text for one in world.emulator.published() if not one.by_hand)
    for wish in world.wishes:
        live = [out[part] for part in wish.parts]
        yield from _parts(world, wish, live)
        yield from _transitions(world, wish)
    yield from _too_early(world)
    yield from _after_cancel(world, out)
    yield from _ceilings(world)
    yield from _while_paused(world)
    yield from _asked(world)
    if not world.happened["clock jumps"]:
        yield from world.network.wrong


def _parts(world: World, wish: Wish, live: list[int]) -> Iterator[str]:
    delivery = world.store.queue.again(wish.delivery)
    said = f"delivery {delivery.id} is {delivery.state} ({delivery.reason}), live: {live}"
    if max(live) > 1:
        yield f"twice: {said}"
    match delivery.state:
        case State.PUBLISHED:
            if not all(live):
                yield f"lost: {said}"
        case State.CANCELLED | State.FAILED | State.MISSED:
            if any(live):
                yield f"out all the same: {said}"
        case State.PARTIAL:
            if live != sorted(live, reverse=True) or not any(live) or all(live):
                yield f"not in part: {said}"
        case State.HANDED_OVER:
            pass
        case _:
            yield f"never ended: {said}"


def _transitions(world: World, wish: Wish) -> Iterator[str]:
    """Read the history: each change legal, and each beginning where the last one ended."""
    rows = world.store.db.all(
        "SELECT data FROM event WHERE delivery = :id AND kind = 'state' ORDER BY id",
        id=wish.delivery.id,
    )
    changes = [json.loads(row[0]) for row in rows]
    for change in changes:
        before, after = State(change["before"]), State(change["after"])
        if not may_become(before, after):
            yield f"illegal: {before} to {after} of delivery {wish.delivery.id}"
    for one, other in pairwise(changes):
        # leave to send moves to publishing with an event of its own ("sending")
        if one["after"] != other["before"] and other["before"] != State.PUBLISHING:
            yield f"a gap in the history of {wish.delivery.id}: {one['after']}, {other['before']}"


def _too_early(world: World) -> Iterator[str]:
    if world.happened["clock jumps"]:
        return
    due = {part: wish.delivery.due for wish in world.wishes for part in wish.parts}
    for one in world.emulator.published():
        if one.text in due and one.at - world.ahead < due[one.text]:
            yield f"too early: {one.text} at {one.at}, due {due[one.text]}"


def _after_cancel(world: World, out: Counter[str]) -> Iterator[str]:
    confirmed = {delivery.id for delivery in world.cancelled}
    for wish in world.wishes:
        if wish.delivery.id in confirmed and any(out[part] for part in wish.parts):
            yield f"out after its cancel was confirmed: delivery {wish.delivery.id}"


def _asked(world: World) -> Iterator[str]:
    """A person is asked only where the evidence was not sufficient by the rule of absence."""
    doubts = world.store.db.all(
        """SELECT lane, count(DISTINCT mark.delivery) FROM mark
           JOIN delivery ON delivery.id = mark.delivery
           WHERE mark.state IN ('absent', 'open') OR mark.cause <> 'reply' GROUP BY lane"""
    )
    several = {lane for lane, count in doubts if count > 1}
    for delivery in world.asked:
        reason = delivery.reason or ""
        allowed = (
            (
                "nobody here made" in reason
                and (world.happened["by hand"] or delivery.lane in several)
            )
            or ("the platform says that it has it" in reason)
            or ("does not say what became of it" in reason and delivery.platform == "tiktok")
        )
        if not allowed:
            yield f"a person was asked without need: delivery {delivery.id}: {reason}"


def _ceilings(world: World) -> Iterator[str]:
    if world.happened["clock jumps"]:
        return
    rows = world.store.db.all(
        "SELECT account, marked_at FROM mark WHERE opens = 1 ORDER BY account, marked_at"
    )
    by_account: dict[str, list[datetime]] = {}
    for account, at in rows:
        by_account.setdefault(account, []).append(EPOCH + timedelta(microseconds=at))
    for account, times in by_account.items():
        for most, span in ((world.plan.ceiling.hour, HOUR), (world.plan.ceiling.day, DAY)):
            if any(late - early < span for early, late in zip(times, times[most:], strict=False)):
                yield f"beyond the ceiling of {most}: {account}"


def _while_paused(world: World) -> Iterator[str]:
    """Nothing leaves between a pause that was confirmed and the word that ends it."""
    if world.happened["clock jumps"]:
        return
    for account, begun, end in world.pauses:
        marks = world.store.db.all(
            """SELECT delivery FROM mark
               WHERE account = :account AND marked_at > :begun AND marked_at < :end""",
            account=account,
            begun=begun,
            end=end,
        )
        for (delivery,) in marks:
            yield f"sent while {account} was paused: delivery {delivery}"
