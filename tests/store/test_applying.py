"""Applying a plan to a real queue: a fixed point, whatever the files and whatever was there."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.kits import X_KIT

from microcom.core.changes import WAITING, Action, Scope, Standing, identity
from microcom.core.config import Config
from microcom.core.passage import Fresh
from microcom.core.post import Snapshot
from microcom.core.survey import Asked, Survey, survey
from microcom.core.target import Target
from microcom.testing.stage import Stage, stages

HOUR = timedelta(hours=1)
WORDS = st.sampled_from(["One", "Two", "Three"])
HOURS = st.integers(-2, 4)
FILES = st.dictionaries(st.sampled_from("abc"), st.tuples(WORDS, HOURS), max_size=3)
"""Posts by id: their words, and in how many hours they are due."""
HANDS = st.lists(st.integers(0, 9), max_size=2)
"""Which of the waiting deliveries people cancel between two applies."""
ASKED = st.builds(Asked, late=st.booleans(), prune=st.booleans(), follow_files=st.booleans())


class Desk:
    """Somebody who keeps post files and applies them."""

    def __init__(self, stage: Stage) -> None:
        account = stage.kit.account
        self.stage = stage
        self.began = stage.clock.now()
        file = (str(stage.folder / "accounts.yaml"),)
        self.config = Config(account.project, "UTC", file, "0", {account.name: account}, {}, {}, {})

    def wanted(self, files: dict[str, tuple[str, int]]) -> list[Fresh]:
        """Return what files want."""
        account = self.stage.kit.account
        return [
            Fresh(
                target=Target(account.name, account.default),
                snapshot=Snapshot((words,)),
                due=self.began + hours * HOUR,
                zone="UTC",
                post=name,
                at_words=f"in {hours}",
                source=f"posts/{name}.md",
            )
            for name, (words, hours) in sorted(files.items())
        ]

    def look(self, wanted: Sequence[Fresh], asked: Asked) -> Survey:
        """Return what applying would do: the same whether all that waits is read, or some."""
        planned, project = self.stage.store.planned, self.config.project
        whole = self._survey(wanted, asked, planned.waiting(project))
        beside = self._survey(wanted, asked, planned.beside(project, ["posts"], wanted))
        assert beside == whole
        alone = self._survey(wanted, asked, planned.waiting(project), covers="posts/a.md")
        some = planned.beside(project, ["posts/a.md"], wanted)
        assert self._survey(wanted, asked, some, covers="posts/a.md") == alone
        return beside

    def _survey(
        self,
        wanted: Sequence[Fresh],
        asked: Asked,
        waiting: Sequence[Standing],
        covers: str = "posts",
    ) -> Survey:
        planned = self.stage.store.planned
        of_posts = planned.of_posts(self.config.project, {one.post for one in wanted})
        known = {one.delivery.id: one for one in (*of_posts, *waiting)}
        return survey(
            wanted,
            [known[number] for number in sorted(known)],
            Scope(set(map(identity, wanted)), [covers]),
            self.config,
            self.stage.clock.now(),
            spent=planned.spent,
            asked=asked,
        )

    def apply(self, wanted: Sequence[Fresh], asked: Asked) -> Survey:
        """Do it."""
        name = self.stage.kit.account.name
        known = self.stage.store.accounts.find(name)
        assert known is not None
        with self.stage.store.db.transaction():
            found = self.look(wanted, asked)
            for change in found.doing:
                self.stage.store.applying.apply(change, {name: known})
        return found

    def cancel(self, hands: Sequence[int]) -> None:
        """Let a person cancel some of what waits."""
        waiting = [
            one.delivery
            for one in self.stage.store.planned.waiting(self.config.project)
            if one.delivery.state in WAITING
        ]
        for number in {hand for hand in hands if hand < len(waiting)}:
            self.stage.store.people.cancel(waiting[number])


@settings(max_examples=40, deadline=None)
@given(rounds=st.lists(st.tuples(FILES, ASKED, HANDS, st.booleans()), min_size=1, max_size=3))
def test_a_second_apply_changes_nothing(
    rounds: list[tuple[dict[str, tuple[str, int]], Asked, list[int], bool]],
) -> None:
    """Whatever was queued, cancelled or sent before, after an apply there is nothing to do."""
    with tempfile.TemporaryDirectory() as folder, stages(X_KIT, Path(folder)) as make:
        desk = Desk(make())
        for files, asked, hands, works in rounds:
            wanted = desk.wanted(files)
            out = set(desk.stage.published())
            desk.apply(wanted, asked)
            again = desk.look(wanted, asked)
            assert [(one.action, one.why) for one in again.doing] == []
            assert {one.action for one in again.changes} <= {*Action} - {Action.ADD}
            desk.cancel(hands)
            if works:
                desk.stage.clock.sleep(HOUR.total_seconds())
                desk.stage.work()
            assert out <= set(desk.stage.published())
