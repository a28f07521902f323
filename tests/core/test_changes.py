"""The table of plan and apply: what files say, what the queue says, what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from microcom.core.changes import Action, Change, Scope, Standing, changes, identity
from microcom.core.delivery import Delivery, State
from microcom.core.passage import Fresh
from microcom.core.post import Snapshot
from microcom.core.target import Target

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DUE = NOW + timedelta(days=1)
TARGET = Target("acme-x", "timeline")
WORDS = "2026-11-24 10:00"


def _fresh(
    text: str = "Hi", post: str = "menu", *, words: str = WORDS, due: datetime = DUE
) -> Fresh:
    return Fresh(
        TARGET, Snapshot((text,)), due, "Europe/Paris", post, at_words=words, source="posts/menu.md"
    )


def _standing(
    state: State = State.QUEUED,
    fresh: Fresh | None = None,
    *,
    number: int = 7,
    by: str | None = None,
    source: str | None = "posts/menu.md",
) -> Standing:
    fresh = fresh or _fresh()
    delivery = Delivery(
        id=number,
        world="real",
        project="p",
        post=fresh.post,
        campaign=None,
        target=fresh.target,
        platform="x",
        client=None,
        kind="timeline",
        lane="lane",
        state=state,
        reason=None,
        revision=1,
        attempt=1,
        tries=0,
        stopping=False,
        due=fresh.due,
        zone=fresh.zone,
        wake=None,
        digest=fresh.snapshot.digest,
        key=None,
        created=NOW,
        published=None,
        remote_id=None,
        url=None,
        cost=None,
    )
    return Standing(
        delivery,
        source=source,
        at_words=fresh.at_words,
        decided_by=by,
        decided_at=NOW if by else None,
    )


def _changes(wanted: list[Fresh], standing: list[Standing], **more: bool) -> list[Change]:
    scope = Scope({identity(one) for one in wanted}, ["posts"])
    return changes(wanted, standing, scope, NOW, **more)


LATER = _fresh(due=DUE + timedelta(hours=1), words="2026-11-24 11:00")
OTHER = _fresh("Something else")
GONE = _fresh(due=NOW - timedelta(days=1))
SLOT = _fresh(words="slot")
BOUND = _fresh(words="slot", due=DUE + timedelta(days=3))


@pytest.mark.parametrize(
    ("wanted", "standing", "action"),
    [
        (_fresh(), None, Action.ADD),
        (GONE, None, Action.PAST),
        (_fresh(), _standing(), Action.SAME),
        (OTHER, _standing(), Action.CHANGE),
        (OTHER, _standing(State.STAGED), Action.CHANGE),
        (OTHER, _standing(State.HELD), Action.CHANGE),
        (LATER, _standing(), Action.MOVE),
        (SLOT, _standing(fresh=BOUND), Action.SAME),
        *(
            (OTHER, _standing(state), Action.OUT)
            for state in (
                State.PUBLISHING,
                State.PROCESSING,
                State.IN_DOUBT,
                State.PARTIAL,
                State.PUBLISHED,
                State.HANDED_OVER,
            )
        ),
        (LATER, _standing(State.PUBLISHED), Action.SAME),
        (OTHER, _standing(by="ann"), Action.KEEP),
        (_fresh(), _standing(State.CANCELLED, by="ann"), Action.KEEP),
        (LATER, _standing(by="ann"), Action.MOVE),
        (LATER, _standing(State.CANCELLED, by="ann"), Action.ADD),
        (_fresh(), _standing(State.CANCELLED), Action.ADD),
        (_fresh(), _standing(State.FAILED), Action.OUT),
        (OTHER, _standing(State.FAILED), Action.ADD),
        (LATER, _standing(State.MISSED), Action.ADD),
    ],
)
def test_each_row_of_the_table(wanted: Fresh, standing: Standing | None, action: Action) -> None:
    """What files say against what the queue says gives one line, and one thing to do."""
    (change,) = _changes([wanted], [] if standing is None else [standing])
    assert (change.action, change.was) == (action, None if action is Action.ADD else standing)


def test_a_slot_is_bound_once() -> None:
    """A change of words keeps the time that the slot gave when it was queued."""
    (change,) = _changes([_fresh("New", words="slot")], [_standing(fresh=BOUND)])
    assert change.wanted is not None
    assert (change.action, change.wanted.due) == (Action.CHANGE, BOUND.due)


def test_a_new_id_for_the_same_words_is_a_rename() -> None:
    """The same content at the same place under another id is the same delivery, also when out."""
    renamed = _fresh(post="winter-menu")
    for state in (State.QUEUED, State.PUBLISHED):
        (change,) = _changes([renamed], [_standing(state)])
        assert (change.action, change.why) == (Action.RENAME, "it was menu")
    kept = _changes([_fresh(), renamed], [_standing(State.PUBLISHED)])
    assert [one.action for one in kept] == [Action.SAME, Action.ADD]


def test_orphans_are_those_of_the_given_paths_alone() -> None:
    """What waits and no file speaks of is an orphan if its file lay in the given paths."""
    other = _fresh("Two", "other")
    here, elsewhere = _standing(), _standing(source="drafts/menu.md", number=8)
    found = _changes([other], [here])
    assert [one.action for one in found] == [Action.ADD, Action.ORPHAN]
    assert [one.action for one in _changes([other], [elsewhere])] == [Action.ADD]
    assert [one.action for one in _changes([other], [_standing(State.PUBLISHED)])] == [Action.ADD]
    spoken = changes([], [here], Scope({here.identity}, ["posts"]), NOW)
    assert spoken == []


def test_files_win_when_asked_to() -> None:
    """`--follow-files` forgets what a person moved."""
    (change,) = _changes([OTHER], [_standing(by="ann")], follow_files=True)
    assert change.action is Action.CHANGE


def test_of_several_with_one_name_the_one_that_is_not_over_counts() -> None:
    """A failed try beside one that waits or is out does not hide it."""
    failed, waits = _standing(State.FAILED, number=3), _standing(number=5)
    for both in ([failed, waits], [waits, replace(failed)]):
        (change,) = _changes([_fresh()], both)
        assert change.was is waits
