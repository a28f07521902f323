"""What wishes would do to the queue, for one client or account or all, and doing it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from microcom.cli.alike import all_apart, note_allowed
from microcom.core.exits import Exit
from microcom.core.survey import Asked, survey
from microcom.errors import Mistakes, UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.cli.planning import Wishes
    from microcom.cli.session import Session
    from microcom.core.changes import Standing
    from microcom.core.delivery import Delivery
    from microcom.core.passage import Fresh
    from microcom.core.survey import Survey
    from microcom.core.target import Target
    from microcom.store import Store


@dataclass(frozen=True, slots=True)
class Only:
    """Whose deliveries are meant; None is everybody's."""

    client: str | None = None
    account: str | None = None

    def checked(self, session: Session) -> Only:
        """Return the same; raise UserError for a name that nobody has."""
        from microcom.core.names import did_you_mean

        config = session.config
        for what, name, known in (
            ("client", self.client, config.clients),
            ("account", self.account, config.accounts),
        ):
            if name is not None and name not in known:
                message, hint = f"There is no {what} {name}.", did_you_mean(name, known)
                raise UserError(message, code=f"{what}.unknown", hint=hint)
        return self

    def holds(self, client: str | None, target: Target) -> bool:
        """Say whether a delivery is meant."""
        return self.client in {None, client} and self.account in {None, target.account}


class Surveying:
    """Compares wishes with the queue, and makes the queue say what they say."""

    def __init__(self, session: Session, wishes: Wishes, asked: Asked, only: Only) -> None:
        clients = {name: one.client for name, one in session.config.accounts.items()}
        wanted = [
            one for one in wishes.wanted if only.holds(clients[one.target.account], one.target)
        ]
        self._session = session
        self.wishes = replace(wishes, wanted=tuple(wanted))
        self._asked = asked
        self._only = only

    def seen(self) -> Survey:
        """Return what would be done, without a queue where there is none yet."""
        return self._survey(self._session.store_or_none)

    def keep_apart(self, allow: Collection[str]) -> None:
        """Leave out what is too alike, unless its code is ``allow``ed, and note what was found."""
        self.wishes = all_apart(self._session, self.wishes, self.seen(), allow)

    def applied(
        self,
        because: str | None,
        waived: Sequence[str] = (),
        *,
        partial: bool = False,
        dry: bool = False,
    ) -> tuple[Survey, Exit]:
        """Do all of it in one transaction, over the queue as it is in that very moment.

        Raises Mistakes when something stands in the way of any of it, of all with ``partial``.
        What was let pass is noted, and why; ``waived`` are codes that are about all of it. With
        ``dry`` nothing is done.
        """
        obstacles = self.wishes.obstacles
        if obstacles and not (partial and self.wishes.wanted):
            raise Mistakes(obstacles)
        found, done = (self.seen(), []) if dry else self._apply(because, waived)
        return found, _code(done, partial=bool(obstacles))

    def _apply(self, because: str | None, waived: Sequence[str]) -> tuple[Survey, list[Delivery]]:
        from microcom.cli.attach import keep
        from microcom.runner.ready import logged_in

        session, store = self._session, self._session.new_store
        foreseen = self._survey(store)
        acting: list[Fresh] = [one.wanted for one in foreseen.doing if one.wanted is not None]
        names = dict.fromkeys(one.target.account for one in acting)
        store.accounts.register(session.config, names)
        known = {name: logged_in(store, session.http, name) for name in names}
        keep(session, acting)
        with store.db.transaction():
            found = self._survey(store)
            done = [store.applying.apply(change, known) for change in found.doing]
            for number, source in found.refiled():
                store.planned.refile(number, source)
            for delivery, change in zip(done, found.doing, strict=True):
                if change.wanted is not None:
                    note_allowed(store, delivery, change.wanted, because)
            for code in waived if done else ():
                store.events.append("allowed", code=code, because=because)
            store.events.append("applied", changes=len(done)) if done else None
        return found, done

    def _survey(self, store: Store | None) -> Survey:
        wishes, session = self.wishes, self._session
        return survey(
            wishes.wanted,
            [] if store is None else self._standing(store),
            wishes.scope,
            session.config,
            session.clock.now(),
            spent=(lambda *_: 0) if store is None else store.planned.spent,
            asked=self._asked,
        )

    def _standing(self, store: Store) -> list[Standing]:
        project, wishes, planned = self._session.config.project, self.wishes, store.planned
        known = {one.delivery.id: one for one in planned.of_posts(project, wishes.posts)}
        beside = planned.beside(project, wishes.scope.covers, wishes.wanted)
        known |= {one.delivery.id: one for one in beside}
        in_order = (known[number] for number in sorted(known))
        return [
            one for one in in_order if self._only.holds(one.delivery.client, one.delivery.target)
        ]


def _code(done: Sequence[Delivery], *, partial: bool) -> Exit:
    from microcom.core.delivery import State

    if any(one.state is State.HELD for one in done):
        return Exit.PERSON
    return Exit.PARTIAL if partial else Exit.OK
