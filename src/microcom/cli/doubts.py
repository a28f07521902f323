"""Deliveries in doubt in front of a person: what is known, and where to look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.core.delivery import State
from microcom.core.report import local

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from microcom.core.delivery import Delivery
    from microcom.core.problem import Problem
    from microcom.core.steps import JsonValue
    from microcom.store import Store


def doubts_data(store: Store, deliveries: Iterable[Delivery]) -> list[dict[str, JsonValue]]:
    """Return what is known of each that is in doubt; of no call where the doubt is another."""
    from microcom.core.schedule import rfc3339

    found: list[dict[str, JsonValue]] = []
    for one in deliveries:
        if one.state is not State.IN_DOUBT:
            continue
        mark = store.journal.read(one).open_mark()
        found.append(
            {
                "id": str(one.id),
                "step": None if mark is None else mark.step,
                "sent_at": None if mark is None else rfc3339(mark.at),
                "known": one.reason,
                "look_at": where_to_look(store, one),
            }
        )
    return found


def doubt_lines(store: Store, delivery: Delivery) -> list[str]:
    """Return what a person needs who looks for themselves, and what to say then."""
    mark = store.journal.read(delivery).open_mark()
    page = where_to_look(store, delivery)
    sent = [] if mark is None else [_sent(mark.step, local(mark.at, delivery.zone))]
    look = [] if page is None else [f"see {page}"]
    if delivery.wake is not None:
        return [*sent, *look]
    return [*sent, *look, f"microcom queue resolve {delivery.id} --published URL | --not-published"]


def _sent(step: str, here: datetime) -> str:
    return f"{step} sent at {here:%H:%M:%S} on {here:%a} {here.day} {here:%b}"


def adoption_wanted(store: Store) -> tuple[Problem, ...]:
    """Return, in at most one problem, that a person has to let this queue publish again."""
    from microcom.core.problem import Problem

    if not store.standing.waits():
        return ()
    waiting = store.standing.unadopted()
    whys = list(dict.fromkeys(one.why for one in waiting if one.why))
    count = sum(one.past + one.future + one.held for one in waiting)
    names = [one.account for one in waiting]
    who = names[0] if len(names) == 1 else f"{len(names)} accounts"
    said = whys[0][0].upper() + whys[0][1:] if whys else "Another queue may have sent some of it"
    wait = "delivery waits" if count == 1 else "deliveries wait"
    message = f"{said}. {count} {wait} for a person ({who})."
    return (Problem("store.unadopted", message, "microcom store adopt --dry-run"),)


def where_to_look(store: Store, delivery: Delivery) -> str | None:
    """Return the address where the account's posts are seen, or None where there is none."""
    from microcom.core.platform import Shows
    from microcom.platforms import load

    known = store.accounts.find(delivery.target.account)
    platform = load(delivery.platform)
    if known is None or not isinstance(platform, Shows):
        return None
    place = known.account.communities.get(delivery.target.community or "")
    return None if place is None else opened(store, platform.page(known.account, place))


def opened(store: Store, url: str) -> str:
    """Return an address as it opens in this world: a sandbox serves vendors by path."""
    if store.world == "real":
        return url
    return f"{store.world}/{url.removeprefix('https://')}"
