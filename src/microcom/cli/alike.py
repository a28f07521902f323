"""What is too alike, told before it is queued; and what was let pass, noted when it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from microcom.core.problem import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from microcom.cli.planning import Wishes
    from microcom.cli.session import Session
    from microcom.core.delivery import Delivery
    from microcom.core.passage import Fresh
    from microcom.core.plan import Plan
    from microcom.core.problem import Problem
    from microcom.core.sameness import Said
    from microcom.core.survey import Survey
    from microcom.intake.draft import Draft
    from microcom.store import Store


def apart(
    session: Session,
    plan: Plan,
    draft: Draft,
    allow: Collection[str],
    *,
    key: str | None,
    again: bool,
) -> Plan:
    """Return the plan of one post without what is too alike, and with what was found.

    What would show an earlier receipt is not compared: it posts nothing.
    """
    store = session.store_or_none
    new = [
        one
        for one in plan.deliveries
        if again or store is None or store.queue.earlier(replace(one, key=key)) is None
    ]
    found = _found(session, new, allow, again=again)
    if not found:
        return plan
    refused = {one.target for one, problem in found if _stops(problem)}
    passed = _passed(found, allow)
    return replace(
        plan,
        deliveries=tuple(
            replace(one, allowed=one.allowed + passed.get(_name(one), ()))
            for one in plan.deliveries
            if one.target not in refused
        ),
        problems=plan.problems + draft.told([problem for _, problem in found], plan.said),
    )


def all_apart(session: Session, wishes: Wishes, survey: Survey, allow: Collection[str]) -> Wishes:
    """Return what files want without what is too alike, and with what was found.

    Compared is what would be queued or rewritten, with all else that is queued.
    """
    from microcom.core.changes import Action

    words = {Action.ADD, Action.PAST, Action.CHANGE}
    new = [one.wanted for one in survey.doing if one.action in words and one.wanted is not None]
    gone = [
        one.was.delivery.id
        for one in survey.doing
        if one.was is not None and one.action in {Action.CHANGE, Action.ORPHAN}
    ]
    found = _found(session, new, allow, replaced=gone)
    if not found:
        return wishes
    refused = {_name(one) for one, problem in found if _stops(problem)}
    passed = _passed(found, allow)
    by_post: dict[str, list[Problem]] = {}
    for one, problem in found:
        by_post.setdefault(one.post, []).append(problem)
    told = [problem for post, some in by_post.items() for problem in wishes.told[post](some)]
    return replace(
        wishes,
        wanted=tuple(
            replace(one, allowed=one.allowed + passed.get(_name(one), ()))
            for one in wishes.wanted
            if _name(one) not in refused
        ),
        problems=(*wishes.problems, *told),
    )


def note_allowed(store: Store, delivery: Delivery, fresh: Fresh, because: str | None) -> None:
    """Note which problems of a delivery were let pass, and why, in the caller's transaction."""
    for code in fresh.allowed:
        store.events.append(
            "allowed",
            delivery=delivery.id,
            account=delivery.target.account,
            code=code,
            because=because,
        )


def _found(
    session: Session,
    new: Sequence[Fresh],
    allow: Collection[str],
    *,
    replaced: Collection[int] = (),
    again: bool = False,
) -> list[tuple[Fresh, Problem]]:
    if not new:
        return []
    from microcom.core.guard import Guard
    from microcom.core.plan import passed
    from microcom.platforms import load

    store, config = session.store_or_none, session.config

    def near(said: Said, since: datetime, until: datetime) -> Iterable[Said]:
        return () if store is None else store.alike.near(said, since, until)

    platforms = {config.accounts[one.target.account].platform for one in new}
    guard = Guard(config, {name: load(name) for name in platforms}, near, replaced, again)
    return [(one, passed(problem, allow)) for one, problem in guard.problems(new)]


def _name(fresh: Fresh) -> tuple[str, object, str]:
    from microcom.core.changes import identity

    return identity(fresh)


def _stops(problem: Problem) -> bool:
    return problem.severity is not Severity.NOTICE


def _passed(
    found: Sequence[tuple[Fresh, Problem]], allow: Collection[str]
) -> Mapping[tuple[str, object, str], tuple[str, ...]]:
    """Return the codes that were let pass, by delivery."""
    codes: dict[tuple[str, object, str], tuple[str, ...]] = {}
    for one, problem in found:
        if problem.code in allow and not _stops(problem):
            codes[_name(one)] = (*codes.get(_name(one), ()), problem.code)
    return codes
