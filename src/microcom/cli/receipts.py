"""Deliveries in front of a person: rehearsed, leaving, out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from microcom.cli.doubts import doubt_lines, opened
from microcom.cli.screen import Answer, Screen
from microcom.core.delivery import State
from microcom.core.report import dollars, local

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.cli.session import Session
    from microcom.core.delivery import Delivery
    from microcom.core.media import Media
    from microcom.core.passage import Fresh
    from microcom.core.problem import Problem
    from microcom.core.steps import Call, JsonValue, Wait
    from microcom.store import Store

SIGNS = {
    State.PUBLISHED: "✓",
    State.HANDED_OVER: "✓",
    State.FAILED: "✗",
    State.MISSED: "✗",
    State.CANCELLED: "-",
    State.IN_DOUBT: "?",
    State.HELD: "!",
    State.PARTIAL: "!",
}
RARELY_RUN_HOURS = 24


def show(
    screen: Screen,
    session: Session,
    deliveries: Sequence[Delivery],
    *,
    earlier: set[int] | frozenset[int] = frozenset(),
) -> None:
    """Print each delivery with its state and its link, its time or the reason it has none."""
    now = session.clock.now()
    width = max((len(str(one.target)) for one in deliveries), default=0)
    for one in deliveries:
        sign = SIGNS.get(one.state, "…")
        again = "  (queued before; --again posts it once more)" if one.id in earlier else ""
        said = f"{said_state(one)} {said_time(one, now)}".rstrip()
        screen.say(f"{sign} {str(one.target).ljust(width)}  {said}  #{one.id}{again}")
        for line in _below(session.store, one):
            screen.say(f"  {line}")


def said_state(delivery: Delivery) -> str:
    """Return the state in words."""
    if delivery.stopping and not delivery.over:
        return "stopping"
    return delivery.state.replace("_", " ")


def said_time(delivery: Delivery, now: datetime) -> str:
    """Return when it went out or will, on its target's wall clock."""
    if delivery.published is not None:
        return local(delivery.published, delivery.zone).strftime("%H:%M:%S")
    if delivery.state in {State.QUEUED, State.STAGED, State.HELD} and delivery.due > now:
        return f"for {when(delivery.due, delivery.zone, now)}"
    return ""


def when(moment: datetime, zone: str, now: datetime) -> str:
    """Return a moment on a zone's wall clock and in UTC."""
    from microcom.core.schedule import Moment, echo

    here = local(moment, zone).replace(tzinfo=None)
    return echo(Moment(moment, here, zone, None), now)


def wall(moment: datetime, zone: str, now: datetime) -> str:
    """Return a moment on a zone's wall clock, to the minute, for a column."""
    here = local(moment, zone)
    year = "" if here.year == now.year else f" {here.year}"
    return f"{here:%a} {here.day:2} {here:%b}{year} {here:%H:%M} {_city(zone)}"


def _city(zone: str) -> str:
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def publish(session: Session, numbers: Sequence[int]) -> bool:
    """Publish deliveries while the person watches; say whether they interrupted it."""
    from microcom.cli.progress import Progress
    from microcom.runner.crew import JOBS
    from microcom.runner.foreground import Foreground

    sizes = _sizes(session, numbers) if session.screen.live else {}
    with Progress(session.screen, sizes) as progress:
        session.moved = progress.moved
        foreground = Foreground(
            session.store,
            session.crew(JOBS),
            session.clock,
            look=progress.look,
            tell=session.screen.note,
        )
        try:
            foreground.publish(numbers)
        except KeyboardInterrupt:
            progress.end()
            for outcome in foreground.interrupted(numbers):
                number = outcome.delivery.id
                session.screen.note(f"#{number} {outcome.delivery.target}: {outcome.said}")
            return True
    return False


def _sizes(session: Session, numbers: Sequence[int]) -> dict[int, int]:
    """Return the bytes of media of each delivery."""
    found = (session.store.queue.find(number) for number in numbers)
    return {
        one.id: sum(media.size for media in session.store.queue.snapshot(one).media)
        for one in found
        if one is not None
    }


def remind(screen: Screen, session: Session, deliveries: Sequence[Delivery]) -> None:
    """Say what a person has to do next about these deliveries, if anything."""
    for stop in session.store.accounts.stops():
        if _is_stopped(session.store, deliveries, stop.scope, stop.name):
            screen.note(f"{stop.scope} {stop.name} is {stop.state}: {stop.reason}")
            screen.note(f"  Then: {stop.remedy}")
    if any(one.state is State.QUEUED for one in deliveries):
        _remind_to_run(screen, session)


def any_stopped(store: Store, deliveries: Sequence[Delivery]) -> bool:
    """Say whether an account or app that these deliveries still need is stopped."""
    return any(
        _is_stopped(store, deliveries, stop.scope, stop.name) for stop in store.accounts.stops()
    )


def rehearsal(
    session: Session, fresh: Sequence[Fresh], problems: Sequence[Problem], *, calls: bool
) -> Answer:
    """Return what each target would get, and with ``calls`` the HTTP calls, sending nothing."""
    rows = [_rehearsed(session, one, calls=calls) for one in fresh]

    def shown(screen: Screen) -> None:
        screen.say(f"Nothing was queued. {len(fresh)} would be:")
        for one, row in zip(fresh, rows, strict=True):
            _show_rehearsed(screen, session, one, row)

    return Answer({"deliveries": rows, "counts": {}}, shown, problems=problems)


def _rehearsed(session: Session, fresh: Fresh, *, calls: bool) -> dict[str, JsonValue]:
    from microcom.core.schedule import rfc3339

    row: dict[str, JsonValue] = {
        "post": fresh.post,
        "target": str(fresh.target),
        "due": rfc3339(fresh.due),
        "due_local": local(fresh.due, fresh.zone).isoformat(),
        "parts": list(fresh.snapshot.parts),
        "cost_usd": dollars(fresh.cost),
    }
    if calls:
        row["calls"] = [_call(item) for item in _items(session, fresh)]
    return row


def _items(session: Session, fresh: Fresh) -> list[Call | Wait]:
    from microcom.core.passage import Outgoing
    from microcom.core.rehearsal import rehearse
    from microcom.platforms import load

    account = session.config.accounts[fresh.target.account]
    place = account.communities[fresh.target.community or ""]
    outgoing = Outgoing(
        target=fresh.target,
        handle=account.handle,
        remote_user="",
        kind=place.kind,
        snapshot=fresh.snapshot,
        settings=place.settings,
        options=account.options,
    )
    return rehearse(load(account.platform), outgoing)


def _call(item: Call | Wait) -> dict[str, JsonValue]:
    from microcom.core.steps import Wait

    if isinstance(item, Wait):
        return {"wait_s": item.seconds, "why": item.why}
    body = None if item.body is None else item.body.described()
    return {"step": item.name, "method": item.method, "url": item.address, "body": body}


def _show_rehearsed(
    screen: Screen, session: Session, fresh: Fresh, row: dict[str, JsonValue]
) -> None:
    now = session.clock.now()
    due = "now" if fresh.due <= now else when(fresh.due, fresh.zone, now)
    cost = "" if fresh.cost is None else f"  ${dollars(fresh.cost)}"
    screen.say(f"\n{fresh.target}  {due}{cost}")
    snapshot = fresh.snapshot
    for name, value in (("title", snapshot.title), ("link", snapshot.link)):
        if value is not None:
            screen.say(f"  {name}: {value}")
    for number, part in enumerate(snapshot.parts, start=1):
        head = f"{number}  " if len(snapshot.parts) > 1 else ""
        first, *rest = part.split("\n")
        screen.say(f"  {head}{first}")
        for line in rest:
            screen.say(f"  {' ' * len(head)}{line}")
        for media in snapshot.of_part(number - 1):
            screen.say(f"  {' ' * len(head)}[{_said_media(media)}]")
    for call in row.get("calls", []):
        _show_call(screen, call)


def _said_media(media: Media) -> str:
    """Return a file in words: its name, size and shape, and what people are told it shows."""
    from microcom.core.media_check import megabytes

    length = "" if media.seconds is None else f", {media.seconds:.1f} s"
    alt = "no alt text" if media.alt is None else media.alt or "decoration"
    shape = f"{media.width} x {media.height}"
    return f"{media.name}: {shape}, {megabytes(media.size)}{length}; {alt}"


def _show_call(screen: Screen, call: dict[str, JsonValue]) -> None:
    if "wait_s" in call:
        screen.say(f"  … {call['wait_s']:g} s ({call['why']})")
        return
    screen.say(f"  {call['step']}  {call['method']} {call['url']}")
    if call["body"] is not None:
        screen.say(f"    {json.dumps(call['body'], ensure_ascii=False)}")


def _below(store: Store, delivery: Delivery) -> list[str]:
    """Return what stands under a delivery: its link, or why there is none and what to do."""
    if delivery.url is not None:
        return [opened(store, delivery.url), *_to_paste(store, delivery)]
    lines = [] if delivery.reason is None else [delivery.reason]
    if delivery.wake is not None and delivery.reason is not None:
        again = local(delivery.wake, delivery.zone)
        lines.append(f"goes on by itself at {again:%H:%M:%S}, while microcom run or worker runs")
    if delivery.state is State.IN_DOUBT:
        lines += doubt_lines(store, delivery)
    adopted = "microcom store adopt" not in (delivery.reason or "")
    if delivery.state is State.HELD and delivery.wake is None and adopted:
        lines.append(f"microcom queue release {delivery.id}  lets it go")
    if delivery.state is State.PARTIAL:
        lines.append(f"microcom queue retry {delivery.id}  sends the rest")
    return lines


def _to_paste(store: Store, delivery: Delivery) -> list[str]:
    """Return what a person still has to do with a draft that was handed over."""
    if delivery.state is not State.HANDED_OVER:
        return []
    text = "\n\n".join(store.queue.snapshot(delivery).parts).strip()
    if not text:
        return ["finish it in the app"]
    return ["finish it in the app, and paste:", *(f"  {line}" for line in text.split("\n"))]


def _is_stopped(store: Store, deliveries: Sequence[Delivery], scope: str, name: str) -> bool:
    needed = [one.target.account for one in deliveries if not one.over]
    if scope == "account":
        return name in needed
    known = (store.accounts.find(account) for account in needed)
    return any(one is not None and one.account.app == name for one in known)


def _remind_to_run(screen: Screen, session: Session) -> None:
    last = session.store.last_run()
    now = session.clock.now()
    if last is not None and (now - last).total_seconds() < RARELY_RUN_HOURS * 3600:
        return
    ago = "Nothing has ever run this queue" if last is None else "Nothing has run this queue lately"
    if session.is_real:
        screen.note(f"{ago}: microcom timer install, or keep microcom worker running.")
    else:
        screen.note(f"{ago}: start microcom worker, or microcom run when it is due.")
